"""Processes that work together by Ray Train: heard while they work, begun again where one is lost, ended by an error of one."""

from __future__ import annotations

import pickle
import tempfile
from pathlib import Path
from typing import Any

import pytest

from pyexplain.engines import in_ray_train
from pyexplain.engines.in_ray_train import _process
from pyexplain.engines.on_ray import RayEngine
from pyexplain.engines.ray_train import _folder, together
from pyexplain.errors import DataError, RunError

from . import work
from .ray_here import needs_ray, ray_here

__all__ = ["ray_here"]


def told(engine: RayEngine, what: Any, shared: Path) -> list[Any]:
    with together(engine, what, shared) as heard:
        return list(heard)


@needs_ray
@pytest.mark.usefixtures("ray_here")
@pytest.mark.xdist_group("ray")
class TestProcesses:
    """All with one start of Ray."""

    @pytest.mark.long
    def test_are_one_group_and_what_they_tell_is_heard(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Nothing is left where temporary files are, nor in the user's folder."""
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        monkeypatch.chdir(tmp_path)
        before = set(Path.home().glob("ray_results/*"))
        assert told(RayEngine(2), work.counted, tmp_path) == ["gloo", 3.0, str(tmp_path)]
        assert not list(tmp_path.iterdir())
        assert set(Path.home().glob("ray_results/*")) == before

    def test_an_error_of_one_ends_all(self, tmp_path: Path) -> None:
        error = DataError("the work is too hard", where="rank:1", hint="Give another.")
        with pytest.raises(DataError) as caught:
            told(RayEngine(2), work.Failing(1, error), tmp_path)
        assert (caught.value.what, caught.value.where, caught.value.hint) == ("the work is too hard", "rank:1", "Give another.")
        assert "In a worker" in caught.value.__notes__[0]

    @pytest.mark.long
    def test_one_that_is_lost_each_time_ends_it(self, tmp_path: Path) -> None:
        with pytest.raises(RunError, match="a worker was lost 2 times") as caught:
            told(RayEngine(2, losses=1), work.Lost(1), tmp_path)
        assert "memory" in caught.value.hint
        assert "--resume" in caught.value.on_command_line()[2]


@pytest.mark.parametrize(("address", "where"), [(None, tempfile.gettempdir()), ("auto", "runs"), ("ray://h:1", "runs")])
def test_where_ray_train_keeps_its_files(tmp_path: Path, address: str | None, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a cluster beside the runs, in the nearest folder that is there, by its whole path."""
    (tmp_path / "runs").mkdir()
    monkeypatch.chdir(tmp_path)
    with _folder(RayEngine(2, address), Path("runs") / "new" / "more") as folder:
        assert Path(folder).parent == (tmp_path / where).resolve()
    assert not list((tmp_path / "runs").iterdir())


class UnsentError(DataError):
    """Cannot be sent to another process."""

    def __reduce__(self) -> Any:
        raise TypeError("not this one")


class Told:
    """A queue of Ray: what is put there is pickled."""

    def __init__(self) -> None:
        self.last: Any = None

    def put(self, told: Any) -> None:
        self.last = pickle.loads(pickle.dumps(told))


@pytest.fixture(autouse=True)
def nobody_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that is called here is not waited for."""
    monkeypatch.setattr(in_ray_train, "PATIENCE", 0)


def process(error: Exception, here: Path) -> Any:
    """How a process ends whose work raises this."""

    def fails(*given: Any) -> None:
        raise error

    queue = Told()
    with pytest.raises(RuntimeError, match="the caller knows"):
        _process(fails, queue, here, str(here))
    return queue.last.error


def test_an_error_that_cannot_be_sent_is_told_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = process(UnsentError("too hard"), tmp_path)
    assert (type(found), found.what) == (RunError, "UnsentError: too hard")
    assert type(process(OSError(28, "full"), tmp_path)) is OSError


def test_a_machine_without_the_folder_of_the_caller_is_said(tmp_path: Path) -> None:
    found = process(ValueError("never"), tmp_path / "elsewhere")
    assert found.what == f"a worker has no folder {tmp_path / 'elsewhere'}: No such file or directory"
