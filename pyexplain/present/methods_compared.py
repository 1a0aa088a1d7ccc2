"""Differences with their intervals: of each method to the best that stands beside it, and of methods to each other."""

from __future__ import annotations

from typing import Any

from rich.table import Table
from rich.text import Text

from .chief import chief_figures, label_of
from .group_table import ARROWS, Directions
from .verdicts import ABOVE, BELOW, LEVEL, RIVALS, Gain, mark, standings

BESIDE = "Difference to the best control and attribution, with its 95 % interval over users (+ is better)"
BETWEEN = "Methods against each other: p of a randomisation test over users, corrected by Holm"
COMPARED = (
    "First less second, with its 95 % interval over users (paired bootstrap), several seeds as their mean; p of a randomisation "
    "test, corrected by Holm for the number of pairs."
)
SURE = 0.05
PAIRS = 6  # of methods in one metric; more are a grid of marks


def against_controls(document: dict[str, Any]) -> list[Any]:
    """A row for each method, metric and kind of rival; nothing where no control was measured."""
    ndcg = f"ndcg@{document['k']}"
    told = [("ranking", ndcg, f"ranking {ndcg}"), *chief_figures(document)]
    table = _table("figure", "difference", "to")
    for method in dict.fromkeys(run["method"] for run in document["runs"]):
        rows = [
            (name, f"{_interval(gain)} {mark(gain)}", f"{gain[kind]} ({kind})")
            for kind, key in RIVALS.items()
            for group, metric, name in told
            if (gain := standings(document, group, metric, key).get(method)) is not None
        ]
        if rows:
            table.add_row(Text(label_of(document, method), style="bold"))
        for row in rows:
            table.add_row(*row)
    return [Text(""), Text(BESIDE, style="italic"), table] if table.row_count else []


def against_each_other(document: dict[str, Any], ways: Directions) -> list[Any]:
    """A row for every two methods and figure, and who is better beyond chance; a grid where they are many."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in document.get("comparisons", ()):
        if not one["group"].startswith("user_"):
            found.setdefault((one["group"], one["metric"]), []).append(one)
    if not found:
        return []
    if max(map(len, found.values())) > PAIRS:
        return [part for place, pairs in found.items() for part in _grid(place, pairs, ways)]
    table = _table("figure", "methods", "first less second", "p", "better")
    for place, pairs in found.items():
        for number, one in enumerate(pairs):
            cells = f"{one['first']} - {one['second']}", _interval(one), _p(one["p_holm"])
            table.add_row(_named(place, ways) if number == 0 else "", *cells, _better(one, ways.get(place, "higher")) or LEVEL)
    return [Text(""), Text(f"{BETWEEN}; {LEVEL} not clear of zero", style="italic"), table]


def compared_in_words(document: dict[str, Any], ways: Directions) -> list[str]:
    """A line for every two methods and figure, for a page."""
    out = []
    for one in document.get("comparisons", ()):
        place = one["group"], one["metric"]
        better = _better(one, ways.get(place, "higher"))
        said = f"{better} is better" if better else "not clear of zero"
        figure = f"{one['group'].replace('_', ' ')} {one['metric']}"
        out.append(f"{figure}: {one['first']} less {one['second']} {_interval(one)}, p {_p(one['p_holm'])}: {said}.")
    return out


def _grid(place: tuple[str, str], pairs: list[dict[str, Any]], ways: Directions) -> list[Any]:
    """Of each method in its row against each in a column: better, worse, or not to be told."""
    names = list(dict.fromkeys(name for one in pairs for name in (one["first"], one["second"])))
    table = _table("", *(str(number) for number in range(1, len(names) + 1)))
    marks = {}
    for one in pairs:
        better = _better(one, ways.get(place, "higher"))
        for ours, theirs in ((one["first"], one["second"]), (one["second"], one["first"])):
            marks[ours, theirs] = LEVEL if better is None else ABOVE if better == ours else BELOW
    for number, name in enumerate(names, 1):
        table.add_row(f"{number} {name}", *(marks.get((name, other), "") for other in names))
    title = f"{_named(place, ways)}, the method of a row against that of a column ({BETWEEN.split(': ')[1]}, below {SURE})"
    if len(marks) < len(names) * (len(names) - 1):
        title += "; empty where two were not measured on the same users or pairs"
    return [Text(""), Text(title, style="italic"), table]


def _table(*heads: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for head in heads:
        table.add_column(head, no_wrap=head in ("difference", "first less second", "p", "figure"), overflow="fold")
    return table


def _named(place: tuple[str, str], ways: Directions) -> str:
    """Ranking and agreement are measured by figures of the same name."""
    group, metric = place
    name = f"{group} {metric}" if group in ("ranking", "agreement") else metric
    return f"{name} {ARROWS[ways[place]]}" if place in ways else name


def _better(one: dict[str, Any], way: str) -> str | None:
    """Who is better, where chance is unlikely and the interval is clear of zero."""
    if one["p_holm"] >= SURE or one["low"] <= 0 <= one["high"]:
        return None
    winner: str = one["first"] if (one["difference"] > 0) == (way == "higher") else one["second"]
    return winner


def _interval(found: Gain) -> str:
    return f"{found['difference']:+.3f} [{found['low']:+.3f}, {found['high']:+.3f}]"


def _p(value: float) -> str:
    return f"{value:.4f}" if value >= 0.0001 else "<.0001"
