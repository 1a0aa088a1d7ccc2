"""What is asked of everybody: the same file by one process and by workers, whichever of them began it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import pyexplain as px
from pyexplain.engines.base import Engine
from pyexplain.engines.local import LocalEngine
from pyexplain.engines.on_ray import RayEngine
from pyexplain.errors import DataError, RunError, UsageError
from pyexplain.everyone import explain_everyone
from pyexplain.everyone_listed import _Listed, recommend_everyone
from pyexplain.streaming import _elsewhere, identity_of

from .engines.jobs import Cramped, Losing
from .engines.ray_here import needs_ray, ray_here
from .worlds import small_world

__all__ = ["ray_here"]
MEMORY = 10_000  # bytes: a few users a part


def explained(run: px.Run, out: Path, engine: Engine | None = None, resume: bool = False) -> int:
    return explain_everyone(run, out, k=2, top=3, resume=resume, engine=engine)


def listed(run: px.Run, out: Path, engine: Engine | None = None, resume: bool = False) -> int:
    return recommend_everyone(run, out, k=5, resume=resume, engine=engine)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> px.Run:
    """A run in a folder, with room for a few users at a time."""
    top = tmp_path_factory.mktemp("streaming")
    px.save_dataset(small_world(), top / "data")
    px.train(top / "data", explainer="cnr", dim=4, epochs=2).save(top / "run")
    return px.load_run(top / "run", options=px.RunOptions(max_memory=MEMORY))


@pytest.fixture(scope="module")
def alone(run: px.Run, tmp_path_factory: pytest.TempPathFactory) -> dict[Any, bytes]:
    """What one process writes."""
    top, whole = tmp_path_factory.mktemp("alone"), {}
    for call in (explained, listed):
        call(run, top / "x.parquet")
        whole[call] = (top / "x.parquet").read_bytes()
    return whole


class Stopped(LocalEngine):
    """Stops after two parts, as a signal does."""

    def results(self, here: Any, elsewhere: Any, jobs: Any) -> Iterator[tuple[int, Any]]:
        for number, found in super().results(here, elsewhere, jobs):
            if number == 2:
                raise KeyboardInterrupt
            yield number, found


@needs_ray
@pytest.mark.usefixtures("ray_here")
@pytest.mark.xdist_group("ray")
class TestWorkers:
    """All with one start of Ray."""

    def test_write_the_same_bytes_though_one_is_lost(self, run: px.Run, alone: dict[Any, bytes], tmp_path: Path) -> None:
        explained(run, tmp_path / "x.parquet", Losing(tmp_path / "lost"))
        assert (tmp_path / "lost").exists(), "nobody was lost"
        assert (tmp_path / "x.parquet").read_bytes() == alone[explained]

    def test_go_on_where_another_engine_stopped(self, run: px.Run, alone: dict[Any, bytes], tmp_path: Path) -> None:
        with pytest.raises(KeyboardInterrupt):
            listed(run, tmp_path / "x.parquet", Stopped())
        assert len(list((tmp_path / ".x.parquet.parts").glob("0*.parquet"))) == 2
        listed(run, tmp_path / "x.parquet", RayEngine(1), resume=True)
        assert (tmp_path / "x.parquet").read_bytes() == alone[listed]

    def test_write_the_same_bytes_though_their_disks_are_full(self, run: px.Run, alone: dict[Any, bytes], tmp_path: Path) -> None:
        """Large tables of the data set cannot be unpacked there, and are read into memory."""
        explained(run, tmp_path / "x.parquet", Cramped(tmp_path / "full"))
        assert (tmp_path / "full").exists(), "no disk was full"
        assert (tmp_path / "x.parquet").read_bytes() == alone[explained]

    def test_say_which_file_of_the_data_set_is_damaged(self, run: px.Run, tmp_path: Path) -> None:
        """One that is damaged after this process has read it; what was there of the output stays."""
        out, data = tmp_path / "x.parquet", run.trained.data_path
        assert data is not None
        listed(run, out)
        before = out.read_bytes()
        table = Path(data) / "evidence.parquet"
        whole = table.read_bytes()
        table.write_bytes(whole[:-40] + bytes(40))
        try:
            with pytest.raises(DataError, match="checksum") as error:
                explained(run, out, RayEngine(2))
        finally:
            table.write_bytes(whole)
        assert "evidence.parquet" in str(error.value)
        assert out.read_bytes() == before


def test_a_worker_that_sees_another_run_says_so(run: px.Run) -> None:
    asked = _Listed(5)
    ready = asked.ready(px.Run(replace(run.trained, options=replace(run.trained.options, seed=7)), run.registry))
    with pytest.raises(RunError, match="a worker has seed 0, this process seed 7"):
        _elsewhere(run, asked, ready)()


def test_lists_of_everybody_are_those_of_each(run: px.Run, tmp_path: Path) -> None:
    count = listed(run, tmp_path / "x.parquet")
    found = pd.read_parquet(tmp_path / "x.parquet")
    assert count == len(found) == 5 * run.data.n_users
    assert list(found) == ["user", "item", "title", "score", "rank"]
    assert found["user"].drop_duplicates().tolist() == list(run.data.users.names)
    for user in run.data.users.names[:3]:
        assert found.loc[found["user"] == user, "item"].tolist() == [item for item, _ in run.recommend(user, 5)]


def test_workers_need_folders(run: px.Run) -> None:
    asked = _Listed(5)
    for lacking in ("folder", "data_path"):
        with pytest.raises(UsageError, match="one has none"):
            _elsewhere(px.Run(replace(run.trained, **{lacking: None}), run.registry), asked, asked.ready(run))


def test_parts_of_another_length_of_lists_are_not_mixed(run: px.Run) -> None:
    assert identity_of(run, {}, {"k": 5}) != identity_of(run, {}, {"k": 6})
