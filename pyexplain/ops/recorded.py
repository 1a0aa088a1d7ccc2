"""recorded: work that is the same every time, told to a GPU once and then played: a CUDA graph."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def pinned(rows: int, width: int) -> Tensor:
    """[rows, width] of whole numbers on the host, not filled, which a GPU reads by itself."""
    return torch.empty(rows, width, dtype=torch.int64, pin_memory=True)


def recorded(work: Callable[[], Tensor], device: torch.device) -> Callable[[], Tensor]:
    """work() on that GPU as one launch; each call plays what it told the GPU, and gives the tensor that it gave. It is not done
    while it is recorded. Everything that it reads and writes has to stay where it is, and nothing in it may depend on what is known
    on the host alone. Waits for the GPU once, here."""
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.device(device), torch.cuda.graph(graph):  # which records the current card
        found = work()

    def play() -> Tensor:
        graph.replay()
        return found

    return play
