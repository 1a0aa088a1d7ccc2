"""A one-file HTML report without scripts: what holds first, then why to believe it, then how to make it again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..data.files import write_atomically
from ..evaluation.report import Report
from . import report_parts as parts
from .harmless import escape
from .recommendations import ExplainedRun
from .report_style import STYLE
from .report_tables import metric_facts

ExplainedRuns = ExplainedRun | Sequence[ExplainedRun]


def write_report(path: Path, report: Report, runs: ExplainedRuns, users: int = 3, items: int = 2) -> None:
    """Write the report of an evaluation of `runs`, with reasons of the first that has an explainer; whole or not at all."""
    text = report_html(report, [*runs] if isinstance(runs, Sequence) else [runs], users, items)
    write_atomically(path, lambda temporary: _write(temporary, text))


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def report_html(report: Report, runs: Sequence[ExplainedRun], users: int, items: int) -> str:
    """The page; every text from outside is escaped, nothing is loaded from elsewhere. runs: those of the report, in its order."""
    title = f"{report.dataset}: {', '.join(dict.fromkeys(run.method for run in report.runs))}"
    sections = _sections(report, runs, users, items)
    links = "".join(f'<li><a href="#{name}">{escape(heading)}</a></li>' for name, heading, _ in sections)
    body = "".join(
        f'<section aria-labelledby="{name}"><h2 id="{name}">{escape(heading)}</h2>{content}</section>'
        for name, heading, content in sections
    )
    nav = f'<nav aria-label="Parts"><ul>{links}</ul></nav>'
    told = '<p class="muted">Report of recommendations and their explanations</p>'
    head = f'<a class="skip" href="#summary">To the summary</a><header>{told}<h1>{escape(title)}</h1>{nav}</header>'
    meta = '<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
    return (
        f'<!doctype html>\n<html lang="en"><head>{meta}<title>{escape(title)}</title><style>{STYLE}</style></head>'
        f"<body>\n{head}\n<main>{body}</main>\n</body></html>\n"
    )


def _sections(report: Report, runs: Sequence[ExplainedRun], users: int, items: int) -> list[tuple[str, str, str]]:
    """(id, heading, content), the summary first."""
    document, first = report.to_dict(), runs[0]
    explained = next((run for run in runs if run.trained.explainer is not None), None)
    about = metric_facts(first.registry, report.k)
    found = [
        ("summary", "Summary", parts.summary(report, document, runs)),
        ("ranking", "Ranking", parts.ranking(document, about)),
    ]
    if parts.has_explanations(document):
        found.append(("explanations", "Explanations", parts.explanations(report, document, about)))
    found.append(("data", "Data", parts.data_part(first)))
    if explained is not None:
        found.append(("model", "The model as a whole", parts.model_part(explained)))
        found.append(("people", "Recommendations, explained", parts.people(explained, users, items)))
    return [*found, ("repeat", "Settings, and how to repeat it", parts.repeat(report, runs))]
