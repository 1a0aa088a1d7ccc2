"""What every explainer returns: weights of features for pairs, and for counterfactuals the change that flips the order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..data.sparse import SparseRows
from ..errors import DataError

Int = npt.NDArray[np.int64]
NO_ITEM = -1


class Sentence(NamedTuple):
    """A sentence that an explainer made up about a feature, by its number; nobody has checked yet whether what it says is so."""

    feature: int
    text: str


@dataclass(frozen=True, eq=False)
class Counterfactual:
    """Changes of n rows of features, and what becomes of the order of two items.

    change [n, P] sparse (signed change of f_u, or of f_i where the explanations' `side` is "item"). margin_before and margin_after
    [n]: score of the item less score of the other. valid [n]: the item was ahead, and when the model was asked again the other was
    (see turned_around). until: the question that a change answers (see until.py), None for "above", the usual one; `valid` then
    says whether that is reached. place_after, other_place_after [n]: of both items in the full order of the catalogue; see
    with_places. proved [n]: it is known that no smaller change does (fewer features, for who takes them away whole; cheaper, for
    who moves them: see solve), or, where it is not valid, that none does. What nobody computed is None.
    """

    change: SparseRows
    margin_before: npt.NDArray[np.float32] | None = None
    margin_after: npt.NDArray[np.float32] | None = None
    valid: npt.NDArray[np.bool_] | None = None
    until: str | None = None
    place_after: Int | None = None
    other_place_after: Int | None = None
    proved: npt.NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return self.change.n_rows

    @property
    def sizes(self) -> Int:
        """How many features each row changes [n]."""
        found: Int = np.diff(self.change.offsets)
        return found

    def distances(self, power: int = 1) -> npt.NDArray[np.float64]:
        """||change||_1 [n], or ||change||_2 where power is 2."""
        parts = np.abs(self.change.values.astype(np.float64)) ** power
        total = np.bincount(self.change.row_indices(), parts, minlength=len(self))
        return np.asarray(total ** (1 / power), dtype=np.float64)

    def select(self, rows: npt.ArrayLike) -> Counterfactual:
        """The given rows, in the given order."""
        return Counterfactual(**_selected(self, rows))  # type: ignore[arg-type]


@dataclass(frozen=True, eq=False, init=False)
class Explanations:
    """Reasons for n pairs.

    users, items [n]: item NO_ITEM (-1) means "for the user as a whole". against [n] or None: the item that was not chosen.
    weights [n, P] sparse, finite, larger = matters more; features that are not stored weigh 0. side: whose features these are,
    "user" or "item". counterfactual: changes that turn the order around, where the method finds some; their fields can be given
    and read as fields of the explanations too. place_before, other_place_before [n]: of the item and of the other one in the full
    order of the catalogue; see with_places.
    notes [n]: a sentence where something needs saying (cold user, unsolved), else "".
    sentences [n]: of each row the sentences that the method wrote about features, the one that matters most first; None where it
    writes none. What is told of them is checked (statements/written.py).
    feature_space: the fingerprint of the vocabulary of features that the columns mean.
    """

    method: str
    users: Int
    items: Int
    weights: SparseRows
    feature_space: str
    against: Int | None
    side: str
    notes: tuple[str, ...] | None
    place_before: Int | None
    other_place_before: Int | None
    counterfactual: Counterfactual | None
    sentences: tuple[tuple[Sentence, ...], ...] | None

    def __init__(  # the order of the fields before there was a record of the counterfactual
        self,
        method: str,
        users: Int,
        items: Int,
        weights: SparseRows,
        feature_space: str,
        against: Int | None = None,
        change: SparseRows | None = None,
        margin_before: npt.NDArray[np.float32] | None = None,
        margin_after: npt.NDArray[np.float32] | None = None,
        valid: npt.NDArray[np.bool_] | None = None,
        side: str = "user",
        notes: tuple[str, ...] | None = None,
        until: str | None = None,
        place_before: Int | None = None,
        place_after: Int | None = None,
        other_place_before: Int | None = None,
        other_place_after: Int | None = None,
        *,
        counterfactual: Counterfactual | None = None,
        sentences: tuple[tuple[Sentence, ...], ...] | None = None,
    ) -> None:
        """With a counterfactual, or with its fields one by one; those that are given take the place of the record's."""
        loose = {"change": change, "margin_before": margin_before, "margin_after": margin_after, "valid": valid}
        loose |= {"until": until, "place_after": place_after, "other_place_after": other_place_after}  # type: ignore[dict-item]
        given = {name: value for name, value in loose.items() if value is not None}
        if given:
            begin = counterfactual or Counterfactual(SparseRows.empty(weights.shape))
            counterfactual = replace(begin, **given)  # type: ignore[arg-type]
        every = {"method": method, "users": users, "items": items, "weights": weights, "feature_space": feature_space}
        every |= {"against": against, "side": side, "notes": notes, "counterfactual": counterfactual}
        every |= {"place_before": place_before, "other_place_before": other_place_before, "sentences": sentences}
        for name, value in every.items():
            object.__setattr__(self, name, value)
        for thing in (self, counterfactual) if counterfactual is not None else (self,):
            _check(thing, len(users), method)
        if any(not 0 <= one.feature < weights.n_columns for row in sentences or () for one in row):
            raise DataError("a sentence is about a feature that there is not", where=method)

    def __len__(self) -> int:
        return len(self.users)

    @property
    def change(self) -> SparseRows | None:
        """counterfactual.change."""
        return None if self.counterfactual is None else self.counterfactual.change

    @property
    def margin_before(self) -> npt.NDArray[np.float32] | None:
        """counterfactual.margin_before."""
        return None if self.counterfactual is None else self.counterfactual.margin_before

    @property
    def margin_after(self) -> npt.NDArray[np.float32] | None:
        """counterfactual.margin_after."""
        return None if self.counterfactual is None else self.counterfactual.margin_after

    @property
    def valid(self) -> npt.NDArray[np.bool_] | None:
        """counterfactual.valid."""
        return None if self.counterfactual is None else self.counterfactual.valid

    @property
    def proved(self) -> npt.NDArray[np.bool_] | None:
        """counterfactual.proved."""
        return None if self.counterfactual is None else self.counterfactual.proved

    @property
    def until(self) -> str | None:
        """counterfactual.until."""
        return None if self.counterfactual is None else self.counterfactual.until

    @property
    def place_after(self) -> Int | None:
        """counterfactual.place_after."""
        return None if self.counterfactual is None else self.counterfactual.place_after

    @property
    def other_place_after(self) -> Int | None:
        """counterfactual.other_place_after."""
        return None if self.counterfactual is None else self.counterfactual.other_place_after

    def select(self, rows: npt.ArrayLike) -> Explanations:
        """The given rows, in the given order."""
        return Explanations(**_selected(self, rows))  # type: ignore[arg-type]

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
    return Explanations(**_joined(parts))  # type: ignore[arg-type]


def _joined(parts: Sequence[Explanations] | Sequence[Counterfactual]) -> dict[str, object]:
    whole: dict[str, object] = {}
    for part in fields(parts[0]):
        values = [getattr(one, part.name) for one in parts]
        if any(value is None for value in values):
            whole[part.name] = None
        elif isinstance(values[0], Counterfactual):
            whole[part.name] = Counterfactual(**_joined(values))  # type: ignore[arg-type]
        elif isinstance(values[0], SparseRows):
            whole[part.name] = SparseRows.stacked(values)
        elif isinstance(values[0], np.ndarray):
            whole[part.name] = np.concatenate(values)
        else:
            whole[part.name] = sum(values, ()) if isinstance(values[0], tuple) else values[0]
    return whole


def _selected(thing: Explanations | Counterfactual, rows: npt.ArrayLike) -> dict[str, object]:
    """The fields of the given rows."""
    chosen = np.asarray(rows, dtype=np.int64)
    kept: dict[str, object] = {}
    for part in fields(thing):
        value = getattr(thing, part.name)
        if isinstance(value, (SparseRows, Counterfactual)):
            kept[part.name] = value.select(chosen)
        elif isinstance(value, np.ndarray):
            kept[part.name] = value[chosen]
        else:
            kept[part.name] = tuple(value[i] for i in chosen) if isinstance(value, tuple) else value
    return kept


def _check(thing: Explanations | Counterfactual, n: int, method: str) -> None:
    """n rows of everything; DataError where there are not. -0.0 goes."""
    for part in fields(thing):
        value = getattr(thing, part.name)
        if isinstance(value, (SparseRows, np.ndarray, tuple)):
            length = value.n_rows if isinstance(value, SparseRows) else len(value)
            if length != n:
                raise DataError(f"explanations of {n} pairs hold {length} {part.name}", where=method)
            object.__setattr__(thing, part.name, _without_negative_zero(value))


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
