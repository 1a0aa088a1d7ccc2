"""A list of recommendations, with or without reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from rich.table import Table
from rich.text import Text

from ..statements.english import ENGLISH, number
from .names import title_or_none, titled, titled_id
from .text import harmless

if TYPE_CHECKING:
    from ..registry import Registry
    from ..runs import TrainedRun
    from ..statements.types import Register
    from .explanation import PairExplanation

Best = list[tuple[str, float]]


class ExplainedRun(Protocol):
    """What is shown of a run: what was trained, and the list of a user with reasons. `Run` of the Python interface is one."""

    @property
    def trained(self) -> TrainedRun:
        """Recommender, explainer, data and history."""

    @property
    def registry(self) -> Registry:
        """The plugins that it was made with."""

    def recommend_with_reasons(self, user: str, k: int) -> list[tuple[str, float, PairExplanation]]:
        """The k best items of a user with scores, and why each is placed before the next."""


def recommendation_table(
    run: TrainedRun, user: str, best: Best, reasons: list[PairExplanation] | None, register: Register = "customer"
) -> list[Any]:
    """A table of places, items and scores; with reasons, why each is placed before the next.

    Items go by their titles; the id stands beside it, to be typed, unless reasons are given for customers.
    """
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name, side in (("place", "right"), ("item", "left"), ("score", "right")):
        table.add_column(name, justify=side, overflow="fold")  # type: ignore[arg-type]
    if reasons:
        table.add_column("why", overflow="fold")
    for place, (item, score) in enumerate(best, 1):
        why = [Text(harmless(reasons[place - 1].say(register)))] if reasons else []
        called = (titled if reasons and register == "customer" else titled_id)(run.data.items, item)
        table.add_row(str(place), Text(called), f"{score:.3f}", *why)
    known = int((run.data.train[:, 0] == run.data.users.index(user)).sum())
    whom = ENGLISH.called("user", harmless(user))
    left = f"{number(known, 'item')} liked in training {'is' if known == 1 else 'are'} left out"
    title = f"Recommendations for {whom} by {run.method}; {left}."
    return [Text(title), table]


def recommendation_document(
    run: TrainedRun, user: str, best: Best, reasons: list[PairExplanation] | None, register: Register = "customer"
) -> dict[str, Any]:
    """The document of `recommend --json`."""
    items = []
    for place, (item, score) in enumerate(best):
        entry: dict[str, Any] = {"item": item, "title": title_or_none(run.data.items, item), "score": score}
        if reasons:
            whole = reasons[place].to_dict(register)
            sentence = whole["say"] if register == "customer" else reasons[place].say(register)
            entry |= {"sentence": sentence, "say": whole["say"], "statements": whole["statements"], "explanation": whole}
        items.append(entry)
    return {"schema": 2, "user": user, "method": run.method, "protocol": run.data.protocol, "items": items}
