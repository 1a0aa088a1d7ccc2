"""Where the item of each explanation and the other one stand in the full order, before and after the change: asked once for all."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ..data.sparse import SparseRows, apply_change
from .order import Order
from .types import NO_ITEM, Explanations

Int = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Standing:
    """Of n pairs (u, i) and others j. place, other_place [n]: of i and of j, 1 = best, ties counted against each (0: there is no
    j). ahead [n]: how many items score strictly above i."""

    place: Int
    other_place: Int
    ahead: Int


def standings(
    order: Order, pairs: Int, against: Int, user_features: SparseRows | None = None, item_features: SparseRows | None = None
) -> Standing:
    """Of pairs [n, 2] and against [n] (-1: none), both counted among the items not liked in training; at f_u [n, P], or f_i of the
    pair's item [n, P], where given."""
    place, other_place, ahead = (np.zeros(len(pairs), dtype=np.int64) for _ in range(3))
    there = against != NO_ITEM
    rivals = np.where(there, against, pairs[:, 1])
    for rows, scores in order.blocks(pairs, rivals, user_features, item_features):
        each = np.arange(len(rows))
        own, other = scores[each, pairs[rows, 1]], scores[each, rivals[rows]]
        place[rows], other_place[rows] = (scores >= own[:, None]).sum(axis=1), (scores >= other[:, None]).sum(axis=1)
        ahead[rows] = (scores > own[:, None]).sum(axis=1)
    return Standing(place, np.where(there, other_place, 0), ahead)


def changed_features(order: Order, found: Explanations) -> tuple[SparseRows | None, SparseRows | None]:
    """f_u [n, P] and f_i [n, P] after the change of explanations; None for the side that does not change."""
    if found.change is None:
        return None, None
    if found.side == "item":
        return None, apply_change(order.data.item_features.select(found.items), found.change)
    return apply_change(order.data.user_features.select(found.users), found.change), None


def with_places(found: Explanations, order: Order) -> Explanations:
    """The same explanations, with the places of the items before and after their changes (before alone where nothing changes)."""
    pairs = np.stack([found.users, found.items], axis=1)
    against = np.full(len(found), NO_ITEM) if found.against is None else found.against
    before = standings(order, pairs, against)
    if found.counterfactual is None:
        return replace(found, place_before=before.place, other_place_before=before.other_place)
    after = standings(order, pairs, against, *changed_features(order, found))
    counterfactual = replace(found.counterfactual, place_after=after.place, other_place_after=after.other_place)
    return replace(found, counterfactual=counterfactual, place_before=before.place, other_place_before=before.other_place)
