"""solve_narrow: whole counterfactual problems over a few features of each row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from ._torch_operator import torch_operator
from .native import Kernel, Operator, check, check_numbers, check_offsets, check_range, check_whole, rows_at_once
from .products import repeated_product

ENTRIES_AT_ONCE = 256  # images of so many features at a time stay in the processor's cache
ENTRIES_ON_A_GPU = 2**17  # at h = 350 they and what they are made of take 700 MB
MOST_STEPS = 100_000  # a row runs in circles long before; a mistyped number would not end


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


def _inputs(kernel: Kernel, chosen: Chosen, layer: HiddenLayer, x: Tensor) -> None:
    """What the head reads of one unit of each of the features, for items i and j: x [entries, 2, k]."""
    gates = {"gate_one": layer.gate_one, "gate_two": layer.gate_two, "feature_map": layer.feature_map}
    kernel(**chosen._asdict(), **gates, m=len(chosen.rows), k=layer.gate_one.shape[1], x=x)


def _inputs_twin(chosen: Chosen, layer: HiddenLayer, x: Tensor) -> None:
    own = chosen.columns[int(chosen.offsets[0]) : int(chosen.offsets[-1])]
    owner = torch.repeat_interleave(chosen.rows, chosen.offsets.diff())
    gates = torch.stack([layer.gate_one[owner], layer.gate_two[owner]], dim=1)
    torch.mul(gates, layer.feature_map[own][:, None], out=x)


def _native(
    kernel: Kernel,
    chosen: Chosen,
    layer: HiddenLayer,
    low: Tensor,
    high: Tensor,
    steps: int,
    weights: list[float],
) -> tuple[Tensor, Tensor]:
    check_offsets(chosen.offsets, "offsets", len(chosen.columns))
    check_range(chosen.rows, "rows", len(layer.start))
    check_range(chosen.columns, "columns", len(layer.feature_map))
    found = torch.zeros_like(low)
    margin = low.new_empty(len(chosen.rows))
    at_once = rows_at_once(ENTRIES_ON_A_GPU, ENTRIES_AT_ONCE, low)
    imaged = repeated_product(layer.hidden_map.t(), 2 * at_once)
    given: dict[str, Any] = {"start": layer.start, "readout": layer.readout, "low": low, "high": high, "delta": found}
    given |= dict(zip(("l1", "l2", "gamma"), weights, strict=True), w=layer.start.shape[1], steps=steps)
    for first, last, entries, widest in _batches(chosen.offsets, at_once):
        part = Chosen(chosen.rows[first:last], chosen.offsets[first : last + 1], chosen.columns)
        x = low.new_empty(entries, 2, layer.gate_one.shape[1])
        run_solve_narrow_inputs(part, layer, x)
        images = imaged(x.flatten(0, 1))  # [entries * 2, h]
        kernel(**part._asdict(), **given, images=images, margin=margin[first:last], m=last - first, widest=widest)
    return found, margin


def _twin(chosen: Chosen, layer: HiddenLayer, low: Tensor, high: Tensor, steps: int, weights: list[float]) -> tuple[Tensor, Tensor]:
    raise ValueError(f"low: no kernel for a tensor on {low.device}, and no twin given; counterfactual/restricted.py has one")


run_solve_narrow_inputs = Operator("solve_narrow_inputs", _inputs, _inputs_twin)
run_solve_narrow = Operator("solve_narrow", _native, _twin)


class Solver(Protocol):
    """What solves instead of the kernel: the same arguments, the same results."""

    def __call__(
        self, chosen: Chosen, layer: HiddenLayer, low: Tensor, high: Tensor, steps: int, weights: list[float]
    ) -> tuple[Tensor, Tensor]:
        """delta and margin; see solve_narrow. weights: l1, l2, gamma."""


@torch_operator("solve_narrow")
def _solve_narrow(
    chosen: list[Tensor], layer: list[Tensor], low: Tensor, high: Tensor, steps: int, weights: list[float]
) -> tuple[Tensor, Tensor]:
    return run_solve_narrow(Chosen(*chosen), HiddenLayer(*layer), low, high, steps, weights)


@_solve_narrow.register_fake
def _(
    chosen: list[Tensor], layer: list[Tensor], low: Tensor, high: Tensor, steps: int, weights: list[float]
) -> tuple[Tensor, Tensor]:
    return low.new_empty(chosen[2].shape[0]), low.new_empty(chosen[0].shape[0])


def _batches(offsets: Tensor, at_once: int) -> Iterator[tuple[int, int, int, int]]:
    """The first row of each batch, the one behind its last, its entries, the most of a row: as many rows as fit, at least one."""
    ends = offsets.cpu().numpy()
    first = 0
    while first + 1 < len(ends):
        fits = int(np.searchsorted(ends, ends[first] + at_once, side="right")) - 1
        last = max(first + 1, fits)
        yield first, last, int(ends[last] - ends[first]), int(np.diff(ends[first : last + 1]).max())
        first = last


def solve_narrow(
    chosen: Chosen,
    layer: HiddenLayer,
    low: Tensor,
    high: Tensor,
    l1: float,
    l2: float,
    gamma: float,
    steps: int,
    twin: Solver | None = None,
) -> tuple[Tensor, Tensor]:
    """delta, one number for each of the columns, and margin [m]: for each row the cheapest change found of the chosen features at
    which readout . relu(start + delta images) < 0.

    low <= 0 <= high, one number each for each of the columns: the box. Minimises l1 ||delta||_1 + l2 ||delta||_2^2 (l2 > 0) by
    `steps` steps of successive linearisation aiming at a margin of -gamma, descends where those run in circles, and takes back what
    a flip does not need. Where nothing flips: the smallest margin reached. twin: what solves on a device without a kernel; the one
    that there is stands in explainers/counterfactual/restricted.py. Raises TypeError, ValueError or IndexError for what does not
    fit.
    """
    check(low, "low", (None,))
    check(high, "high", tuple(low.shape), like=low)
    check(layer.start, "start", (None, None), like=low)
    check(layer.feature_map, "feature_map", (None, None), like=low)
    n, p = len(layer.start), len(layer.feature_map)
    check(layer.hidden_map, "hidden_map", (None, None), like=low, contiguous=False)
    h, k = layer.hidden_map.shape
    shapes = {"start": (n, 2 * h), "gate_one": (n, k), "gate_two": (n, k), "feature_map": (p, k), "readout": (2 * h,)}
    for name, shape in shapes.items():
        check(getattr(layer, name), name, shape, like=low)
    check(chosen.rows, "rows", (None,), like=low, dtype=torch.int64)
    check(chosen.offsets, "offsets", (len(chosen.rows) + 1,), like=low, dtype=torch.int64)
    check(chosen.columns, "columns", tuple(low.shape), like=low, dtype=torch.int64)
    check_numbers(l1=l1, l2=l2, gamma=gamma)
    check_whole(steps=steps)
    if not (l2 > 0 and l1 >= 0 and gamma >= 0 and 0 <= steps <= MOST_STEPS):
        raise ValueError(f"wanted l1 >= 0, l2 > 0, gamma >= 0 and steps 0..{MOST_STEPS}, got {l1}, {l2}, {gamma} and {steps}")
    if twin is not None:
        return run_solve_narrow.with_twin(twin)(chosen, layer, low, high, steps, [l1, l2, gamma])
    return _solve_narrow(list(chosen), list(layer), low, high, steps, [l1, l2, gamma])
