"""Views of a data set by kinds of features: history is of training pairs alone, and nothing is dense."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from pyexplain.data.columns import beside, columns_of
from pyexplain.data.kind_views import available_kinds, usual_kinds
from pyexplain.data.sparse import SparseRows
from pyexplain.data.split import without_validation
from pyexplain.data.store import load_dataset, save_dataset
from pyexplain.data.types import Candidates, Dataset
from pyexplain.data.vocabulary import Vocabulary
from pyexplain.errors import DataError, UsageError
from tests.worlds import small_world


def test_history_has_a_column_for_each_item_and_a_row_of_ones_for_each_user() -> None:
    data = small_world()
    view = data.with_kinds(("word", "history"))
    assert view.kinds == ("word", "history")
    assert view.source is data
    assert data.source is data
    assert view.n_features == data.n_features + data.n_items
    words, history = np.split(view.user_features.dense(), [data.n_features], axis=1)
    assert np.array_equal(words, data.user_features.dense())
    liked = np.zeros((data.n_users, data.n_items))
    liked[data.train[:, 0], data.train[:, 1]] = 1
    assert np.array_equal(history, liked)
    assert np.array_equal(view.item_features.dense()[:, data.n_features :], np.eye(data.n_items))
    assert view.features.names[data.n_features :] == data.items.names
    assert view.features.index(data.items[3], "history") == data.n_features + 3


def test_the_order_is_as_asked_and_mentions_follow_their_features() -> None:
    data = small_world()
    view = data.with_kinds(["history", "word"])
    assert view.kinds == ("history", "word")
    assert np.array_equal(view.user_features.dense()[:, data.n_items :], data.user_features.dense())
    assert (view.evidence["feature"] - data.n_items == data.evidence["feature"]).all()
    assert (view.heldout["feature"] - data.n_items == data.heldout["feature"]).all()
    assert view.user_mentions is not None
    assert data.user_mentions is not None
    assert np.array_equal(view.user_mentions.counts.dense()[:, data.n_items :], data.user_mentions.counts.dense())
    assert not view.user_mentions.counts.dense()[:, : data.n_items].any()
    assert not len(data.with_kinds(["history"]).heldout)
    assert data.with_kinds(["history"]).n_features == data.n_items


def test_the_columns_that_are_there_are_no_view() -> None:
    data = small_world()
    assert data.with_kinds(["word"]) is data
    assert data.with_kinds(["history"]).with_kinds(["word"]) is data


def test_what_is_no_kind_or_is_not_there_is_refused() -> None:
    data = small_world()
    for strange in (["smell"], [], ["word", "word"]):
        with pytest.raises(UsageError):
            data.with_kinds(strange)
    with pytest.raises(DataError, match=r"(?s)attribute.*It has: word, history"):
        data.with_kinds(["attribute"])


def test_history_follows_the_training_part() -> None:
    view = small_world().with_kinds(["history"])
    assert len(view.valid)
    more = without_validation(view)
    assert more.user_features.dense()[view.valid[:, 0], view.valid[:, 1]].all()
    assert not view.user_features.dense()[view.valid[:, 0], view.valid[:, 1]].any()
    assert not view.user_features.dense()[view.test[:, 0], view.test[:, 1]].any()


def test_views_have_fingerprints_of_their_own_that_do_not_depend_on_how_they_came_about(tmp_path: Path) -> None:
    data = small_world()
    prints = {data.with_kinds(kinds).fingerprint for kinds in (["word"], ["history"], ["word", "history"], ["history", "word"])}
    assert len(prints) == 4
    save_dataset(data, tmp_path / "data")
    again = load_dataset(tmp_path / "data").with_kinds(["word", "history"])
    assert again.fingerprint == data.with_kinds(["history"]).with_kinds(["word", "history"]).fingerprint
    assert again.compute_fingerprint() == again.fingerprint


def test_a_view_is_not_stored(tmp_path: Path) -> None:
    data = small_world()
    save_dataset(data.with_kinds(["word", "history"]), tmp_path / "data")
    assert load_dataset(tmp_path / "data").fingerprint == data.fingerprint


def test_columns_of_rows_and_rows_beside_each_other() -> None:
    rng = np.random.default_rng(0)
    one, two = (rng.random((6, n)) * (rng.random((6, n)) < 0.4) for n in (5, 7))
    a, b = (SparseRows.from_dense(matrix) for matrix in (one, two))
    both = beside([a, b, a])
    assert np.allclose(both.dense(), np.concatenate([one, two, one], axis=1))
    chosen = np.array([0, 5, 6, 11, 16])
    assert np.allclose(columns_of(both, chosen).dense(), both.dense()[:, chosen])
    assert beside([SparseRows.empty((6, 0)), a]).shape == a.shape


def test_a_million_columns_are_cheap() -> None:
    n = 1_000_000
    users, items = (Vocabulary([str(number) for number in range(size)], kind) for size, kind in ((100, "user"), (n, "item")))
    pairs = np.stack([np.repeat(np.arange(100), 30), np.random.default_rng(0).permutation(n)[:3000]], axis=1)
    none = Candidates(pairs[:0, 0], pairs[:0], np.zeros((0, 2), bool))
    empty = small_world().evidence[:0]
    rows = [SparseRows.empty((size, 0)) for size in (100, n)]
    data = Dataset(
        *("wide", "heldout", users, items, Vocabulary([], "feature"), pairs, pairs[:0], pairs[:0], *rows, none, none),
        *(empty, empty, small_world().settings),
    )
    begun = time.process_time()
    view = data.with_kinds(["history"])
    assert view.features.kind_of(n - 1) == "history"
    assert view.user_features.shape == (100, n)
    assert time.process_time() - begun < 2
    assert len(view.user_features.indices) == 3000


def test_methods_take_what_is_there_of_their_kinds() -> None:
    assert usual_kinds(("word", "attribute"), ("word", "history")) == ("word", "history")
    assert usual_kinds(("attribute",), ("word",)) == ("attribute",)
    assert usual_kinds((), ("word",)) == ("history",)
    assert available_kinds(("word",)) == ("word", "history") == available_kinds(("word", "history"))
