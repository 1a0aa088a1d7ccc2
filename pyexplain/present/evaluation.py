"""What is in the document of an evaluation, for those who make tables of it: groups, their titles, rows, cells."""

from __future__ import annotations

from typing import Any

from .verdicts import mark

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
    facts = [*samples_of(document, group), f"protocol {document['protocol']}"]
    return f"{title} ({'; '.join(facts)})"


def samples_of(document: dict[str, Any], group: str) -> list[str]:
    """The samples of pairs that a group was measured on, of the first run; no pairs are explained for a ranking, nor for users as a
    whole."""
    known = {} if group.startswith("user_") or not document["runs"] else document["runs"][0].get("samples", {})
    return [
        SAMPLES[name].format(pairs=f"{sample['pairs']:,}", users=f"{sample['users']:,}")
        for name, sample in known.items()
        if group in sample["groups"]
    ]


def rows_beside(document: dict[str, Any], group: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Of the controls, then of the attributions, on the model of the first run that has any: row class ("control", "attribution"),
    label, figures. The label names the model where another run's has other figures."""
    found = [(run["method"], beside(run, group)) for run in document["runs"]]
    found = [(method, rows) for method, rows in found if rows] or [("", [])]
    method, first = found[0]
    of = f" (model of {method})" if any(_unlike(first, rows) for _, rows in found) else ""
    return [(kind, f"{kind}: {name}{of}", figures) for kind, name, figures in first]


def beside(run: dict[str, Any], group: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Of the controls, then of the attributions of one run: "control" or "attribution", name, figures; those that have any."""
    classes = (("control", run.get("controls", {})), ("attribution", run.get("attributions", {})))
    found = [(kind, name, figures_of(of, group)) for kind, known in classes for name, of in known.items()]
    return [row for row in found if any(value is not None for value in row[2].values())]


def _unlike(first: list[tuple[str, str, dict[str, Any]]], others: list[tuple[str, str, dict[str, Any]]]) -> bool:
    """Whether a control, or an attribution, has other figures in two runs."""
    known = {(kind, name): figures for kind, name, figures in others}
    return any(known.get((kind, name), figures) != figures for kind, name, figures in first)


def shown_runs(document: dict[str, Any], group: str) -> list[dict[str, Any]]:
    """The runs with a figure of this group; all of them where it is measured of every run."""
    return [run for run in document["runs"] if group in RANKED or _has_figures(run, group)]


def unexplained(document: dict[str, Any]) -> list[str]:
    """A line on the methods whose explanations were not measured, where those of others were: they have no explainer."""
    explained = {run["method"] for run in document["runs"] if "explanations" in run}
    others = dict.fromkeys(run["method"] for run in document["runs"] if run["method"] not in explained)
    if not explained or not others:
        return []
    return [f"No explainer, so no explanations to measure: {', '.join(others)} (--explainer NAME names one for all runs)."]


def seed_rows(document: dict[str, Any], group: str, metrics: list[str], between: str) -> list[tuple[str, str, list[str]]]:
    """Of each method with several runs: its name, the label of its row, and mean and sample deviation over the seeds in each
    metric."""
    rows = []
    for method, groups in document["over_seeds"].items():
        found = [groups.get(group, {}).get(metric) for metric in metrics]
        if any(found):
            runs = max(f["n"] for f in found if f)
            rows.append((method, f"{method} (mean of {runs} seeds)", [spread(f, between) for f in found]))
    return rows


def spread(found: dict[str, Any] | None, between: str) -> str:
    """A mean with its mark and the deviation over seeds; a dash where there is none."""
    if found is None:
        return "–"
    deviation = "" if found["deviation"] is None else f"{between}± {found['deviation']:.4f}"
    return marked(found["mean"], found.get("lift")) + deviation


def marked(value: float | None, gain: dict[str, Any] | None) -> str:
    """A figure and its mark; a dash where there is nothing to measure."""
    sign = mark(gain)
    return "–" if value is None else f"{value:.4f}{' ' if sign else ''}{sign}"
