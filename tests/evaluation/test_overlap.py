"""Lists and reasons in common: by hand; items are matched by id, whatever their numbers."""

from __future__ import annotations

import numpy as np
import pytest

from pyexplain.evaluation.overlap import (
    NOTHING,
    best_common,
    best_items,
    first_named,
    items_moved,
    list_overlap,
    reason_overlap,
)
from tests.metrics.toys import explanations, toy_data

BEFORE = toy_data([[1, 1]], [[1, 0], [0, 1], [1, 1]])  # i0, i1, i2
AFTER = toy_data([[1, 1]], [[1, 0], [0, 1], [1, 1], [1, 1]])  # and i3
LISTS = [np.array([[0, 1], [2, -1]]), np.array([[3, 0], [2, 1]])]


def test_shares_of_lists() -> None:
    """The first user keeps i0 of two and another first item, the second i2 of two and the first item."""
    assert list_overlap(BEFORE, AFTER, LISTS) == {"overlap": pytest.approx(0.5), "first": 0.5, "users": 2}
    assert list_overlap(BEFORE, AFTER, [np.zeros((0, 2), np.int64)] * 2) == NOTHING


def test_items_that_came_and_went() -> None:
    """i3 is in one list after and in none before; i1 in one each, i0 in one each, i2 in one each."""
    assert items_moved(BEFORE, AFTER, LISTS) == (("i3", "", 0, 1),)


def test_ids_and_not_numbers_match() -> None:
    other = toy_data([[1, 1]], [[1, 0], [0, 1]])
    renamed = type(other.items)(["i1", "i0"], "item")
    after = type(other)(**{**{f: getattr(other, f) for f in other.__dataclass_fields__ if f[0] != "_"}, "items": renamed})
    assert list_overlap(other, after, [np.array([[0, 1]]), np.array([[1, 0]])]) == {"overlap": 1.0, "first": 1.0, "users": 1}


def test_the_best_item_of_the_later_list_that_both_have() -> None:
    rows, places = best_common(BEFORE, AFTER, LISTS)
    assert rows.tolist() == [0, 1]
    old, new = best_items(BEFORE, AFTER, LISTS, rows, places)
    assert old.tolist() == new.tolist() == [0, 2]


def test_reasons_in_common() -> None:
    """Of three features two, the first the same; nothing named on both sides is all in common."""
    a, b = [[("word", "x"), ("word", "y"), ("word", "z")], []], [[("word", "x"), ("word", "z"), ("attribute", "y")], []]
    assert reason_overlap(a, b) == {"overlap": pytest.approx((2 / 3 + 1) / 2), "first": 1.0, "users": 2}
    assert reason_overlap([], []) == NOTHING


def test_only_what_weighs_is_named_and_the_heaviest_first() -> None:
    assert first_named(explanations(BEFORE, [(0, 0), (0, 1)], [[0.5, 2.0], [-1.0, 0.0]]), BEFORE) == [
        [("word", "f1"), ("word", "f0")],
        [],
    ]
