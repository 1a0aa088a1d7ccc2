"""The margin R(u, i) - R(u, j) as a function of features: its value for any recommender, its gradient where there is one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ..data.sparse import SparseRows, TensorRows
from ..data.types import Dataset
from ..data.views import moved
from ..errors import UsageError
from ..old_names import renamed_field
from ..recommenders.base import LINEAR_USER_SIDE, Recommender
from ..recommenders.networks import FeatureRows
from .affine import AffineMargin

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]
Single = npt.NDArray[np.float32]
Numbers = TypeVar("Numbers")
COPIES = 4  # dense rows [P] that a pair whose features are given needs at a time
MOST_PAIRS, SPARSE_AT_ONCE, SLOPES_AT_ONCE = 65_536, 8_192, 4_096
CELLS_AT_ONCE, MOST_MAP = 2**20, 2**30  # cells; bytes
WIDE = 2**15  # features: a linear margin over more is known by its slopes
MEMORY = 512 * 2**20


def too_wide(recommender: Recommender, n_features: int) -> bool:
    """Whether a map of so many features into a recommender's latent ones is not to be made."""
    return 4 * n_features * recommender.latent_width() > MOST_MAP


def difference(
    scores: Callable[..., Any], users: Numbers, items: Numbers, others: Numbers, features: Any = None, side: str = "user"
) -> Any:
    """R(u, i) - R(u, j) [n] by any function that scores as Recommender.scores does, in tensors or arrays.

    features [n, P] stand in for f_u, or, where side is "item", for f_i alone: then R(u, j) is that of the data.
    """
    if features is None:
        return scores(users, items) - scores(users, others)
    if side == "item":
        return scores(users, items, None, features) - scores(users, others)
    return scores(users, items, features) - scores(users, others, features)


