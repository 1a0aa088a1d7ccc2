"""Texts that workers of an engine read: the same data set to the last byte, of one file and of many, though a worker is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyexplain.data.demo import write_demo
from pyexplain.data.store import save_dataset
from pyexplain.engines.base import Engine
from pyexplain.engines.local import LocalEngine
from pyexplain.engines.on_ray import RayEngine
from pyexplain.errors import UsageError
from pyexplain.preparation.mentions import MANY_FILES
from pyexplain.preparation.options import workers_of
from pyexplain.preparation.prepare import prepare
from pyexplain.preparation.settings import PrepareOptions
from pyexplain.readers.base import ReadOptions
from pyexplain.registry import load_registry

from ..engines.jobs import Losing
from ..engines.ray_here import needs_ray, ray_here

__all__ = ["ray_here"]
PARTS = MANY_FILES + 1


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The demo's reviews in several files of different length, one line of which is broken."""
    top = tmp_path_factory.mktemp("files")
    write_demo(top / "demo", users=60, items=30, features=10, reviews=600)
    lines = (top / "demo" / "reviews.jsonl").read_text(encoding="utf-8").splitlines()
    lines.insert(100, "{broken")
    cuts = [0, 3, 50, 150, 151, 300, 350, 420, 500, len(lines)]
    assert len(cuts) == PARTS + 1
    paths = [top / f"{number}.jsonl" for number in range(PARTS)]
    for path, begin, end in zip(paths, cuts, cuts[1:], strict=False):
        path.write_text("\n".join(lines[begin:end]) + "\n")
    return paths


def written(paths: list[Path], out: Path, engine: Engine | None) -> dict[str, bytes]:
    """The files of a data set, by name."""
    read = ReadOptions(skip_bad=True, find_scale=True, chunk=100)
    save_dataset(prepare(paths, PrepareOptions("x", read=read, engine=engine), load_registry()), out)
    return {path.name: path.read_bytes() for path in out.iterdir()}


def whole(files: list[Path]) -> Path:
    """All in one file."""
    path = files[0].parent / "whole.jsonl"
    path.write_text("".join(file.read_text() for file in files))
    return path


def test_each_file_is_a_job_where_there_are_many(files: list[Path], tmp_path: Path) -> None:
    class Counting(LocalEngine):
        jobs: list[object] = []

        def results(self, here, elsewhere, jobs):  # type: ignore[no-untyped-def]
            return super().results(here, elsewhere, (self.jobs.append(job) or job for job in jobs))

    assert written(files, tmp_path / "a", Counting()) == written(files, tmp_path / "b", None)
    assert len(Counting.jobs) == PARTS
    assert written(files[5:], tmp_path / "a", Counting()) == written(files[5:], tmp_path / "b", None)
    assert len(Counting.jobs) > PARTS + 4


@needs_ray
@pytest.mark.usefixtures("ray_here")
@pytest.mark.xdist_group("ray")
class TestWorkers:
    """All with one start of Ray."""

    def test_read_many_files_though_one_is_lost(self, files: list[Path], tmp_path: Path) -> None:
        assert written(files, tmp_path / "a", Losing(tmp_path / "lost")) == written(files, tmp_path / "b", None)
        assert (tmp_path / "lost").exists(), "nobody was lost"

    def test_are_sent_what_was_read_of_one(self, files: list[Path], tmp_path: Path) -> None:
        one = [whole(files)]
        assert written(one, tmp_path / "a", RayEngine(1)) == written(one, tmp_path / "b", None)


def test_words_of_the_command_line() -> None:
    assert workers_of("local", 2, None) is None
    assert workers_of("ray", 0, None) == RayEngine(None)
    assert workers_of("ray", 3, "auto") == RayEngine(3, "auto")
    with pytest.raises(UsageError, match="no workers"):
        workers_of("local", None, "auto")
