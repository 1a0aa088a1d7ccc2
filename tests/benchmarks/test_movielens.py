"""The published split of MovieLens 100K: which lines are tested, and precision by hand."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from benchmarks import movielens


def test_the_first_lines_are_the_test_pairs_and_a_tenth_of_the_others_validation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(movielens, "TEST", 60)
    rng, file = np.random.default_rng(1), tmp_path / "u.inter"
    drawn = rng.permutation(20 * 30)[:500]
    lines = [f"{at // 30}\t{at % 30}\t{1 + at % 5}\t{k}" for k, at in enumerate(drawn.tolist())]
    file.write_text("\n".join(["user_id:token\titem_id:token\trating:float\ttimestamp:float", *lines]) + "\n")
    data = movielens.first_split(file)
    wanted = {(str(at // 30), str(at % 30)) for at in drawn[:60].tolist()}
    assert {(data.users[u], data.items[i]) for u, i in data.test.tolist()} == wanted
    assert len(data.train) + len(data.valid) == 440, "whatever was rated is liked"
    assert 20 < len(data.valid) < 70


def test_precision_by_hand() -> None:
    """User 3: 7 was known, so the first five are 1, 2, 4, 8, 9, of which 2 and 9 are wanted. User 5: none of the first five."""
    best = {3: [7, 1, 2, 4, 8, 9, 10], 5: [1, 2, 3, 4, 6, 8, 0]}
    data = SimpleNamespace(test=np.array([[3, 2], [3, 9], [3, 10], [5, 8]]), valid=np.array([[3, 7], [4, 1]]))
    order = SimpleNamespace(best=lambda users, k: (np.array([best[user][:k] for user in users.tolist()]), None))
    run: Any = SimpleNamespace(data=data, order=order)
    assert movielens.precision(run) == pytest.approx((2 / 5 + 0) / 2)


def test_popular_items_that_were_not_taken_come_first() -> None:
    """Items 0 to 6 were taken by 7 to 1 of the users 1 to 7; user 0 took item 0, is tested on 1 and 5, and sees 1 to 5."""
    train = [(0, 0), *((user, item) for item in range(7) for user in range(1, 8 - item))]
    data: Any = SimpleNamespace(
        n_users=8, n_items=7, train=np.array(train), valid=np.zeros((0, 2), np.int64), test=np.array([[0, 1], [0, 5]])
    )
    assert movielens.popularity(data) == pytest.approx(2 / 5)
