"""A batch of counterfactual problems: margins and their gradients at f + delta, whatever the recommender."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol, Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ...data.sparse import SparseRows
from ...margin.margin import Margin
from .settings import Box

FLIPPED = -1e-5  # below this, rounding cannot make the recommender's own scores disagree about the sign


class Solved(NamedTuple):
    """Of n pairs: change [n, P]; carried [n, P]: g_k f_k of the features that may be taken away, g the gradient of the margin at no
    change; margin [n] there. proved [n], where it is known of some: nothing cheaper flips the order by settings.margin within the
    user's own features, or, where nothing flips, nothing within them does."""

    change: SparseRows
    carried: SparseRows
    margin: Tensor
    proved: npt.NDArray[np.bool_] | None = None


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
    """n rows over all P features: a margin, its features f_u or f_i [n, P], and the box for their change delta: low, high [n, P],
    and whole [n, P], what goes to `low` whole or not at all, each for `unit` (None: nothing)."""

    function: Margin
    features: Tensor
    low: Tensor
    high: Tensor
    whole: Tensor | None = None
    unit: float = 1.0

    @property
    def side(self) -> str:
        """Whose features change, "user" or "item"."""
        return self.function.side

    @property
    def rows(self) -> SparseRows:
        """The features [n, P] as sparse rows."""
        return self.function.features

    def __len__(self) -> int:
        return len(self.function)

    def select(self, rows: Tensor) -> Problem:
        """The given rows."""
        function, whole = self.function.select(rows.cpu().numpy()), None if self.whole is None else self.whole[rows]
        return Problem(function, self.features[rows], self.low[rows], self.high[rows], whole, self.unit)

    def margin(self, delta: Tensor) -> Tensor:
        """[n], without gradient, for delta [n, P]."""
        if self.function.is_affine:
            return self.function.affine.value(delta)
        with torch.no_grad():
            return self.function.at(self.features + delta)

    def margin_and_gradient(self, delta: Tensor) -> tuple[Tensor, Tensor]:
        """[n] and d margin / d delta [n, P]."""
        if self.function.is_affine:
            return self.function.affine.value_and_gradient(delta)
        return self.function.value_and_gradient(self.features + delta)


def make_problem(margin: Margin, allowed: npt.NDArray[np.bool_] | None) -> Problem:
    """Problems for the pairs of a margin; allowed [P]: the features that may change (None = all).

    On the item's side features may only fall, and only those that the user has mentioned (Tan et al., CIKM 2021).
    """
    device, data, box = margin.recommender.device, margin.data, Box.of(margin.data)
    features = torch.from_numpy(margin.features.dense()).to(device)
    whole = box.goes_whole(torch.arange(features.shape[1], device=device))
    if margin.side == "user":
        low, high = -features, box.high(features, whole)
    else:
        mentioned = data.user_features.select(margin.users).dense() > 0
        low, high = -features.clamp_min(0) * torch.from_numpy(mentioned).to(device), torch.zeros_like(features)
    if allowed is not None:
        mask = torch.from_numpy(allowed).to(device)
        low, high = low * mask, high * mask
    return Problem(margin, features, low, high, None if whole is None else whole & (low < 0), box.unit)


def within_own(problem: Problem) -> Problem:
    """The same rows, where only features that are not zero may change: those that the user writes about."""
    own = problem.features > 0
    return replace(problem, low=problem.low * own, high=problem.high * own)
