"""Sizes of made-up data that the memory does not hold are refused before anything is made; what is allowed takes what was said."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from pyexplain.data import demo
from pyexplain.errors import UsageError
from pyexplain.limits import MAX_COUNT


@pytest.mark.parametrize(
    "sizes", [{"items": MAX_COUNT}, {"users": MAX_COUNT}, {"items": 10**9}, {"users": 10**9, "reviews": MAX_COUNT}]
)
def test_sizes_beyond_the_memory_are_refused(tmp_path: Path, sizes: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "machine_memory", lambda: 64 << 30)
    tracemalloc.start()
    with pytest.raises(UsageError, match="of memory, this machine has 64.0 GiB"):
        demo.write_demo(tmp_path / "d", **{"users": 10, "items": 10, **sizes})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20
    assert not (tmp_path / "d").exists()


def test_more_reviews_than_there_are_items_are_as_many_as_there_are_items(tmp_path: Path) -> None:
    path = demo.write_demo(tmp_path / "d", users=10, items=10, features=5, reviews=MAX_COUNT)
    assert len(path.read_text().splitlines()) == 100


@pytest.mark.parametrize(("users", "items"), [(10, 4000), (2000, 10)])
def test_what_is_said_of_the_memory_holds(tmp_path: Path, users: int, items: int) -> None:
    tracemalloc.start()
    demo.write_demo(tmp_path / "d", users=users, items=items, features=40, reviews=users)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < items * (demo.ITEM + 40 * demo.CELL) + users * demo.USER + (2 << 20)
