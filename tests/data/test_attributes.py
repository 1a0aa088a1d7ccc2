"""Attributes as features: counts of training likes alone, kept beside their values, through storage, forgetting and views."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pyexplain.data.attributes import attributes_of, count_liked, with_attributes, without_attributes
from pyexplain.data.audit import audit
from pyexplain.data.forget import forget
from pyexplain.data.settings import user_strength
from pyexplain.data.sparse import SparseRows
from pyexplain.data.split import without_validation
from pyexplain.data.store import load_dataset, save_dataset
from pyexplain.data.types import Dataset
from tests.worlds import small_world

NAMES = ["genre: horror", "genre: comedy", "price: 20 to 50"]


def shop(words: bool = True) -> Dataset:
    data = small_world() if words else without_words(small_world())
    has = (np.random.default_rng(3).random((data.n_items, 3)) < 0.4).astype(np.float32)
    return with_attributes(data, NAMES, SparseRows.from_dense(has))


def without_words(data: Dataset) -> Dataset:
    features = data.features.select([])
    rows = {f"{side}_features": SparseRows.empty((n, 0)) for side, n in (("user", data.n_users), ("item", data.n_items))}
    none = {"user_mentions": None, "item_mentions": None}
    return replace(data, features=features, evidence=data.evidence[:0], heldout=data.heldout[:0], **rows, **none)  # type: ignore[arg-type]


@pytest.mark.parametrize("words", [True, False])
def test_users_have_eq_1_of_how_many_liked_training_items_have_it(words: bool) -> None:
    data = shop(words)
    assert data.kinds == (("word", "attribute") if words else ("attribute",))
    names, has = attributes_of(data)
    assert names == NAMES
    liked = np.zeros((data.n_users, data.n_items))
    liked[data.train[:, 0], data.train[:, 1]] = 1
    counts = liked @ has.dense()
    at = data.features.of_kind("attribute")
    own = data.user_features.dense()[:, at]
    assert np.array_equal(own, np.where(counts > 0, user_strength(counts, 5.0), 0))
    assert np.array_equal(count_liked(data.liked, has).dense(), counts)
    if words:
        assert data.user_mentions is not None
        assert np.array_equal(data.user_mentions.counts.dense()[:, at], counts)
        assert data.item_mentions is not None
        assert np.array_equal(data.item_mentions.counts.dense()[:, at], has.dense())
    assert not [finding for finding in audit(data) if finding.severity == "error"]


def test_words_stay_as_they_were() -> None:
    data, bare = shop(), small_world()
    assert without_attributes(data).fingerprint == bare.fingerprint
    assert data.with_kinds(["word"]).fingerprint == bare.fingerprint
    assert with_attributes(data, NAMES, attributes_of(data)[1]).fingerprint == data.fingerprint


@pytest.mark.parametrize("words", [True, False])
def test_they_are_stored_and_read(words: bool, tmp_path: Path) -> None:
    data = shop(words)
    save_dataset(data, tmp_path / "data")
    again = load_dataset(tmp_path / "data")
    assert again.fingerprint == data.fingerprint
    assert again.features.kinds == data.features.kinds
    view = again.with_kinds(["history", "attribute"])
    assert view.kinds == ("history", "attribute")
    assert view.features.names[-3:] == tuple(NAMES)


def test_they_follow_the_training_part() -> None:
    view = shop().with_kinds(["attribute", "history"])
    more = without_validation(view)
    assert more.fingerprint != view.fingerprint
    assert np.array_equal(more.user_features.dense()[:, :3] > 0, count_liked(more.liked, attributes_of(more)[1]).dense() > 0)


@pytest.mark.parametrize("words", [True, False])
def test_forgetting_counts_likes_again_and_leaves_the_catalogue_as_it_is(words: bool) -> None:
    data = shop(words)
    gone = [data.users[3], data.users[7]]
    after = forget(data, gone)
    assert after.n_users == data.n_users - 2
    assert np.array_equal(attributes_of(after)[1].dense(), attributes_of(data)[1].dense())
    stay = [number for number in range(data.n_users) if number not in (3, 7)]
    at, before = after.features.of_kind("attribute"), data.features.of_kind("attribute")
    assert np.array_equal(after.user_features.dense()[:, at], data.user_features.dense()[stay][:, before])
    assert after.forgotten_since(data.fingerprint) == 2


def test_the_audit_finds_likes_of_held_out_pairs() -> None:
    data = shop()
    leaked = replace(data, train=np.concatenate([data.train, data.test]))
    planted = with_attributes(leaked, NAMES, attributes_of(data)[1])
    planted = replace(planted, train=data.train)
    assert "held-out-likes-in-features" in {finding.code for finding in audit(planted)}
    history = replace(leaked.with_kinds(["word", "history"]), train=data.train, stored=None)
    assert "held-out-likes-in-features" in {finding.code for finding in audit(history)}
    assert "held-out-likes-in-features" not in {
        finding.code for finding in audit(data.with_kinds(["word", "attribute", "history"]))
    }
