"""A change is made in one user's row, and in nothing else; attributes follow the items that are liked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pyexplain.data.counts import user_counts, with_counts
from pyexplain.data.sparse import SparseRows
from pyexplain.data.types import Dataset
from pyexplain.data.vocabulary import Vocabulary
from pyexplain.serve.person import Change, amounts, changed
from pyexplain.serve.told import person_entry
from tests.worlds import small_world

USER = 7


def with_attributes() -> Dataset:
    """The small world, in which every item is red or blue, and every item is of somebody's religion."""
    data = small_world()
    extra = Vocabulary(["colour: red", "colour: blue", "religion: any"], "feature", kinds=["attribute"] * 3)
    having = np.zeros((data.n_items, 3), np.float32)
    having[np.arange(data.n_items), np.arange(data.n_items) % 2] = 1
    having[:, 2] = 1

    def wider(rows: SparseRows, more: np.ndarray) -> SparseRows:
        return SparseRows.from_dense(np.concatenate([rows.dense(), more], axis=1))

    assert data.user_mentions is not None
    return replace(
        data,
        features=Vocabulary.of_kinds([("word", data.features), ("attribute", extra)]),
        user_features=wider(data.user_features, np.zeros((data.n_users, 3), np.float32)),
        item_features=wider(data.item_features, having),
        user_mentions=None,
        item_mentions=None,
    )


def test_nothing_else_is_touched() -> None:
    data = small_world()
    other = np.arange(data.n_users) != USER
    struck = data.items[int(data.train[data.train[:, 0] == USER][0, 1])]
    found = changed(data, USER, Change((struck,), ("i001",), {"f0": 2, "f1": 0}))
    np.testing.assert_array_equal(found.user_features.dense()[other], data.user_features.dense()[other])
    assert sorted(map(tuple, found.train[found.train[:, 0] != USER])) == sorted(map(tuple, data.train[data.train[:, 0] != USER]))
    assert found.user_mentions is not None
    assert data.user_mentions is not None
    np.testing.assert_array_equal(found.user_mentions.counts.dense()[other], data.user_mentions.counts.dense()[other])
    columns = [data.features.index(name) for name in ("f0", "f1")]
    assert found.user_mentions.counts.dense()[USER, columns].tolist() == [2, 0]


def test_no_change_is_no_change() -> None:
    data = small_world()
    found = changed(data, USER, Change())
    for name in ("offsets", "indices", "values"):
        np.testing.assert_array_equal(getattr(found.user_features, name), getattr(data.user_features, name))
    np.testing.assert_array_equal(found.train, data.train)


@pytest.mark.parametrize("counted", [True, False])
def test_attributes_follow_the_liked_items_unless_they_are_said(counted: bool) -> None:
    data = with_counts(with_attributes()) if counted else with_attributes()
    red, blue = (data.features.index(f"colour: {name}") for name in ("red", "blue"))
    likes = set(data.train[data.train[:, 0] == USER, 1].tolist())
    even = [item for item in range(0, data.n_items, 2) if item not in likes][:2]
    found = changed(data, USER, Change(tuple(data.items[item] for item in likes), tuple(data.items[item] for item in even)))
    assert amounts(found, USER).get(red) == 2
    assert blue not in amounts(found, USER)
    values = found.user_features.dense()[USER]
    assert values[blue] == 0
    assert values[red] == pytest.approx(2.0 if counted else 1 + 4 * np.tanh(1.0), abs=1e-5)
    assert changed(data, USER, Change(attributes={"colour: red": 0})).user_features.dense()[USER, red] == 0


def test_counts_of_one_are_those_of_all() -> None:
    for data in (small_world(), with_attributes(), small_world().with_kinds(("word", "history"))):
        users = np.array([USER, 3])
        np.testing.assert_array_equal(user_counts(data, users).dense(), user_counts(data).dense()[users])


def test_what_is_not_said_of_anybody_is_not_told() -> None:
    data = with_attributes()
    assert data.unsaid is not None
    entry = person_entry(data, data, USER, Change(), True)
    assert {feature["feature"].partition(":")[0] for feature in entry["features"] if feature["kind"] == "attribute"} == {"colour"}
