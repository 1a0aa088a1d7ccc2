"""steepest_columns: which few features of each row pull hardest."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ._check import address, check, check_range, native_name
from .native import native


class Pull(NamedTuple):
    """gradient [N, P] of margins [N]; low <= 0 <= high [N, P]: how far each feature may move."""

    gradient: Tensor
    margin: Tensor
    low: Tensor
    high: Tensor


def steepest_columns(
    pull: Pull, rows: Tensor, among: tuple[Tensor, Tensor] | None, least: int, widest: int, enough: float
) -> tuple[Tensor, Tensor]:
    """counts [m], and as many features of each of the rows [m], the steepest first: those with the largest |gradient| where there
    is room to go downhill; at least `least` (if there are), and so many that to first order they bring `enough` times the margin;
    at most `widest`. Of those that pull alike, the one that is named first.

    among: offsets [N + 1] and numbers of the features that each of the N rows has to choose from; None = all. On the processor
    alone. Raises TypeError, ValueError or IndexError for what does not fit.
    """
    gradient, margin, low, high = pull
    check(gradient, "gradient", (None, None))
    if gradient.is_cuda:
        raise ValueError("gradient: wanted a tensor on cpu, got one on cuda")
    n, p = gradient.shape
    for name, tensor, shape in (("margin", margin, (n,)), ("low", low, (n, p)), ("high", high, (n, p))):
        check(tensor, name, shape, like=gradient)
    check(rows, "rows", (None,), like=gradient, dtype=torch.int64)
    check_range(rows, "rows", n)
    if among is not None:
        _check_among(*among, n, p, gradient)
    if not (0 <= least <= widest and enough >= 0):
        raise ValueError(f"wanted 0 <= least <= widest and enough >= 0, got {least}, {widest} and {enough}")
    counts, numbers = rows.new_empty(len(rows)), rows.new_empty(len(rows), widest)
    arrays = {"gradient": gradient, "margin": margin, "low": low, "high": high, "rows": rows, "counts": counts, "numbers": numbers}
    offsets, columns = among or (None, None)
    getattr(native(), native_name("narrow_steepest", gradient))(
        **{name: t.data_ptr() for name, t in arrays.items()},
        offsets=address(offsets),
        columns=address(columns),
        m=len(rows),
        p=p,
        least=least,
        widest=widest,
        enough=enough,
    )
    return counts, numbers[torch.arange(widest) < counts[:, None]]


def _check_among(offsets: Tensor, numbers: Tensor, n: int, p: int, like: Tensor) -> None:
    check(offsets, "offsets", (n + 1,), like=like, dtype=torch.int64)
    check(numbers, "numbers", (None,), like=like, dtype=torch.int64)
    check_range(numbers, "numbers", p)
    counts = offsets.diff()
    if int(offsets[0]) != 0 or int(offsets[-1]) != len(numbers) or bool((counts < 0).any()) or bool((counts > p).any()):
        raise ValueError(f"offsets: wanted to ascend from 0 to {len(numbers)} by at most {p}, got others")
