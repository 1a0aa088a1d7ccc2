"""solve_widening: whole counterfactual problems, each row by itself from its first working set to its last, on a GPU. On the
processor the same is done with many rows a stage, by other operators (explainers/counterfactual/affine.py), which is its twin."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ..data.sparse import SparseRows, TensorRows
from ..data.views import moved
from .native import Kernel, Operator
from .solve_narrow import HiddenLayer

BYTES = 2**29  # that blocks have to work in, all together
MOST_BLOCKS = 4096
# Changes a row that are made room for, and copied to the host full or not: of the first so many rows, and of those after them.
# Where there are more, all is done again with as much room as it takes.
USUAL, FIRST, LATER = 16, 4096, 4


class Widening(NamedTuple):
    """n rows: margin value [n], its gradient slope [n, k] in the latent features, the hidden layer; f_u as sparse rows `has`, and
    `own`, its entries that may change, with the gradient [nnz] of the margin beside them; allowed [P], on the host: which features
    may change (None: all), each within 0..most."""

    value: Tensor
    slope: Tensor
    layer: HiddenLayer
    has: TensorRows
    own: TensorRows
    gradient: Tensor
    allowed: npt.NDArray[np.bool_] | None
    most: float


class Sets(NamedTuple):
    """Which sets are tried. stages: of 0 and 1, few and every one of a user's own features, and 2 and 3, of all that may change;
    least: features of the first set of each pair of stages; few, many: at most so many in a set that is chosen, and in the last;
    enough: see steepest_entries. widest: the most entries of a row of `own`."""

    stages: tuple[int, ...]
    least: tuple[int, int]
    few: int
    many: int
    enough: float
    widest: int


def _native(kernel: Kernel, of: Widening, sets: Sets, steps: int, weights: list[float]) -> SparseRows:
    """The best change of each row [n, P]."""
    n = len(of.value)
    room = max(1, USUAL * min(n, FIRST) + LATER * max(0, n - FIRST))
    while True:
        used, found = _run(kernel, of, sets, steps, weights, room)
        if used <= room:
            return _by_row(found, (len(of.value), of.has.n_columns))
        room = used


def _run(kernel: Kernel, of: Widening, sets: Sets, steps: int, weights: list[float], room: int) -> tuple[int, tuple[Tensor, ...]]:
    """How much room it takes; where each row's change begins and how many entries it has; columns and delta. One copy."""
    n, like = len(of.value), of.value
    whole = torch.empty((1 + 2 * n + room) * 8 + room * like.element_size(), dtype=torch.uint8, device=like.device)
    numbers, delta = whole[: (1 + 2 * n + room) * 8].view(torch.int64), whole[(1 + 2 * n + room) * 8 :].view(like.dtype)
    used, begin, counts, columns = torch.split(numbers, [1, n, n, room])
    used.zero_()
    state = {"margin": like.new_empty(n), "tried": torch.empty_like(begin)}
    fields = _fields(of, sets, steps, weights) | state
    for number, stage in enumerate(sets.stages):
        widths = _widths(of, sets, stage)
        kernel(
            **fields,
            **_room(of, *widths),
            begin=begin, counts=counts, columns=columns, used=used, delta=delta, n=n, room=room,
            stage=stage, first=number == 0, least=sets.least[stage // 2],
        )  # fmt: skip
    there = whole.cpu()
    numbers, delta = there[: len(numbers) * 8].view(torch.int64), there[len(numbers) * 8 :].view(like.dtype)
    used, begin, counts, columns = torch.split(numbers, [1, n, n, room])
    return int(used), (begin, counts, columns, delta)


def _fields(of: Widening, sets: Sets, steps: int, weights: list[float]) -> dict[str, Any]:
    layer = of.layer
    rows = {
        f"{name}_{part}": getattr(rows, part)
        for name, rows in (("has", of.has), ("own", of.own))
        for part in ("offsets", "indices", "values")
    }
    given = {name: getattr(layer, name) for name in ("start", "gate_one", "gate_two", "feature_map", "readout")}
    may = None if of.allowed is None else moved(np.flatnonzero(of.allowed), of.value.device)
    sizes = {"n_may": _n_may(of), "k": layer.gate_one.shape[1], "h": len(layer.hidden_map)}
    own = {"value": of.value, "slope": of.slope, "gradient": of.gradient, "most": of.most, "may": may}
    limits = {"few": sets.few, "many": sets.many, "enough": sets.enough, "steps": steps}
    costs = dict(zip(("l1", "l2", "gamma"), weights, strict=True))
    return {**rows, **given, **sizes, **own, **limits, **costs, "hidden_map": layer.hidden_map.t().contiguous()}


def _n_may(of: Widening) -> int:
    return len(of.layer.feature_map) if of.allowed is None else int(np.count_nonzero(of.allowed))


def _widths(of: Widening, sets: Sets, stage: int) -> tuple[int, int]:
    """The most entries of a row that a stage has to choose from, and in one of its sets."""
    offered = max(1, sets.widest if stage < 2 else _n_may(of))
    most = (sets.few, sets.widest, sets.few, sets.many)[stage]
    return offered, max(1, min(offered, most))


def _room(of: Widening, offered: int, widest: int) -> dict[str, Any]:
    """As many blocks as there is memory for to work in."""
    like, h = of.value, len(of.layer.hidden_map)
    each = widest * (2 * h + 3) + 4 * offered
    blocks = max(1, min(len(like), MOST_BLOCKS, BYTES // (each * like.element_size())))
    places = torch.empty(blocks * 2 * widest, dtype=torch.int64, device=like.device)
    return {"numbers": like.new_empty(blocks * each), "places": places, "blocks": blocks, "offered": offered, "widest": widest}


def _by_row(found: tuple[Tensor, ...], shape: tuple[int, int]) -> SparseRows:
    begin, counts, columns, delta = (part.numpy() for part in found)
    row = np.repeat(np.arange(len(counts)), counts)
    at = np.arange(len(row)) + (begin - np.cumsum(counts) + counts)[row]
    return SparseRows.from_triples(row, columns[at], delta[at], shape)


def _twin(of: Widening, sets: Sets, steps: int, weights: list[float]) -> SparseRows:
    raise ValueError(f"value: no kernel for a tensor on {of.value.device}, and no twin given; counterfactual/affine.py has one")


run_solve_widening = Operator("solve_widening", _native, _twin)
