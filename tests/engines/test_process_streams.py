"""What is asked of everybody by processes of this machine: the file of one process, gone on with by any engine, and nobody left."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

import pyexplain as px
from pyexplain.engines.local import LocalEngine
from pyexplain.engines.processes import ProcessEngine
from pyexplain.errors import DataError

from ..cli.conftest import Made, good, made
from ..signalled import begin, children, left, needs_proc, wait_for
from ..streams import alone, damaged, explained, listed, run
from .jobs import Losing, Stopped

__all__ = ["alone", "made", "run"]


@pytest.mark.parametrize("call", [explained, listed])
def test_the_same_bytes_though_one_is_lost(run: px.Run, alone: dict[Any, bytes], tmp_path: Path, call: Any) -> None:
    call(run, tmp_path / "x.parquet", Losing(tmp_path / "lost", ProcessEngine(2)))
    assert (tmp_path / "lost").exists(), "nobody was lost"
    assert (tmp_path / "x.parquet").read_bytes() == alone[call]


def test_they_go_on_where_one_process_stopped_and_it_where_they_did(run: px.Run, alone: dict[Any, bytes], tmp_path: Path) -> None:
    for first, then in ((LocalEngine(), ProcessEngine(2)), (ProcessEngine(2), LocalEngine())):
        with pytest.raises(KeyboardInterrupt):
            listed(run, tmp_path / "x.parquet", Stopped(first))
        assert len(list((tmp_path / ".x.parquet.parts").glob("0*.arrow"))) == 2
        listed(run, tmp_path / "x.parquet", then, resume=True)
        assert (tmp_path / "x.parquet").read_bytes() == alone[listed]
        (tmp_path / "x.parquet").unlink()


def test_they_say_which_file_of_the_data_set_is_damaged(run: px.Run, tmp_path: Path) -> None:
    with damaged(run) as name, pytest.raises(DataError, match="checksum") as error:
        explained(run, tmp_path / "x.parquet", ProcessEngine(2))
    assert name in str(error.value)


@pytest.mark.parametrize("command", ["explain", "recommend"])
def test_the_command_line_writes_the_same(made: Made, tmp_path: Path, command: str) -> None:
    for workers in (1, 2):
        words = command, made.run, "--all", "--max-memory", "100K", "--workers", workers
        good(*words, "--out", tmp_path / f"{workers}.parquet")
    assert (tmp_path / "1.parquet").read_bytes() == (tmp_path / "2.parquet").read_bytes()


@needs_proc
@pytest.mark.parametrize(
    ("how", "to_all"), [(signal.SIGINT, True), (signal.SIGKILL, False), pytest.param(signal.SIGTERM, False, marks=pytest.mark.long)]
)
def test_a_signal_leaves_no_process_and_keeps_what_is_done(made: Made, tmp_path: Path, how: signal.Signals, to_all: bool) -> None:
    out, words = tmp_path / "x.parquet", ("explain", made.run, "--all", "--max-memory", "10K")
    process = begin(*words, "--out", out, "--workers", 2)
    wait_for(lambda: any((tmp_path / ".x.parquet.parts").glob("0*.arrow")), process)
    below = children(process.pid)
    assert len(below) >= 3, "two workers, and what keeps the locks"
    (os.killpg if to_all else os.kill)(process.pid, how)
    _, said = process.communicate(timeout=30)
    assert not left(below)
    assert not out.exists()
    if how != signal.SIGKILL:
        assert process.returncode == 128 + how
        assert said.splitlines() == [f"Error: stopped by {how.name}; what is done is kept: go on with --resume"]
    assert any((tmp_path / ".x.parquet.parts").glob("0*.arrow"))
    good(*words, "--out", out, "--resume")
    good(*words, "--out", tmp_path / "undisturbed.parquet")
    assert out.read_bytes() == (tmp_path / "undisturbed.parquet").read_bytes()
