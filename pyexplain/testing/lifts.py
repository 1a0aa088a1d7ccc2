"""The checks of recommenders: scores in some cells, and by how much scores can rise at most."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ..data.sparse import SparseRows, TensorRows, apply_change
from ..recommenders.base import LINEAR_USER_SIDE, Recommender
from ..recommenders.lifted import Lifted
from ..statements.asking import ROUNDING
from .compare import near
from .contract import Broken, Skip
from .fitting import FittedContract, ask
from .undisturbed import undisturbed

Float = npt.NDArray[np.float64]
ASKED = 40  # rows; users are drawn, so that some come twice


class Moved(NamedTuple):
    """Users [n] whose f_u change by change [n, P], and all their scores [n, I] before and after."""

    users: npt.NDArray[np.int64]
    change: SparseRows
    before: Float
    after: Float


class LiftChecks(FittedContract):
    """What places after a change are told by, of who says how far items are lifted."""

    def check_scores_in_cells_are_the_scores(self) -> None:
        """Where scores_in() or scores_at() are given or asked for, by "linear-user-side" or most_lifted(): what they give in any
        cells is scores() of the pairs; a function of scores_at() answers for several sets of cells."""
        made, data = self.fitted(), self.data()
        if not self._asked_for_cells():
            raise Skip("nobody asks for scores in cells: gives no scores_in(), no most_lifted(), and takes no sparse rows")
        rng = np.random.default_rng(11)
        users, others = rng.integers(0, data.n_users, ASKED), rng.integers(0, data.n_users, ASKED)
        rows = data.user_features.select(others)
        who, f_u = torch.from_numpy(users).to(made.device), rows.tensors(made.device)
        sets = [rng.random((ASKED, data.n_items)) < share for share in (0.3, 0.6, 0.0)]
        with undisturbed(made, self.pairs(), "scores_in()"), torch.no_grad():
            at = made.scores_at(who, f_u)
            for mask in (*sets, sets[0]):
                cells = _cells(mask).tensors(made.device)
                row, item = np.nonzero(mask)
                wanted = ask(made, np.stack([users[row], item], axis=1), torch.from_numpy(rows.dense()[row]))
                near(_numbers(made.scores_in(cells, who, f_u)), wanted, "scores_in()")
                near(_numbers(at(cells)), wanted, "scores_at()")

    def check_most_lifted_bounds_the_scores(self) -> None:
        """Where most_lifted() gives any: no score rises by more when f_u loses, grows in and gains features."""
        found = self._bounds("most_lifted()", self.fitted().most_lifted)
        if found is None:
            raise Skip("gives no most_lifted()")

    def check_lifted_closely_bounds_the_scores(self) -> None:
        """Where lifted_closely() gives any: no score rises by more, for these users alone as among others."""
        found = self._bounds("lifted_closely()", self.fitted().lifted_closely)
        if found is None:
            raise Skip("gives no lifted_closely()")

    def _asked_for_cells(self) -> bool:
        made = self.fitted()
        own = any(getattr(type(made), name) is not getattr(Recommender, name) for name in ("scores_in", "scores_at"))
        none = torch.zeros(0, dtype=torch.int64, device=made.device)
        empty = SparseRows.empty((0, self.data().n_features)).tensors(made.device)
        return own or LINEAR_USER_SIDE in made.offers or made.most_lifted(none, empty) is not None

    def _bounds(self, name: str, bound: Callable[[Tensor, TensorRows], Tensor | Lifted | None]) -> Float | None:
        """What is said of all rows, and of a few of them by themselves; Broken where a score rises by more."""
        made, moved, found = self.fitted(), self._moved(), None
        for rows in (np.arange(ASKED), np.arange(ASKED)[::-3].copy()):
            users, change = torch.from_numpy(moved.users[rows]).to(made.device), moved.change.select(rows).tensors(made.device)
            with undisturbed(made, self.pairs(), name), torch.no_grad():
                given = bound(users, change)
            if given is None:
                return None
            found = _numbers(given.dense() if isinstance(given, Lifted) else given)
            _check_bound(found, moved.before[rows], moved.after[rows], name)
        return found

    def _moved(self) -> Moved:
        return self.once("moved", self._drawn_moves)

    def _drawn_moves(self) -> Moved:
        """Half of what users have goes, or becomes up to three times as much, and some get what they do not have."""
        data, rng = self.data(), np.random.default_rng(12)
        users = np.append(rng.integers(0, data.n_users, ASKED - 1), data.n_users - 1)
        own = data.user_features.select(users)
        factors = rng.uniform(-1, 2, len(own.values)) * (rng.random(len(own.values)) < 0.5)
        new = (rng.random(own.shape) < 0.15) & (own.dense() == 0)
        moved = own.with_values((own.values * factors).astype(np.float32)).dense() + new * rng.uniform(0.5, 3, own.shape)
        change = SparseRows.from_dense(moved.astype(np.float32))
        before, after = (self._catalogue(users, rows) for rows in (own, apply_change(own, change)))
        return Moved(users, change, before, after)

    def _catalogue(self, users: npt.NDArray[np.int64], rows: SparseRows) -> Float:
        """scores() [n, I], pair by pair."""
        n = self.data().n_items
        pairs = np.stack([np.repeat(users, n), np.tile(np.arange(n), len(users))], axis=1)
        return ask(self.fitted(), pairs, torch.from_numpy(rows.dense().repeat(n, axis=0))).reshape(-1, n)


def _cells(mask: npt.NDArray[np.bool_]) -> SparseRows:
    """Cells [n, I] as those make them who ask: the values say nothing."""
    cells = SparseRows.from_dense(mask.astype(np.float32))
    return SparseRows(cells.offsets, cells.indices, np.zeros_like(cells.values), mask.shape[1])


def _numbers(found: Tensor) -> Float:
    numbers: Float = found.detach().double().cpu().numpy()
    return numbers


def _check_bound(found: Float, before: Float, after: Float, name: str) -> None:
    """Broken where a score rises by more than is found, beyond the rounding that those who ask allow for."""
    if found.shape != after.shape:
        raise Broken(f"{name} gave shape {found.shape}, expected {after.shape}")
    short = (after - before) - found - 2 * ROUNDING * np.maximum(1.0, np.abs(after))
    if not (short <= 0).all():  # NaN is no bound
        place = np.unravel_index(int(np.argmax(np.where(np.isnan(short), np.inf, short))), short.shape)
        rise = (after - before)[place]
        raise Broken(f"{name}: a score rises by {rise:.6g} at {tuple(map(int, place))}, where at most {found[place]:.6g} was said")
