"""hidden_slopes, sampled_product, steepest_entries, which working sets are made by: margins and their slopes seen from the hidden
layer, in one pass; gradients in the features that a row stores, and nowhere else; and which few of these pull hardest."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

from ..data.sparse import SparseRows, TensorRows
from ._torch_operator import torch_operator
from .groups import check_rows
from .native import Kernel, Operator, check, check_numbers, check_offsets, check_whole

ENTRIES_AT_ONCE = 4096  # of the twin of sampled_product: what is gathered on the way stays small


def _slopes_native(kernel: Kernel, start: Tensor, readout: Tensor) -> tuple[Tensor, Tensor]:
    n, w = start.shape
    margin, slopes = start.new_empty(n), torch.empty_like(start)
    kernel(start=start, readout=readout, margin=margin, slopes=slopes, n=n, w=w)
    return margin, slopes


def _slopes_twin(start: Tensor, readout: Tensor) -> tuple[Tensor, Tensor]:
    return start.clamp_min(0) @ readout, (start > 0) * readout


run_hidden_slopes = Operator("hidden_slopes", _slopes_native, _slopes_twin)


@torch_operator("hidden_slopes")
def _hidden_slopes(start: Tensor, readout: Tensor) -> tuple[Tensor, Tensor]:
    return run_hidden_slopes(start, readout)


@_hidden_slopes.register_fake
def _(start: Tensor, readout: Tensor) -> tuple[Tensor, Tensor]:
    return start.new_empty(start.shape[0]), torch.empty_like(start)


def hidden_slopes(start: Tensor, readout: Tensor) -> tuple[Tensor, Tensor]:
    """readout . relu(start) [n], and its gradient in start [n, w], for start [n, w], readout [w]; no autograd.

    Raises TypeError or ValueError for what does not fit.
    """
    check(start, "start", (None, None))
    check(readout, "readout", (start.shape[1],), like=start)
    return _hidden_slopes(start, readout)


def _sampled_native(kernel: Kernel, left: Tensor, right: Tensor, rows: TensorRows) -> Tensor:
    out = torch.empty_like(rows.values)
    offsets, columns = rows.offsets, rows.indices
    kernel(left=left, right=right, offsets=offsets, columns=columns, out=out, n=len(left), k=left.shape[1])
    return out


def _sampled_twin(left: Tensor, right: Tensor, rows: TensorRows) -> Tensor:
    owner, out = rows.row_indices(), torch.empty_like(rows.values)
    for part in (slice(at, at + ENTRIES_AT_ONCE) for at in range(0, len(out), ENTRIES_AT_ONCE)):
        out[part] = (right[rows.indices[part]] * left[owner[part]]).sum(dim=1)
    return out


run_sampled_product = Operator("sampled_product", _sampled_native, _sampled_twin)


def sampled_product(left: Tensor, right: Tensor, rows: TensorRows) -> Tensor:
    """Entries of left @ right.T [n, P] beside those of sparse rows [n, P], [nnz]; left [n, k], right [P, k]; no autograd.

    Each costs k multiplications, however large P is. Raises TypeError, ValueError or IndexError for what does not fit.
    """
    check(left, "left", (None, None))
    check(right, "right", (None, left.shape[1]), like=left)
    check_rows(rows, "rows", len(right), left, len(left))
    return run_sampled_product(left, right, rows)


def row_products(left: Tensor, right: Tensor, chosen: Tensor) -> Tensor:
    """left[r] . right[chosen[r]] [n] of left [n, k] and right [P, k], without the chosen rows laid out; no autograd."""
    places = torch.arange(len(left) + 1, device=left.device)
    return run_sampled_product(left, right, SparseRows(places, chosen.contiguous(), left.new_empty(len(left)), len(right)))


class Pull(NamedTuple):
    """Features of m rows, those of row r at offsets[r]:offsets[r + 1]; offsets [m + 1] int64 from 0. gradient [nnz] of the row's
    margin; low <= 0 <= high [nnz]: how far each may move."""

    offsets: Tensor
    gradient: Tensor
    low: Tensor
    high: Tensor


def _steepest_native(kernel: Kernel, pull: Pull, margin: Tensor, least: int, widest: int, enough: float) -> tuple[Tensor, Tensor]:
    m, widest = len(margin), min(widest, len(pull.gradient))  # no row has more
    counts, places = pull.offsets.new_empty(m), pull.offsets.new_empty(m, widest)
    given: dict[str, Any] = {**pull._asdict(), "margin": margin, "pull": torch.empty_like(pull.gradient)}
    kernel(**given, counts=counts, places=places, m=m, least=least, widest=widest, enough=enough)
    return counts, places[torch.arange(widest, device=counts.device) < counts[:, None]]


def _steepest_twin(pull: Pull, margin: Tensor, least: int, widest: int, enough: float) -> tuple[Tensor, Tensor]:
    """By sorting all entries of every row."""
    offsets, gradient = pull.offsets, pull.gradient
    row = torch.repeat_interleave(torch.arange(len(margin), device=offsets.device), offsets.diff(), output_size=len(gradient))
    room = torch.where(gradient > 0, -pull.low, pull.high)
    steep = torch.where(room > 0, gradient.abs(), 0)
    order = torch.argsort(steep, descending=True, stable=True)
    order = order[torch.argsort(row[order], stable=True)]  # rows one after the other, each by its pull
    brings = steep[order].double() * room[order].double()
    before = brings.cumsum(0) - brings  # by all that stand in front; of the own row: less what stood before it
    if len(row):
        before = before - before[offsets[:-1].clamp_max(len(row) - 1)][row]
    place = torch.arange(len(order), device=order.device) - offsets[row]
    wanted = (place < least) | (before < enough * margin.double()[row])
    taken = wanted & (place < widest) & (steep[order] > 0)
    return torch.bincount(row[taken], minlength=len(margin)), order[taken]


run_steepest_entries = Operator("steepest_entries", _steepest_native, _steepest_twin)


def steepest_entries(pull: Pull, margin: Tensor, least: int, widest: int, enough: float) -> tuple[Tensor, Tensor]:
    """counts [m], and where in [nnz] as many features of each row stand, the steepest first: those with the largest |gradient|
    where there is room to go downhill; at least `least` (if there are), and so many that to first order they bring `enough` times
    the margin [m]; at most `widest`. Of those that pull alike, the one that is named first.

    Raises TypeError or ValueError for what does not fit.
    """
    check(pull.gradient, "gradient", (None,))
    check(pull.low, "low", tuple(pull.gradient.shape), like=pull.gradient)
    check(pull.high, "high", tuple(pull.gradient.shape), like=pull.gradient)
    check(margin, "margin", (None,), like=pull.gradient)
    check(pull.offsets, "offsets", (len(margin) + 1,), like=pull.gradient, dtype=torch.int64)
    check_whole(least=least, widest=widest)
    check_numbers(enough=enough)
    if not (0 <= least <= widest and enough >= 0):
        raise ValueError(f"wanted 0 <= least <= widest and enough >= 0, got {least}, {widest} and {enough}")
    check_offsets(pull.offsets, "offsets", len(pull.gradient))
    return run_steepest_entries(pull, margin, least, widest, enough)
