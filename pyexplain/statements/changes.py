"""Flip, replacement, leaving: what the model says, asked again over the whole catalogue with the counterfactual change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..data.sparse import SparseRows, apply_change
from ..data.types import Dataset
from ..explainers.order import Order
from ..explainers.types import NO_ITEM, Explanations
from .asking import Asker, Bool, Float, Int, is_above
from .contenders import Places, contended
from .questions import Questions

Three = tuple[Int, Int, Int]
Scored = tuple[npt.NDArray[np.float32], Float, Float]  # of the whole catalogue [n, I], of the item in front, of the one behind [n]


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
    size = order.rows_at_once
    _, which = np.unique(questions.users[rows], return_inverse=True)
    blocks = [rows[which // size == number] for number in range(-(-int(which.max(initial=-1) + 1) // size))]  # by users
    users, items, others = questions.users, questions.front, questions.back
    for at in blocks:
        who, change = (users[at], items[at], others[at]), found.change.select(at)
        then = contended(order, data, *who, change) if found.side == "user" else None
        then = then or _of_all(order, asker, data, who, change, found.side)
        after.flips[at] = above[at] & is_above(then.back, then.front)
        after.front[at], after.back[at] = then.front_place, then.back_place
    return after


def _of_all(order: Order, asker: Asker, data: Dataset, who: Three, change: SparseRows, side: str) -> Places:
    """By scores of the whole catalogue."""
    ask, n, found = _of_user if side == "user" else _of_item, len(who[0]), []
    for rows in (np.arange(at, min(at + order.rows_at_once, n)) for at in range(0, n, order.rows_at_once)):
        users, front, back = (part[rows] for part in who)
        scores, ahead, behind = ask(order, asker, data, (users, front, back), change.select(rows))
        found.append((ahead, behind, places(scores, front, ahead), places(scores, back, behind)))
    return Places(*(np.concatenate(part) for part in zip(*found, strict=True)))


def _of_user(order: Order, asker: Asker, data: Dataset, who: Three, change: SparseRows) -> Scored:
    users, front, back = who
    rows = apply_change(data.user_features.select(users), change)
    scores = order.scores(users, rows)
    return scores, *(_own(scores, asker, users, items, rows) for items in (front, back))  # type: ignore[return-value]


def _of_item(order: Order, asker: Asker, data: Dataset, who: Three, change: SparseRows) -> Scored:
    """The item in front is another one then; all others stay as they are."""
    users, front, back = who
    scores = order.scores(users)
    then = asker.scores(users, front, None, apply_change(data.item_features.select(front), change))
    behind = _own(scores, asker, users, back, None)
    scores[np.arange(len(users)), front] = np.where(np.isneginf(scores[np.arange(len(users)), front]), -np.inf, then)
    return scores, then, behind


def _own(scores: npt.NDArray[np.float32], asker: Asker, users: Int, items: Int, rows: SparseRows | None) -> Float:
    """Scores [n] of items: those of the catalogue; items liked in training have none there, and are asked for by themselves."""
    own = scores[np.arange(len(users)), items].astype(np.float64)
    liked = np.flatnonzero(np.isneginf(own))
    own[liked] = asker.scores(users[liked], items[liked], None if rows is None else rows.select(liked))
    return own


def places(scores: npt.NDArray[np.float32], items: Int, own: Float) -> Int:
    """The place [n] of each item with score own [n] among all others of its row of scores [n, I]; ties count against it."""
    itself = scores[np.arange(len(items)), items] >= own
    found: Int = 1 + (scores >= own[:, None]).sum(axis=1) - itself
    return found
