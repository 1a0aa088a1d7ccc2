"""Records of the usual types, many at once: what passes here would pass the checks of ReviewRows one by one, and as the same."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .values import MILLISECONDS, NO_TIME, NUMBERS

IDS, TEXTS = frozenset({str, int}), frozenset({str, type(None)})


class Values(NamedTuple):
    """Columns [n] of what was found in records: times in seconds, or all NO_TIME; headlines that go before the texts."""

    user: list[Any]
    item: list[Any]
    rating: list[Any]
    text: list[Any]
    time: list[Any]
    summary: list[Any]


Checked = tuple[list[Any], list[Any], npt.NDArray[np.float64], list[str], npt.NDArray[np.int64]]


def usual(values: Values, scale: tuple[float, float], latest: float, unrated: float | None) -> Checked | None:
    """user, item, rating, text with its headline, and time; None where any record has to be looked at by itself.

    scale: the least and the largest rating, infinite where every number is taken.
    """
    if not all(IDS.issuperset(map(type, ids)) and _are_ids(ids) for ids in (values.user, values.item)):
        return None
    if not all(NUMBERS.issuperset(map(type, numbers)) for numbers in (values.rating, values.time)):
        return None
    if not all(TEXTS.issuperset(map(type, texts)) for texts in (values.text, values.summary)):
        return None
    try:
        rating, time = (np.array(numbers, dtype=np.float64) for numbers in (values.rating, values.time))
    except OverflowError:
        return None
    fits = np.isfinite(rating) & (scale[0] <= rating) & (rating <= scale[1]) & (time <= min(latest, MILLISECONDS))
    fits &= time >= 0 if (time != NO_TIME).any() else True
    if not fits.all() or (unrated is not None and (rating == unrated).any()):
        return None
    texts = [f"{head}\n{text or ''}" if head else text or "" for text, head in zip(values.text, values.summary, strict=True)]
    return values.user, values.item, rating, texts, time.astype(np.int64)


def _are_ids(ids: list[Any]) -> bool:
    """Whether strings and whole numbers are all names: none empty, none of spaces alone."""
    names = ids if {str}.issuperset(map(type, ids)) else [name for name in ids if type(name) is str]
    return all(names) and not any(map(str.isspace, names))
