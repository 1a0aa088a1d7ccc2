"""Flip, replacement, leaving: what the model says, asked again over the whole catalogue with the counterfactual change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..data.sparse import SparseRows, apply_change
from ..data.types import Dataset
from ..explain.order import Order
from ..explain.types import NO_ITEM, Explanations
from .asking import Asker, Bool, Int, is_above
from .questions import Questions

ROWS_AT_ONCE = 1024


@dataclass(frozen=True, eq=False)
class After:
    """n questions with their change. flips [n]: the item in front is so now, and the one behind it is then. front, back [n]: places
    of the two then, 1 = best, ties against; 0 where there is no change. before [n]: the place of the item in front now."""

    flips: Bool
    front: Int
    back: Int
    before: Int

    def replaces(self, question: int) -> bool:
        """The item behind takes the place of the one in front, or a better one."""
        return bool(self.flips[question]) and int(self.back[question]) <= int(self.before[question])

    def leaves(self, question: int, k: int) -> bool:
        """The item in front was among the first k, and is not any more."""
        return int(self.before[question]) <= k < int(self.front[question])


def ask_again(order: Order, asker: Asker, data: Dataset, questions: Questions, above: Bool, found: Explanations) -> After:
    """What holds with the changes of explanations of (user, item in front) against the item behind."""
    n = len(questions)
    after = After(np.zeros(n, dtype=bool), np.zeros(n, np.int64), np.zeros(n, np.int64), questions.place)
    if found.change is None:
        return after
    rows = np.flatnonzero((np.diff(found.change.offsets) > 0) & (questions.back != NO_ITEM))
    for start in range(0, len(rows), ROWS_AT_ONCE):
        at = rows[start : start + ROWS_AT_ONCE]
        users, front, back = questions.users[at], questions.front[at], questions.back[at]
        ask = _of_user if found.side == "user" else _of_item
        ask(after, at, order, asker, data, (users, front, back), found.change.select(at))
    after.flips[:] &= above
    return after


Three = tuple[Int, Int, Int]


def _of_user(after: After, at: Int, order: Order, asker: Asker, data: Dataset, who: Three, change: SparseRows) -> None:
    users, front, back = who
    rows = apply_change(data.user_features.select(users), change)
    then = [asker.scores(users, items, rows) for items in (front, back)]
    after.flips[at] = is_above(then[1], then[0])
    after.front[at] = order.place(np.stack([users, front], axis=1), rows)
    after.back[at] = order.place(np.stack([users, back], axis=1), rows)


def _of_item(after: After, at: Int, order: Order, asker: Asker, data: Dataset, who: Three, change: SparseRows) -> None:
    """The item in front is another one then; all others stay as they are."""
    users, front, back = who
    rows = apply_change(data.item_features.select(front), change)
    was, then, behind = asker.scores(users, front), asker.scores(users, front, None, rows), asker.scores(users, back)
    after.flips[at] = is_above(behind, then)
    after.front[at] = order.place(np.stack([users, front], axis=1), None, rows)
    places = order.place(np.stack([users, back], axis=1))
    after.back[at] = places - (was >= behind) + (then >= behind)
