"""Tables of an evaluation: a row a run, then controls and attributions; the protocol in every title, a mark beside each figure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import Console, ConsoleOptions
from rich.table import Table
from rich.text import Text

from ..evaluation.report import Report
from .text import harmless
from .verdicts import LEGEND, closing_line, mark, not_measured, own_terms

RANKED = ("ranking", "beyond_accuracy", "ndcg_by_pairs", "ndcg_by_features", "ndcg_kept", "orders_kept", "smallest_change")
GROUPS = {
    "ranking": "Ranking",
    "beyond_accuracy": "Beyond accuracy, first items of the whole catalogue",
    "ndcg_by_pairs": "NDCG of users with few (q1) to many (q4) training pairs",
    "ndcg_by_features": "NDCG of users who mention few (q1) to many (q4) features",
    "ndcg_kept": "NDCG under attack, share that is kept",
    "orders_kept": "Orders of pairs under attack, share that is kept",
    "smallest_change": "Smallest change of own features that turns first and next (at most, where scores are not linear in f_u)",
    "agreement": "Agreement of explanations with what users wrote",
}
GAP = 2  # between columns
SAMPLES = {"heldout": "{pairs} held-out pairs", "top": "the first items of {users} users, {pairs} pairs"}
TITLES = {
    "statements": "Statements that hold",
    "counterfactual": "Counterfactuals",
    "faithfulness": "Faithfulness",
    "fidelity": "Fidelity of 1, 2 and 3 features",
    "necessity": "Necessity and sufficiency of 1, 2 and 3 features",
    "kinds": "Kinds of features: the share of the lead lost without them, their share of what changes",
    "removal": "Features taken away whole: does the item leave the first k of the whole catalogue, and how soon",
    "list_removal": "Features taken away whole: how much of the first k of the whole catalogue is replaced, and how soon",
    "text": "Generated sentences beside what users wrote",
    "sentences": "Generated sentences that hold",
    "stability": "Stability",
    "sanity": "Sanity",
    "diversity": "Diversity",
    "user_agreement": "Agreement, a user as a whole",
    "user_diversity": "Diversity, users as a whole",
}


def evaluation_tables(report: Report) -> list[Any]:
    """Everything, for a terminal; the last line says what holds."""
    document = report.to_dict()
    kind = "the whole catalogue" if document["candidates"] == "catalogue" else "frozen candidate lists"
    head = (
        f"Data set {document['dataset']['name']} ({document['dataset']['fingerprint']}), protocol {document['protocol']}, {kind}."
    )
    out: list[Any] = [Text(head, style="bold"), Text(LEGEND, style="dim")]
    for group in groups_of(document):
        out += [Text(""), Text(title_of(document, group), style="italic"), GroupTable(document, group)]
    warnings = [Text(f"Warning: {harmless(line)}", style="yellow") for line in document["warnings"]]
    notes = [Text(line, style="dim") for line in [*own_terms(document), *left_out(document), *not_measured(document)]]
    return [*out, Text(""), *warnings, *notes, Text(closing_line(document), style="bold")]


def groups_of(document: dict[str, Any]) -> list[str]:
    """Groups of metrics in which some run has a figure, the known ones first; see without_figures()."""
    empty = without_figures(document)
    return [name for name in _asked(document) if name not in empty]


def without_figures(document: dict[str, Any]) -> list[str]:
    """Groups that were asked for and have no figure of any run, such as agreement where no held-out review mentions a feature."""
    return [name for name in _asked(document) if not any(_has_figures(run, name) for run in document["runs"])]


def _has_figures(run: dict[str, Any], group: str) -> bool:
    return any(value is not None for value in figures_of(run, group).values())


def _asked(document: dict[str, Any]) -> list[str]:
    have = {group for group in RANKED if any(run.get(group) for run in document["runs"])}
    for run in document["runs"]:
        have |= {name for name, figures in run.get("explanations", {}).items() if isinstance(figures, dict)}
    known = [*GROUPS, *TITLES]
    return sorted(have, key=lambda name: (known.index(name) if name in known else len(known), name))


def left_out(document: dict[str, Any]) -> list[str]:
    """A line on the groups without figures; kinds of features of a data set that has one kind are nothing to speak of."""
    names = [(GROUPS | TITLES).get(name, name) for name in without_figures(document) if name != "kinds"]
    if not names:
        return []
    nothing_said = "agreement" in without_figures(document) and not rows_beside(document, "agreement")
    why = " No held-out review mentions a feature." if nothing_said else ""
    return [f"No figure, and no table: {'; '.join(names)}.{why}"]


def figures_of(run: dict[str, Any], group: str) -> dict[str, Any]:
    """metric -> value of a run or a control."""
    source = run if group in RANKED else run.get("explanations", run)
    found = source.get(group, {})
    return found if isinstance(found, dict) else {}


def title_of(document: dict[str, Any], group: str) -> str:
    """What is measured, on which pairs, and under which protocol."""
    title = GROUPS.get(group) or TITLES.get(group) or group
    facts = [*_samples(document, group), f"protocol {document['protocol']}"]
    return f"{title} ({'; '.join(facts)})"


def _samples(document: dict[str, Any], group: str) -> list[str]:
    """The samples of pairs that a group was measured on, of the first run; no pairs are explained for a ranking, nor for users as a
    whole."""
    known = {} if group.startswith("user_") or not document["runs"] else document["runs"][0].get("samples", {})
    return [
        SAMPLES[name].format(pairs=f"{sample['pairs']:,}", users=f"{sample['users']:,}")
        for name, sample in known.items()
        if group in sample["groups"]
    ]


Row = tuple[str, list[str], str]  # label, cells, style


class GroupTable:
    """The figures of a group: a row a run, then a method with its seeds, a control, an attribution. Where all metrics do not fit
    beside each other, tables follow each other with as many as do: no name is cut."""

    def __init__(self, document: dict[str, Any], group: str) -> None:
        self.metrics = list(dict.fromkeys(m for run in document["runs"] for m in figures_of(run, group)))
        self.rows: list[Row] = [
            (f"{run['method']} (seed {run['seed']})", _cells(figures_of(run, group), self.metrics, run["lift"].get(group)), "bold")
            for run in document["runs"]
        ]
        self.rows += [(averaged, cells, "bold") for averaged, cells in seed_rows(document, group, self.metrics, "\n")]
        self.rows += [(label, _cells(figures, self.metrics), "dim") for _, label, figures in rows_beside(document, group)]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Table | Text]:
        for number, part in enumerate(self._parts(options.max_width)):
            if number:
                yield Text("")
            table = Table(box=None, padding=(0, 2, 0, 0))
            table.add_column("method", no_wrap=True, overflow="fold")
            for column in part:
                table.add_column(self.metrics[column], justify="right", no_wrap=True)
            for label, cells, style in self.rows:
                table.add_row(Text(label), *(cells[column] for column in part), style=style)
            yield table

    def _parts(self, width: int) -> list[list[int]]:
        """The columns of each table: as few tables as there can be, about as many columns in each."""
        names = [label for label, _, _ in self.rows]
        left = width - max(map(len, ["method", *names])) - GAP
        lines = [[self.metrics[c], *(line for _, cells, _ in self.rows for line in cells[c].split("\n"))] for c in self._columns]
        needs = [max(map(len, column)) + GAP for column in lines]
        fewest = len(_filled(needs, left, len(needs)))
        return _filled(needs, left, -(-len(needs) // max(1, fewest)))

    @property
    def _columns(self) -> range:
        return range(len(self.metrics))


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


def rows_beside(document: dict[str, Any], group: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Of the controls, then of the attributions, on the first run's model: row class ("control", "attribution"), label, figures."""
    first = document["runs"][0] if document["runs"] else {}
    classes = (("control", first.get("controls", {})), ("attribution", first.get("attributions", {})))
    found = [(kind, f"{kind}: {name}", figures_of(of, group)) for kind, known in classes for name, of in known.items()]
    return [row for row in found if any(value is not None for value in row[2].values())]


