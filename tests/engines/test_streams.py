"""What is asked of everybody: the same file by one process and by workers, whichever of them began it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import pyexplain as px
from pyexplain.engines.local import LocalEngine
from pyexplain.engines.on_ray import RayEngine
from pyexplain.errors import DataError

from ..streams import alone, damaged, explained, listed, run
from .jobs import Cramped, Losing, Stopped
from .ray_here import needs_ray, ray_here

__all__ = ["alone", "ray_here", "run"]


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
            listed(run, tmp_path / "x.parquet", Stopped(LocalEngine()))
        assert len(list((tmp_path / ".x.parquet.parts").glob("0*.arrow"))) == 2
        listed(run, tmp_path / "x.parquet", RayEngine(1), resume=True)
        assert (tmp_path / "x.parquet").read_bytes() == alone[listed]

    def test_write_the_same_bytes_though_their_disks_are_full(self, run: px.Run, alone: dict[Any, bytes], tmp_path: Path) -> None:
        """Large tables of the data set cannot be unpacked there, and are read into memory."""
        explained(run, tmp_path / "x.parquet", Cramped(tmp_path / "full"))
        assert (tmp_path / "full").exists(), "no disk was full"
        assert (tmp_path / "x.parquet").read_bytes() == alone[explained]

    def test_say_which_file_of_the_data_set_is_damaged(self, run: px.Run, tmp_path: Path) -> None:
        """What was there of the output stays."""
        out = tmp_path / "x.parquet"
        listed(run, out)
        before = out.read_bytes()
        with damaged(run) as name, pytest.raises(DataError, match="checksum") as error:
            explained(run, out, RayEngine(2))
        assert name in str(error.value)
        assert out.read_bytes() == before
