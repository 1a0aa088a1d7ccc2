"""What two runs have in common in what people see: lists of items, and the features that explain them. Ids match, not numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..data.types import Dataset
from ..explainers.types import NO_ITEM, Explanations

Int = npt.NDArray[np.int64]
Shares = dict[str, float | int | None]
NOTHING: Shares = {"overlap": None, "first": None, "users": 0}
REASONS = 3  # features of an explanation that people read first
MOVED = 5


def list_overlap(before: Dataset, after: Dataset, best: Sequence[Int]) -> Shares:
    """overlap: the mean share that lists [n, k] of the same users have in common; first: the share whose first item is the same."""
    old, new = best[0], _renamed(before, after, best[1])
    if not len(old):
        return NOTHING
    length = np.maximum(1, np.maximum((old >= 0).sum(axis=1), (best[1] >= 0).sum(axis=1)))
    common = _found(new, old).sum(axis=1)
    return {"overlap": float((common / length).mean()), "first": float((old[:, 0] == new[:, 0]).mean()), "users": len(old)}


def items_moved(before: Dataset, after: Dataset, best: Sequence[Int], most: int = MOVED) -> tuple[tuple[str, str, int, int], ...]:
    """(id, title or "", users before, users after) of the items whose number of users who see them changed most."""
    counts: dict[str, list[int]] = {}
    for side, (data, items) in enumerate(zip((before, after), best, strict=True)):
        for number, times in zip(*np.unique(items[items >= 0], return_counts=True), strict=True):
            counts.setdefault(data.items[int(number)], [0, 0])[side] = int(times)
    moved = [name for name in counts if counts[name][0] != counts[name][1]]
    largest = sorted(moved, key=lambda name: (-abs(counts[name][1] - counts[name][0]), name))[:most]
    known = {name: after if name in after.items else before for name in largest}
    return tuple((name, _title(known[name], name), counts[name][0], counts[name][1]) for name in largest)


def best_common(before: Dataset, after: Dataset, best: Sequence[Int]) -> tuple[Int, Int]:
    """The users (rows) whose lists share an item, and the place in the later list of the best one of those."""
    there = _found(_renamed(before, after, best[1]), best[0])
    rows = np.flatnonzero(there.any(axis=1))
    return rows, there[rows].argmax(axis=1)


def best_items(before: Dataset, after: Dataset, best: Sequence[Int], rows: Int, places: Int) -> tuple[Int, Int]:
    """The numbers of these items, in both data sets."""
    return _renamed(before, after, best[1])[rows, places], best[1][rows, places]


def first_named(explained: Explanations, data: Dataset) -> list[list[tuple[str, str]]]:
    """(kind, name) of the REASONS features of each row that weigh most, above 0."""
    out = []
    for row in range(len(explained)):
        features, weights = explained.weights.row(row)
        chosen = [int(features[k]) for k in np.argsort(-weights, kind="stable")[:REASONS] if weights[k] > 0]
        out.append([(data.features.kind_of(feature), data.features[feature]) for feature in chosen])
    return out


def reason_overlap(before: Sequence[Sequence[tuple[str, str]]], after: Sequence[Sequence[tuple[str, str]]]) -> Shares:
    """overlap: the mean share of named features in common; first: the share of rows with the same first one. Two rows that name
    nothing have all in common."""
    if not before:
        return NOTHING
    both = list(zip(before, after, strict=True))
    shares = [len(set(a) & set(b)) / max(len(a), len(b)) if a or b else 1.0 for a, b in both]
    return {"overlap": float(np.mean(shares)), "first": float(np.mean([a[:1] == b[:1] for a, b in both])), "users": len(both)}


def _renamed(before: Dataset, after: Dataset, items: Int) -> Int:
    """Item numbers of the later data set as those of the earlier one; NO_ITEM where it is not there."""
    return np.append(before.items.indices(after.items.names), NO_ITEM)[items]  # NO_ITEM is the last, and what is not there


def _found(items: Int, among: Int) -> npt.NDArray[np.bool_]:
    """Whether each of items [n, k] stands anywhere in the same row of `among` [n, m]."""
    found: npt.NDArray[np.bool_] = (items[:, :, None] == among[:, None, :]).any(axis=2) & (items >= 0)
    return found


def _title(data: Dataset, name: str) -> str:
    title = data.items.title(name)
    return "" if title == name else title
