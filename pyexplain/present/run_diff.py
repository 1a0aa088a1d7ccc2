"""What changed between two runs, for a terminal: what decides first, then figures, then what is not so."""

from __future__ import annotations

from typing import Any

from rich.table import Table
from rich.text import Text

from ..statements.english import number
from .text import harmless, listed

MARKS = {"better": "▲ better", "worse": "▼ worse", "level": "≈", "unknown": "–"}
MOST_SETTINGS = 12
FIRST = ("ranking", "statements", "faithfulness", "counterfactual", "agreement")


def diff_tables(document: dict[str, Any], everything: bool = False) -> list[Any]:
    """Of the document of `diff --json`. everything: also the figures that did not change beyond chance."""
    out: list[Any] = [
        Text(f"{harmless(document['before'])} -> {harmless(document['after'])}", style="bold"),
        *_data(document),
        *_settings(document["settings"]),
        *_figures(document["figures"], everything),
        *_lists(document),
    ]
    failed = [Text(f"Fails: {harmless(f['condition'])}: {harmless(f['found'])}", style="bold red") for f in document["failed"]]
    return [*out, *failed, Text(closing(document), style="bold")]


def closing(document: dict[str, Any]) -> str:
    """The one line that says what holds."""
    told = {
        verdict: [f"{f['group']} {f['metric']}" for f in document["figures"] if f["verdict"] == verdict]
        for verdict in ("better", "worse")
    }
    if document["figures"] and all(f["difference"] is None for f in document["figures"]):
        return "No figure can be compared: there is no user who has it in both."
    if not any(told.values()):
        return "No figure changed beyond chance (95 % paired bootstrap over users; many figures, none corrected for)."
    parts = [f"{len(names)} {verdict} ({_some(names)})" for verdict, names in told.items() if names]
    return f"Beyond chance: {listed(parts)}. With many figures some are so by chance alone."


def _some(names: list[str]) -> str:
    return listed(names) if len(names) <= 3 else f"{', '.join(names[:3])} and {len(names) - 3} more"


def _data(document: dict[str, Any]) -> list[Text]:
    if document["same_data"]:
        return [Text("The same data set.")]
    said = []
    for what, counts in document["data"].items():
        moved = f" ({counts['new']:,} new, {counts['gone']:,} gone)" if counts.get("new") or counts.get("gone") else ""
        if counts["before"] != counts["after"] or moved:
            said.append(f"{what} {counts['before']:,} -> {counts['after']:,}{moved}")
    return [Text(f"Other data: {'; '.join(said) or 'as many of everything, other contents'}.")]


def _settings(settings: list[dict[str, Any]]) -> list[Text]:
    if not settings:
        return [Text("The same method and settings.")]
    told = [f"{one['key']} {_value(one['before'])} -> {_value(one['after'])}" for one in settings]
    more = f"; {len(told) - MOST_SETTINGS} more (--json)" if len(told) > MOST_SETTINGS else ""
    return [Text(harmless("Settings: " + "; ".join(told[:MOST_SETTINGS]) + more))]


def _figures(figures: list[dict[str, Any]], everything: bool) -> list[Any]:
    shown = [f for f in figures if everything or f["verdict"] in ("better", "worse") or f["group"] == "ranking"]
    if not shown:
        return []
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("figure", overflow="fold")
    for name in ("before", "after", "difference", "95 % interval", ""):
        table.add_column(name, justify="left" if not name else "right", no_wrap=True)
    order = {group: place for place, group in enumerate(FIRST)}
    for f in sorted(shown, key=lambda f: order.get(f["group"], len(order))):
        sure = "" if f["difference"] is None else f"{_signed(f['low'])} to {_signed(f['high'])}"
        table.add_row(
            Text(harmless(f"{f['group']} {f['metric']}")),
            *(_number(f[key]) for key in ("before", "after")),
            "–" if f["difference"] is None else _signed(f["difference"]),
            sure,
            MARKS[f["verdict"]],
        )
    hidden = len(figures) - len(shown)
    note = [Text(f"{number(hidden, 'figure')} not changed beyond chance left out: --all shows all.", style="dim")] if hidden else []
    return [Text(""), table, *note, Text("")]


def _lists(document: dict[str, Any]) -> list[Text]:
    lists, reasons = document["lists"], document["reasons"]
    out = []
    if lists["overlap"] is None:
        out.append(Text("Lists are not compared: the data sets have no user in common."))
    else:
        out.append(
            Text(
                f"Lists of {number(lists['users'], 'user')}: {lists['overlap']:.0%} of the first {document['k']} items in common; "
                f"{lists['first']:.0%} keep their first item."
            )
        )
    if reasons["overlap"] is not None:
        out.append(
            Text(
                f"Reasons of the best item in both lists ({number(reasons['users'], 'user')}): {reasons['overlap']:.0%} of the "
                f"first three features in common; {reasons['first']:.0%} keep the first."
            )
        )
    for row in document["items"]:
        name = row["title"] or row["item"]
        out.append(Text(harmless(f"  {name}: in {number(row['before'], 'list')} before, {row['after']:,} after")))
    return out


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def _signed(value: float) -> str:
    """With enough digits that what is not zero does not look like it: its side is the verdict."""
    return f"{value:+.1e}" if 0 < abs(value) < 5e-5 else f"{value:+.4f}"


def _value(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
