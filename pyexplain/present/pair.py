"""What is known of one explained pair, before it is put into sentences, a table or a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Self

import pandas as pd

from ..data.kinds import HISTORY, WORD
from ..data.types import Dataset
from ..explainers.types import NO_ITEM, Explanations
from ..statements.english import ENGLISH
from ..statements.facts import Facts, clean
from ..statements.naming import liked_title
from ..statements.say import Asked
from ..statements.scale import Scale
from ..statements.types import Quote, Quotes, Statement
from .names import title_or_none
from .text import decimals

MOST_NAMED, MOST_TOLD = 5, 20  # features in a table, and in a document
SAME = 1e-6  # values nearer than this are one


@dataclass(frozen=True)
class Reason:
    """A feature: its weight (larger = matters more, 0 = not named), its value of f_u (or f_i) now, and after the counterfactual
    change if any; contribution: what it adds to the lead, in units of scores, None where there is no other item, and where the
    item's features are explained (margin/contributions.py). kind: of the feature (data/kinds.py); title: of the item that it is,
    of history, "" where there is none."""

    feature: str
    weight: float
    before: float
    after: float | None
    evidence: tuple[Quote, ...] = ()
    contribution: float | None = None
    kind: str = WORD
    title: str = ""

    def adding(self, contribution: float | None) -> Reason:
        """The same with what it adds to the lead."""
        return Reason(self.feature, self.weight, self.before, self.after, self.evidence, contribution, self.kind, self.title)

    def with_evidence(self, evidence: tuple[Quote, ...]) -> Reason:
        """The same with sentences about the feature."""
        return replace(self, evidence=evidence) if evidence else self

    @property
    def shown(self) -> str:
        """What a table shows: of a liked item the title, and the id for those who go on typing."""
        if self.kind != HISTORY:
            return self.feature
        return f"liked {self.title} ({self.feature})" if self.title else f"liked {ENGLISH.called('item', self.feature)}"

    @property
    def changes(self) -> bool:
        """Whether it is part of the change that turns the order around."""
        return self.after is not None and abs(self.after - self.before) > SAME


@dataclass(frozen=True)
class PairFacts:
    """Why `user` is shown `item` and not `against`. valid: the order flipped when the model was asked again (None: this kind of
    explanation changes nothing). proved: no smaller change does, or, where it is not valid, none (None: nobody looked). margin:
    score of the item less score of the other, before and after. rank: the item's place among all that the user did not like in
    training, 1 = best. side: whose features change. note: what else must be said. why_not: `against` is what was asked about; it
    is behind `item`. statements: what was checked and holds; asked: titles and what else their words need. scale: what values
    of f_u stand for. until: what the change was asked to reach, where
    somebody asked."""

    user: str
    item: str
    against: str | None
    method: str
    reasons: tuple[Reason, ...]
    valid: bool | None = None
    margin_before: float | None = None
    margin_after: float | None = None
    rank_before: int | None = None
    rank_after: int | None = None
    side: str = "user"
    note: str = ""
    recommended: bool = True
    why_not: bool = False
    statements: tuple[Statement, ...] = ()
    asked: Asked = Asked(None, None)
    scale: Scale = Scale()
    until: str | None = None
    proved: bool | None = None
    item_title: str | None = None
    against_title: str | None = None

    @classmethod
    def told(cls, found: Explanations, row: int, facts: Facts, quotes: Quotes = "all") -> Self:
        """Row `row` of explanations, with the statements that hold of it."""
        data, after, questions = facts.checker.data, facts.after, facts.questions
        place = int(questions.place[row])
        changed = None if found.change is None else int(after.front[row]) or place
        plain = cls.of(found, row, data, place, changed, bool(questions.why_not[row]))
        user, item = int(found.users[row]), int(found.items[row])
        quoted, named = facts.checker.quotes.find, found.named(row, MOST_TOLD)
        reasons = tuple(r.with_evidence(quoted(user, item, k, quotes)) for r, k in zip(plain.reasons, named, strict=True))
        return replace(
            plain,
            reasons=reasons,
            statements=facts.statements(row, quotes),
            asked=facts.asked(row),
            scale=Scale.of(data),
        )

    @classmethod
    def of(
        cls,
        found: Explanations,
        row: int,
        data: Dataset,
        rank_before: int | None = None,
        rank_after: int | None = None,
        why_not: bool = False,
    ) -> Self:
        """Row `row` of explanations made on these data."""
        user, item = int(found.users[row]), int(found.items[row])
        base = data.user_features if found.side == "user" else data.item_features
        now = dict(zip(*(a.tolist() for a in base.row(user if found.side == "user" else item)), strict=True))
        change = None if found.change is None else dict(zip(*(a.tolist() for a in found.change.row(row)), strict=True))
        weights = dict(zip(*(a.tolist() for a in found.weights.row(row)), strict=True))
        named = found.named(row, MOST_TOLD)
        reasons = tuple(_reason(data, k, weights.get(k, 0.0), now, change) for k in named)
        other = None if found.against is None or found.against[row] == NO_ITEM else data.items[int(found.against[row])]

        def number(array: Any, kind: type) -> Any:
            return None if array is None else kind(array[row])

        return cls(
            data.users[user],
            data.items[item] if item != NO_ITEM else "",
            other,
            found.method,
            reasons,
            number(found.valid, bool),
            number(found.margin_before, float),
            number(found.margin_after, float),
            rank_before,
            rank_after,
            found.side,
            _note(found, row, data),
            why_not=why_not,
            until=found.until,
            proved=number(found.proved, bool),
            item_title=title_or_none(data.items, data.items[item]) if item != NO_ITEM else None,
            against_title=None if other is None else title_or_none(data.items, other),
        )

    def with_contributions(self, adding: Iterable[Reason]) -> Self:
        """The same, with what each feature adds to the lead, by `adding`: one of each that has a part in it. Behind those that the
        method names or changes come the user's others, the largest part first, MOST_TOLD in all. Where it is the item's features
        that are explained none has a contribution: those are of the user's, and would stand beside values of the item."""
        if self.side == "item":
            return self
        added = {(r.feature, r.kind): r for r in adding}
        named = tuple(r.adding(part.contribution if (part := added.pop((r.feature, r.kind), None)) else 0.0) for r in self.reasons)
        others = sorted((r for r in added.values() if r.contribution), key=lambda r: -abs(r.contribution or 0.0))
        room = max(0, MOST_TOLD - len(named))
        as_now = (r if self.valid is None else replace(r, after=r.before) for r in others[:room])
        return replace(self, reasons=(*named, *as_now))

    @property
    def named(self) -> list[Reason]:
        """What the method names: features of a weight above 0, the largest first."""
        return [reason for reason in self.reasons if reason.weight > 0]

    def top(self, k: int) -> list[tuple[str, float]]:
        """The k features that weigh most, with weights."""
        return [(reason.feature, reason.weight) for reason in self.named[:k]]

    def adds(self, reason: Reason) -> str:
        """A contribution as tables show it, beside the largest."""
        if reason.contribution is None:
            return "–"
        places = decimals(*(one.contribution for one in self.reasons))
        return f"{clean(round(reason.contribution, places)):+.{places}f}"

    def shown(self) -> list[Reason]:
        """What a table shows: the reasons that weigh most, and all that have to change."""
        return [reason for place, reason in enumerate(self.reasons) if place < MOST_NAMED or reason.changes]

    def to_frame(self) -> pd.DataFrame:
        """feature, weight, from, to; one row per feature, largest weight first."""
        return frame_of(self.reasons)


