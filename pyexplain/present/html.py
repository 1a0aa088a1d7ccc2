"""HTML without scripts and without anything from elsewhere: for notebooks and reports."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .explanation import PairExplanation

CELL = "padding:2px 12px 2px 0;text-align:right"
FIRST = "padding:2px 12px 2px 0;text-align:left"


def explanation_html(found: PairExplanation) -> str:
    """Sentence, features with bars for their weights, and quotes; every text from outside is escaped."""
    largest = max((r.weight for r in found.reasons), default=1.0)
    body = "".join(
        f'<tr><th scope="row" style="{FIRST};font-weight:normal">{escape(r.feature)}</th>'
        f'<td style="{CELL}">{bar(r.weight / largest)} {r.weight:.3f}</td><td style="{CELL}">{r.before:.2f}</td>'
        + (f'<td style="{CELL}">{r.after:.2f}</td>' if r.after is not None else "")
        + "</tr>"
        for r in found.shown()
    )
    last = f'<th scope="col" style="{CELL}">would have to be</th>' if found.valid is not None else ""
    head = "".join(
        f'<th scope="col" style="{style}">{name}</th>' for name, style in (("feature", FIRST), ("weight", CELL), ("now", CELL))
    )
    quotes = "".join(
        f"<li>{escape(r.feature)} ({'you' if e.own else 'others'}, of {escape(e.item)}): <q>{escape(e.sentence)}</q></li>"
        for r in found.shown()
        for e in r.evidence
    )
    table = f"<table><thead><tr>{head}{last}</tr></thead><tbody>{body}</tbody></table>" if body else ""
    listing = f'<ul style="color:#444">{quotes}</ul>' if quotes else ""
    return f"<div><p><strong>{escape(found.sentence())}</strong></p>{table}{listing}</div>"


def bar(share: float, width: int = 80) -> str:
    """A horizontal bar for a share in 0..1."""
    filled = max(0, min(width, round(width * share)))
    return (
        f'<svg width="{width}" height="10" role="img" aria-label="{share:.0%}"><rect width="{width}" height="10" fill="#e5e7eb"/>'
        f'<rect width="{filled}" height="10" fill="#2563eb"/></svg>'
    )
