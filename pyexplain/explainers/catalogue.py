"""Scores of users with every item of the catalogue, in blocks bounded in memory, whatever the recommender."""

from __future__ import annotations

from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ..data.liked import LikedItems
from ..data.sparse import SparseRows, TensorRows
from ..data.views import moved, offsets_of
from ..errors import RunError
from ..ops.first_entries import run_first_entries
from ..recommenders.base import LINEAR_USER_SIDE, Recommender
from .types import NO_ITEM

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float32]
PAIRS_AT_ONCE = 65_536  # of recommenders that know pairs alone
COPIES = 4  # dense rows [P] that a pair whose features are given needs at a time


class Compared(NamedTuple):
    """Of the item i of each of n pairs, among the others: its place [n], 1 + those that score as high; the best item [n] that
    scores below it, and the lowest one [n]; of equal ones the first, -1 where there is none."""

    place: Int
    below: Int
    lowest: Int


class CatalogueScorer:
    """Asks a recommender for scores of users with all n_items. max_memory: bytes that dense features may take at a time.

    RunError where the recommender gives NaN, infinity or another number of scores.
    """

    def __init__(self, recommender: Recommender, n_items: int, n_features: int, max_memory: int) -> None:
        self.recommender, self.n_items, self.n_features, self.max_memory = recommender, n_items, n_features, max_memory
        self.dense_at_once = max(1, max_memory // (4 * COPIES * max(1, n_features)))

    def all(self, users: Int, user_features: SparseRows | None = None) -> Float:
        """[n, I] for users [n], with f_u [n, P] where given; a user's row does not depend on the others."""
        return self._checked(self._found(users, user_features), (len(users), self.n_items)).copy()  # it may be its own table

    def first(self, users: Int, k: int, left_out: LikedItems, user_features: SparseRows | None = None) -> tuple[Int, Float] | None:
        """The k <= I best items [n, k] of users [n] but those left out, best first, of equal ones the lower number first, and their
        scores; -1 and -inf where there are fewer. Found where the scores are, and they alone are copied to the host. None where
        the scores are on the host anyway."""
        device = self.recommender.device
        if device.type == "cpu":
            return None
        found = self._found(users, user_features)
        row, items = left_out.cells(users)
        offsets = offsets_of(np.bincount(row, minlength=len(users)))
        self._refuse(tuple(found.shape), (len(users), self.n_items), 0)
        given = found.to(torch.float32, copy=True), moved(offsets, device), moved(items, device)
        first = run_first_entries(*given, k)
        self._refuse(tuple(found.shape), tuple(found.shape), int(first.strange.sum()))
        return first.places.numpy(), first.values.numpy()

    def compared(self, pairs: Int, left_out: LikedItems, user_features: SparseRows | None = None) -> Compared | None:
        """What each of pairs (u, i) [n, 2] is beside the other items but those left out. Found where the scores are; None where
        they are on the host anyway."""
        device = self.recommender.device
        if device.type == "cpu":
            return None
        users, which = pairs[:, 0], np.arange(len(pairs))
        if user_features is None:
            users, which = np.unique(users, return_inverse=True)
        found = self._found(users, user_features)
        self._refuse(tuple(found.shape), (len(users), self.n_items), 0)
        scores = found.to(torch.float32)[moved(which, device)]
        each, items = torch.arange(len(pairs), device=device), moved(np.ascontiguousarray(pairs[:, 1]), device)
        own = scores[each, items][:, None]
        row, liked = (moved(part, device) for part in left_out.cells(pairs[:, 0]))
        scores[row, liked] = scores[each, items] = -torch.inf
        place, lower = 1 + (scores >= own).sum(dim=1), torch.where(scores < own, scores, -torch.inf)
        least = torch.where(scores == -torch.inf, torch.inf, scores)
        below = torch.where(lower.amax(dim=1) == -torch.inf, NO_ITEM, lower.argmax(dim=1))
        lowest = torch.where(least.amin(dim=1) == torch.inf, NO_ITEM, least.argmin(dim=1))
        strange = (~found.isfinite()).sum().expand(len(pairs))
        told: Int = torch.stack([place, below, lowest, strange]).cpu().numpy()
        self._refuse(tuple(found.shape), tuple(found.shape), int(told[3, 0]) if len(pairs) else 0)
        return Compared(*told[:3])

    def _found(self, users: Int, user_features: SparseRows | None) -> Tensor:
        device = self.recommender.device
        rows = None if user_features is None else user_features.tensors(device)
        indices = moved(users, device)
        with torch.no_grad():
            found = self.recommender.catalogue_scores(indices, rows)
            if found is None:
                found = self._by_pairs(indices) if rows is None else self._by_rows(indices, rows)
        return found

    def with_item_features(self, users: Int, items: Int, user_features: SparseRows | None, item_features: SparseRows) -> Float:
        """[n] of pairs whose f_i [n, P] are given, and f_u [n, P] where they are."""
        device, out = self.recommender.device, np.empty(len(users), dtype=np.float32)

        def dense(rows: SparseRows | None, part: Int) -> Tensor | None:
            return None if rows is None else torch.from_numpy(rows.select(part).dense()).to(device)

        for at in range(0, len(users), self.dense_at_once):
            part = np.arange(at, min(at + self.dense_at_once, len(users)))
            user, item = (torch.from_numpy(indices[part]).to(device) for indices in (users, items))
            with torch.no_grad():
                found = self.recommender.scores(user, item, dense(user_features, part), dense(item_features, part))
            out[part] = self._checked(found, (len(part),))
        return out

    def _by_pairs(self, users: Tensor) -> Tensor:
        out = users.new_empty(len(users) * self.n_items, dtype=torch.float32)
        for at in range(0, len(out), PAIRS_AT_ONCE):
            pairs = torch.arange(at, min(at + PAIRS_AT_ONCE, len(out)), device=out.device)
            found = self.recommender.scores(users[pairs // self.n_items], pairs % self.n_items)
            out[pairs] = torch.from_numpy(self._checked(found, (len(pairs),))).to(out.device)
        return out.view(len(users), self.n_items)

    def _by_rows(self, users: Tensor, rows: TensorRows) -> Tensor:
        """Of one user after the other, f_u given by the row."""
        out = users.new_empty(len(users), self.n_items, dtype=torch.float32)
        size = PAIRS_AT_ONCE if self._takes_sparse_rows() else min(PAIRS_AT_ONCE, self.dense_at_once)
        for place, user in enumerate(users):
            mine = rows.select(torch.tensor([place], device=users.device))
            for at in range(0, self.n_items, size):
                items = torch.arange(at, min(at + size, self.n_items), device=users.device)
                found = self.recommender.scores(user.expand(len(items)), items, self._repeated(mine, len(items)))
                out[place, items] = torch.from_numpy(self._checked(found, (len(items),))).to(out.device)
        return out

    def _takes_sparse_rows(self) -> bool:
        return LINEAR_USER_SIDE in self.recommender.offers

    def _repeated(self, row: TensorRows, n: int) -> Tensor:
        """One row of features n times: sparse for who takes sparse rows, see Recommender.scores."""
        if self._takes_sparse_rows():
            return cast(Tensor, row.select(torch.zeros(n, dtype=torch.int64, device=row.indices.device)))
        return row.dense().expand(n, -1)

    def _checked(self, found: Tensor, shape: tuple[int, ...]) -> Float:
        scores: Float = found.float().cpu().numpy()
        if scores.shape != shape or not np.isfinite(scores).all():
            self._refuse(scores.shape, shape, int((~np.isfinite(scores)).sum()))
        return scores

    def _refuse(self, found: tuple[int, ...], shape: tuple[int, ...], strange: int) -> None:
        if found != shape or strange:
            raise RunError(
                f"asked for finite scores of shape {shape}, got shape {found} with {strange} not finite",
                where=f"recommender {self.recommender.name}",
            )


class KnownScores(CatalogueScorer):
    """The same, with the scores of users [n] computed once: for those who ask again and again about the same few."""

    def __init__(self, scorer: CatalogueScorer, users: Int) -> None:
        super().__init__(scorer.recommender, scorer.n_items, scorer.n_features, scorer.max_memory)
        self.users = np.unique(users)
        self._known = scorer.all(self.users)

    def all(self, users: Int, user_features: SparseRows | None = None) -> Float:
        """As CatalogueScorer.all; a copy of what is known."""
        if user_features is None and self.has(users):
            return self._known[np.searchsorted(self.users, users)]  # type: ignore[no-any-return]
        return super().all(users, user_features)

    def first(self, users: Int, k: int, left_out: LikedItems, user_features: SparseRows | None = None) -> tuple[Int, Float] | None:
        """None: what is known is on the host."""
        return None if user_features is None and self.has(users) else super().first(users, k, left_out, user_features)

    def compared(self, pairs: Int, left_out: LikedItems, user_features: SparseRows | None = None) -> Compared | None:
        """None: what is known is on the host."""
        known = user_features is None and self.has(np.unique(pairs[:, 0]))
        return None if known else super().compared(pairs, left_out, user_features)

    def has(self, users: Int) -> bool:
        """Whether the scores of all of users [n] are known."""
        at = np.minimum(np.searchsorted(self.users, users), len(self.users) - 1)
        return len(self.users) > 0 and bool((self.users[at] == users).all())
