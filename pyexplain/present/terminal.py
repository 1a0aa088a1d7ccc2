"""An explanation for the terminal: sentence, features with values and what they mean, and everything that was checked."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group
from rich.table import Table
from rich.text import Text

from ..statements.english import ENGLISH
from ..statements.types import Statement
from .pair import PairFacts, Reason
from .sentence import sentence_of
from .text import decimals, harmless

Row = tuple[str, ...]


def terminal_view(found: PairFacts) -> Group:
    """Sentence, table of the features, what the model said when asked again, and the statements that hold."""
    parts: list[Text | Table] = [Text(sentence_of(found), style="bold"), Text("")]
    if found.reasons:
        parts.append(_table(found))
    parts += [Text(line) for line in _checks(found)]
    lines = [Text(f"  {line_of(s)}", style="dim") for s in found.statements if s.kind in ("reason", "size", "evidence", "sentence")]
    return Group(*parts, *([Text(""), Text("Checked, and true:"), *lines] if lines else []))


def list_view(said: str, items: Sequence[Row], reasons: Sequence[Row], lines: list[str]) -> Group:
    """Of a whole list: sentences; place, item, score; feature, weight, value, what leaves without it; and further lines."""
    shown, why = Table(box=None, padding=(0, 2, 0, 0), header_style="bold"), Table(box=None, padding=(0, 2, 0, 0))
    for name in ("", "item", "score"):
        shown.add_column(name, justify="left" if name == "item" else "right")
    for name in ("feature", "weight", "value now", "leaves the list without it"):
        why.add_column(name, justify="right" if name in ("weight", "value now") else "left", header_style="bold")
    for table, rows in ((shown, items), (why, reasons)):
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
    tables = [shown, Text(""), why] if reasons else [shown]
    return Group(Text(said, style="bold"), Text(""), *tables, *(Text(line) for line in lines))


def _table(found: PairFacts) -> Table:
    changes = found.valid is not None
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("feature")
    of_user = found.side == "user"
    columns = ["contribution", "weight", "value now"] if of_user else ["weight", "of the item"]
    for name in columns + (["would have to be"] if changes else []):
        table.add_column(name, justify="right")
    if of_user:
        table.add_column("that is")
    largest = max((abs(r.weight) for r in found.reasons), default=0.0) or 1.0
    for reason in found.shown():
        table.add_row(*_cells(reason, found, changes, largest))
    return table


def _cells(reason: Reason, found: PairFacts, changes: bool, largest: float) -> list[Text | str]:
    """The weight is shown beside the largest: a share of a lead that is near 0 is no number to print."""
    cells: list[Text | str] = [f"{reason.weight / largest:.2f}", f"{reason.before:.2f}"]
    if changes and reason.after is not None:
        cells.append(f"{reason.after:.2f}")
    if found.side == "user":
        cells.insert(0, found.adds(reason))
        stands = found.scale, reason.kind
        now = ENGLISH.meaning(reason.before, *stands)
        then = ENGLISH.meaning(reason.after, *stands) if reason.changes and reason.after is not None else now
        cells.append(now if then == now else f"{now} → {then}")
    return [Text(harmless(reason.shown)), *cells]


def _checks(found: PairFacts) -> list[str]:
    lines = []
    start, end = found.margin_before, found.margin_after
    if found.valid is not None and start is not None and end is not None and start > 0:
        said = "the order flips" if start > 0 > end else "the order does not flip"
        places = decimals(start, end)
        lead = f"lead {start:.{places}f} → {end:.{places}f}"
        lines.append(f"Asked again with the change, the model says: {said} ({lead}).")
    if found.proved:
        lines.append("Proved: no smaller change does it." if found.valid else "Proved: no change of what may change does it.")
    if found.rank_before is not None:
        after = f", with the change {found.rank_after}" if found.rank_after is not None else ""
        lines.append(f"Rank of {ENGLISH.called('item', harmless(found.item))} in the whole catalogue: {found.rank_before}{after}.")
    return lines


def line_of(statement: Statement) -> str:
    """A statement with whose review it is of, for analysts."""
    whose = f"  ({statement.quote.user} of {statement.quote.item})" if statement.quote else ""
    text = (
        ENGLISH.written(statement.feature, statement.text) if statement.kind == "sentence" and statement.feature else statement.text
    )
    return harmless(text + whose)
