"""The card that is not there: what a tensor on it refuses, and what is counted."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import nn

from pyexplain.ops.native import find_kernel, native

from .card import CUDA, Card, OnCard, card


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Card]:
    with card(monkeypatch) as made:
        yield made


def test_tensors_go_there_and_come_back(there: Card) -> None:
    x = torch.arange(6.0).view(2, 3).to(CUDA)
    assert isinstance(x, OnCard)
    assert (x.device, x.is_cuda, (x + 1).device) == (CUDA, True, CUDA)
    assert torch.zeros(2, device=CUDA).device == torch.tensor([1], device=CUDA).device == CUDA
    assert (x * 2).cpu().device.type == "cpu"
    assert (x * 2).tolist() == [[0, 2, 4], [6, 8, 10]]
    assert x.to(torch.float64).dtype == torch.float64
    x[0].add_(10)
    assert x.tolist()[0] == [10, 11, 12]


def test_two_devices_do_not_meet(there: Card) -> None:
    x = torch.ones(3, device=CUDA)
    with pytest.raises(RuntimeError, match="at least two devices, cuda:0 and cpu"):
        x + torch.ones(3)
    assert (x + torch.tensor(2.0)).tolist() == [3, 3, 3]  # a single number may come from the host
    for take in (x.numpy, lambda: np.asarray(x)):
        with pytest.raises(TypeError, match="can't convert cuda:0 device type tensor to numpy"):
            take()


def test_gradients_stay_there(there: Card) -> None:
    net = nn.Linear(3, 2).to(CUDA)
    net(torch.ones(4, 3, device=CUDA)).relu().sum().backward()
    assert isinstance(net.weight, OnCard)
    assert net.weight.grad is not None
    assert net.weight.grad.device == CUDA


def test_what_is_counted(there: Card) -> None:
    x = torch.tensor([3, 1, 3]).to(CUDA)
    torch.tensor([3, 1, 3]).pin_memory().to(CUDA, non_blocking=True)
    assert (dict(there.waits), dict(there.sent)) == ({"send": 1}, {"_to_copy": 1})
    there.waits.clear()
    there.launched.clear()
    y = x + 1
    assert y[1:].shape == (2,)
    assert (dict(there.launched), dict(there.waits)) == ({"add": 1}, {})  # a view is no work
    assert int(y.sum()) == 10
    assert bool((y == 4).any())
    y.cpu(), y.nonzero(), torch.unique(y), y.repeat_interleave(x), y[y > 2]
    y.repeat_interleave(2), x.repeat_interleave(torch.ones_like(x), output_size=3)
    assert dict(there.waits) == {
        "_local_scalar_dense": 2, "_to_copy": 1, "nonzero": 1, "_unique2": 1, "repeat_interleave": 1, "index": 1,
    }  # fmt: skip


def test_kernels_are_the_emulated_ones_for_as_long_as_it_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    before = getattr(native(), "cuda_float32", None)
    with monkeypatch.context() as patched, card(patched):
        kernel = find_kernel("dropout", CUDA, torch.float32)
        assert kernel is not None
        assert kernel.on_gpu
        assert torch.cuda.is_available()
    assert getattr(native(), "cuda_float32", None) is before
    assert not isinstance(torch.ones(1), OnCard)
