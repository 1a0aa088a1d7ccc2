"""A table of figures for a terminal: as many columns beside each other as fit, their direction in the heads, the best marked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Console, ConsoleOptions
from rich.table import Table
from rich.text import Text

from .evaluation import figures_of, marked, rows_beside, seed_rows, shown_runs

GAP = 2  # between columns
ARROWS = {"higher": "↑", "lower": "↓"}
Directions = Mapping[tuple[str, str], str]  # (group, metric) -> "higher" or "lower" is better


@dataclass(frozen=True)
class Row:
    """values: what is compared to find the best of a column; None where there is nothing, or others stand for it."""

    label: str
    cells: list[str]
    values: list[float | None]
    style: str


class FigureTable:
    """Rows of figures. Where all columns do not fit beside each other, tables follow each other with as many as do: no name is
    cut. ways: of each column, "higher", "lower" or "" where nobody says which is better."""

    def __init__(self, heads: list[str], rows: list[Row], ways: list[str]) -> None:
        self.rows = rows
        self.heads = [f"{head} {ARROWS[way]}" if way else head for head, way in zip(heads, ways, strict=True)]
        self.best = [_best([row.values[c] for row in rows], way) for c, way in enumerate(ways)]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Table | Text]:
        for number, part in enumerate(self._parts(options.max_width)):
            if number:
                yield Text("")
            table = Table(box=None, padding=(0, 2, 0, 0))
            table.add_column("method", no_wrap=True, overflow="fold")
            for column in part:
                table.add_column(self.heads[column], justify="right", no_wrap=True)
            for row in self.rows:
                table.add_row(Text(row.label), *(self._cell(row, column) for column in part), style=row.style)
            yield table

    def _cell(self, row: Row, column: int) -> Text:
        first = row.cells[column].split("\n")[0]
        cell = Text(row.cells[column])
        if row.values[column] is not None and row.values[column] == self.best[column]:
            cell.stylize("underline", 0, len(first.split(" ")[0]))
        return cell

    def _parts(self, width: int) -> list[list[int]]:
        """The columns of each table: as few tables as there can be, about as many columns in each."""
        left = width - max(map(len, ["method", *(row.label for row in self.rows)])) - GAP
        columns = [[head, *(row.cells[c] for row in self.rows)] for c, head in enumerate(self.heads)]
        needs = [max(len(line) for cell in column for line in cell.split("\n")) + GAP for column in columns]
        fewest = len(_filled(needs, left, len(needs)))
        return _filled(needs, left, -(-len(needs) // max(1, fewest)))


def group_figures(document: dict[str, Any], group: str, directions: Directions | None = None, seeds: bool = True) -> FigureTable:
    """The figures of a group: a row a run, then a method with its seeds, a control, an attribution. seeds: rows of single runs also
    of methods that have several."""
    metrics = list(dict.fromkeys(m for run in document["runs"] for m in figures_of(run, group)))
    averaged = seed_rows(document, group, metrics, "\n")
    left = set() if seeds else {method for method, _, _ in averaged}
    alone = [run for run in shown_runs(document, group) if run["method"] not in left]
    named = [(f"{run['method']} (seed {run['seed']})", figures_of(run, group), run["lift"].get(group)) for run in alone]
    rows = [_row(label, figures, metrics, "bold", gains) for label, figures, gains in named]
    for method, label, cells in averaged:
        found = document["over_seeds"][method].get(group, {})
        means = [found[m]["mean"] if m in found and method in left else None for m in metrics]
        rows.append(Row(label, cells, means, "bold"))
    rows += [_row(label, figures, metrics, "dim") for _, label, figures in rows_beside(document, group)]
    return FigureTable(metrics, rows, [(directions or {}).get((group, metric), "") for metric in metrics])


def _row(label: str, figures: dict[str, Any], metrics: list[str], style: str, gains: dict[str, Any] | None = None) -> Row:
    cells = [marked(figures.get(m), (gains or {}).get(m)) for m in metrics]
    return Row(label, cells, [figures.get(m) for m in metrics], style)


def _best(values: list[float | None], way: str) -> float | None:
    known = [value for value in values if value is not None]
    if not way or len(set(known)) < 2:
        return None
    return max(known) if way == "higher" else min(known)


def _filled(needs: list[int], room: int, most: int) -> list[list[int]]:
    """Columns that need so much room each, put into tables one after the other, at most `most` into one."""
    parts: list[list[int]] = []
    left = 0
    for column, need in enumerate(needs):
        if not parts or left < need or len(parts[-1]) == most:
            parts.append([])
            left = room
        parts[-1].append(column)
        left -= need
    return parts
