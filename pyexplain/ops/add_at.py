"""add_at: sums of rows by their number, with the same bits every time, on a GPU too."""

from __future__ import annotations

from torch import Tensor


def add_at(out: Tensor, rows: Tensor, values: Tensor) -> Tensor:
    """out [n, ...] with values [m, ...] added to its rows [m], in place; differentiable in the values.

    As index_add_, which on a GPU adds as its threads happen to come, so that a sum has other bits each time: there the values are
    sorted by row first.
    """
    return out.index_add_(0, rows, values) if out.device.type == "cpu" else out.index_put_((rows,), values, accumulate=True)
