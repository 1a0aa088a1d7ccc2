"""Whether explanations are what the contract asks for, in words."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..data.sparse import SparseRows
from ..data.types import Dataset
from .types import Explanations

Int = npt.NDArray[np.int64]
NUMBERS, TRUTHS = ("margin_before", "margin_after"), ("valid", "proved")


def complaint(found: object, users: Int, items: Int, against: Int | None, data: Dataset) -> str:
    """What is wrong with the answer to (users, items, against) [n], "" if nothing is."""
    if not isinstance(found, Explanations):
        return f"{type(found).__name__}, wanted Explanations"
    if not (np.array_equal(found.users, users) and np.array_equal(found.items, items)):
        return f"explanations of other pairs than the {len(users)} it was asked about"
    if against is not None and found.against is not None and not np.array_equal(found.against, against):
        return "explanations against other items than it was asked about"
    if found.feature_space != data.features.fingerprint:
        return "explanations in features of another data set"
    if found.side not in ("user", "item"):
        return f"the side {found.side!r}, wanted 'user' or 'item'"
    return _rows(found, (len(users), data.n_features)) or _numbers(found, len(users))


def _rows(found: Explanations, shape: tuple[int, int]) -> str:
    for name in ("weights", "change"):
        rows = getattr(found, name)
        if rows is None and name == "change":
            continue
        if not isinstance(rows, SparseRows):
            return f"{name} of type {type(rows).__name__}, wanted SparseRows"
        if rows.shape != shape:
            return f"{name} of shape {rows.shape}, wanted {shape}"
        if rows.values.dtype.kind != "f" or not np.isfinite(rows.values).all():
            return f"{name} that are not finite numbers"
        if len(rows.indices) and not 0 <= rows.indices.min() <= rows.indices.max() < shape[1]:
            return f"{name} of features that the data set lacks"
    return ""


def _numbers(found: Explanations, n: int) -> str:
    for name in NUMBERS:
        values = getattr(found, name)
        if values is None:
            continue
        if np.shape(values) != (n,) or np.asarray(values).dtype.kind != "f" or not np.isfinite(values).all():
            return f"{name} that is no finite number a pair"
    for name in TRUTHS:
        values = getattr(found, name)
        if values is not None and (np.shape(values) != (n,) or np.asarray(values).dtype != np.bool_):
            return f"{name} that is no truth value a pair"
    if found.notes is not None and not all(isinstance(note, str) for note in found.notes):
        return "notes that are no texts"
    return ""
