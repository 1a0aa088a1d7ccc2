"""A run in a folder with little room, and what one process writes of everybody; for tests of streams and of their workers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import pyexplain as px
from pyexplain.engines.base import Engine
from pyexplain.everyone import explain_everyone
from pyexplain.everyone_listed import recommend_everyone

from .worlds import small_world

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


@contextmanager
def damaged(run: px.Run) -> Iterator[str]:
    """The name of a file of the data set that is damaged meanwhile, after this process has read it."""
    assert run.trained.data_path is not None
    table = Path(run.trained.data_path) / "evidence.parquet"
    whole = table.read_bytes()
    table.write_bytes(whole[:-40] + bytes(40))
    try:
        yield table.name
    finally:
        table.write_bytes(whole)
