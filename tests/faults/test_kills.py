"""Kills in the writing, full disks, several writers at once: the short form, and the long one by `make long`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from . import shim

pytestmark = pytest.mark.skipif(shim.reason() is not None, reason=str(shim.reason()))
ROOT = Path(__file__).parents[2]
JOBS = ("prepare", "train", "explain")


def campaign(*words: object) -> list[dict[str, Any]]:
    """What tests.faults.kills found, a document a job; in a process of its own, because it forks."""
    command = [sys.executable, "-m", "tests.faults.kills", *map(str, words)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def held(found: list[dict[str, Any]], *least: dict[str, int]) -> None:
    """No fault, and as many of each as were asked for, job by job: a kill that was not reached shows nothing."""
    for job, wanted in zip(found, least, strict=True):
        assert job["faults"] == [], job
        for name, count in wanted.items():
            assert job["found"].get(name, 0) >= count, job


def test_a_killed_call_loses_nothing_and_the_next_one_clears_up_with_the_same_bits() -> None:
    """The last two: where folders cannot be exchanged, and as a real process. One process for all: starting takes the time."""
    jobs = [*JOBS, "train:renames:full=0:writers=0", "prepare:real=1:forks=0:full=0:writers=0"]
    each = {"killed: fork": 8, "full": 3, "writers": 2}
    found = campaign(*jobs, "--forks", 8, "--full", 4, "--writers", 2)
    held(found, each, each, each, {"killed: fork": 8}, {"killed: process": 1})


@pytest.mark.long
@pytest.mark.parametrize("job", JOBS)
def test_a_thousand_kills_of_each(job: str) -> None:
    found = campaign(job, "--forks", 900, "--real", 100, "--full", 100, "--writers", 20)
    held(found, {"killed: fork": 890, "killed: process": 98, "full": 90})


@pytest.mark.long
@pytest.mark.parametrize("job", ["prepare", "train"])
def test_the_same_without_exchange(job: str) -> None:
    held(campaign(f"{job}:renames", "--forks", 300), {"killed: fork": 295})
