"""The explanation of one pair, as a person and as a program wants it: sentences, table, frame, JSON, HTML without scripts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..statements.english import ENGLISH
from ..statements.say import say
from ..statements.types import Quotes, Register
from .pair import COLUMNS, PairFacts, Reason, rows_of
from .text import harmless, plain_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import Group
    from rich.text import Text


@dataclass(frozen=True)
class PairExplanation(PairFacts):
    """Why `user` is shown `item` and not `against`: what is known of the pair, and its forms. Its sentences, tables and pages are
    made of the facts alone."""

    def to_dict(self, register: Register = "analyst") -> dict[str, Any]:
        """The document of `explain --json`; for customers without the ids of other people who are quoted."""
        names = (
            "user",
            "item",
            "item_title",
            "against",
            "against_title",
            "method",
            "valid",
            "proved",
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
        return f"{self.sentence()}\n{plain_table(COLUMNS, rows_of(self.shown()))}"

    def plot(self) -> Figure:
        """What each reason adds to the lead. Needs matplotlib (pip install 'pyexplain[pictures]')."""
        from .plots import plot_explanation

        return plot_explanation(self)

    def to_html(self) -> str:
        """For a page, without scripts."""
        return self._repr_html_()

    def __repr__(self) -> str:
        user, item, behind = (
            ENGLISH.called(*of) for of in (("user", self.user), ("item", self.item), ("item", self.against or ""))
        )
        other = f" and not {behind}" if behind else ""
        named = ", ".join(reason.shown for reason in self.named[:3] if reason.weight > 0)
        return f"<Explanation of {self.method}: why {user} is shown {item}{other}{f'; {named}' if named else ''}>"

    def _repr_html_(self) -> str:
        from .html import explanation_html

        return explanation_html(self)


def _plain(reason: Reason) -> dict[str, Any]:
    quotes = [{"sentence": e.sentence, "item": e.item, "sentiment": e.sentiment} for e in reason.evidence]
    told = {"weight": reason.weight, "contribution": reason.contribution, "from": reason.before, "to": reason.after}
    return {"feature": reason.feature, "kind": reason.kind, "title": reason.title or None, **told, "evidence": quotes}