COLUMNS = ("feature", "weight", "from", "to")


def rows_of(reasons: Iterable[Reason]) -> list[tuple[str, float, float, float | None]]:
    """COLUMNS of each reason, in the order given: from is the value now, to the value that it would have to have."""
    return [(r.feature, r.weight, r.before, r.after) for r in reasons]


def frame_of(reasons: Iterable[Reason]) -> pd.DataFrame:
    """COLUMNS; a row a reason, in the order given."""
    return pd.DataFrame(rows_of(reasons), columns=list(COLUMNS))


def _note(found: Explanations, row: int, data: Dataset) -> str:
    """The explainer's note; that nothing is known of a user is said whether the explainer says it or not."""
    note = found.notes[row] if found.notes else ""
    if not note and len(data.user_features.row(int(found.users[row]))[0]) == 0:
        return "nothing is known of what this user " + ("writes about" if data.kinds in ((), (WORD,)) else "likes")
    return note


def _reason(data: Dataset, feature: int, weight: float, now: dict[int, float], change: dict[int, float] | None) -> Reason:
    before = float(now.get(feature, 0.0))
    after = None if change is None else clean(before + float(change.get(feature, 0.0)))
    return Reason(data.features[feature], weight, before, after, kind=data.features.kind_of(feature), title=title_of(data, feature))


def title_of(data: Dataset, feature: int) -> str:
    """Of the liked item that a feature of history is; "" where none is known, and for other kinds."""
    return liked_title(data, feature) if data.features.kind_of(feature) == HISTORY else ""
