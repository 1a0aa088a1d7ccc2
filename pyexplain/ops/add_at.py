"""add_at: sums of rows by their number, with the same bits every time, on a GPU too."""

from __future__ import annotations

from torch import Tensor


def add_at(out: Tensor, rows: Tensor, values: Tensor, dim: int = 0) -> Tensor:
    """out [n, ...] with values [m, ...] added to its rows [m], or to its rows along `dim`, in place; differentiable in the values.

    As index_add_, which on a GPU adds as its threads happen to come, so that a sum has other bits each time: there the values are
    sorted by row first.
    """
    if out.device.type == "cpu":
        return out.index_add_(dim, rows, values)
    out.movedim(dim, 0).index_put_((rows,), values.movedim(dim, 0), accumulate=True)
    return out
