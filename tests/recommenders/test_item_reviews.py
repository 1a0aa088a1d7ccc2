"""Reviews of items, and what one person alone wrote of them, against a walk over the data."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import torch

from pyexplain.data import Events
from pyexplain.recommenders import ItemReviews, Term, WithoutReviews, written_alone

from ..worlds import small_world

DATA = small_world()
REVIEWS = ItemReviews.of(DATA, "cpu")


def test_the_pairs_of_training_have_their_places() -> None:
    users, items = torch.from_numpy(DATA.train.copy()).unbind(1)
    places = REVIEWS.own(users, items)
    assert len(set(places.tolist())) == len(DATA.train)
    assert torch.equal(REVIEWS.keys[places], users * DATA.n_items + items)


def test_every_review_of_an_item_is_drawn_and_no_other() -> None:
    generator, found = torch.Generator().manual_seed(0), defaultdict(set)
    items = torch.arange(DATA.n_items)
    for _ in range(300):
        for item, place in zip(items.tolist(), REVIEWS.drawn(items, generator).tolist(), strict=True):
            found[item].add(int(REVIEWS.keys[place]) // DATA.n_items if place >= 0 else -1)
    events, writers = Events.of(DATA), defaultdict(set)
    for user in range(DATA.n_users):
        for item in events.items[events.offsets[user] : events.offsets[user + 1]].tolist():
            writers[item].add(user)
    assert found == {item: writers[item] or {-1} for item in items.tolist()}


def test_what_one_person_alone_wrote() -> None:
    writers = defaultdict(set)
    for user, item, feature in DATA.evidence[["user", "item", "feature"]].to_numpy(dtype=np.int64):
        writers[item * DATA.n_features + feature].add(int(user))
    wanted = {int(cell): min(who) for cell, who in writers.items() if len(who) == 1}
    cells, users = written_alone(DATA)
    assert 0 < len(wanted) < len(writers)
    assert dict(zip(cells.tolist(), users.tolist(), strict=True)) == wanted
    assert cells.tolist() == sorted(wanted)


def test_rows_of_items_lack_what_a_left_out_review_alone_says() -> None:
    everything = np.ones(DATA.n_features, dtype=bool)
    made = WithoutReviews.of(DATA, DATA.item_features, (everything,), "cpu")
    users, items = torch.from_numpy(DATA.train[:40].copy()).unbind(1)
    others = (items + 3) % DATA.n_items
    (found,) = made.rows(Term(users, items, others), torch.Generator().manual_seed(0))
    drawn = made.reviews.drawn(others, torch.Generator().manual_seed(0))
    writers = defaultdict(set)
    for user, item, feature in DATA.evidence[["user", "item", "feature"]].to_numpy(dtype=np.int64):
        writers[int(item), int(feature)].add(int(user))
    left_out = [*users.tolist(), *(int(made.reviews.keys[place]) // DATA.n_items if place >= 0 else -1 for place in drawn.tolist())]
    less = 0
    for row, (item, user) in enumerate(zip(torch.cat([items, others]).tolist(), left_out, strict=True)):
        has = DATA.item_features.row(item)[0].tolist()
        wanted = [feature for feature in has if writers[item, feature] != {user}]
        assert found.row(row)[0].tolist() == wanted
        less += len(has) - len(wanted)
    assert less > 0
