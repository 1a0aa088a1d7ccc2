"""How a plugin did in the conformance kit, for a person and for a program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from .text import harmless

if TYPE_CHECKING:
    from ..testing.run import Checked

STYLE = {"passed": "green", "skipped": "dim", "expected failure": "yellow", "failed": "bold red"}
ONE, MANY = "expected failure", "expected failures"


def check_table(checked: Checked) -> list[Any]:
    """A line a check, what was promised where it is not kept, and the counts."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("check", "outcome", "reason"):
        table.add_column(name, overflow="fold")
    first: dict[str, str] = {}  # reason -> the check that failed for it first: one cause fails many checks, and is told once
    for outcome in checked.outcomes:
        reason = outcome.reason
        if outcome.status == "failed":
            earlier = first.setdefault(reason, outcome.check)
            reason = f"{reason} (promised: {outcome.promise})" if earlier == outcome.check else f"as {earlier}"
        table.add_row(outcome.check, Text(outcome.status, style=STYLE[outcome.status]), Text(harmless(reason)))
    expected = checked.count("expected failure")
    counts = (
        f"{len(checked.outcomes)} checks: {checked.count('passed')} passed, {checked.count('skipped')} skipped, "
        f"{expected} {ONE if expected == 1 else MANY}, {checked.count('failed')} failed."
    )
    return [Text(f"{checked.kind} {checked.name} of {checked.package}", style="bold"), table, Text(counts + "\n")]


def check_document(found: list[Checked]) -> dict[str, Any]:
    """The document of `plugins check --json`."""
    return {
        "schema": 1,
        "checked": [
            {
                "kind": checked.kind,
                "name": checked.name,
                "package": checked.package,
                "ok": checked.ok,
                "checks": [
                    {"check": o.check, "outcome": o.status, "reason": o.reason, "promise": o.promise} for o in checked.outcomes
                ],
            }
            for checked in found
        ],
    }
