"""Processes of this machine: the same results, though workers are lost or slow; none more than there is work for, and none left."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pyexplain.engines.processes import ProcessEngine
from pyexplain.errors import DataError, RunError

from .jobs import Losing, Mortal, Patient, process_number, refused, square, squares

JOBS = range(5, 14)
EXPECTED = {number: (number + 5) ** 2 for number in range(9)}


def not_here(job: Any) -> Any:
    raise AssertionError("workers are there for it")


def done(engine: Any, start: Any = squares, jobs: Any = JOBS) -> dict[int, Any]:
    return dict(engine.results(not_here, lambda: start, iter(jobs)))


@pytest.fixture(autouse=True)
def nobody_is_left() -> Iterator[None]:
    before = {process.pid for process in multiprocessing.active_children()}
    yield
    assert {process.pid for process in multiprocessing.active_children()} <= before


@pytest.mark.parametrize("workers", [1, 2])
def test_they_do_the_same(workers: int) -> None:
    assert done(ProcessEngine(workers)) == EXPECTED


def test_a_lost_one_loses_nothing(tmp_path: Path) -> None:
    mark = tmp_path / "lost"
    assert done(Losing(mark, ProcessEngine(2))) == EXPECTED
    assert mark.exists(), "nobody was lost"


def test_a_slow_one_does_not_hold_up_the_others(tmp_path: Path) -> None:
    assert done(ProcessEngine(2), Patient(tmp_path, others=5), range(6)) == {job: square(job) for job in range(6)}


def test_what_takes_every_worker_with_it_ends_at_once(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="a worker process was lost") as caught:
        done(ProcessEngine(1), Mortal(tmp_path, lives=0))
    assert "lower max_memory=... or workers=..." in caught.value.hint
    assert "lower --max-memory or --workers" in caught.value.on_command_line()[2]
    assert "--resume" in caught.value.on_command_line()[2]
    assert len(list(tmp_path.iterdir())) == 1, "workers were begun again, though none had done anything"


def test_workers_are_begun_again_so_often_and_no_more(tmp_path: Path) -> None:
    """Each of them does one job."""
    assert done(ProcessEngine(1, losses=2), Mortal(tmp_path, lives=1), range(3)) == {0: 0, 1: 1, 2: 4}
    assert len(list(tmp_path.iterdir())) == 2
    found = ProcessEngine(1, losses=1).results(not_here, lambda: Mortal(tmp_path, lives=1), range(3))
    assert [next(found), next(found)] == [(0, 0), (1, 1)]
    with pytest.raises(RunError, match="a worker process was lost"):
        next(found)


def test_an_error_of_ours_is_the_same() -> None:
    for start, jobs in ((squares, [1, -1, 2]), (refused, [1, 2])):
        with pytest.raises(DataError) as caught:
            done(ProcessEngine(2), start, jobs)
        assert (caught.value.what, caught.value.where, caught.value.hint) == ("-1 has no square here", "jobs:1", "Give another.")


@pytest.mark.parametrize("jobs", [[], [5]])
def test_where_there_is_nothing_to_share_nobody_is_asked(jobs: list[int]) -> None:
    def never() -> Any:
        raise AssertionError("there is no work for them")

    assert dict(ProcessEngine(2).results(square, never, jobs)) == dict.fromkeys(range(len(jobs)), 25)


def test_no_more_are_started_than_there_are_jobs() -> None:
    seen, there = set(), set[int | None]()
    for _, pid in ProcessEngine(8).results(not_here, lambda: process_number, range(2)):
        seen.add(pid)
        there |= {process.pid for process in multiprocessing.active_children()}
    assert seen <= there
    assert os.getpid() not in seen
    assert len(there) <= 2


def test_jobs_are_taken_as_workers_become_free() -> None:
    taken: list[int] = []
    for number, _ in enumerate(
        ProcessEngine(2).results(not_here, lambda: squares, (taken.append(job) or job for job in range(40)))
    ):
        assert len(taken) <= number + 1 + 2, "more is given out than there are workers"


def test_a_caller_who_stops_leaves_nobody() -> None:
    results = ProcessEngine(2).results(not_here, lambda: squares, range(40))
    next(results)
    assert multiprocessing.active_children()
    results.close()  # type: ignore[attr-defined]
