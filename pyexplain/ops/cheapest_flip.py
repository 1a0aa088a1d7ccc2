"""cheapest_flip: the cheapest change of each row that turns a linear margin around, where some parts go whole or not at all."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from .native import Kernel, Operator, check, check_numbers, check_offsets, check_whole


class Flip(NamedTuple):
    """n margins start + gradient . delta: start [n]; offsets [n + 1]: which parts [nnz] are whose; gradient, low, high [nnz] with
    low <= 0 <= high; whole [nnz] bool: what goes to `low` or stays, each for `unit` (None: nothing)."""

    start: Tensor
    offsets: Tensor
    gradient: Tensor
    low: Tensor
    high: Tensor
    whole: Tensor | None


class Costs(NamedTuple):
    """What is minimised, l1 ||x||_1 + l2 ||x||_2^2 with x = delta, or `unit` for each part that goes whole; gamma: by how much the
    margin has to be below 0; flipped: below this it is turned around; cheaper: a step that saves less is the last; steps: how many
    at most, where one would do but for rounding."""

    unit: float
    l1: float
    l2: float
    gamma: float
    flipped: float
    cheaper: float
    steps: int


class Flipper(Protocol):
    """What solves instead of the kernel: the same arguments, the same results."""

    def __call__(self, of: Flip, costs: Costs) -> tuple[Tensor, Tensor]:
        """delta and margin; see cheapest_flip."""


def _native(kernel: Kernel, of: Flip, costs: Costs) -> tuple[Tensor, Tensor]:
    delta, margin = torch.empty_like(of.gradient), torch.empty_like(of.start)
    kernel(**of._asdict(), **costs._asdict(), delta=delta, margin=margin, n=of.start.shape[0])
    return delta, margin


def _twin(of: Flip, costs: Costs) -> tuple[Tensor, Tensor]:
    raise ValueError(f"start: no kernel for a tensor on {of.start.device}, and no twin given; counterfactual/restricted.py has one")


run_cheapest_flip = Operator("cheapest_flip", _native, _twin)


def cheapest_flip(of: Flip, costs: Costs, twin: Flipper | None = None) -> tuple[Tensor, Tensor]:
    """delta [nnz] and the margin [n] with it: the cheapest change of each row that turns its margin around, proved to be that
    (explainers/counterfactual/mixed.py), of which no part can be taken back. Where nothing flips, the smallest margin reached.

    twin: what solves on a device without a kernel; the one that there is stands in explainers/counterfactual/restricted.py. No
    autograd. Raises TypeError or ValueError for what does not fit.
    """
    check(of.start, "start", (None,))
    check(of.offsets, "offsets", (len(of.start) + 1,), like=of.start, dtype=torch.int64)
    check(of.gradient, "gradient", (None,), like=of.start)
    for name in ("low", "high"):
        check(getattr(of, name), name, tuple(of.gradient.shape), like=of.start)
    if of.whole is not None:
        check(of.whole, "whole", tuple(of.gradient.shape), like=of.start, dtype=torch.bool)
    check_offsets(of.offsets, "offsets", len(of.gradient))
    numbers = costs._asdict()
    check_whole(steps=numbers.pop("steps"))
    check_numbers(**numbers)
    if not (costs.l1 >= 0 and costs.l2 > 0 and costs.unit > 0 and costs.steps >= 0):
        raise ValueError(f"wanted l1 >= 0, l2 > 0, unit > 0 and steps >= 0, got {costs}")
    return (run_cheapest_flip if twin is None else run_cheapest_flip.with_twin(twin))(of, costs)
