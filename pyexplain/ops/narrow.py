"""solve_narrow: whole counterfactual problems over a few features of each row, on the processor."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ._check import check, check_range, native_name
from ._operator import operator
from .native import native
from .products import matrix_product

ENTRIES_AT_ONCE = 256  # images of so many features at a time stay in the processor's cache


class Chosen(NamedTuple):
    """Features of some rows: for rows[r], one of N, those of columns[offsets[r]:offsets[r + 1]], each in 0..P-1. rows [m],
    offsets [m + 1] from 0, columns [offsets[m]]; all int64."""

    rows: Tensor
    offsets: Tensor
    columns: Tensor


class HiddenLayer(NamedTuple):
    """What N rows look like from the hidden layer: start [N, 2h], what goes into the relu for items i and j at delta = 0; one unit
    of feature k adds (gate_one * feature_map[k]) @ hidden_map.T and the same with gate_two to it; readout [2h].

    gate_one, gate_two [N, k], feature_map [P, k], hidden_map [h, k].
    """

    start: Tensor
    gate_one: Tensor
    gate_two: Tensor
    feature_map: Tensor
    hidden_map: Tensor
    readout: Tensor


@operator("solve_narrow")
def _solve_narrow(
    chosen: list[Tensor], layer: list[Tensor], low: Tensor, high: Tensor, delta: Tensor | None, steps: int, weights: list[float]
) -> tuple[Tensor, Tensor]:
    of, seen = Chosen(*chosen), HiddenLayer(*layer)
    offsets = _checked_offsets(of)
    check_range(of.rows, "rows", low.shape[0])
    check_range(of.columns, "columns", low.shape[1])
    found = low.new_zeros(len(of.columns)) if delta is None else delta.clone()
    margin = low.new_empty(len(of.rows))
    (_, w), k = seen.start.shape, seen.gate_one.shape[1]
    tables = {"gate_one": seen.gate_one, "gate_two": seen.gate_two, "feature_map": seen.feature_map}
    solved = {"start": seen.start, "readout": seen.readout, "low": low, "high": high, "delta": found}
    tables, solved = ({name: t.data_ptr() for name, t in tensors.items()} for tensors in (tables, solved))  # type: ignore[assignment]
    solved |= dict(zip(("l1", "l2", "gamma"), weights, strict=True))  # type: ignore[arg-type]
    make, solve = (getattr(native(), native_name(name, low)) for name in ("narrow_inputs", "narrow_solve"))
    hidden_map = seen.hidden_map.contiguous()  # copied once, not at every product
    first = 0
    while first < len(of.rows):
        last = _end_of_batch(offsets, first)
        entries = offsets[last] - offsets[first]
        rows = {"rows": of.rows.data_ptr() + 8 * first, "offsets": of.offsets.data_ptr() + 8 * first, "m": last - first}
        rows["columns"] = of.columns.data_ptr()
        x = low.new_empty(2 * entries, k)
        make(x=x.data_ptr(), k=k, **rows, **tables)
        images = matrix_product(x, hidden_map.t())  # [entries, 2, h]
        at = {"images": images.data_ptr(), "margin": margin.data_ptr() + first * margin.element_size()}
        solve(w=w, p=low.shape[1], steps=steps, prune_only=delta is not None, **at, **rows, **solved)
        first = last
    return found, margin


@_solve_narrow.register_fake
def _(
    chosen: list[Tensor], layer: list[Tensor], low: Tensor, high: Tensor, delta: Tensor | None, steps: int, weights: list[float]
) -> tuple[Tensor, Tensor]:
    return low.new_empty(chosen[2].shape[0]), low.new_empty(chosen[0].shape[0])


def _checked_offsets(of: Chosen) -> list[int]:
    offsets: list[int] = of.offsets.tolist()
    if offsets[0] != 0 or offsets[-1] != len(of.columns) or bool((of.offsets.diff() < 0).any()):
        raise ValueError(f"offsets: wanted to ascend from 0 to {len(of.columns)}, the number of columns, got others")
    return offsets


def _end_of_batch(offsets: list[int], first: int) -> int:
    """One behind the last row of a batch that begins with `first`: as many as fit, at least one."""
    last = first + 1
    while last + 1 < len(offsets) and offsets[last + 1] - offsets[first] <= ENTRIES_AT_ONCE:
        last += 1
    return last


def solve_narrow(
    chosen: Chosen,
    layer: HiddenLayer,
    low: Tensor,
    high: Tensor,
    l1: float,
    l2: float,
    gamma: float,
    steps: int,
    delta: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """delta, one number for each of the columns, and margin [m]: for each row the cheapest change found of the chosen features at
    which readout . relu(start + delta images) < 0.

    low <= 0 <= high [N, P]: the box. Minimises l1 ||delta||_1 + l2 ||delta||_2^2 (l2 > 0) by `steps` steps of successive
    linearisation aiming at a margin of -gamma, descends where those run in circles, and takes back what a flip does not need.
    Where nothing flips: the smallest margin reached. delta, if given: only taken back from. On the processor alone;
    explainers/narrow.py does the same with torch anywhere. Raises TypeError, ValueError or IndexError for what does not fit.
    """
    check(low, "low", (None, None))
    n, p = low.shape
    if low.is_cuda:
        raise ValueError("low: wanted a tensor on cpu, got one on cuda")
    check(high, "high", (n, p), like=low)
    check(layer.hidden_map, "hidden_map", (None, None), like=low, contiguous=False)
    h, k = layer.hidden_map.shape
    shapes = {"start": (n, 2 * h), "gate_one": (n, k), "gate_two": (n, k), "feature_map": (p, k), "readout": (2 * h,)}
    for name, shape in shapes.items():
        check(getattr(layer, name), name, shape, like=low)
    check(chosen.rows, "rows", (None,), like=low, dtype=torch.int64)
    check(chosen.offsets, "offsets", (len(chosen.rows) + 1,), like=low, dtype=torch.int64)
    check(chosen.columns, "columns", (None,), like=low, dtype=torch.int64)
    if delta is not None:
        check(delta, "delta", tuple(chosen.columns.shape), like=low)
    if not (l2 > 0 and l1 >= 0 and gamma >= 0 and steps >= 0):
        raise ValueError(f"wanted l1 >= 0, l2 > 0, gamma >= 0 and steps >= 0, got {l1}, {l2}, {gamma} and {steps}")
    found: tuple[Tensor, Tensor] = _solve_narrow(list(chosen), list(layer), low, high, delta, steps, [l1, l2, gamma])
    return found
