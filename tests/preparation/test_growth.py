"""What `data prepare` keeps in memory does not grow with the reviews: arrays of a number a review lie on disk."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pyexplain.data import candidates, cells, interactions, strings, views
from pyexplain.data.room import Room
from pyexplain.preparation import keys
from pyexplain.preparation.prepare import prepare
from pyexplain.preparation.settings import PrepareOptions
from pyexplain.readers import sources
from pyexplain.readers.base import ReadOptions
from pyexplain.registry import load_registry

SMALL = {sources: {"BLOCK_BYTES": 4096}, interactions: {"BLOCK": 512, "PASSES": 10**6}, candidates: {"BLOCK": 64}} | {
    cells: {"BLOCK": 512},
    strings: {"BLOCK": 512},
    keys: {"LEAST": 512, "MOST": 2048},
}


LONG = [pytest.param(split, marks=pytest.mark.long) for split in ("leave-last", "temporal")]


@pytest.mark.parametrize("split", ["random", *LONG])
def test_what_stays_in_memory_does_not_grow_with_the_reviews(split: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """numpy's and Python's; what is looked at together is made as small as the room. A whole array of numbers, one a review, would
    be 8 bytes, two of smaller ones 8."""
    monkeypatch.setattr(views.blocks, "__defaults__", (512,))
    for module, names in SMALL.items():
        for name, value in names.items():
            monkeypatch.setattr(module, name, value)
    registry, read, peaks = load_registry(), ReadOptions(find_scale=True, chunk=50), dict[int, int]()
    for size in (1_000, 4_000, 20_000):  # the first time, what is made once
        file = tmp_path / f"{size}.csv"
        _write_reviews(file, size)
        tracemalloc.start()
        try:
            prepare([file], PrepareOptions("x", split=split, read=read, room=Room(4096, tmp_path)), registry)
            peaks[size] = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peaks[20_000] - peaks[4_000] < 8 * 16_000


def _write_reviews(file: Path, size: int) -> None:
    rng = np.random.default_rng(0)
    users, items = rng.integers(0, size // 5, size), rng.integers(0, 200, size)
    frame = pd.DataFrame(
        {"user_id": users, "item_id": items, "rating": rng.integers(1, 6, size), "time": rng.integers(1, size, size)}
    )
    frame.to_csv(file, index=False)
