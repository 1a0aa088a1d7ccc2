"""Table 9: words of random users, and how many of them the users wrote about."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from pyexplain.recommenders.options import RunOptions
from pyexplain.reproduce.reproduce import Wanted, reproduce
from pyexplain.reproduce.words import first_words

from .folders import authors_folder


def test_the_largest_weights_come_first_and_nothing_is_named_by_zero() -> None:
    columns, weights = np.arange(8), np.array([0.1, 0.8, 0.0, 0.3, -1.0, 0.5, 0.2, 0.4])
    assert first_words(columns, weights).tolist() == [1, 5, 7, 3, 6]
    assert first_words(columns[:3], weights[:3]).tolist() == [1, 0]


def test_words_of_five_users_with_the_papers_beside_them(tmp_path: Path) -> None:
    wanted = Wanted(authors_folder(tmp_path / "p"), "beauty", settings={"dim": 4, "epochs": 1})
    found = reproduce(["table9"], wanted, RunOptions(threads=1))[0]
    assert len(found.words) == 5
    for user, row in found.words.items():
        number = int(user[1:])
        assert set(row["GT"]) == {f"word{number % 9}", f"word{(number + 1) % 9}"}
        assert set(row["echo"]) == set(row["GT"])
        assert len(row["random"]) == 5
        assert all(len(words) <= 5 for words in row.values()), "a change that was not found names nothing"
    assert found.true["echo"].mean == pytest.approx(2)
    assert 0 < found.true["random"].mean < 2
    assert found.printed_true == {"NAR": 0, "CAR": 0, "CNR": 1}  # "hair"
    assert len(found.to_frame()) == 4 + 5 * 8
    json.dumps(found.to_dict(), allow_nan=False)
