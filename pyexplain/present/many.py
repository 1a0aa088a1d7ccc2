"""Explanations of many pairs as one thing: a sequence that is put into words, frames and pages when somebody looks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, overload

import pandas as pd

from ..statements.english import number
from ..statements.types import Register
from .explanation import PairExplanation
from .harmless import escape
from .html import explanation_html
from .text import harmless

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = 10  # of the notebook's view
COLUMNS = ("user", "item", "title", "against", "valid", "proved", "feature", "kind", "weight", "contribution", "from", "to", "say")


class ManyExplanations(Sequence[PairExplanation]):
    """Why users are shown items, in the order of the pairs that were asked about. Slices are of the same type.

    Each is put together when it is asked for, and kept.
    """

    def __init__(self, make: Callable[[int], PairExplanation], rows: Sequence[int]) -> None:
        self._make, self._rows = make, tuple(rows)
        self._made: dict[int, PairExplanation] = {}

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, at: int) -> PairExplanation: ...
    @overload
    def __getitem__(self, at: slice) -> ManyExplanations: ...
    def __getitem__(self, at: int | slice) -> PairExplanation | ManyExplanations:
        if isinstance(at, slice):
            return ManyExplanations(self._make, self._rows[at])
        row = self._rows[at]
        if row not in self._made:
            self._made[row] = self._make(row)
        return self._made[row]

    def __iter__(self) -> Iterator[PairExplanation]:
        return (self[at] for at in range(len(self)))

    def say(self, register: Register = "customer") -> list[str]:
        """The sentences of each pair."""
        return [one.say(register) for one in self]

    def to_frame(self) -> pd.DataFrame:
        """COLUMNS, a row a feature of each pair, the largest weight first; a pair without any feature has one row, with ""."""
        rows: list[tuple[Any, ...]] = []
        for one in self:
            whole = (one.user, one.item, one.item_title or "", one.against, one.valid, one.proved)
            said = one.say()
            parts = [(r.feature, r.kind, r.weight, r.contribution, r.before, r.after) for r in one.reasons]
            rows += [(*whole, *part, said) for part in parts or [("", "", 0.0, None, 0.0, None)]]
        return pd.DataFrame(rows, columns=list(COLUMNS))

    def to_json(self) -> str:
        """A JSON list of the documents of `explain --json`."""
        return json.dumps([one.to_dict() for one in self], ensure_ascii=False, allow_nan=False)

    def to_html(self) -> str:
        """A page's part for each pair, without scripts."""
        return "".join(f"<section>{_heading(one)}{explanation_html(one)}</section>" for one in self)

    def plot(self) -> Figure:
        """How often each feature is among the three that weigh most. Needs matplotlib (pip install 'pyexplain[pictures]')."""
        from .plots import plot_many

        return plot_many(self)

    def __repr__(self) -> str:
        users = len({one.user for one in self}) if len(self) <= SHOWN else 0
        of = f" for {number(users, 'user')}" if users else ""
        return f"<{number(len(self), 'explanation')}{of}>"

    def _repr_html_(self) -> str:
        more = f"<p>{len(self) - SHOWN:,} more</p>" if len(self) > SHOWN else ""
        return self[:SHOWN].to_html() + more


def _heading(one: PairExplanation) -> str:
    return f"<h4>{escape(harmless(one.item_title or one.item))} for {escape(harmless(one.user))}</h4>"
