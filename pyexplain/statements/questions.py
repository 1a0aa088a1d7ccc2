"""Which two items are compared: the one in front, and the one behind it, whichever of them a person asked about."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..explainers.order import Order
from ..explainers.types import NO_ITEM
from .asking import Asker, Bool, Int


@dataclass(frozen=True, eq=False)
class Questions:
    """n questions. users, items [n]: the pair that is asked about. other [n]: what it is compared with, NO_ITEM where there is
    nothing. why_not [n]: the other is in front, and the question is why the item is not. named: a person named the other; else it
    is the next of the whole catalogue. place [n]: of the item in front, 1 = best. k: the length of a list."""

    users: Int
    items: Int
    other: Int
    why_not: Bool
    place: Int
    named: bool
    k: int

    @cached_property
    def front(self) -> Int:
        """The item [n] that is said to be in front."""
        return np.where(self.why_not, self.other, self.items)

    @cached_property
    def back(self) -> Int:
        """The item [n] behind it; NO_ITEM where there is nothing."""
        return np.where(self.why_not, self.items, self.other)

    def __len__(self) -> int:
        return len(self.users)


def pose(order: Order, asker: Asker, pairs: Int, against: Int | None, k: int) -> Questions:
    """The questions of pairs (u, i) [n, 2]: against the items named [n], or against the next in the full ranking."""
    users, items = pairs[:, 0], pairs[:, 1]
    if against is None:
        foil = order.foil(pairs, k)
        other, place = foil.items, foil.place
        why_not = foil.why_not & (other != NO_ITEM)
    else:
        other, place = against, order.place(pairs)
        why_not = asker.scores(users, items) < asker.scores(users, other)
    swapped = np.flatnonzero(why_not)
    place = place.copy()
    place[swapped] = order.place(np.stack([users[swapped], other[swapped]], axis=1))
    return Questions(users, items, other, why_not, place, against is not None, k)
