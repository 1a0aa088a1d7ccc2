"""Tables of figures for a page: runs, seeds, controls, attributions; the best of a column in bold, its direction in the heading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..offered import docstring_of
from ..registry import Registry
from .evaluation import figures_of, marked, rows_beside, seed_rows, shown_runs, title_of
from .harmless import escape

ARROWS = {"higher": "↑", "lower": "↓"}


@dataclass(frozen=True)
class MetricFacts:
    """direction: "higher" or "lower" is better. about: its formula, the first sentence of what the plugin says of it."""

    direction: str
    about: str


About = Mapping[tuple[str, str], MetricFacts]


def metric_facts(registry: Registry, k: int) -> dict[tuple[str, str], MetricFacts]:
    """(group, label) -> facts, of every metric that is installed."""
    found = {}
    for cls in registry.classes("metric").values():
        metric, text = cls(), docstring_of(cls) or "No docstring of its own says what it is."
        found[metric.group, metric.label(k)] = MetricFacts(metric.direction, text.split(". ")[0].rstrip(".") + ".")
    return found


def group_table(document: dict[str, Any], group: str, about: About | None = None) -> str:
    """One group of figures of a document, with what each metric is below it."""
    about = about or {}
    metrics = list(dict.fromkeys(m for run in document["runs"] for m in figures_of(run, group)))
    head = "".join(_heading(m, about.get((group, m))) for m in metrics)
    best = {m: _best(document, group, m, about.get((group, m))) for m in metrics}
    rows = [
        _row(f"{run['method']} (seed {run['seed']})", figures_of(run, group), metrics, "", best, run["lift"].get(group))
        for run in shown_runs(document, group)
    ]
    rows += [_line(name, [f"<td>{cell}</td>" for cell in cells], "") for _, name, cells in seed_rows(document, group, metrics, " ")]
    rows += [_row(label, figures, metrics, kind, best) for kind, label, figures in rows_beside(document, group)]
    caption = f"<caption>{escape(title_of(document, group))}</caption>"
    table = f'<table>{caption}<thead><tr><th scope="col">method</th>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
    return f'<div class="scroll" tabindex="0" role="group" aria-label="table">{table}</div>{_explained(group, metrics, about)}'


def _heading(metric: str, facts: MetricFacts | None) -> str:
    """The name, and which way is better."""
    arrow = f' <span title="{facts.direction} is better">{ARROWS[facts.direction]}</span>' if facts else ""
    return f'<th scope="col">{escape(metric)}{arrow}</th>'


def _explained(group: str, metrics: list[str], about: About) -> str:
    """What each metric is, folded up where it stands."""
    known = [(m, about[group, m]) for m in metrics if (group, m) in about]
    if not known:
        return ""
    said = "".join(f"<dt>{escape(m)}</dt><dd>{escape(f.about)} {f.direction.capitalize()} is better.</dd>" for m, f in known)
    return f"<details><summary>What these figures are</summary><dl>{said}</dl></details>"


def _best(document: dict[str, Any], group: str, metric: str, facts: MetricFacts | None) -> float | None:
    """The best value of a column, of runs, controls and attributions; None where nobody says which way is better, or all are
    alike."""
    figures = [figures_of(run, group) for run in document["runs"]] + [row[2] for row in rows_beside(document, group)]
    values = [v for found in figures if (v := found.get(metric)) is not None]
    if facts is None or len(set(values)) < 2:
        return None
    return float(max(values) if facts.direction == "higher" else min(values))


def _row(
    name: str,
    figures: dict[str, Any],
    metrics: list[str],
    kind: str,
    best: dict[str, float | None],
    gains: dict[str, Any] | None = None,
) -> str:
    cells = []
    for metric in metrics:
        value = figures.get(metric)
        mark = ' class="best"' if value is not None and value == best[metric] else ""
        cells.append(f"<td{mark}>{marked(value, (gains or {}).get(metric))}</td>")
    return _line(name, cells, kind)


def _line(name: str, cells: list[str], kind: str) -> str:
    return (
        f'<tr class="{kind}"><th scope="row">{escape(name)}</th>{"".join(cells)}</tr>'
        if kind
        else f'<tr><th scope="row">{escape(name)}</th>{"".join(cells)}</tr>'
    )
