"""Why a GPU cannot be used, and what to do; on which one a run computes, and its kernels are launched. torch.cuda is faked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
import torch

import pyexplain as px
from pyexplain.api import check_device
from pyexplain.errors import RunError
from pyexplain.ops.device import find_device, why_not_cuda
from pyexplain.ops.native import Kernel, native

Fake = Callable[..., None]


@pytest.fixture
def gpus(monkeypatch: pytest.MonkeyPatch) -> Fake:
    """gpus(kernels, (major, minor), ...): so many cards, the last one is current."""

    def fake(built: str, *capabilities: tuple[int, int], torch_built: str | None = "13.0") -> None:
        monkeypatch.setattr(torch.version, "cuda", torch_built)
        monkeypatch.setattr(native(), "cuda_architectures", built)
        answers = {
            "is_available": lambda: bool(capabilities),
            "device_count": lambda: len(capabilities),
            "current_device": lambda: len(capabilities) - 1,
            "get_device_capability": lambda number: capabilities[number],
            "get_device_name": lambda number: f"Card {number}",
        }
        for name, answer in answers.items():
            monkeypatch.setattr(torch.cuda, name, answer)

    return fake


def test_what_is_missing_is_said_with_what_to_do(gpus: Fake) -> None:
    for fake, why, what_to_do in (
        (("80-real 90", None), "this torch was built without CUDA", "Install a build of torch with CUDA"),
        (("80-real 90",), "there is no usable GPU", "nvidia-smi"),
        (("", (9, 0)), "built without its CUDA kernels", "PYEXPLAIN_CUDA=ON"),
        (("80-real 90", (7, 5)), "Card 0 (cuda:0) has compute capability 7.5, and the kernels want 8.0 or newer", "a newer GPU"),
    ):
        built, *rest = fake
        gpus(built, *(one for one in rest if one), **({"torch_built": None} if None in rest else {}))
        with pytest.raises(RunError) as error:
            px.load_run("nowhere", options=px.RunOptions(device="cuda"))
        assert why in str(error.value)
        assert what_to_do in str(error.value)
        assert "device cpu" in str(error.value)
        assert check_device(px.RunOptions(device="auto")).device == "cpu"


def test_a_card_by_number(gpus: Fake) -> None:
    gpus("80-real 90", (7, 5), (8, 0), (12, 0))
    assert [find_device(name) for name in ("cpu", "auto", "cuda", "cuda:1")] == ["cpu", "cuda:2", "cuda:2", "cuda:1"]
    assert check_device(px.RunOptions(device="cuda:1")).device == "cuda:1"
    assert why_not_cuda("cuda:1") is None
    for name, why in (("cuda:0", "7.5"), ("cuda:3", "GPUs are cuda:0 to cuda:2"), ("cuda:first", "GPUs are cuda:0 to cuda:2")):
        with pytest.raises(RunError, match=why):
            find_device(name)


def test_a_kernel_is_launched_on_the_card_of_its_tensors(monkeypatch: pytest.MonkeyPatch) -> None:
    current = [0]

    @contextmanager
    def on(device: torch.device) -> Iterator[None]:
        before, current[0] = current[0], device.index
        yield
        current[0] = before

    monkeypatch.setattr(torch.cuda, "device", on)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda device: SimpleNamespace(cuda_stream=70 + device.index))
    launched = []
    kernel = Kernel(lambda **given: launched.append((current[0], given)) or 0, torch.device("cuda:1"))
    kernel(n=3)
    assert launched == [(1, {"n": 3, "stream": 71})]
    assert current == [0]
