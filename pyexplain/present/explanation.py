"""The explanation of one pair, as a person and as a program wants it: sentences, table, frame, JSON, HTML without scripts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..data.types import Dataset
from ..explainers.types import NO_ITEM, Explanations
from ..statements.facts import Facts, clean
from ..statements.say import Asked, say
from ..statements.types import Quote, Quotes, Register, Statement
from .text import harmless, plain_table

if TYPE_CHECKING:
    from rich.console import Group
    from rich.text import Text

MOST_NAMED = 5
SAME = 1e-6  # values nearer than this are one


@dataclass(frozen=True)
class Reason:
    """A feature: its weight (larger = matters more), its value of f_u (or f_i) now, and after the counterfactual change if any;
    contribution: what it adds to the lead, in units of scores, None where there is no other item (margin/contributions.py)."""

    feature: str
    weight: float
    before: float
    after: float | None
    evidence: tuple[Quote, ...] = ()
    contribution: float | None = None

    @property
    def changes(self) -> bool:
        """Whether it is part of the change that turns the order around."""
        return self.after is not None and abs(self.after - self.before) > SAME


@dataclass(frozen=True)
class PairExplanation:
    """Why `user` is shown `item` and not `against`. valid: the order flipped when the model was asked again (None: this kind of
    explanation changes nothing). margin: score of the item less score of the other, before and after. rank: the item's place
    among all that the user did not like in training, 1 = best. side: whose features change. note: what else must be said.
    why_not: `against` is what was asked about; it is behind `item`. statements: what was checked and holds; asked: titles and what
    else their words need. scale: top of the scale of f_u. until: what the change was asked to reach, where somebody asked."""

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
    scale: float = 5.0
    until: str | None = None

    @staticmethod
    def told(found: Explanations, row: int, facts: Facts, quotes: Quotes = "all") -> PairExplanation:
        """Row `row` of explanations, with the statements that hold of it."""
        data, after, questions = facts.checker.data, facts.after, facts.questions
        place = int(questions.place[row])
        changed = None if found.change is None else int(after.front[row]) or place
        plain = PairExplanation.of(found, row, data, place, changed, bool(questions.why_not[row]))
        user, item = int(found.users[row]), int(found.items[row])
        reasons = tuple(
            replace(r, evidence=facts.checker.quotes.find(user, item, data.features.number(r.feature), quotes))
            for r in plain.reasons
        )
        return replace(
            plain,
            reasons=reasons,
            statements=facts.statements(row, quotes),
            asked=facts.asked(row),
            scale=data.settings.max_rating,
        )

    @staticmethod
    def of(
        found: Explanations,
        row: int,
        data: Dataset,
        rank_before: int | None = None,
        rank_after: int | None = None,
        why_not: bool = False,
    ) -> PairExplanation:
        """Row `row` of explanations made on these data."""
        user, item = int(found.users[row]), int(found.items[row])
        base = data.user_features if found.side == "user" else data.item_features
        now = dict(zip(*(a.tolist() for a in base.row(user if found.side == "user" else item)), strict=True))
        change = None if found.change is None else dict(zip(*(a.tolist() for a in found.change.row(row)), strict=True))
        weights = dict(zip(*(a.tolist() for a in found.weights.row(row)), strict=True))
        named = found.named(row, 4 * MOST_NAMED)
        reasons = tuple(_reason(data, k, weights.get(k, 0.0), now, change) for k in named)
        other = None if found.against is None or found.against[row] == NO_ITEM else data.items[int(found.against[row])]

        def number(array: Any, kind: type) -> Any:
            return None if array is None else kind(array[row])

        return PairExplanation(
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
        )

    def with_contributions(self, added: Mapping[str, float]) -> PairExplanation:
        """The same, with what each feature adds to the lead; 0 for features that are not named."""
        return replace(self, reasons=tuple(replace(r, contribution=added.get(r.feature, 0.0)) for r in self.reasons))

    def top(self, k: int) -> list[tuple[str, float]]:
        """The k features that weigh most, with weights."""
        return [(reason.feature, reason.weight) for reason in self.reasons[:k]]

    def shown(self) -> list[Reason]:
        """What a table shows: the reasons that weigh most, and all that have to change."""
        return [reason for place, reason in enumerate(self.reasons) if place < MOST_NAMED or reason.changes]

    def to_frame(self) -> pd.DataFrame:
        """feature, weight, from, to; one row a feature, largest weight first."""
        return _frame(self.reasons)

    def to_dict(self, register: Register = "analyst") -> dict[str, Any]:
        """The document of `explain --json`; for customers without the ids of other people who are quoted."""
        names = (
            "user",
            "item",
            "against",
            "method",
            "valid",
            "margin_before",
            "margin_after",
            "rank_before",
            "rank_after",
            "side",
            "note",
            "why_not",
            "until",
        )
        told = {"say": self.say(), "statements": [statement.to_dict(register) for statement in self.statements]}
        features = {"features": [_plain(reason) for reason in self.reasons]}
        return {"schema": 2} | {name: getattr(self, name) for name in names} | told | features

    def to_json(self) -> str:
        """One JSON document."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False)

    def say(self, register: Register = "customer", quotes: Quotes = "all") -> str:
        """What holds, in sentences: for customers (titles, at most two reasons and a quote, counts), or for analysts (ids, places,
        the values of equation (1) and what they mean)."""
        if register == "analyst":
            return self.sentence()
        return say(self.statements, self.asked, quotes)

    def sentence(self) -> str:
        """The analyst's sentence."""
        from .sentence import sentence_of

        return sentence_of(self)

    def said(self) -> Text:
        """The customer's sentences for a terminal."""
        from rich.text import Text

        return Text(harmless(self.say()))

    def table(self) -> Group:
        """Sentence, table and what was checked, for a terminal."""
        from .terminal import terminal_view

        return terminal_view(self)

    def __str__(self) -> str:
        return f"{self.sentence()}\n{plain_table(_frame(self.shown()))}"

    def _repr_html_(self) -> str:
        from .html import explanation_html

        return explanation_html(self)


def _frame(reasons: Iterable[Reason]) -> pd.DataFrame:
    rows = [(r.feature, r.weight, r.before, r.after) for r in reasons]
    return pd.DataFrame(rows, columns=["feature", "weight", "from", "to"])


def _note(found: Explanations, row: int, data: Dataset) -> str:
    """The explainer's note; that nothing is known of a user is said whether the explainer says it or not."""
    note = found.notes[row] if found.notes else ""
    if not note and len(data.user_features.row(int(found.users[row]))[0]) == 0:
        return "nothing is known of what this user writes about"
    return note


def _reason(data: Dataset, feature: int, weight: float, now: dict[int, float], change: dict[int, float] | None) -> Reason:
    before = float(now.get(feature, 0.0))
    after = None if change is None else clean(before + float(change.get(feature, 0.0)))
    return Reason(data.features[feature], weight, before, after)


def _plain(reason: Reason) -> dict[str, Any]:
    quotes = [{"sentence": e.sentence, "item": e.item, "sentiment": e.sentiment} for e in reason.evidence]
    told = {"weight": reason.weight, "contribution": reason.contribution, "from": reason.before, "to": reason.after}
    return {"feature": reason.feature, **told, "evidence": quotes}