@dataclass(frozen=True, eq=False)
class Margin:
    """m(f) = R(u, i; f) - R(u, j; f) of n pairs (u, i) [n, 2] and the other items j = against [n].

    features [n, P]: f_u, or where side is "item" f_i, at which it is taken unless others are handed in; own: whether they are the
    data set's. max_memory: bytes that dense features may take at a time. asked [n]: how often ask() has asked for each pair's
    margin, each time two scores.
    """

    recommender: Recommender
    data: Dataset
    pairs: Int
    against: Int
    features: SparseRows
    side: str = "user"
    max_memory: int = MEMORY
    own: bool = True
    asked: Int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "asked", np.zeros(len(self.pairs), np.int64))

    @staticmethod
    def of(
        recommender: Recommender,
        data: Dataset,
        pairs: Int,
        against: Int,
        *,
        features: SparseRows | None = None,
        side: str = "user",
        max_memory: int = MEMORY,
    ) -> Margin:
        """At the data set's own f_u (or f_i), or at features [n, P] instead."""
        own = features is None
        if features is None:
            features = data.user_features.select(pairs[:, 0]) if side == "user" else data.item_features.select(pairs[:, 1])
        return Margin(recommender, data, pairs, against, features, side, max_memory, own)

    def __len__(self) -> int:
        return len(self.pairs)

    @property
    def users(self) -> Int:
        """u [n]."""
        return self.pairs[:, 0]

    @property
    def items(self) -> Int:
        """i [n]."""
        return self.pairs[:, 1]

    @property
    def is_affine(self) -> bool:
        """Whether `affine` can be had."""
        return self.side == "user" and LINEAR_USER_SIDE in self.recommender.offers

    @cached_property
    def indices(self) -> tuple[Tensor, Tensor, Tensor]:
        """Users, items and others [n] as tensors where scores are computed; others may be -1 (see at())."""
        return self._indices(slice(None))

    numbers = renamed_field("numbers", "indices")

    def _indices(self, rows: Int | slice) -> tuple[Tensor, Tensor, Tensor]:
        """Of some rows: taken on the host, as they go there in one copy."""
        whole = np.stack([*self.pairs[rows].T, self.against[rows]])
        users, items, others = moved(whole, self.recommender.device).unbind()
        return users, items, others

    @cached_property
    def there(self) -> TensorRows:
        """`features` where scores are computed; who gets them must not write."""
        return self.features.tensors(self.recommender.device)

    @cached_property
    def affine(self) -> AffineMargin:
        """The closed form, for a recommender that offers "linear-user-side"; computed once."""
        self._check_others()
        return AffineMargin.of(self.recommender, *self.indices, self.there)

    @cached_property
    def slopes(self) -> Float | None:
        """d m / d f_u [nnz] in the cells of `features`, on the user's side of a recommender whose scores are linear in f_u,
        where it is the same everywhere; None of others. Computed once; nothing is dense in P."""
        if self.side != "user":
            return None
        self._check_others()
        out = np.zeros(len(self.features.indices))
        for part in self._slices(len(self), 0, SLOPES_AT_ONCE):
            rows = np.arange(part.start, part.stop)
            (users, items, others), there = self._indices(rows), self.features.select(rows).tensors(self.recommender.device)
            both = torch.cat([users, users]), torch.cat([items, others])
            found = self.recommender.linear_slopes(*both, SparseRows.stacked([there, there]))
            if found is None:
                return None
            one, two = found.double().chunk(2)
            out[self.features.offsets[part.start] : self.features.offsets[part.stop]] = (one - two).cpu().numpy()
        return out

    @cached_property
    def by_slopes(self) -> bool:
        """Whether it is linear in f_u, over so many features that slopes in the user's own stand in for `affine` where these are
        all that may change."""
        return self.is_affine and self.features.n_columns > WIDE and self.slopes is not None

    @cached_property
    def without_map(self) -> bool:
        """Whether `affine` would make too large a map of all features: a score that gives every feature a weight of its own for
        each item has a user side as wide as there are features. Slopes do all then."""
        return self.is_affine and too_wide(self.recommender, self.features.n_columns) and self.slopes is not None

    def slopes_in(self, rows: Tensor, columns: slice) -> Tensor:
        """d m / d f_u of some rows [m] in consecutive features, [m, B], of a margin of which `slopes` can be had."""
        self._check_others()
        users, items, others = (indices[rows] for indices in self.indices)
        every = torch.arange(columns.start, columns.stop, device=rows.device)
        n, width = 2 * len(rows), len(every)
        places = torch.arange(n + 1, device=rows.device) * width
        cells = SparseRows(places, every.repeat(n), torch.ones(n * width, device=rows.device), self.features.n_columns)
        found = self.recommender.linear_slopes(torch.cat([users, users]), torch.cat([items, others]), cells)
        assert found is not None
        both: Tensor = found.view(2, len(rows), width)
        return both[0] - both[1]

    def select(self, rows: npt.ArrayLike) -> Margin:
        """The given rows, in the given order; their questions are counted anew."""
        at = np.asarray(rows, dtype=np.int64)
        picked = self.pairs[at], self.against[at], self.features.select(at)
        found = Margin(self.recommender, self.data, *picked, self.side, self.max_memory, self.own)
        if "affine" in vars(self):  # what was computed once stays known
            vars(found)["affine"] = self.affine.select(self._there(at))
        if vars(self).get("slopes") is not None:
            vars(found)["slopes"] = vars(self)["slopes"][self.features.entries(at)]
        return found

    def batches(self, copies: int = COPIES, most: int = MOST_PAIRS) -> Iterator[tuple[slice, Margin]]:
        """Consecutive rows, at most `most` at a time, and so few that `copies` dense rows [P] of float32 for each keep within
        max_memory (0: as if they took nothing)."""
        for part in self._slices(len(self), copies, most):
            yield part, self if len(self) <= part.stop - part.start else self.select(np.arange(part.start, part.stop))

    def at(self, features: Tensor | None = None, rows: Int | None = None) -> Tensor:
        """m [n] by the recommender's own scores, in one call of it for each item: differentiable in features [n, P] where it
        offers gradients. features: dense, or FeatureRows for who takes them (see `handed`); None: the data set's. rows [m]: of
        these pairs alone. UsageError where an item is -1: there is nothing to compare."""
        self._check_others()
        users, items, others = self.indices if rows is None else self._indices(rows)
        found: Tensor = difference(self.recommender.scores, users, items, others, features, self.side)
        return found

    def handed(self, rows: SparseRows) -> Tensor:
        """Features [n, P] in the form that at() takes: sparse for a recommender that offers that, dense for every other."""
        if self.is_affine:
            return cast(Tensor, FeatureRows.of(rows, self.recommender.device))
        return torch.from_numpy(rows.dense()).to(self.recommender.device)

    def value(self, features: SparseRows | None = None) -> Float:
        """m [n] at `features`, or at other ones [n, P]; in blocks that keep within max_memory."""
        features = self.features if features is None and not self.own else features
        out = np.empty(len(self))
        slim = features is not None and self.is_affine
        for part in self._slices(len(self), 0 if features is None or slim else COPIES, SPARSE_AT_ONCE if slim else MOST_PAIRS):
            rows = np.arange(part.start, part.stop)
            given = None if features is None else self.handed(features.select(rows))
            with torch.no_grad():
                out[part] = self.at(given, rows).double().cpu().numpy()
        return out

    def ask(self, rows: Int, features: Callable[[slice], Single | SparseRows], counted: bool = True, sparse: bool = False) -> Float:
        """m [m] of the pairs numbered rows [m], repeats allowed, at other features: features(part) gives those [b, P] of a part of
        them, an array or SparseRows, which keeps within max_memory. sparse: it gives SparseRows alone, so that a recommender that
        takes them is handed larger parts. For those who ask many times: `asked` counts it."""
        out = np.empty(len(rows))
        slim = sparse and self.is_affine
        for part in self._slices(len(rows), 0 if slim else COPIES, SPARSE_AT_ONCE if slim else MOST_PAIRS):
            given = features(part)
            there = self.handed(given) if isinstance(given, SparseRows) else torch.from_numpy(given).to(self.recommender.device)
            with torch.no_grad():
                out[part] = self.at(there, rows[part]).double().cpu().numpy()
        if counted:
            np.add.at(self.asked, rows, 1)
        return out

    def value_and_gradient(self, features: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """m [n] and d m / d f [n, P], at `features` or at other ones, dense [n, P], all rows at a time; for a recommender that
        offers gradients. Without autograd where its user side is linear and no other features are given."""
        if features is None and self.without_map:
            value = torch.from_numpy(self.value()).float().to(self.recommender.device)
            return value, self._slopes_everywhere()
        if features is None and self.is_affine:
            return self.affine.value_and_gradient()
        given = torch.from_numpy(self.features.dense()).to(self.recommender.device) if features is None else features
        given = given.detach().requires_grad_()
        with torch.enable_grad():
            found = self.at(given)
            (gradient,) = torch.autograd.grad(found.sum(), given)
        return found.detach(), gradient

    def _slopes_everywhere(self) -> Tensor:
        device, P = self.recommender.device, self.features.n_columns
        out = torch.empty(len(self), P, device=device)
        with torch.no_grad():
            for part in self._slices(len(self), 0, max(1, CELLS_AT_ONCE // P)):
                out[part] = self.slopes_in(torch.arange(part.start, part.stop, device=device), slice(0, P))
        return out

    def _check_others(self) -> None:
        if min(self.pairs.min(initial=0), self.against.min(initial=0)) < 0:
            hint = "Set contrastive = True in an explainer that asks for margins, or name the other items."
            raise UsageError("a margin has two items, and one of them is not named", where="margin", hint=hint)

    def _there(self, rows: Int) -> Tensor:
        return moved(rows, self.recommender.device)

    def _slices(self, n: int, copies: int, most: int = MOST_PAIRS) -> Iterator[slice]:
        fits = self.max_memory // max(1, 4 * copies * self.features.n_columns) if copies else most
        size = max(1, min(most, fits))
        return (slice(at, min(at + size, n)) for at in range(0, n, size))


def margin_gradient(recommender: Recommender, data: Dataset, pairs: Int, against: Int) -> tuple[Tensor, Tensor]:
    """margin [n] and d margin / d f_u [n, P] at the data set's f_u, for pairs [n, 2] and the other items [n], all at a time."""
    return Margin.of(recommender, data, pairs, against).value_and_gradient()
