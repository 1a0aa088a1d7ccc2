"""recorded: what is told to a GPU once and played."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from pyexplain.ops.recorded import recorded


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_it_is_done_when_it_is_played_and_reads_what_is_there_then() -> None:
    x, done = torch.zeros(3, device="cuda"), list[int]()

    def work() -> Tensor:
        done.append(1)
        x.add_(1)
        return x * 2

    work()
    play = recorded(work, x.device)
    assert (x.tolist(), len(done)) == ([1.0] * 3, 2), "recorded, and not done"
    assert play().tolist() == [4.0] * 3
    x.fill_(10)
    assert play().tolist() == [22.0] * 3
    assert len(done) == 2, "told once"
