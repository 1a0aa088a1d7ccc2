"""HTML without scripts and without anything from elsewhere: for notebooks and reports."""

from __future__ import annotations

from ..statements.english import ENGLISH
from ..statements.say import say
from .harmless import escape
from .pair import PairFacts, Reason
from .sentence import sentence_of
from .terminal import line_of
from .text import harmless

CELL = "padding:2px 12px 2px 0;text-align:right"
FIRST = "padding:2px 12px 2px 0;text-align:left"


def explanation_html(found: PairFacts) -> str:
    """The customer's sentences, and folded up below them what an analyst asks for: sentence, features with bars for their weights,
    and what was checked. Every text from outside is escaped."""
    said = f"<p><strong>{_text(say(found.statements, found.asked, 'all') if found.item else sentence_of(found))}</strong></p>"
    lines = "".join(f"<li>{_text(line_of(s))}</li>" for s in found.statements)
    listing = f'<ul style="color:#444">{lines}</ul>' if lines else ""
    more = f"<p>{_text(sentence_of(found))}</p>{_table(found)}{listing}"
    return f"<div>{said}<details><summary>What was checked</summary>{more}</details></div>"


def _table(found: PairFacts) -> str:
    if not found.reasons:
        return ""
    of_user = found.side == "user"
    columns = [("feature", FIRST), *([("contribution", CELL)] if of_user else [])]
    columns += [("weight", CELL), ("now" if of_user else "of the item", CELL)]
    columns += [("would have to be", CELL)] if found.valid is not None else []
    columns += [("that is", FIRST)] if of_user else []
    head = "".join(f'<th scope="col" style="{style}">{name}</th>' for name, style in columns)
    largest = max((abs(r.weight) for r in found.reasons), default=0.0) or 1.0
    body = "".join(_row(reason, found, largest) for reason in found.shown())
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _row(r: Reason, found: PairFacts, largest: float) -> str:
    cells = [found.adds(r)] if found.side == "user" else []
    cells += [f"{bar(r.weight / largest)} {r.weight / largest:.2f}", f"{r.before:.2f}"]
    cells += [f"{r.after:.2f}"] if r.after is not None else []
    means = ENGLISH.meaning(r.before, found.scale, r.kind)
    if r.changes and r.after is not None and (then := ENGLISH.meaning(r.after, found.scale, r.kind)) != means:
        means += f" → {then}"
    meaning = f'<td style="{FIRST}">{means}</td>' if found.side == "user" else ""
    first = f'<th scope="row" style="{FIRST};font-weight:normal">{_text(r.shown)}</th>'
    return f"<tr>{first}" + "".join(f'<td style="{CELL}">{cell}</td>' for cell in cells) + f"{meaning}</tr>"


def _text(text: str) -> str:
    return escape(harmless(text))


def bar(share: float, width: int = 80) -> str:
    """A horizontal bar for a share in 0..1."""
    filled = max(0, min(width, round(width * share)))
    return (
        f'<svg width="{width}" height="10" role="img" aria-label="{share:.0%}"><rect width="{width}" height="10" fill="#e5e7eb"/>'
        f'<rect width="{filled}" height="10" fill="#2563eb"/></svg>'
    )
