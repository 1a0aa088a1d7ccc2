"""Engines: the same results by one process and by workers, also where workers are lost or slow; errors as they are raised."""

from __future__ import annotations

import builtins
import signal
import subprocess
import sys
import threading
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from pyexplain.cli.signals import StoppedError, watched
from pyexplain.engines.base import Engine
from pyexplain.engines.chosen import engine_of
from pyexplain.engines.local import LocalEngine
from pyexplain.engines.on_ray import RayEngine
from pyexplain.engines.processes import ProcessEngine
from pyexplain.engines.ray_session import reach
from pyexplain.errors import DataError, RunError, UsageError

from .jobs import Cramped, Large, Losing, Patient, Slow, Writing, square, squares
from .ray_here import needs_ray, ray_here

__all__ = ["ray_here"]
EXPECTED = {number: (number + 5) ** 2 for number in range(9)}


def done(engine: Engine, start: Any = squares, jobs: Any = range(5, 14)) -> dict[int, int]:
    return dict(engine.results(square, lambda: start, iter(jobs)))


def test_this_process_needs_no_workers() -> None:
    def never() -> Any:
        raise AssertionError("there are no workers")

    assert dict(LocalEngine().results(square, never, range(5, 14))) == EXPECTED


@needs_ray
@pytest.mark.usefixtures("ray_here")
@pytest.mark.xdist_group("ray")
class TestWorkers:
    """All with one start of Ray."""

    @pytest.mark.parametrize("workers", [1, 2])
    def test_do_the_same(self, workers: int) -> None:
        assert done(RayEngine(workers)) == EXPECTED

    def test_a_lost_one_loses_nothing(self, tmp_path: Path) -> None:
        mark = tmp_path / "lost"
        assert dict(Losing(mark).results(square, lambda: squares, range(5, 14))) == EXPECTED
        assert mark.exists(), "nobody was lost"

    def test_a_worker_made_anew_finds_what_it_starts_with_however_large(self, tmp_path: Path) -> None:
        mark = tmp_path / "lost"
        assert dict(Losing(mark).results(square, Large, range(5, 14))) == EXPECTED
        assert mark.exists(), "nobody was lost"

    def test_a_slow_one_does_not_hold_up_the_others(self, tmp_path: Path) -> None:
        found = RayEngine(2).results(square, lambda: Patient(tmp_path, others=5), range(6))
        assert dict(found) == {job: square(job) for job in range(6)}

    def test_what_takes_every_worker_with_it_ends(self) -> None:
        with pytest.raises(RunError, match="a worker was lost 2 times") as caught:
            list(Losing(None, RayEngine(1, losses=1)).results(square, lambda: squares, range(3)))
        assert "memory" in caught.value.hint

    def test_an_error_of_ours_is_the_same(self) -> None:
        with pytest.raises(DataError) as caught:
            done(RayEngine(2), jobs=[1, -1])
        assert (caught.value.what, caught.value.where, caught.value.hint) == ("-1 has no square here", "jobs:1", "Give another.")

    def test_a_full_disk_of_a_worker_is_said(self, tmp_path: Path) -> None:
        made: dict[int, int] = {}
        with pytest.raises(RunError, match="no space is left on the disk of a worker"):
            made.update(Cramped(tmp_path / "full").results(square, lambda: Writing(tmp_path), iter([10, 20, 30, 9000, 40])))
        assert 3 not in made
        assert set(made.values()) <= {10, 20, 30, 40}
        assert (tmp_path / "full").exists()

    @pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
    def test_a_signal_is_what_it_is_without_ray(self, tmp_path: Path, how: signal.Signals) -> None:
        """While Ray waits for workers."""
        slow, sent = Slow(tmp_path / "begun", 6.0), list[float]()
        threading.Thread(target=lambda: slow.signalled(how, sent), daemon=True).start()
        with watched(), pytest.raises(StoppedError, match=how.name):
            done(RayEngine(2), slow)
        assert time.monotonic() - sent[0] < 4, "it waited for the jobs at hand"

    def test_its_workers_are_gone_when_it_is_done(self) -> None:
        """Whoever comes next has their cores, though somebody still holds what was raised."""
        import ray

        with pytest.raises(DataError) as caught:
            done(RayEngine(2), jobs=[1, -1])
        held = caught.value.__traceback__
        remote = ray.remote(num_cpus=2)(square)
        assert ray.get(remote.remote(3), timeout=30) == 9
        assert held is not None

    def test_nothing_to_do(self) -> None:
        assert done(RayEngine(2), jobs=[]) == {}


