"""Explanations by past items: the change that takes some of a user's events away, and the items that could take over."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..data.events import Events
from ..margin.margin import Margin
from .order import Order
from .types import Counterfactual, Explanations, turned_around

Int = npt.NDArray[np.int64]


def without_events(
    name: str, margin: Margin, events: Events, gone: npt.NDArray[np.bool_], worth: npt.NDArray[np.float64], signed: bool
) -> Explanations:
    """Of n margins, whose users hold the events of events.table(users) [n, S]: the change without those of gone [n, S], asked of
    the recommender again, and what each event is worth [n, S] as weights; signed: also where it speaks against the item."""
    users, indices = margin.users, events.table(margin.users)[0]
    row, place = np.nonzero(gone)
    left = events.without(users, row, indices[row, place])
    before, after = margin.value(), margin.value(left)
    given = before.astype(np.float32), after.astype(np.float32), turned_around(before, after)
    change = Counterfactual(events.difference(users, left), *given)
    weights = events.on_features(users, worth)
    weights = weights.where(weights.values != 0 if signed else weights.values > 0)
    space = margin.data.features.fingerprint
    return Explanations(name, users, margin.items, weights, space, margin.against, counterfactual=change)


def rivals_in_list(margin: Margin, k: int) -> Int:
    """The first k items [n, k] of each user's list; i where a list is shorter: it takes over from nobody."""
    if not k:
        return np.zeros((len(margin), 0), dtype=np.int64)
    items = Order(margin.recommender, margin.data).best(margin.users, k)[0]
    found: Int = np.where(items < 0, margin.items[:, None], items)
    return found
