"""Processes that share a card: what one process writes of everybody, to the last byte."""

from __future__ import annotations

from pathlib import Path

import pyexplain as px
from pyexplain.engines.processes import ProcessEngine

from ..streams import MEMORY, explained, run

__all__ = ["run"]
DEVICE = "cuda:0"


def test_workers_on_the_card_write_the_same(run: px.Run, tmp_path: Path) -> None:
    assert run.trained.folder is not None
    there = px.load_run(run.trained.folder, options=px.RunOptions(device=DEVICE, max_memory=MEMORY))
    explained(there, tmp_path / "one.parquet")
    explained(there, tmp_path / "two.parquet", ProcessEngine(2))
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()
