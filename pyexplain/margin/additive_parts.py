"""What the margins of the additive form are made of: what each feature adds to the sum, and what they do together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..data.sparse import SparseRows
from ..errors import UsageError
from ..recommenders.additive_recommender import AdditiveRecommender
from .margin import Margin

Float = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class AdditiveParts:
    """Of n margins R(u, i) - R(u, j), in units of scores. values [n, P] sparse and signed: what each feature adds to the sum, which
    is as much less without it. bias [n]: the margin for who has no features. residual [n]: what the residual makes of features, and
    no single one does; 0 where there is none. A row of values, bias and residual add up to the margin, and values and residual
    alone to the row's contributions (contributions.py), up to rounding."""

    values: SparseRows
    bias: Float
    residual: Float

    @staticmethod
    def of(margin: Margin) -> AdditiveParts:
        """Of a margin at its features, on the user's side; UsageError for recommenders of another form."""
        made = margin.recommender
        if not isinstance(made, AdditiveRecommender) or margin.side != "user":
            raise UsageError(f"scores of {made.name} are no sum over features of users, with or without a residual", where="parts")
        (users, items, others), rows = margin.indices, margin.there
        both = zip(made.parts(users, items, rows), made.parts(users, others, rows), strict=True)
        slopes, bias, residual = ((one.double() - two.double()).cpu().numpy() for one, two in both)
        values = (margin.features.values * slopes).astype(np.float32)
        return AdditiveParts(margin.features.with_values(values).where(values != 0), bias, residual)
