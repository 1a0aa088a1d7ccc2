"""Tables of an evaluation: a row a run, then the controls; the protocol in every title, and who does not beat the controls."""

from __future__ import annotations

from typing import Any

from rich.table import Table
from rich.text import Text

from ..evaluate.report import Report

GROUPS = {"ranking": "Ranking", "agreement": "Agreement of explanations with what users wrote"}
TITLES = {
    "counterfactual": "Counterfactuals",
    "faithfulness": "Faithfulness",
    "stability": "Stability",
    "sanity": "Sanity",
    "diversity": "Diversity",
    "user_agreement": "Agreement, a user as a whole",
    "user_diversity": "Diversity, users as a whole",
}


def evaluation_tables(report: Report) -> list[Any]:
    """Everything, for a terminal."""
    document = report.to_dict()
    kind = "the whole catalogue" if document["candidates"] == "catalogue" else "frozen candidate lists"
    head = (
        f"Data set {document['dataset']['name']} ({document['dataset']['fingerprint']}), protocol {document['protocol']}, {kind}."
    )
    out: list[Any] = [Text(head, style="bold")]
    for group in _groups(document):
        out += [Text(""), _group_table(document, group)]
    return out + [Text("")] + [Text(line) for line in verdicts(document)]


def _groups(document: dict[str, Any]) -> list[str]:
    """Groups of metrics that some run has, the known ones first."""
    have = {"ranking"} if any(run["ranking"] for run in document["runs"]) else set()
    for run in document["runs"]:
        have |= {name for name, figures in run.get("explanations", {}).items() if isinstance(figures, dict)}
    known = [*GROUPS, *TITLES]
    return sorted(have, key=lambda name: (known.index(name) if name in known else len(known), name))


def figures_of(run: dict[str, Any], group: str) -> dict[str, Any]:
    """metric -> value of a run or a control."""
    source = run if group == "ranking" else run.get("explanations", run)
    found = source.get(group, {})
    return found if isinstance(found, dict) else {}


def _group_table(document: dict[str, Any], group: str) -> Table:
    title = GROUPS.get(group) or TITLES.get(group) or group
    table = Table(title=f"{title} (protocol {document['protocol']})", title_justify="left", box=None, padding=(0, 2, 0, 0))
    metrics = list(dict.fromkeys(m for run in document["runs"] for m in figures_of(run, group)))
    table.add_column("method")
    for metric in metrics:
        table.add_column(metric, justify="right")
    for run in document["runs"]:
        table.add_row(Text(f"{run['method']} (seed {run['seed']})"), *_cells(figures_of(run, group), metrics), style="bold")
    for name, cells in seed_rows(document, group, metrics, "\n"):
        table.add_row(Text(name), *cells, style="bold")
    for name, control in (document["runs"][0]["controls"] if document["runs"] else {}).items():
        figures = figures_of(control, group)
        if figures:
            table.add_row(Text(f"control: {name}"), *_cells(figures, metrics), style="dim")
    return table


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
    return f"{found['mean']:.4f}" + ("" if found["deviation"] is None else f"{between}± {found['deviation']:.4f}")


def _cells(figures: dict[str, Any], metrics: list[str]) -> list[str]:
    return ["–" if figures.get(m) is None else f"{figures[m]:.4f}" for m in metrics]


TELLING = ("ndcg@10", "f1@10")


def verdicts(document: dict[str, Any]) -> list[str]:
    """Who beats the best control, with the 95 % interval of the difference, and who does not; of a method with several seeds by
    their mean."""
    averaged = _averaged_lifts(document)
    lines = [_of_mean(document, *place, lift) for place, lift in averaged.items()]
    for run in document["runs"]:
        for group, metrics in run.get("lift", {}).items():
            single = {m: lift for m, lift in metrics.items() if m in TELLING and (run["method"], group, m) not in averaged}
            lines += [f"{_verdict(run['method'], group, metric, lift)}." for metric, lift in single.items()]
        skipped = run.get("skipped", {})
        if skipped:
            lines.append(f"{run['method']}: not measured: {', '.join(skipped)} (--robust measures stability and sanity).")
    return list(dict.fromkeys(lines))


def _averaged_lifts(document: dict[str, Any]) -> dict[tuple[str, str, str], dict[str, Any]]:
    """(method, group, metric) -> the lift of the mean over seeds."""
    return {
        (method, group, metric): found["lift"]
        for method, groups in document["over_seeds"].items()
        for group, metrics in groups.items()
        for metric, found in metrics.items()
        if metric in TELLING and "lift" in found
    }


def _of_mean(document: dict[str, Any], method: str, group: str, metric: str, lift: dict[str, Any]) -> str:
    alone = [run["lift"][group][metric]["beats"] for run in document["runs"] if run["method"] == method]
    return f"{_verdict(method, group, metric, lift)}; mean of {len(alone)} seeds, {sum(alone)} of which beat it alone."


def _verdict(method: str, group: str, metric: str, lift: dict[str, Any]) -> str:
    word = "beats" if lift["beats"] else "does not beat"
    return (
        f"{method} {word} the best control ({lift['control']}) in {group} {metric}: difference "
        f"{lift['difference']:+.4f} [{lift['low']:+.4f}, {lift['high']:+.4f}], 95 % paired bootstrap over users"
    )
