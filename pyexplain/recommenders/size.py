"""How much memory a network would take, before any of it is taken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import torch
from torch.overrides import TorchFunctionMode

from ..errors import UsageError
from ..limits import human, machine_memory

T = TypeVar("T")
MAKERS = (torch.randn, torch.rand, torch.zeros, torch.ones, torch.empty, torch.full, torch.randint)
COPIES = 4  # of each parameter in training: itself, two moments of Adam, and that of the best epoch
BYTES = 4  # of a float32


class _Counted(TorchFunctionMode):
    """Adds up what is asked for, and refuses before it is made."""

    def __init__(self, where: str) -> None:
        super().__init__()
        self.where, self.numbers, self.limit = where, 0, machine_memory()

    def __torch_function__(self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None) -> Any:
        if func in MAKERS:
            self.numbers += _product(args)
            wanted = self.numbers * BYTES * COPIES
            if wanted > self.limit:
                what = f"training would take {human(wanted)} of memory or more, this machine has {human(self.limit)}"
                raise UsageError(what, where=self.where, hint="Give a smaller dim or hidden, or fewer users, items and features.")
        return func(*args, **(kwargs or {}))


def _product(args: Sequence[Any]) -> int:
    sizes = args[0] if args and isinstance(args[0], (tuple, list, torch.Size)) else args
    out = 1
    for size in sizes:
        if not isinstance(size, int):
            break
        out *= size
    return out if sizes else 0


def within_memory(build: Callable[[], T], where: str) -> T:
    """build(), or UsageError where the tensors that it makes would not fit this machine when they are trained."""
    with _Counted(where):
        return build()
