"""A signal ends a command with one line and 128 + its number, and no process is left behind, whatever the signal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ..signalled import begin, children, left, needs_proc, wait_for
from .conftest import Made


@pytest.fixture(scope="module")
def many(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Reviews enough to keep two workers busy for a while."""
    path = tmp_path_factory.mktemp("many") / "reviews.jsonl"
    lines = made.reviews.read_text().splitlines(keepends=True)
    with path.open("w") as file:
        for copy in range(24):
            file.writelines(line.replace('"U0', f'"V{copy}') for line in lines)
    return path


# A terminal sends SIGINT to the whole group; to a group the others are rare, and left to `make long`.
ALONE = [(how, False) for how in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL)]
TO_ALL = [(signal.SIGINT, True), *(pytest.param(how, True, marks=pytest.mark.long) for how in (signal.SIGTERM, signal.SIGHUP))]


@needs_proc
@pytest.mark.parametrize(("how", "to_all"), [*ALONE, *TO_ALL])
def test_workers_end_with_their_parent(many: Path, tmp_path: Path, how: signal.Signals, to_all: bool) -> None:
    process = begin("data", "prepare", many, "--out", tmp_path / "d", "--workers", 2)
    wait_for(lambda: len(children(process.pid)) >= 2, process)  # a worker at least, and what keeps the locks
    time.sleep(0.5)
    below = children(process.pid)
    (os.killpg if to_all else os.kill)(process.pid, how)
    _, said = process.communicate(timeout=30)
    assert not left(below)
    if how == signal.SIGKILL:
        return
    assert process.returncode == 128 + how

    assert said.splitlines() == [f"Error: stopped by {how.name}; nothing is half written"]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_training_says_how_to_go_on(made: Made, tmp_path: Path, how: signal.Signals) -> None:
    words = ("train", "--explainer", "cnr", "--dataset", made.dataset, "--epochs", 100_000, "--set", "patience=0", "--set", "dim=8")
    process = begin(*words, "--out", tmp_path / "r", "--threads", 1)
    wait_for((tmp_path / "r" / ".checkpoint.safetensors").exists, process)
    process.send_signal(how)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 128 + how
    assert said == f"Error: stopped by {how.name}; the last complete epoch is kept: go on with --resume\n"


def test_what_is_ignored_stays_ignored(made: Made, tmp_path: Path) -> None:
    """nohup: SIGHUP is ignored before we start."""
    done = subprocess.run(
        ["bash", "-c", f"trap '' HUP; {sys.executable} -c 'import os, signal; from pyexplain.cli import signals\n"
         "with signals.watched(): os.kill(os.getpid(), signal.SIGHUP)\nprint(1)'"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout == "1\n", done.stderr


def test_a_stop_in_json_is_one_document(made: Made, tmp_path: Path) -> None:
    words = ("train", "--baseline", "vbpr", "--dataset", made.dataset, "--epochs", 100_000, "--set", "patience=0", "--json")
    process = begin(*words, "--out", tmp_path / "r", "--threads", 1)
    wait_for((tmp_path / "r" / ".checkpoint.safetensors").exists, process)
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=30)
    assert '"what": "stopped by SIGTERM"' in out
