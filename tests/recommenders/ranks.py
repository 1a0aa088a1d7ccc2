"""Several ranks in one process: threads that hand their tensors to each other, in place of processes and gloo."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from torch import Tensor

from pyexplain.recommenders.data_parallel import DataParallel

T = TypeVar("T")


class Thread(DataParallel):
    """A rank that is a thread."""

    def __init__(self, rank: int, size: int, barrier: threading.Barrier, slots: list[Tensor]) -> None:
        super().__init__(rank, size)
        self.barrier, self.slots = barrier, slots

    def _gather(self, part: Tensor, found: list[Tensor] | None = None) -> list[Tensor]:
        self.slots[self.rank] = part.clone()
        self.barrier.wait()
        there = list(self.slots)
        self.barrier.wait()
        assert {(slot.shape, slot.dtype) for slot in there} == {(part.shape, part.dtype)}, "gloo takes equal shapes alone"
        for slot, place in zip(there, found or [], strict=bool(found)):
            place.copy_(slot)
        return found or there


def together(size: int, work: Callable[[DataParallel], T]) -> list[T]:
    """What each rank makes of it."""
    barrier, slots = threading.Barrier(size, timeout=60), [None] * size

    def alone(rank: int) -> T:
        try:
            return work(Thread(rank, size, barrier, slots))  # type: ignore[arg-type]
        except BaseException:
            barrier.abort()
            raise

    with ThreadPoolExecutor(size) as pool:
        return list(pool.map(alone, range(size)))
