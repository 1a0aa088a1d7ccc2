"""Which items of a ranking are relevant, and the order of a ranking in which ties count against the method."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..data.types import Candidates, Dataset
from ..errors import UsageError
from .types import Float

Int = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]
DEPTH = 10  # mrr@10 looks this deep, whatever k is


def held_out(data: Dataset, part: str) -> tuple[Int, Candidates]:
    """The relevant pairs and the candidate lists of a part, "test" or "valid"."""
    if part not in ("test", "valid"):
        raise UsageError(f"unknown part {part!r}", hint="Known: test, valid.")
    return (data.test, data.test_candidates) if part == "test" else (data.valid, data.valid_candidates)


def is_pair(pairs: Int, users: Int, items: Int, n_items: int) -> Bool:
    """Whether (users, items), of any shape, are among pairs [n, 2]; items of -1 never are."""
    known = np.unique(pairs[:, 0] * n_items + pairs[:, 1])
    asked = users * n_items + items
    if len(known) == 0:
        return np.zeros(asked.shape, dtype=bool)
    place = np.minimum(np.searchsorted(known, asked), len(known) - 1)
    found: Bool = (known[place] == asked) & (items >= 0)
    return found


def sort_keys(scores: npt.NDArray[np.float32], relevant: Bool) -> Float:
    """Scores as float64, those of positives lowered by less than any step of float32: below equal negatives, above the rest."""
    keys = scores.astype(np.float64)
    keys[relevant] = np.nextafter(keys[relevant], -np.inf)
    return keys
