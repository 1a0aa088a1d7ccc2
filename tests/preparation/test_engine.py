"""Texts that an engine reads: a job a file where there are many, parts of one where there are few. With workers:
tests/engines/test_preparation.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyexplain.engines.local import LocalEngine
from pyexplain.engines.on_ray import RayEngine
from pyexplain.errors import UsageError
from pyexplain.preparation.options import workers_of

from .split_reviews import PARTS, files, written

__all__ = ["files"]


def test_each_file_is_a_job_where_there_are_many(files: list[Path], tmp_path: Path) -> None:
    class Counting(LocalEngine):
        jobs: list[object] = []

        def results(self, here, elsewhere, jobs):  # type: ignore[no-untyped-def]
            return super().results(here, elsewhere, (self.jobs.append(job) or job for job in jobs))

    assert written(files, tmp_path / "a", Counting()) == written(files, tmp_path / "b", None)
    assert len(Counting.jobs) == PARTS
    assert written(files[5:], tmp_path / "a", Counting()) == written(files[5:], tmp_path / "b", None)
    assert len(Counting.jobs) > PARTS + 4


def test_words_of_the_command_line() -> None:
    assert workers_of("local", 2, None) is None
    assert workers_of("ray", 0, None) == RayEngine(None)
    assert workers_of("ray", 3, "auto") == RayEngine(3, "auto")
    with pytest.raises(UsageError, match="no cluster"):
        workers_of("local", None, "auto")
