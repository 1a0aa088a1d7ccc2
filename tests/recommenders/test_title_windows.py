"""What items say, word by word: titles in their order, with neighbours, and the rest each by itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from pyexplain.data.attributes import with_attributes
from pyexplain.data.sparse import SparseRows
from pyexplain.data.types import Dataset
from pyexplain.recommenders import ItemReviews, TitleWindows

from ..worlds import small_world

TITLES = ("The red, old RED: chair!", "", "old")


def titled() -> Dataset:
    """Three items with these titles, "red" and "old" attributes that the first and the third have."""
    data = small_world()
    has = np.zeros((data.n_items, 2), np.float32)
    has[0], has[2, 1] = 1, 1
    made = with_attributes(data, ["title: red", "title: old"], SparseRows.from_dense(has))
    return replace(made, items=made.items.with_titles(dict(zip(data.items.names, TITLES, strict=False))), stored=None)


def test_words_of_titles_stand_between_their_neighbours_and_the_rest_alone() -> None:
    data = titled()
    red, old = (data.features.index(f"title: {word}") for word in ("red", "old"))
    made, none = TitleWindows.of(data, 1, "cpu"), data.n_features

    def said(item: int) -> dict[tuple[int, ...], float]:
        columns, times = made.rows.row(item)
        return {tuple(made.windows[int(c)].tolist()): float(n) for c, n in zip(columns, times, strict=True)}

    rest = [int(k) for k in data.item_features.row(0)[0] if int(k) not in (red, old)]
    alone = {(none, k, none): 1.0 for k in rest}
    assert said(0) == {(none, red, old): 1, (red, old, red): 1, (old, red, none): 1, **alone}
    assert said(2)[none, old, none] == 1
    assert torch.equal(made.feature, made.windows[:, 1])
    assert int((~made.loose).sum()) == 4  # three words of the first title, one of the third


def test_what_a_review_alone_says_is_never_of_a_title() -> None:
    data = titled()
    made, reviews = TitleWindows.of(data, 1, "cpu"), ItemReviews.of(data, "cpu")
    places, contexts = (made.alone(data, reviews) // len(made.windows)).tolist(), made.alone(data, reviews) % len(made.windows)
    assert places
    frame = data.evidence
    for place, feature in zip(places, made.feature[contexts].tolist(), strict=True):
        user, item = divmod(int(reviews.keys[place]), data.n_items)
        assert set(frame["user"][(frame["item"] == item) & (frame["feature"] == feature)]) == {user}
        assert feature not in data.features.of_kind("attribute")
