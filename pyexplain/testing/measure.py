"""What a call costs, counted rather than timed: numbers that torch writes, calls that Python makes, the largest tensor."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from .contract import Broken

# Work that does not depend on the number of pairs: looking up a plugin, encoding all users once.
CALLS_FOR_FREE, NUMBERS_FOR_FREE = 5_000, 100_000
GROWTH = 2.0  # over what the number of pairs grows by: a quadratic cost grows by four when it should by one


@dataclass
class Work:
    """numbers: entries of all tensors that operations gave. largest: bytes of the largest of them. calls: of functions."""

    numbers: int = 0
    largest: int = 0
    calls: int = 0


class _Counting(TorchDispatchMode):  # type: ignore[misc, no-untyped-call]
    def __init__(self, work: Work) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.work = work

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = function(*args, **(kwargs or {}))
        for tensor in given if isinstance(given, (tuple, list)) else (given,):
            if isinstance(tensor, Tensor) and not function.is_view:
                self.work.numbers += tensor.numel()
                self.work.largest = max(self.work.largest, tensor.numel() * tensor.element_size())
        return given


def measured(call: Callable[[], object]) -> Work:
    """The work of one call. Tensors of numpy and of native code are not seen, their Python calls are."""
    work, before = Work(), sys.getprofile()

    def count(frame: object, event: str, argument: object) -> None:
        if event in ("call", "c_call"):
            work.calls += 1

    with _Counting(work):
        sys.setprofile(count)
        try:
            call()
        finally:
            sys.setprofile(before)
    return work


def largest_tensor(call: Callable[[], object]) -> int:
    """Bytes of the largest tensor that one call makes; much sooner than measured(), which counts functions."""
    work = Work()
    with _Counting(work):
        call()
    return work.largest


def check_linear(few: Work, many: Work, times: float) -> None:
    """Broken where `times` as many pairs cost much more than `times` as much."""
    for what, a, b, free in (
        ("numbers that torch writes", few.numbers, many.numbers, NUMBERS_FOR_FREE),
        ("function calls", few.calls, many.calls, CALLS_FOR_FREE),
    ):
        if b > GROWTH * times * a + free:
            raise Broken(f"{times:g} times as many pairs cost {b / max(a, 1):.1f} times as many {what} ({a} and {b})")


def _global_state() -> dict[str, bytes]:
    """Of the generators that all share."""
    legacy = np.random.get_state(legacy=False)  # noqa: NPY002  (what is to be left alone)
    import random

    return {
        "torch": torch.get_rng_state().numpy().tobytes(),
        "numpy": repr(legacy).encode() + legacy["state"]["key"].tobytes(),  # type: ignore[index,call-overload]
        "random": repr(random.getstate()).encode(),
    }


@contextmanager
def untouched_generators(who: str) -> Iterator[None]:
    """Broken where the block draws from, or seeds, a generator that all share."""
    before = _global_state()
    yield
    after = _global_state()
    if touched := [name for name in before if before[name] != after[name]]:
        raise Broken(f"{who} uses the global generator of {', '.join(touched)}: draw from one of its own, made from options.seed")
