"""What each feature of a change weighs: the change itself, its size in mentions, or its share of the flip."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
import torch

from ...data.sparse import SparseRows, apply_change
from ...data.views import offsets_of
from ...errors import UsageError
from ...margin.margin import Margin
from ..types import Explanations
from .settings import Box, one_mention

Measure = Literal["delta", "abs-delta", "flip-share"]
MEASURES = ("delta", "abs-delta", "flip-share")
ROWS_AT_ONCE = 16_384  # of questions to a recommender that takes sparse rows
SMALLEST = 1e-6  # falls of a margin below this are rounding: shares of them say nothing


def weights_of_change(measure: str, margin: Margin, found: Explanations) -> SparseRows:
    """Weights [n, P] by the changes delta of `found`, those of the margins' features f; features that do not change are 0.

    "delta": delta_k, signed. The paper sorts it in descending order (section 5.1.2), so what has to fall, below 0, is not named.
    "abs-delta": |delta_k| in mentions: divided by what one mention makes of "never mentioned" in eq. (1). 1 = one mention, or
    one entry of history.
    "flip-share": max(0, m(f + delta - delta_k e_k) - m(f + delta)) / (m(f) - m(f + delta)), m the margin R(u, i) - R(u, j):
    how much of what the change does to the margin is lost when the change of k alone is taken back. 1 = all; 0 where it does
    not fall. Shares of a row add up to 1 where the margin is linear from f to f + delta. Asks for two scores a changed feature.

    UsageError for another measure, and where nothing changes in `found`.
    """
    if measure not in MEASURES or found.change is None:
        what = f"unknown measure {measure!r}" if found.change is not None else f"explainer {found.method} finds no change"
        raise UsageError(what, where="weights", hint=f"Known, of explainers that find a change: {', '.join(MEASURES)}.")
    change = found.change
    if measure == "delta":
        return change
    if measure == "abs-delta":
        values, whole = np.abs(change.values) / np.float32(one_mention(margin.data, margin.side)), Box.of(margin.data).whole
        if whole is not None:  # an entry of history is one of its own
            values = np.where(whole[change.indices], np.abs(change.values), values)
    else:
        values = _flip_shares(margin, change, found)
    return SparseRows(change.offsets, change.indices, values.astype(np.float32), change.n_columns).where(values > 0)


def _flip_shares(margin: Margin, change: SparseRows, found: Explanations) -> npt.NDArray[np.float64]:
    """The share [nnz] of each changed feature."""
    assert found.margin_before is not None
    assert found.margin_after is not None
    row = change.row_indices()
    after = found.margin_after.astype(np.float64)[row]
    fall = found.margin_before.astype(np.float64)[row] - after
    lost = _taken_back(margin, change) - after
    return np.where(fall > SMALLEST, np.maximum(lost, 0) / np.maximum(fall, SMALLEST), 0.0)


def _taken_back(margin: Margin, change: SparseRows) -> npt.NDArray[np.float64]:
    """The margin [nnz] with the change of a row, but for the feature of that entry."""
    row, out = change.row_indices(), np.empty(len(change.indices))
    for at in range(0, len(row), ROWS_AT_ONCE):
        entries = np.arange(at, min(at + ROWS_AT_ONCE, len(row)))
        part = margin.select(row[entries])
        out[entries] = _value(part, apply_change(part.features, _without(change, entries)))
    return out


def _without(change: SparseRows, entries: npt.NDArray[np.int64]) -> SparseRows:
    """The row of each entry, without that entry."""
    row = change.row_indices()[entries]
    whole = change.select(row)
    kept = np.ones(len(whole.indices), dtype=bool)
    kept[whole.offsets[:-1] + entries - change.offsets[row]] = False
    return SparseRows(offsets_of(np.diff(whole.offsets) - 1), whole.indices[kept], whole.values[kept], whole.n_columns)


def _value(margin: Margin, features: SparseRows) -> npt.NDArray[np.float64]:
    """At other features [n, P]; sparse where the recommender takes them."""
    if not margin.is_affine:
        return margin.value(features)
    with torch.no_grad():
        found: npt.NDArray[np.float64] = margin.at(margin.handed(features)).double().cpu().numpy()
    return found
