"""Folders and files that may not be read or written: as another user, because root may read everything."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pyexplain.data.store import load_dataset
from pyexplain.errors import PyexplainError

from . import jobs

NOBODY = 65534
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")

CLOSED: dict[str, Callable[[Path], Path]] = {
    "the folder above": lambda world: world,
    "the folder": lambda world: world / "ds",
    "the manifest": lambda world: world / "ds" / "manifest.json",
    "a file of arrays": lambda world: world / "ds" / "arrays.safetensors",
    "a table": lambda world: world / "ds" / "evidence.parquet",
}


def read(folder: Path) -> int:
    """Load the data set as a command does, and say what is wrong."""
    try:
        load_dataset(folder)
    except PyexplainError as error:
        print(error)
        return error.exit_status
    return 0


def as_nobody(log: Path, work: Callable[[], int]) -> tuple[int, str]:
    """Status and words of work that a child does as another user; everything was imported before, for it may not be able to."""
    child = os.fork()
    if child == 0:
        handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(handle, 1)
        os.dup2(handle, 2)
        sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        status = work()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return status, log.read_text()


@pytest.fixture
def open_world(world: Path) -> Path:
    """The copy, at a place that others can reach."""
    for path in (world, *world.parents):
        if path.stat().st_uid == 0 and str(path).startswith("/tmp/"):
            path.chmod(path.stat().st_mode | 0o555)
    return world


@pytest.mark.parametrize("name", CLOSED)
def test_what_cannot_be_read_is_named_with_the_reason(name: str, open_world: Path) -> None:
    log = open_world.parent / "log"
    assert as_nobody(log, lambda: read(open_world / "ds"))[0] == 0  # before it is closed
    closed = CLOSED[name](open_world)
    closed.chmod(0o000)
    status, said = as_nobody(log, lambda: read(open_world / "ds"))
    closed.chmod(0o755)
    assert status == 1, said
    assert "Permission denied" in said
    assert str(open_world / "ds") in said
    assert "bug in pyexplain" not in said


@pytest.mark.parametrize("name", ["prepare", "train", "explain"])
def test_where_nothing_may_be_written_nothing_is_lost(name: str, open_world: Path) -> None:
    job = jobs.jobs(open_world)[name]
    place = open_world / "place"
    jobs.fresh(place, job, open_world, older=True)
    before = jobs.content(place / job.out)
    status, said = as_nobody(open_world.parent / "log", lambda: jobs.call(*job.command(place)))
    assert status == 1, said
    assert "Permission denied" in said
    assert "bug in pyexplain" not in said
    assert jobs.content(place / job.out) == before
    assert jobs.left_behind(place, job) == []
