"""Users by counts: what is counted, from what, and where it is cut off."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pyexplain.data.counts import seen_by, user_counts, with_counts
from pyexplain.data.sparse import SparseRows
from pyexplain.data.vocabulary import Vocabulary
from tests.worlds import small_world


def test_words_are_counted_as_often_as_they_were_mentioned_and_history_is_1() -> None:
    view = small_world().with_kinds(("word", "history"))
    assert view.user_mentions is not None
    words = small_world().n_features
    dense = user_counts(view).dense()
    np.testing.assert_array_equal(dense[:, :words], view.user_mentions.counts.dense()[:, :words])
    np.testing.assert_array_equal(dense[:, words:], view.user_features.dense()[:, words:])
    assert dense[:, :words].max() == 5


def test_the_view_is_cut_off_at_the_top_of_the_scale_and_remembers_what_it_is_of() -> None:
    data = small_world()
    view = with_counts(data)
    assert view.counted
    assert not data.counted
    assert view.source is data
    np.testing.assert_array_equal(view.user_features.dense(), np.minimum(user_counts(data).dense(), 5))
    assert view.fingerprint != data.fingerprint
    assert with_counts(view).fingerprint == view.fingerprint
    assert seen_by(data, None, counts=False) is data
    assert seen_by(data, ("history",), counts=True).kinds == ("history",)


def test_where_only_equation_1_is_known_it_is_read_backwards() -> None:
    data = small_world()
    bare = replace(data, user_mentions=None)
    few = user_counts(data).dense()
    found = user_counts(bare).dense()
    np.testing.assert_array_equal(found[few <= 8], few[few <= 8])


def test_an_attribute_is_counted_once_for_each_liked_item_that_has_it() -> None:
    data = small_world()
    names = [*data.features, "long", "red"]
    kinds = ["word"] * data.n_features + ["attribute"] * 2
    has = np.zeros((data.n_items, 2))
    has[::3, 0], has[::2, 1] = 1, 1
    wide = [
        np.hstack([rows.dense(), extra])
        for rows, extra in ((data.user_features, np.zeros((data.n_users, 2))), (data.item_features, has))
    ]
    more = replace(
        data,
        features=Vocabulary(names, "feature", kinds=kinds),
        user_features=SparseRows.from_dense(wide[0]),
        item_features=SparseRows.from_dense(wide[1]),
        user_mentions=None,
        item_mentions=None,
    )
    liked = np.zeros((data.n_users, data.n_items))
    liked[tuple(data.train.T)] = 1
    np.testing.assert_array_equal(user_counts(more).dense()[:, -2:], liked @ has)
