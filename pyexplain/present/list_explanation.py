"""The explanation of a user's list as a whole: sentences, tables, JSON, frames."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..data.kinds import HISTORY
from ..data.types import Dataset
from ..explainers.lists import ListReasons
from ..statements.english import ENGLISH, number
from ..statements.naming import name_of
from ..statements.types import Change, Named
from .names import title_or_none, titled, titled_id
from .pair import title_of
from .text import harmless

if TYPE_CHECKING:
    from rich.console import Group
    from rich.text import Text

NAMED = 2  # reasons in the customer's sentence
FRAME = ("user", "feature", "kind", "weight", "from", "leave", "enter")


@dataclass(frozen=True)
class ListReason:
    """A feature: its weight in the list, its value of f_u, and the ids of the items that leave the list, and that come in, without
    it."""

    feature: Named
    title: str
    weight: float
    value: float
    leave: tuple[str, ...]
    enter: tuple[str, ...]

    @property
    def shown(self) -> str:
        """What a table shows."""
        if self.feature.kind != HISTORY:
            return self.feature.name
        return f"liked {self.title} ({self.feature.name})" if self.title else f"liked {self.feature.text}"


@dataclass(frozen=True)
class ListExplanation:
    """Why `user` is shown `items` (ids, best first) with `scores`. reasons: those that weigh most, the largest first; each was
    taken away alone, and the model asked again. fewest: how many of them have to go, in their order, before another item is in the
    list, 0 where all together do not do that; leave, enter: what leaves and comes in then."""

    user: str
    method: str
    items: tuple[str, ...]
    titles: tuple[str | None, ...]
    scores: tuple[float, ...]
    reasons: tuple[ListReason, ...]
    fewest: int
    leave: tuple[str, ...]
    enter: tuple[str, ...]
    note: str
    data: Dataset

    @classmethod
    def of(cls, found: ListReasons, method: str, data: Dataset) -> ListExplanation:
        """Of what was found on these data."""

        def ids(indices: npt.NDArray[np.int64]) -> tuple[str, ...]:
            return tuple(data.items[int(n)] for n in indices)

        values = dict(zip(*(part.tolist() for part in data.user_features.row(found.user)), strict=True))
        reasons = tuple(
            ListReason(
                name_of(data, k), title_of(data, k), weight, values.get(k, 0.0), ids(found.left(after)), ids(found.new(after))
            )
            for k, weight, after in zip(found.columns.tolist(), found.weights.tolist(), found.alone, strict=True)
        )
        items, after = ids(found.items), found.together[found.fewest - 1] if found.fewest else found.items
        titles = tuple(title_or_none(data.items, item) for item in items)
        scores = tuple(found.scores.tolist())
        change = found.fewest, ids(found.left(after)), ids(found.new(after))
        return cls(data.users[found.user], method, items, titles, scores, reasons, *change, found.note, data)

    def to_dict(self) -> dict[str, Any]:
        """The document of `explain --level list --json`."""
        listed = [
            {"item": item, "title": title, "score": score}
            for item, title, score in zip(self.items, self.titles, self.scores, strict=True)
        ]
        change = {"features": self.fewest, "leave": list(self.leave), "enter": list(self.enter)} if self.fewest else None
        told = {"note": self.note, "say": self.say(), "items": listed, "change": change}
        features = [_plain(reason) for reason in self.reasons]
        return {"schema": 2, "level": "list", "user": self.user, "method": self.method} | told | {"features": features}

    def to_json(self) -> str:
        """One JSON document."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False)

    def to_frame(self, whole: bool = False) -> pd.DataFrame:
        """user, feature, kind, weight, from (the value of f_u), leave and enter (ids between spaces); a row a reason, or one with
        an empty feature where there is none. whole: also items, fewest, say, note and method."""
        rows = [
            (self.user, r.feature.name, r.feature.kind, r.weight, r.value, " ".join(r.leave), " ".join(r.enter))
            for r in self.reasons
        ]
        frame = pd.DataFrame(rows or [(self.user, "", "", 0.0, 0.0, "", "")], columns=list(FRAME))
        if not whole:
            return frame
        more: dict[str, Any] = {"items": " ".join(self.items), "fewest": self.fewest, "say": self.say(), "note": self.note}
        return frame.assign(**more, method=self.method)

    def say(self) -> str:
        """For customers: the two reasons without which most of the list would be others, and how many; else what weighs most."""
        carrying = sorted((r for r in self.reasons if r.leave and r.value > 0), key=lambda r: -len(r.leave))
        chosen = carrying or [r for r in self.reasons if r.value > 0]
        if not chosen:
            return ENGLISH.list_without_reason()
        parts = [ENGLISH.list_because([r.feature for r in chosen[:NAMED]], len(self.items))]
        if carrying:
            parts.append(self._without(carrying[:1], len(carrying[0].leave)))
        elif self.fewest and all(r.value > 0 for r in self.reasons[: self.fewest]):
            parts.append(self._without(self.reasons[: self.fewest], len(self.leave)))
        return " ".join(parts)

    def _without(self, reasons: Sequence[ListReason], others: int) -> str:
        change = [Change(r.feature, r.value, 0.0) for r in reasons]
        return ENGLISH.list_change(ENGLISH.condition(change, "user", ""), others, len(self.items))

    def said(self) -> Text:
        """The customer's sentences for a terminal."""
        from rich.text import Text

        return Text(harmless(self.say()))

    def table(self) -> Group:
        """The sentences, the list, and what becomes of it without each reason, for a terminal."""
        from .terminal import list_view

        rows = [(str(n), titled_id(self.data.items, item), f"{s:.3f}") for n, (item, s) in enumerate(self._scored(), 1)]
        reasons = [(harmless(r.shown), f"{r.weight:.3f}", f"{r.value:.2f}", self._names(r.leave)) for r in self.reasons]
        return list_view(harmless(self.say()), rows, reasons, [*self._fewest(), *([f"Note: {self.note}."] if self.note else [])])

    def _scored(self) -> list[tuple[str, float]]:
        return list(zip(self.items, self.scores, strict=True))

    def _names(self, items: Sequence[str]) -> str:
        return ", ".join(titled(self.data.items, item) for item in items) or "nothing"

    def _fewest(self) -> list[str]:
        if not self.reasons:
            return []
        if not self.fewest:
            return [f"Without all {len(self.reasons)} together the list is the same."]
        without = "the first" if self.fewest == 1 else f"the first {self.fewest} together"
        others = "another" if len(self.leave) == 1 else "others"
        return [f"Without {without}, {number(len(self.leave), 'item')} of the list would be {others}: {self._names(self.enter)}."]

    def __repr__(self) -> str:
        return f"<Explanation of {self.method}: why {ENGLISH.called('user', self.user)} is shown {number(len(self.items), 'item')}>"


def _plain(reason: ListReason) -> dict[str, Any]:
    """A reason as in documents."""
    named = {"feature": reason.feature.name, "kind": reason.feature.kind, "title": reason.title or None}
    return named | {
        "weight": reason.weight,
        "from": reason.value,
        "leave": list(reason.leave),
        "enter": list(reason.enter),
    }