def test_without_the_package_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.split(".")[0] == "ray":
            raise ImportError("No module named 'ray'", name="ray")
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UsageError, match="needs the package ray") as caught:
        done(engine_of("ray"))
    assert "pip install 'pyexplain[ray]'" in caught.value.hint


@needs_ray
@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:1", "127.0.0.1:99999"])
def test_a_cluster_that_is_not_there_is_not_waited_for(address: str) -> None:
    with pytest.raises(RunError, match="cannot be reached"):
        reach(address)
    reach("auto")


def test_names_and_what_goes_with_them() -> None:
    assert engine_of() == LocalEngine()
    assert engine_of("ray", 3, "auto") == RayEngine(3, "auto")
    with pytest.raises(UsageError, match="unknown engine 'spark'"):
        engine_of("spark")
    assert engine_of("local", 1) == LocalEngine()
    assert engine_of("local", 2) == ProcessEngine(2)
    with pytest.raises(UsageError, match="reaches no cluster"):
        engine_of("local", 2, "auto")
    for wrong in (0, 100_000):
        with pytest.raises(UsageError, match="is not a whole number in 1.."):
            engine_of("local", wrong)


FULL_STORE = """
import numpy as np, ray
from pyexplain.engines.on_ray import RayEngine
from pyexplain.errors import RunError

SIZE = 60 * 2**20  # bytes; two do not fit
ray.init(address="local", num_cpus=2, include_dashboard=False, object_store_memory=80 * 2**20, log_to_driver=False,
         logging_level="ERROR", _system_config={"local_fs_capacity_threshold": 0.0001})
large = lambda: (lambda job: np.ones(SIZE // 8))
small = lambda: (lambda job: len(job))
for start, jobs in ((large, range(5)), (small, (np.ones(SIZE // 8) for _ in range(5)))):
    try:
        kept = list(RayEngine(2).results(None, lambda: start, jobs))
    except RunError as error:
        print(error.what)
"""


@needs_ray
def test_a_full_disk_where_ray_keeps_its_objects_is_said() -> None:
    """Of what workers give, and of what they are given; in a process of its own, since Ray is told of the disk when it starts."""
    done = subprocess.run([sys.executable, "-c", FULL_STORE], capture_output=True, text=True, timeout=120)
    assert done.stdout.splitlines() == ["no space is left where Ray keeps what waits for its turn, in memory or on disk"] * 2


AHEAD = """
import ray
from pyexplain.engines.on_ray import RayEngine
from tests.engines.jobs import square, squares

with RayEngine(2).ahead() as engine:
    assert engine.on_this_machine is False
    with engine.ahead() as same:
        print(sorted(found for _, found in same.results(square, lambda: squares, iter(range(4)))))
    print(ray.is_initialized())
print(ray.is_initialized())
try:
    with RayEngine(2).ahead():
        raise KeyboardInterrupt
except KeyboardInterrupt:
    print(ray.is_initialized())
"""


@needs_ray
def test_ray_is_started_beside_what_the_caller_does_and_ends_with_it() -> None:
    """It is there when jobs come, for as long as the engine is open, and goes when the caller is stopped."""
    done = subprocess.run([sys.executable, "-c", AHEAD], capture_output=True, text=True, timeout=120)
    assert done.stdout.splitlines() == ["[0, 1, 4, 9]", "True", "False", "False"], done.stderr
    assert not done.stderr, "what Ray says of itself"


def test_what_cannot_be_started_is_said_before_anything_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    if find_spec("ray") is not None:
        with pytest.raises(RunError, match="cannot be reached"), RayEngine(2, "127.0.0.1:1").ahead():
            raise AssertionError("nobody listens")
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.setattr("pyexplain.engines.on_ray.find_spec", lambda name: None)
    with pytest.raises(UsageError, match="needs the package ray"), RayEngine(2).ahead():
        raise AssertionError("there is none")


@pytest.mark.parametrize("engine", [LocalEngine(), ProcessEngine(2)])
def test_others_start_nothing_before_there_are_jobs(engine: Engine) -> None:
    with engine.ahead() as same:
        assert same is engine
