"""steepest_columns: which few features of each row pull hardest."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ._operator import Kernel, Operator
from .groups import check_offsets, check_range
from .native import check, check_numbers, check_whole

Among = tuple[Tensor, Tensor] | None


class Pull(NamedTuple):
    """gradient [N, P] of margins [N]; low <= 0 <= high [N, P]: how far each feature may move."""

    gradient: Tensor
    margin: Tensor
    low: Tensor
    high: Tensor


def _native(
    kernel: Kernel, pull: Pull, rows: Tensor, among: Among, least: int, widest: int, enough: float
) -> tuple[Tensor, Tensor]:
    n, p = pull.gradient.shape
    check_range(rows, "rows", n)
    if among is not None:
        _check_among(*among, p)
    offsets, columns = among or (None, None)
    counts, numbers = rows.new_empty(len(rows)), rows.new_empty(len(rows), widest)
    kernel(
        **pull._asdict(),
        rows=rows,
        offsets=offsets,
        columns=columns,
        counts=counts,
        numbers=numbers,
        m=len(rows),
        p=p,
        least=least,
        widest=widest,
        enough=enough,
    )
    return counts, numbers[torch.arange(widest) < counts[:, None]]


def _twin(pull: Pull, rows: Tensor, among: Among, least: int, widest: int, enough: float) -> tuple[Tensor, Tensor]:
    """By sorting all features of every row."""
    g, low, high = pull.gradient[rows], pull.low[rows], pull.high[rows]
    room = torch.where(g > 0, -low, high)
    steep = torch.where(room > 0, g.abs(), 0)
    if among is not None:
        offsets, numbers = among
        owner = torch.repeat_interleave(torch.arange(len(pull.gradient), device=g.device), offsets.diff())
        may = torch.zeros_like(pull.gradient, dtype=torch.bool)
        may[owner, numbers] = True
        steep = steep * may[rows]
    values, order = steep.sort(dim=1, descending=True, stable=True)
    values, order = values[:, :widest], order[:, :widest]
    brought = (values * room.gather(1, order)).cumsum(dim=1)
    wanted = (brought < enough * pull.margin[rows, None]).sum(dim=1).add_(1).clamp_(min=least)
    counts = torch.minimum(wanted, (values > 0).sum(dim=1))
    return counts, order[torch.arange(order.shape[1], device=g.device) < counts[:, None]]


run_steepest_columns = Operator("steepest_columns", _native, _twin)


def steepest_columns(pull: Pull, rows: Tensor, among: Among, least: int, widest: int, enough: float) -> tuple[Tensor, Tensor]:
    """counts [m], and as many features of each of the rows [m], the steepest first: those with the largest |gradient| where there
    is room to go downhill; at least `least` (if there are), and so many that to first order they bring `enough` times the margin;
    at most `widest`. Of those that pull alike, the one that is named first.

    among: offsets [N + 1] and numbers of the features that each of the N rows has to choose from; None = all. Raises TypeError,
    ValueError or IndexError for what does not fit.
    """
    gradient, margin, low, high = pull
    check(gradient, "gradient", (None, None))
    n, p = gradient.shape
    for name, tensor, shape in (("margin", margin, (n,)), ("low", low, (n, p)), ("high", high, (n, p))):
        check(tensor, name, shape, like=gradient)
    check(rows, "rows", (None,), like=gradient, dtype=torch.int64)
    if among is not None:
        check(among[0], "offsets", (n + 1,), like=gradient, dtype=torch.int64)
        check(among[1], "numbers", (None,), like=gradient, dtype=torch.int64)
    check_whole(least=least, widest=widest)
    check_numbers(enough=enough)
    if not (0 <= least <= widest and enough >= 0):
        raise ValueError(f"wanted 0 <= least <= widest and enough >= 0, got {least}, {widest} and {enough}")
    widest = min(widest, p)  # no row has more
    return run_steepest_columns(pull, rows, among, min(least, widest), widest, enough)


def _check_among(offsets: Tensor, numbers: Tensor, p: int) -> None:
    check_range(numbers, "numbers", p)
    check_offsets(offsets, "offsets", len(numbers))
    if bool((offsets.diff() > p).any()):
        raise ValueError(f"offsets: wanted to ascend from 0 to {len(numbers)} by at most {p}, got others")
