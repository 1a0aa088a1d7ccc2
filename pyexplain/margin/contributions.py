"""What each of a user's features contributes to a margin, in units of scores: it belongs to the margin, not to a method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..data.sparse import SparseRows
from ..data.types import Dataset
from ..recommenders.base import GRADIENTS, Recommender
from .closed_form import exact_path, linear_path
from .margin import Margin
from .quadrature import path_by_points
from .shapley import shapley_contributions

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Contributions:
    """Of n pairs (u, i) against j: values [n, P] sparse and signed, in units of scores; what is not stored contributes 0.

    margin [n]: m(f_u) = R(u, i) - R(u, j). nothing [n]: m(0), the same without any feature. A row of values adds up to
    margin - nothing, up to rounding.
    """

    values: SparseRows
    ends: Callable[[], tuple[Float, Float]]

    @property
    def margin(self) -> Float:
        """[n]; asked for when it is read."""
        return self._ends[0]

    @property
    def nothing(self) -> Float:
        """[n]; asked for when it is read."""
        return self._ends[1]

    @cached_property
    def _ends(self) -> tuple[Float, Float]:
        return self.ends()

    def positive(self) -> SparseRows:
        """Those that speak for i, [n, P]."""
        return _where(self.values, self.values.values, self.values.values > 0)


def contributions(
    recommender: Recommender,
    data: Dataset,
    pairs: Int,
    against: Int,
    *,
    user_features: SparseRows | None = None,
    points: int = 16,
    orders: int = 8,
    exact: int = 8,
    seed: int = 0,
    max_memory: int = 512 * 2**20,
) -> Contributions:
    """How much each feature of f_u adds to the margin m = R(u, i) - R(u, j) of pairs (u, i) [n, 2] and the others j [n].

    Where the score is linear in f_u, a_k = f_u[k] times its slope. Elsewhere, where the recommender offers "linear-user-side" or
    "gradients": integrated gradients, a_k = f_u[k] times the mean of d m / d f_u[k] on the straight way from no features to f_u
    (Sundararajan, Taly and Yan, ICML 2017). On a linear user side each hidden unit is active on one interval of that way, so the
    mean is exact; elsewhere it is taken at `points` points, at more where the gradient jumps, and what they miss of m(f_u) - m(0)
    is shared among the features in proportion to |a_k|. Where it offers scores alone: Shapley values of the user's features, exact
    up to `exact` of them, else over `orders` drawn orders and their reverses (see shapley.py).

    In every case the values of a row add up to m(f_u) - m(0), are 0 for features that f_u does not have, are finite where the
    lead is 0, and do not depend on the other rows. user_features [n, P]: instead of the data's f_u.
    """
    margin = Margin.of(recommender, data, pairs, against, features=user_features, max_memory=max_memory)
    return contributions_to(margin, points=points, orders=orders, exact=exact, seed=seed)


def contributions_to(margin: Margin, *, points: int = 16, orders: int = 8, exact: int = 8, seed: int = 0) -> Contributions:
    """The same of a margin on the user's side, at its features."""
    ends: Callable[[], tuple[Float, Float]] | None = None
    if (found := linear_path(margin)) is not None:
        values, ends = found
    elif margin.is_affine:
        values, *known = exact_path(margin)
    elif GRADIENTS in margin.recommender.offers:
        values, *known = path_by_points(margin, points)
    else:
        values, *known = shapley_contributions(margin, exact=exact, orders=orders, seed=seed)
    rounded = values.astype(np.float32)
    return Contributions(_where(margin.features, rounded, rounded != 0), ends or (lambda: (known[0], known[1])))  # no -0.0 leaves


def _where(rows: SparseRows, values: npt.NDArray[np.float32], kept: npt.NDArray[np.bool_]) -> SparseRows:
    """values [nnz] in place of those of rows, where kept [nnz]."""
    return rows.with_values(values).where(kept)
