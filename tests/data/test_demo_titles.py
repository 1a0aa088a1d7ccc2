"""The made-up shop: its reviews stay the same to the byte, and its items have titles."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from pyexplain.data.demo import ITEMS_FILE, write_demo
from pyexplain.data.demo_titles import demo_titles
from pyexplain.data.titles import clean_title

PINNED = {  # of 30 users, 20 items, 12 features, seed 0; written before items had titles
    "reviews.jsonl": "7e3f2762c51479beb6c7f1ad7288ee99451741d2db972e400402a0afccda8f65",
    "truth.json": "8643995d0ffcd3fd0be3509588d028a801f78adb62b7f7e15898896d87c2043e",
    "truth_mentions.jsonl": "551691eba0ea3786e9b628c8636cdb259c17c3a630a83a8ee922049490160f62",
}


def test_titles_leave_reviews_and_truth_as_they_were(tmp_path: Path) -> None:
    write_demo(tmp_path, users=30, items=20, features=12, seed=0)
    assert {name: hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in PINNED} == PINNED


def test_every_item_has_a_title_of_its_own(tmp_path: Path) -> None:
    write_demo(tmp_path, users=30, items=20, features=12, seed=0)
    records = [json.loads(line) for line in (tmp_path / ITEMS_FILE).read_text(encoding="utf-8").splitlines()]
    assert [record["asin"] for record in records] == [f"B{i:06}" for i in range(20)]
    assert [record["title"] for record in records] == demo_titles(20, 0)


def test_titles_come_from_the_seed_alone_and_never_twice() -> None:
    many = demo_titles(30_000, 3)
    assert len(set(many)) == len(many)
    assert many[:50] == demo_titles(50, 3)
    assert many[:50] != demo_titles(50, 4)
    assert all(clean_title(title) == title and len(title) <= 60 for title in many)
