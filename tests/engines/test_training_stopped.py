"""A training by Ray that is stopped: one line, the last epoch kept, and no process left."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

import pyexplain as px
from pyexplain.recommenders.checkpoints import CHECKPOINT

from ..signalled import LEFT, begin, children, left, needs_proc, wait_for
from ..worlds import small_world
from .ray_here import needs_ray

WORDS = ("train", "--baseline", "vbpr", "--epochs", 100_000, "--set", "patience=0", "--set", "dim=4", "--engine", "ray")

SLOW = 120.0  # seconds: agents of Ray find out slowly that it is no more


@needs_ray
@needs_proc
@pytest.mark.long
@pytest.mark.parametrize(("how", "to_all"), [(signal.SIGINT, True), (signal.SIGTERM, False), (signal.SIGKILL, False)])
def test_no_process_is_left(tmp_path: Path, how: signal.Signals, to_all: bool) -> None:
    px.save_dataset(small_world(), tmp_path / "data")
    out = tmp_path / "run"
    process = begin(*WORDS, "--workers", 2, "--dataset", tmp_path / "data", "--out", out)
    wait_for((out / CHECKPOINT).exists, process)
    below = children(process.pid)
    assert len(below) > 4, "Ray has processes of its own"
    (os.killpg if to_all else os.kill)(process.pid, how)
    _, said = process.communicate(timeout=60)
    assert not left(below, SLOW if how == signal.SIGKILL else LEFT)
    assert not (out / "run.json").exists()
    if how == signal.SIGKILL:
        return
    assert process.returncode == 128 + how
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "run"]
    assert [path.name for path in out.iterdir()] == [CHECKPOINT]
    assert said == f"Error: stopped by {how.name}; the last complete epoch is kept: go on with --resume\n"
