"""What is told of somebody with something changed: who they are, and where items stood and stand."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..data.kinds import ATTRIBUTE, WORD
from ..data.types import Dataset
from ..explainers.order import Order, first
from ..present.names import title_or_none
from .person import Change, amounts


def person_entry(before: Dataset, now: Dataset, user: int, change: Change, known: bool) -> dict[str, Any]:
    """Their history and what they care about, without the change and with it."""
    old, new = (data.train[data.train[:, 0] == user, 1].tolist() for data in (before, now))
    items = [*dict.fromkeys(old), *(item for item in dict.fromkeys(new) if item not in old)]
    likes = [
        _named(before, item) | {"state": "added" if item not in old else "kept" if item in new else "struck"} for item in items
    ]
    top = before.settings.max_rating if before.counted else None
    name = before.users[user] if known else None
    return {"user": name, "likes": likes, "features": _features(before, now, user, change), "top": top}


def _features(before: Dataset, now: Dataset, user: int, change: Change) -> list[dict[str, Any]]:
    """Those of either, what counts most without the change first."""
    data, old, new = before, amounts(before, user), amounts(now, user)
    said = ((WORD, change.words), (ATTRIBUTE, change.attributes))
    new |= {data.features.index(name, kind): amount for kind, given in said for name, amount in given.items()}
    return [
        {"kind": data.features.kind_of(k), "feature": data.features[k], "before": old.get(k, 0.0), "now": new.get(k, 0.0)}
        for k in sorted({*old, *new}, key=lambda k: (-old.get(k, 0.0), data.features[k]))
    ]


def places(before: Order, now: Order, user: int, k: int) -> list[dict[str, Any]]:
    """Of each item that is or was among the first k: its place then and now, by the place now; None where it is liked."""
    sides = [order.scores(np.array([user])) for order in (before, now)]
    shown = np.unique(np.concatenate([first(scores, min(k, scores.shape[1]))[0] for scores in sides])).tolist()
    stand = [[_place(scores[0], item) for item in shown] for scores in sides]
    entries = [
        _named(now.data, item) | {"before": was, "now": stands}
        for item, was, stands in zip(shown, *stand, strict=True)
        if was is not None or stands is not None
    ]
    return sorted(entries, key=lambda entry: (entry["now"] is None, entry["now"] or 0, entry["item"]))


def _place(scores: npt.NDArray[np.float32], item: int) -> int | None:
    """As Order.place says; None where it is liked."""
    return None if np.isneginf(scores[item]) else int((scores >= scores[item]).sum())


def _named(data: Dataset, item: int) -> dict[str, Any]:
    name = data.items[item]
    return {"item": name, "title": title_or_none(data.items, name)}
