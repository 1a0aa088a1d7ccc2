"""Users with one or two liked reviews leave no validation or no test part: everything works, and says so."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import pyexplain as px
from pyexplain.data.candidates import draw_candidates
from pyexplain.data.split import split_pairs
from pyexplain.errors import DataError, UsageError
from pyexplain.preparation.prepare import prepare
from pyexplain.preparation.settings import PrepareOptions
from pyexplain.registry import load_registry

from .test_split_and_candidates import pairs_of

SAID = ("The sound is great. The price is bad.", "The cable is great.", "The price is great. The cable is bad.")


def reviews(path: Path, a_user: int, users: int = 40) -> Path:
    lines = [
        {
            "reviewerID": f"u{u}",
            "asin": f"i{(u + k) % 8}",
            "overall": 5,
            "reviewText": SAID[(u + k) % 3],
            "unixReviewTime": 10**9 + u + k,
        }
        for u in range(users)
        for k in range(a_user)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def made(tmp_path: Path, a_user: int, split: str) -> px.Dataset:
    options = PrepareOptions("few", split=split)
    return prepare([reviews(tmp_path / "a.jsonl", a_user)], options, load_registry())


@pytest.mark.parametrize("split", ["random", "leave-last"])
@pytest.mark.parametrize("a_user", [1, 2, 3])
def test_an_empty_part_is_said_saved_and_trained_without(tmp_path: Path, a_user: int, split: str) -> None:
    data = made(tmp_path, a_user, split)
    assert (len(data.test) > 0, len(data.valid) > 0) == (a_user > 1, a_user > 2)
    said = " ".join(data.report["read"]["assumed"])  # type: ignore[index]
    assert ("validation part is empty" in said, "test part is empty" in said) == (a_user < 3, a_user < 2)
    px.save_dataset(data, tmp_path / "data")
    again = px.load_dataset(tmp_path / "data")
    assert again.fingerprint == data.fingerprint
    run = px.train(again, explainer="cnr", epochs=2, dim=4)
    assert len(run.history) == 2
    if a_user < 2:
        with pytest.raises(DataError, match="no test part"):
            px.evaluate(run)


def test_no_relevant_pair_gives_no_list() -> None:
    none = np.zeros((0, 2), dtype=np.int64)
    lists = draw_candidates(none, np.array([[0, 0]]), 1, 5, size=10, seed=0)
    assert (len(lists), lists.items.shape) == (0, (0, 10))


@pytest.mark.parametrize("kind", ["temporal", "leave-last"])
def test_a_split_by_time_refuses_missing_times_and_one_time(kind: str) -> None:
    pairs = pairs_of([3, 4])
    with pytest.raises(UsageError, match="7 of 7 liked pairs have no time"):
        split_pairs(pairs.assign(time=-1), kind, 0)
    with pytest.raises(UsageError, match="1 of 7 liked pairs have no time"):
        split_pairs(pairs.assign(time=[-1, 1, 2, 3, 4, 5, 6]), kind, 0)
    with pytest.raises(UsageError, match="all 7 liked pairs have the same time"):
        split_pairs(pairs.assign(time=5), kind, 0)
    assert len(split_pairs(pairs.assign(time=-1), "random", 0)) == 7
