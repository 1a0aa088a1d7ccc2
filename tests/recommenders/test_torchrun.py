"""One model by processes that torchrun starts: the command line as a cluster calls it, also where one of them is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

import pyexplain as px
from pyexplain.recommenders.checkpoints import CHECKPOINT

from ..signalled import alive, children, needs_proc
from ..worlds import small_world
from .ranks import together
from .test_data_parallel import BATCH, METHODS, alike, trained

LONG = 60  # epochs, so many that a kill after the first comes before the last
ALONE = {**os.environ, "OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small world, as it is stored."""
    folder = tmp_path_factory.mktemp("world") / "data"
    px.save_dataset(small_world(), folder)
    return folder


def words(data: Path, out: Path, epochs: int, *more: str) -> list[str]:
    """Two processes that train METHODS[0]."""
    found = ["-m", "torch.distributed.run", "--nproc-per-node", "2", "-m", "pyexplain", "train", "--baseline", "vbpr", *more]
    found += ["--dataset", str(data), "--out", str(out), "--epochs", str(epochs), "--set", "dim=4", "--set", "patience=0"]
    return [sys.executable, *found, "--set", f"batch_size={BATCH // 2}", "--set", "dropout=0", "--seed", "3"]


def test_processes_of_torchrun_train_one_run(data: Path, tmp_path: Path) -> None:
    """To the last bit that of two ranks that add up in the same order, up to rounding that of one process."""
    done = subprocess.run(words(data, tmp_path / "run", 2, "--json"), capture_output=True, text=True, env=ALONE)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["method"] == "vbpr"  # one document
    run, (state, history) = px.load_run(tmp_path / "run"), trained(METHODS[0], BATCH)
    assert alike(run.recommender.state(), state)
    assert [entry["loss"] for entry in run.history] == pytest.approx([entry["loss"] for entry in history], rel=1e-4)
    (ours, _), _ = together(2, lambda rank: trained(METHODS[0], BATCH // 2, rank))
    assert all(torch.equal(run.recommender.state()[name], ours[name]) for name in ours)


def process_of(rank: int, below: set[int]) -> int | None:
    """The process of that rank, where it is there by now."""
    for pid in below:
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if f"RANK={rank}".encode() in environment:
            return pid
    return None


def until_killed(command: list[str], out: Path, rank: int) -> tuple[int, str, set[int]]:
    """Kill the process of this rank after the first epoch: how torchrun ends, what it says, and what was below it."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=ALONE) as process:
        deadline = time.monotonic() + 60
        while not (out / CHECKPOINT).exists() and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.01)
        below = children(process.pid)
        victim = process_of(rank, below)
        assert victim is not None, process.communicate(timeout=60)
        os.kill(victim, signal.SIGKILL)
        said, _ = process.communicate(timeout=60)
    return process.returncode, said, below


@needs_proc
@pytest.mark.long
@pytest.mark.parametrize("rank", [0, 1])
def test_a_killed_process_ends_the_others_and_resume_has_the_same_bits(data: Path, tmp_path: Path, rank: int) -> None:
    out = tmp_path / "run"
    status, said, below = until_killed(words(data, out, LONG), out, rank)
    assert status
    assert "Signal 9" in said
    assert not alive(below)
    assert (out / CHECKPOINT).exists()
    assert "training of this run was not finished" in refused(out)

    done = subprocess.run(words(data, out, LONG, "--resume"), capture_output=True, text=True, env=ALONE)
    assert done.returncode == 0, done.stderr
    (whole, history), _ = together(2, lambda other: trained(METHODS[0], BATCH // 2, other, epochs=LONG, patience=0))
    run = px.load_run(out)
    assert all(torch.equal(run.recommender.state()[name], whole[name]) for name in whole)
    assert [{key: value for key, value in entry.items() if key != "seconds"} for entry in run.history] == history
    run.save(tmp_path / "other")
    assert {path.name for path in out.iterdir()} == {path.name for path in (tmp_path / "other").iterdir()}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "run"], "something was left"


def refused(out: Path) -> str:
    """What is said of a run that is not whole."""
    with pytest.raises(px.RunError) as caught:
        px.load_run(out)
    return caught.value.what
