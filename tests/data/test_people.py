"""Attributes of people: learned from, made of training pairs alone, and never said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import pyexplain as px
from pyexplain.data.attributes import with_attributes
from pyexplain.data.audit import audit, problems
from pyexplain.data.counts import user_counts
from pyexplain.data.forget import forget
from pyexplain.data.json_file import read_json
from pyexplain.data.kinds import PERSON
from pyexplain.data.people import PRIOR, made_again, people_of, taste_shares, tastes_of, with_people, without_people
from pyexplain.data.sparse import SparseRows
from pyexplain.data.split import without_validation
from tests.worlds import small_world

NAMES = ["age: under 30", "plan: gold"]


def world() -> px.Dataset:
    """Users of two sorts beside words and attributes of items."""
    data = small_world()
    has = np.zeros((data.n_users, 2), np.float32)
    has[::2, 0] = has[::3, 1] = 1
    genre = np.zeros((data.n_items, 1), np.float32)
    genre[::2] = 1
    return with_people(with_attributes(data, ["genre: Horror"], SparseRows.from_dense(genre)), NAMES, SparseRows.from_dense(has))


def test_an_item_is_what_its_training_pairs_say_by_hand() -> None:
    """Users 0 and 1 have the attribute, 2 has not; of four pairs three are of those who have it: 3/4."""
    has = SparseRows.from_dense(np.array([[1.0], [1.0], [0.0]], np.float32))
    train = np.array([[0, 0], [1, 0], [2, 1], [0, 1]])
    assert taste_shares(train, has).tolist() == [0.75]
    found = tastes_of(train, has, 3)
    assert found.counts.dense().tolist() == [[2], [2], [0]]
    assert found.sums.dense().tolist() == [[0.5], [-0.5], [0]]


def test_held_out_pairs_change_nothing() -> None:
    data = world()
    rng = np.random.default_rng(3)
    moved = replace(data, valid=np.stack([data.valid[:, 0], rng.permutation(data.valid[:, 1])], 1), test=data.test[::-1])
    again = with_people(moved, *people_of(moved))
    np.testing.assert_array_equal(again.item_features.dense(), data.item_features.dense())
    assert not [f for f in problems(audit(data)) if f.code in ("held-out-likes-in-features", "values-out-of-range")]
    leaky = with_people(replace(data, train=np.concatenate([data.train, data.test])), *people_of(data))
    leaky = replace(leaky, train=data.train)
    assert [f.code for f in audit(leaky) if "kind person" in f.message] == ["held-out-likes-in-features"]


def test_they_stand_beside_the_others_and_come_off_again() -> None:
    data = world()
    assert data.kinds == ("word", "attribute", "person")
    assert people_of(data)[0] == NAMES
    bare = without_people(data)
    assert bare.kinds == ("word", "attribute")
    assert without_people(bare) is bare
    assert made_again(bare, data).fingerprint == data.fingerprint
    people = data.with_kinds(["person"])
    assert set(np.unique(people.user_features.values).tolist()) == {1.0}
    assert (np.abs(people.item_features.values) < 1).all()
    at = data.features.of_kind(PERSON)
    counts = user_counts(data.with_kinds(["word", "attribute", "person", "history"]))
    assert counts.dense()[:, at].tolist() == data.user_features.dense()[:, at].tolist()


def test_training_once_more_and_forgetting_make_them_again() -> None:
    data = world()
    more = without_validation(data)
    assert len(more.train) == len(data.train) + len(data.valid)
    assert not [f for f in audit(more) if "kind person" in f.message]
    left = forget(data, [data.users[0], data.users[4]])
    assert people_of(left)[0] == NAMES
    kept = np.delete(people_of(data)[1].dense(), [0, 4], axis=0)
    assert people_of(left)[1].dense().tolist() == kept.tolist()
    assert not [f for f in audit(left) if "kind person" in f.message]


def test_a_folder_says_that_a_reader_must_know_of_them(tmp_path: Path) -> None:
    data = world()
    px.save_dataset(data, tmp_path / "data")
    assert read_json(tmp_path / "data" / "dataset.json")["needs"] == ["kinds", "never", "people"]
    assert px.load_dataset(tmp_path / "data").fingerprint == data.fingerprint


def test_nobody_is_told_of_them() -> None:
    data = world()
    assert data.unsaid is not None
    assert np.flatnonzero(data.unsaid).tolist() == data.features.of_kind(PERSON).tolist()
    run = px.train(data, explainer="hybrid", epochs=4, dim=4)
    assert run.data.kinds == ("word", "attribute", "person", "history")
    users = run.data.users.names[:8]
    for one in run.explain_many([(user, run.recommend(user, 1)[0][0]) for user in users]):
        assert not {reason.kind for reason in one.reasons} & {PERSON}
        assert not any(name in text for name in NAMES for text in (one.say(), one.sentence(), one.to_json()))
    for user in users:
        assert not {reason.feature.kind for reason in run.explain_list(user, 3).reasons} & {PERSON}


def test_data_without_totals_is_refused() -> None:
    data = replace(small_world(), item_mentions=None)
    with pytest.raises(px.DataError, match="no totals of mentions"):
        with_people(data, NAMES, SparseRows.empty((data.n_users, 2)))
    assert PRIOR > 0
