"""What decides of explanations, one column each, in the place of a dozen tables."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from .evaluation import beside, figures_of, marked, samples_of, spread
from .group_table import Directions, FigureTable, Row
from .verdicts import standings

ROUNDING = 5e-5  # of a figure with four decimals
WORST = "statements"  # the share that holds, of the worst kind of statement


def chief_figures(document: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(group, metric, its name beside those of other groups), of those that were measured."""
    ndcg = f"ndcg@{document['k']}"
    known = [("agreement", ndcg, f"agreement {ndcg}")]
    known += [("faithfulness", name, name) for name in ("deletion", "insertion")]
    known += [("counterfactual", "validity", "validity")]
    return [one for one in known if any(figures_of(run, one[0]).get(one[1]) is not None for run in document["runs"])]


def chief_table(document: dict[str, Any], ways: Directions) -> list[Any]:
    """A title, then a row a method and one each of the best control and the best attribution."""
    told = chief_figures(document)
    said = any(figures_of(run, WORST) for run in document["runs"])
    columns = [(group, metric) for group, metric, _ in told] + ([(WORST, "")] if said else [])
    if not columns:
        return []
    heads = [name.replace(" ", "\n") for *_, name in told] + (["statements\ntrue"] if said else [])
    shown = [run["method"] for run in document["runs"] if any(figures_of(run, group) for group, _ in columns)]
    rows = [_row(document, method, columns) for method in dict.fromkeys(shown)]
    rows += [row for kind in ("control", "attribution") if (row := _best_beside(document, kind, columns, ways)) is not None]
    facts = dict.fromkeys(fact for group, _ in columns for fact in samples_of(document, group))
    title = f"Explanations in short ({'; '.join([*facts, ''])}protocol {document['protocol']})"
    return [Text(""), Text(title, style="italic"), FigureTable(heads, rows, [_way(ways, *column) for column in columns])]


def label_of(document: dict[str, Any], method: str) -> str:
    """A method with its seed, or how many there are."""
    seeds = [run["seed"] for run in document["runs"] if run["method"] == method]
    return f"{method} ({len(seeds)} seeds)" if len(seeds) > 1 else f"{method} (seed {seeds[0]})"


def _row(document: dict[str, Any], method: str, columns: list[tuple[str, str]]) -> Row:
    runs = [run for run in document["runs"] if run["method"] == method]
    cells, values = [], []
    for group, metric in columns:
        found = document["over_seeds"].get(method, {}).get(group, {}).get(metric)
        if group == WORST:
            shares = [share for run in runs if (share := _worst(figures_of(run, WORST))) is not None]
            values.append(min(shares) if shares else None)
            cells.append(marked(values[-1], None))
        elif found is not None:
            values.append(found["mean"])
            cells.append(spread(found, "\n"))
        else:
            values.append(figures_of(runs[0], group).get(metric))
            cells.append(marked(values[-1], standings(document, group, metric).get(method)))
    return Row(label_of(document, method), cells, values, "bold")


def _best_beside(document: dict[str, Any], kind: str, columns: list[tuple[str, str]], ways: Directions) -> Row | None:
    """The best of each column among the controls, or the attributions; from the least to the greatest of those of each run, where
    models differ, for each method stands beside the best on its own."""
    cells, values = [], list[float | None]()
    for group, metric in columns:
        bests = [best for run in document["runs"] if (best := _best(run, kind, group, metric, ways)) is not None]
        one = not bests or max(bests) - min(bests) < ROUNDING
        values.append(bests[0] if bests and one else None)
        cells.append(marked(values[-1], None) if one else f"{min(bests):.3f}–{max(bests):.3f}")
    return Row(f"best {kind}", cells, values, "dim") if any(cell != marked(None, None) for cell in cells) else None


def _best(run: dict[str, Any], kind: str, group: str, metric: str, ways: Directions) -> float | None:
    found = [figures for of, _, figures in beside(run, group) if of == kind]
    known = [share for f in found if (share := _worst(f) if group == WORST else f.get(metric)) is not None]
    return (max if _way(ways, group, metric) != "lower" else min)(known) if known else None


def _worst(shares: dict[str, Any]) -> float | None:
    """Of the worst kind of statement; coverage is how many have any."""
    known = [share for kind, share in shares.items() if kind != "coverage" and share is not None]
    return min(known, default=None)


def _way(ways: Directions, group: str, metric: str) -> str:
    return "higher" if group == WORST else ways.get((group, metric), "")