def seed_rows(document: dict[str, Any], group: str, metrics: list[str], between: str) -> list[tuple[str, list[str]]]:
    """A row for each method with several runs: its name, and mean and sample deviation over the seeds in each metric."""
    rows = []
    for method, groups in document["over_seeds"].items():
        found = [groups.get(group, {}).get(metric) for metric in metrics]
        if any(found):
            runs = max(f["n"] for f in found if f)
            rows.append((f"{method} (mean of {runs} seeds)", [_spread(f, between) for f in found]))
    return rows


def _spread(found: dict[str, Any] | None, between: str) -> str:
    if found is None:
        return "–"
    sign = mark(found.get("lift"))
    return f"{found['mean']:.4f}{' ' if sign else ''}{sign}" + (
        "" if found["deviation"] is None else f"{between}± {found['deviation']:.4f}"
    )


def _cells(figures: dict[str, Any], metrics: list[str], gains: dict[str, Any] | None = None) -> list[str]:
    return [marked(figures.get(m), (gains or {}).get(m)) for m in metrics]


def marked(value: float | None, gain: dict[str, Any] | None) -> str:
    """A figure and its mark; a dash where there is nothing to measure."""
    sign = mark(gain)
    return "–" if value is None else f"{value:.4f}{' ' if sign else ''}{sign}"
