"""What every explainer returns: weights of features for pairs, and for counterfactuals the change that flips the order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from ..data.sparse import SparseRows
from ..errors import DataError

Int = npt.NDArray[np.int64]
NO_ITEM = -1


@dataclass(frozen=True, eq=False)
class Explanations:
    """Reasons for n pairs.

    users, items [n]: item NO_ITEM (-1) means "for the user as a whole". against [n] or None: the item that was not chosen.
    weights [n, P] sparse, finite, larger = matters more; features that are not stored weigh 0.
    For counterfactuals also: change [n, P] sparse (signed change of f_u, or of f_i where `side` is "item"), margin_before and
    margin_after [n] (score of the item less score of the other), valid [n] (the item was ahead, and when the model was asked again
    the other was: see turned_around).
    until: the question that a change answers (see until.py), None for "above", the usual one; `valid` then says whether that is
    reached. place_before, place_after [n]: of the item in the full order of the catalogue, and other_place_before,
    other_place_after [n]: of the other one; see with_places.
    notes [n]: a sentence where something needs saying (cold user, unsolved), else "".
    feature_space: the fingerprint of the vocabulary of features that the columns mean.
    """

    method: str
    users: Int
    items: Int
    weights: SparseRows
    feature_space: str
    against: Int | None = None
    change: SparseRows | None = None
    margin_before: npt.NDArray[np.float32] | None = None
    margin_after: npt.NDArray[np.float32] | None = None
    valid: npt.NDArray[np.bool_] | None = None
    side: str = "user"
    notes: tuple[str, ...] | None = None
    until: str | None = None
    place_before: Int | None = None
    place_after: Int | None = None
    other_place_before: Int | None = None
    other_place_after: Int | None = None

    def __post_init__(self) -> None:
        for part in fields(self):
            value = getattr(self, part.name)
            if isinstance(value, SparseRows):
                length = value.n_rows
            elif isinstance(value, (np.ndarray, tuple)):
                length = len(value)
            else:
                continue
            if length != len(self.users):
                raise DataError(f"explanations of {len(self.users)} pairs hold {length} {part.name}", where=self.method)
            object.__setattr__(self, part.name, _without_negative_zero(value))

    def __len__(self) -> int:
        return len(self.users)

    def select(self, rows: npt.ArrayLike) -> Explanations:
        """The given rows, in the given order."""
        chosen = np.asarray(rows, dtype=np.int64)
        kept: dict[str, object] = {}
        for part in fields(self):
            value = getattr(self, part.name)
            if isinstance(value, SparseRows):
                kept[part.name] = value.select(chosen)
            elif isinstance(value, np.ndarray):
                kept[part.name] = value[chosen]
            elif isinstance(value, tuple):
                kept[part.name] = tuple(value[i] for i in chosen)
            else:
                kept[part.name] = value
        return Explanations(**kept)  # type: ignore[arg-type]

    def top(self, k: int) -> Int:
        """The k features of each row that weigh most, [n, k], -1 where a row names fewer; ties in feature order."""
        out = np.full((len(self), k), -1, dtype=np.int64)
        for number in range(len(self)):
            best = self._best(number, k)
            out[number, : len(best)] = best
        return out

    def _best(self, row: int, k: int) -> Int:
        columns, values = self.weights.row(row)
        keep = values > 0
        best: Int = columns[keep][np.argsort(-values[keep], kind="stable")][:k]
        return best

    def named(self, row: int, k: int) -> list[int]:
        """The k features of a row that weigh most, and behind them the others that its change is made of: that is told whole."""
        best: list[int] = self._best(row, k).tolist()
        changed: list[int] = [] if self.change is None else self.change.row(row)[0].tolist()
        return best + [feature for feature in changed if feature not in best]


def joined(parts: Sequence[Explanations]) -> Explanations:
    """The rows of explanations by one method, one after the other; of what one of them leaves out, all do. At least one."""
    if len(parts) == 1:
        return parts[0]
    whole: dict[str, object] = {}
    for part in fields(Explanations):
        values = [getattr(one, part.name) for one in parts]
        if any(value is None for value in values):
            whole[part.name] = None
        elif isinstance(values[0], SparseRows):
            whole[part.name] = SparseRows.stacked(values)
        elif isinstance(values[0], np.ndarray):
            whole[part.name] = np.concatenate(values)
        else:
            whole[part.name] = sum(values, ()) if isinstance(values[0], tuple) else values[0]
    return Explanations(**whole)  # type: ignore[arg-type]


def turned_around(before: npt.NDArray[np.floating], after: npt.NDArray[np.floating]) -> npt.NDArray[np.bool_]:
    """Where the order is turned around [n], by the margins before and after a change: the item was ahead, and the other is."""
    found: npt.NDArray[np.bool_] = (before > 0) & (after < 0)
    return found


def _without_negative_zero(value: object) -> object:
    """-0.0 is 0.0: nobody is told that something changes by less than nothing."""
    if isinstance(value, SparseRows):
        values = _without_negative_zero(value.values)
        return value if values is value.values else replace(value, values=values)  # type: ignore[arg-type]
    if isinstance(value, np.ndarray) and value.dtype.kind == "f" and bool((np.signbit(value) & (value == 0)).any()):
        return value + 0.0
    return value
