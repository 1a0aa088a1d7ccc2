"""The rows of all explanations at once are those that going through them one by one gives."""

from __future__ import annotations

import numpy as np
import pytest

from pyexplain.data.sparse import SparseRows
from pyexplain.explainers.named_cells import NO_FEATURE, named_cells
from pyexplain.explainers.types import Explanations

N, P = 40, 12


def drawn(rng: np.random.Generator, share: float) -> SparseRows:
    """Values that tie often, of both signs, and empty rows."""
    values = rng.integers(-2, 4, (N, P)) * (rng.random((N, P)) < share) * (rng.random((N, 1)) < 0.8)
    return SparseRows.from_dense(values * np.float32(0.1))


@pytest.mark.parametrize("top", [1, 3, P])
@pytest.mark.parametrize("changes", [True, False])
def test_as_one_by_one(top: int, changes: bool) -> None:
    rng = np.random.default_rng(top)
    weights, values, change = (drawn(rng, share) for share in (0.6, 0.5, 0.3))
    found = Explanations("x", np.arange(N), np.arange(N), weights, "", None, change if changes else None)
    rows = []
    for pair in range(N):
        weight, now, by = (dict(zip(*(a.tolist() for a in part.row(pair)), strict=True)) for part in (weights, values, change))
        for k in found.named(pair, top) or [NO_FEATURE]:
            end = now.get(k, 0.0) + by.get(k, 0.0)
            rows.append((pair, k, weight.get(k, 0.0), now.get(k, 0.0), 0.0 if abs(end) <= 1e-6 else end))
    cells = named_cells(found, values, top)
    wanted = [np.array(column) for column in zip(*rows, strict=True)]
    assert any(k == NO_FEATURE for _, k, *_ in rows)
    for name, column in zip(("pair", "feature", "weight", "before"), wanted, strict=False):
        np.testing.assert_array_equal(getattr(cells, name), column)
    if changes:
        np.testing.assert_array_equal(cells.after, wanted[4])
    else:
        assert cells.after is None


def test_nothing_at_all() -> None:
    none = SparseRows.empty((2, P))
    cells = named_cells(Explanations("x", np.arange(2), np.arange(2), none, "", None, none), none, 5)
    assert cells.feature.tolist() == [NO_FEATURE, NO_FEATURE]
    assert cells.after is not None
    assert cells.after.tolist() == [0.0, 0.0]
