"""The benchmark for a terminal: our explainers, its own beside ours on the same pairs, whole lists, and what follows."""

from __future__ import annotations

from typing import Any

from rich.table import Table
from rich.text import Text

from ...present.text import harmless
from .measure import ExplainerRow, Level
from .reproduce import BenchmarkResult, PublishedRow, best_of

ITEM_COLUMNS = ("pn_s", "size_left", "size_zero", "proved", "pos_p", "neg_p", "gini", "pos@5", "del", "ins", "cdcg")
LIST_COLUMNS = ("pn_s", "pn_r", "size_left", "pn_s@1", "pn_r@1", "pn_s@2", "pn_r@2", "pn_s@3", "pn_r@3", "pos_p", "neg_p", "gini")
NONE = "-"


def benchmark_text(result: BenchmarkResult) -> list[Any]:
    """Everything that it says."""
    of = result.published
    threads = f"{result.threads} thread{'s' * (result.threads > 1)}"
    head = f"{result.users:,} users, {result.pairs:,} pairs, the first {of.k}; seed {result.seed}, {threads}."
    out: list[Any] = [Text(of.title, style="bold"), Text(head), Text("")]
    out += [Text("Items: why is it among the first of the list", style="italic"), _table(result, False, ITEM_COLUMNS), Text("")]
    out += [Text("Lists: what would change it", style="italic"), _table(result, True, LIST_COLUMNS), Text("")]
    out += [Text(f"Beside the benchmark's own ({of.source})", style="italic"), _beside(result), Text("")]
    return [*out, *(Text(line) for line in sentences(result))]


def _table(result: BenchmarkResult, lists: bool, columns: tuple[str, ...]) -> Table:
    out = Table(box=None, padding=(0, 1, 0, 0))
    out.add_column("", no_wrap=True)
    for name in (*columns, "ms each"):
        out.add_column(name, justify="right", no_wrap=True)
    for row in result.rows:
        level = row.lists if lists else row.item
        if level is not None:
            out.add_row(row.name, *(figure(level, name) for name in columns), f"{1000 * level.seconds:.2f}")
    return out


def figure(level: Level | None, name: str) -> str:
    """Three decimals, or a dash."""
    value = None if level is None else level.figures.get(name)
    return NONE if value is None else f"{value:.3f}"


def _beside(result: BenchmarkResult) -> Table:
    out = Table(box=None, padding=(0, 1, 0, 0))
    for name in ("", "level", "pairs", "metric", "theirs", "ours", "by", "seconds each, theirs", "ours"):
        out.add_column(name, justify="left" if name in ("", "level", "metric", "by") else "right", no_wrap=True)
    for of in result.published.rows:
        for metric, theirs in of.figures.items() or [("", float("nan"))]:
            row = our_best(result, of, metric)
            ours = same_pairs(row, of, metric) if row else None
            taken = _level(row, of) if row else None
            low, high = of.seconds
            spent = f"> {low:g}" if high is None else f"{low:g}" if low == high else f"{low:g} to {high:g}"
            said = [NONE if value is None or value != value else f"{value:.3f}" for value in (theirs, ours)]
            out.add_row(
                of.name,
                of.level,
                str(of.pairs),
                metric or of.note,
                *said,
                row.name if row else NONE,
                spent,
                NONE if taken is None else f"{taken.seconds:.4f}",
            )
    return out


def our_best(result: BenchmarkResult, of: PublishedRow, metric: str) -> ExplainerRow | None:
    """Our row that is best in a metric on all pairs of that level; NEG-P is of the one
    with the lowest POS-P, sizes of the one with the highest PN-S."""
    asked = {"neg_p": "pos_p", "size_zero": "pn_s", "": "pn_s"}.get(metric, metric)
    name = best_of(result.rows, lambda row: _level(row, of), asked, asked == "pos_p")
    return next((row for row in result.rows if row.name == name), None)


def same_pairs(row: ExplainerRow, of: PublishedRow, metric: str) -> float | None:
    """Ours on the very pairs of a published row; None where they were not all explained."""
    level = _level(row, of)
    return None if level is None else level.same.get(str(of.pairs), {}).get(metric)


def _level(row: ExplainerRow, of: PublishedRow) -> Level | None:
    return row.item if of.level == "item" else row.lists


def sentences(result: BenchmarkResult) -> list[str]:
    """What the figures come to."""
    out = []
    best = best_of(result.rows, lambda row: row.item, "pn_s", False)
    for row in result.rows:
        if row.name == best and row.item is not None:
            shown = {name: figure(row.item, name) for name in ("pn_s", "size_left", "proved")}
            out.append(
                f"{row.name} takes {shown['pn_s']} of the items out of the list, by {shown['size_left']} entries where it does, "
                f"{1000 * row.item.seconds:.2f} ms each; proved that nothing smaller does, or nothing at all: {shown['proved']}."
            )
    out += [f"{name}: no figures, {harmless(reason)}" for name, reason in result.failures.items()]
    return out
