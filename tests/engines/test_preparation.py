"""Texts that workers of an engine read: the same data set to the last byte, of one file and of many, though a worker is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyexplain.engines.on_ray import RayEngine

from ..preparation.split_reviews import files, whole, written
from .jobs import Losing
from .ray_here import needs_ray, ray_here

__all__ = ["files", "ray_here"]


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
