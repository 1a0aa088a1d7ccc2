"""A batch of counterfactual problems: margins and their gradients at f + delta, whatever the recommender."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol, Self, cast

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ..data.sparse import SparseRows, apply_change
from ..data.types import Dataset
from ..ops import matrix_product
from ..recommenders.base import LINEAR_USER_SIDE, Recommender
from ..recommenders.networks import FeatureRows, mapped
from ..recommenders.user_side import UserSide

Int = npt.NDArray[np.int64]
FLIPPED = -1e-5  # below this, rounding cannot make the recommender's own scores disagree about the sign


class Margins(Protocol):
    """What solvers work on: n rows of S features that may change. low, high [n, S]: the box for delta, zero where not allowed."""

    @property
    def low(self) -> Tensor: ...

    @property
    def high(self) -> Tensor: ...

    def __len__(self) -> int: ...

    def select(self, rows: Tensor) -> Self:
        """The given rows."""

    def margin(self, delta: Tensor) -> Tensor:
        """[n] for delta [n, S], without gradient."""

    def margin_and_gradient(self, delta: Tensor) -> tuple[Tensor, Tensor]:
        """[n] and d margin / d delta [n, S]."""


@dataclass(frozen=True, eq=False)
class Problem:
    """n rows over all P features: users, items, others [n]; features f_u or f_i [n, P], and the same as sparse rows; low, high
    [n, P].

    side "user": margin(delta) = R(u, i; f_u + delta) - R(u, j; f_u + delta); where the recommender is linear there, sides: the
    two user sides, and latent [n, k]: f_u @ feature_map. side "item": margin(delta) = R(u, i; f_i + delta) - R(u, j).
    """

    recommender: Recommender
    users: Tensor
    items: Tensor
    others: Tensor
    features: Tensor
    low: Tensor
    high: Tensor
    rows: SparseRows
    sides: tuple[UserSide, UserSide] | None
    latent: Tensor | None
    side: str = "user"

    def __len__(self) -> int:
        return len(self.users)

    def select(self, rows: Tensor) -> Problem:
        """The given rows."""
        sides = None if self.sides is None else (rows_of(self.sides[0], rows), rows_of(self.sides[1], rows))
        users, items, others = self.users[rows], self.items[rows], self.others[rows]
        of_all = self.features[rows], self.low[rows], self.high[rows], self.rows.select(rows.cpu().numpy())
        latent = None if self.latent is None else self.latent[rows]
        return Problem(self.recommender, users, items, others, *of_all, sides, latent, self.side)

    def margin(self, delta: Tensor) -> Tensor:
        """[n], without gradient, for delta [n, P]."""
        with torch.no_grad():
            if self.sides is None:
                return self.asked(self.features + delta)
            z = self._latent(delta)
            return self.sides[0].score(z) - self.sides[1].score(z)

    def margin_and_gradient(self, delta: Tensor) -> tuple[Tensor, Tensor]:
        """[n] and d margin / d delta [n, P]."""
        if self.sides is not None:
            with torch.no_grad():
                z = self._latent(delta)
                (s_i, slope_i), (s_j, slope_j) = (side.score_and_slope(z) for side in self.sides)
                return s_i - s_j, matrix_product(slope_i.sub_(slope_j), self.sides[0].feature_map.T)
        changed = (self.features + delta).detach().requires_grad_()
        with torch.enable_grad():
            margin = self.asked(changed)
            (gradient,) = torch.autograd.grad(margin.sum(), changed)
        return margin.detach(), gradient

    def asked(self, changed: Tensor) -> Tensor:
        """The margin [n] by the recommender's own scores, not by any shortcut, for features [n, P]."""
        return _asked(self.recommender, self.side, (self.users, self.items, self.others), changed)

    def asked_again(self, numbers: Tensor, change: SparseRows) -> Tensor:
        """The same [m] of the rows given by their numbers [m], once their features are changed [m, P]."""
        changed = apply_change(self.rows.select(numbers.cpu().numpy()), change)
        # sparse rows for who takes them, see Recommender.scores
        handed = FeatureRows.of(changed, numbers.device) if self.sides else torch.from_numpy(changed.dense()).to(numbers.device)
        with torch.no_grad():
            numbered = self.users[numbers], self.items[numbers], self.others[numbers]
            return _asked(self.recommender, self.side, numbered, cast(Tensor, handed))

    def _latent(self, delta: Tensor) -> Tensor:
        assert self.sides is not None
        assert self.latent is not None
        return matrix_product(delta, self.sides[0].feature_map, self.latent)


def _asked(recommender: Recommender, side: str, numbers: tuple[Tensor, Tensor, Tensor], changed: Tensor) -> Tensor:
    users, items, others = numbers
    if side == "item":
        return recommender.scores(users, items, None, changed) - recommender.scores(users, others)
    return recommender.scores(users, items, changed) - recommender.scores(users, others, changed)


def make_problem(
    recommender: Recommender, data: Dataset, pairs: Int, against: Int, allowed: npt.NDArray[np.bool_] | None, side: str
) -> Problem:
    """Problems for pairs [n, 2] and the other items [n]; allowed [P]: the features that may change (None = all).

    On the item's side features may only fall, and only those that the user has mentioned (Tan et al., CIKM 2021).
    """
    device = recommender.device
    users, items, others = (torch.tensor(c, device=device) for c in (pairs[:, 0], pairs[:, 1], against))
    of_users = data.user_features.select(pairs[:, 0])
    rows = of_users if side == "user" else data.item_features.select(pairs[:, 1])
    features = torch.from_numpy(rows.dense()).to(device)
    if side == "user":
        low, high = -features, (data.settings.max_rating - features).clamp_min_(0)
    else:
        low, high = -features * torch.from_numpy(of_users.dense() > 0).to(device), torch.zeros_like(features)
    if allowed is not None:
        mask = torch.from_numpy(allowed).to(device)
        low, high = low * mask, high * mask
    sides, latent = None, None
    if side == "user" and LINEAR_USER_SIDE in recommender.offers:
        with torch.no_grad():
            sides = recommender.user_side(users, items), recommender.user_side(users, others)
            latent = mapped(FeatureRows.of(rows, device), sides[0].feature_map)
    return Problem(recommender, users, items, others, features, low, high, rows, sides, latent, side)


def within_own(problem: Problem) -> Problem:
    """The same rows, where only features that are not zero may change: those that the user writes about."""
    own = problem.features > 0
    return replace(problem, low=problem.low * own, high=problem.high * own)


def rows_of(side: UserSide, rows: Tensor) -> UserSide:
    """The user sides of some rows."""
    return UserSide(side.constant[rows], side.gate[rows], side.feature_map, side.hidden_map, side.readout, side.bias)
