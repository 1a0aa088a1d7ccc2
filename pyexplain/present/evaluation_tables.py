"""An evaluation for a terminal: what decides, in short, or every figure; the protocol in every title, a mark beside each figure."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from ..evaluation.report import Report
from .chief import chief_table
from .evaluation import RANKED, groups_of, left_out, title_of, unexplained
from .group_table import Directions, group_figures
from .methods_compared import against_controls, against_each_other
from .text import harmless
from .verdicts import LEGEND, closing_lines, not_measured, own_terms

ARROWS_MEAN = "↑ higher is better, ↓ lower; the best of a column is underlined."
SPREAD_MEANS = "± is the standard deviation over the seeds of a method; intervals are over users."
RANGES_MEAN = "Beside explanations stand controls on each method's own model: a range is that of the models, a mark is of its own."
# what nobody asks for but by an option, and what few methods have; all other groups of explanations are summed up
ALWAYS = (*RANKED, "list_removal", "stability", "sanity", "text", "sentences")


def evaluation_tables(report: Report, details: bool = True) -> list[Any]:
    """The last lines say what holds. details: every figure of every run; else the ranking, what decides of explanations, and every
    difference with its interval, several seeds of a method as their mean."""
    document, ways = report.to_dict(), directions_of(report)
    groups = [group for group in groups_of(document) if details or group in ALWAYS]
    out: list[Any] = _head(document)
    for group in groups:
        out += [Text(""), Text(title_of(document, group), style="italic"), group_figures(document, group, ways, seeds=details)]
    folded = [group for group in groups_of(document) if group not in groups]
    out += chief_table(document, ways) if folded else []
    out += [*against_controls(document), *against_each_other(document, ways), Text("")]
    warnings = [Text(f"Warning: {harmless(line)}", style="yellow") for line in document["warnings"]]
    notes = [*own_terms(document), *left_out(document), *unexplained(document), *not_measured(document), *_folded(folded)]
    closing = closing_lines(document)
    return [*out, *warnings, *(Text(line, style="dim") for line in notes), *(Text(line, style="bold") for line in closing)]


def directions_of(report: Report) -> Directions:
    """(group, metric) -> whether "higher" or "lower" is better."""
    return {(figure.group, figure.metric): figure.direction for run in report.runs for figure in run.figures}


def _head(document: dict[str, Any]) -> list[Text]:
    kind = "the whole catalogue" if document["candidates"] == "catalogue" else "frozen candidate lists"
    data = document["dataset"]
    head = f"Data set {data['name']} ({data['fingerprint']}), protocol {document['protocol']}, {kind}."
    several = len({run["method"] for run in document["runs"] if "explanations" in run}) > 1
    lines = [LEGEND, ARROWS_MEAN, *([SPREAD_MEANS] if document["over_seeds"] else []), *([RANGES_MEAN] if several else [])]
    return [Text(head, style="bold"), *(Text(line, style="dim") for line in lines)]


def _folded(groups: list[str]) -> list[str]:
    """What is not shown of what was measured, and where it is."""
    names = ", ".join(group.replace("_", " ") for group in groups)
    return [f"--details shows every run and every figure (as --json and --report FILE do): {names}."] if groups else []
