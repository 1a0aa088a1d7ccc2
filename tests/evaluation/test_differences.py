"""Differences of figures over the users of two runs: by hand, with users matched by name."""

from __future__ import annotations

import numpy as np
import pytest

from pyexplain.evaluation.differences import differences
from pyexplain.metrics.types import Evaluation


def figure(users: list[int], values: list[float], direction: str = "higher", averaged: bool = True) -> Evaluation:
    of = np.array(users, dtype=np.int64), np.array(values)
    return Evaluation("m", "ranking", "ndcg@10", float(np.mean(values)), *of, "heldout", direction, averaged)  # type: ignore[arg-type]


def test_users_are_matched_by_name_and_each_counts_once() -> None:
    """Before: a .2 and .4 (two pairs), b .5. After: b .7, c 1, a .5. In common a (+.2) and b (+.2)."""
    before, after = figure([0, 0, 1], [0.2, 0.4, 0.5]), figure([0, 1, 2], [0.7, 1.0, 0.5])
    [found] = differences([before], [after], (["a", "b"], ["b", "c", "a"]))
    assert found.users == 2
    assert found.difference is not None
    assert (found.difference.value, found.difference.low, found.difference.high) == pytest.approx((0.2, 0.2, 0.2))
    assert found.verdict == "better"
    assert (found.before, found.after) == pytest.approx((1.1 / 3, 2.2 / 3))


@pytest.mark.parametrize(("direction", "verdict"), [("higher", "worse"), ("lower", "better")])
def test_which_side_is_better_is_the_metrics_to_say(direction: str, verdict: str) -> None:
    names = [f"u{n}" for n in range(20)]
    users = list(range(20))
    [found] = differences([figure(users, [1.0] * 20, direction)], [figure(users, [0.5] * 20, direction)], (names, names))
    assert found.verdict == verdict


def test_what_varies_as_much_as_it_differs_is_level() -> None:
    users, names = list(range(10)), [f"u{n}" for n in range(10)]
    moved = [1.0, -1.0] * 5
    [found] = differences([figure(users, [0.5] * 10)], [figure(users, [0.5 + m for m in moved])], (names, names))
    assert found.verdict == "level"


@pytest.mark.parametrize(
    "other", [None, figure([0], [1.0], averaged=False), figure([1], [1.0])], ids=["absent", "no mean", "nobody"]
)
def test_what_cannot_be_paired_has_no_difference(other: Evaluation | None) -> None:
    [found] = differences([figure([0], [0.5])], [other] if other else [], (["a", "b"], ["a", "b"]))
    assert found.difference is None
    assert found.verdict == "unknown"
    assert found.to_dict()["low"] is None
