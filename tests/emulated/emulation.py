"""The CUDA kernels on a processor (csrc/emulated, docs/native.md): built where needed, loaded, and put in the kernels' place."""

from __future__ import annotations

import functools
import importlib.util
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest
import torch

from pyexplain.ops.native import KINDS, Kernel

ROOT = Path(__file__).parents[2]
SCHEDULES = (1, 2, 3)  # seeds of the order in which threads and blocks run
DTYPES = (torch.float32, torch.float64)


@functools.cache
def folder() -> Path:
    """What tools/emulate.sh builds, up to date; or what PYEXPLAIN_EMULATED names (tools/sanitize.sh)."""
    if given := os.environ.get("PYEXPLAIN_EMULATED"):
        return Path(given)
    script, environment = ROOT / "tools" / "emulate.sh", {**os.environ, "PYTHON": sys.executable}
    done = subprocess.run(["bash", str(script)], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return Path(done.stdout.strip())


@functools.cache
def emulated() -> ModuleType:
    """The module: tables of kernels, schedule(seed), look_for_races(bool), take_launches()."""
    (path,) = folder().glob("_emulated*.so")
    spec = importlib.util.spec_from_file_location("_emulated", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def kernel_names() -> list[str]:
    """Operators that have a CUDA kernel, as csrc/bindings.cpp lists them."""
    text = (ROOT / "csrc" / "bindings.cpp").read_text(encoding="utf-8")
    return [line.split('"')[1] for line in text.splitlines() if "&cuda::" in line]


def emulated_kernel(name: str, device: torch.device, dtype: torch.dtype) -> Kernel | None:
    """In place of find_kernel: the CUDA kernel, for tensors on the processor."""
    function = getattr(getattr(emulated(), f"cuda_{KINDS.get(dtype)}", None), name, None)
    return None if function is None else Kernel(partial(function, stream=0), torch.device("cpu"))


@pytest.fixture
def on_emulation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Operators run as they do on a GPU: the CUDA kernel where there is one, else the twin."""
    monkeypatch.setattr("pyexplain.ops.native.find_kernel", emulated_kernel)
