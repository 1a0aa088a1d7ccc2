"""What the demo tells: the data, the figures, three recommendations with reasons, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.table import Table
from rich.text import Text

from ..data.demo import Truth
from ..data.types import Dataset
from ..evaluation.evaluate import Plan, evaluate_ranking
from ..evaluation.oracle import Oracle
from ..evaluation.report import Report
from ..metrics.base import Metric
from .dataset import dataset_report
from .evaluation import figures_of, marked
from .evaluation_tables import evaluation_tables
from .recommendations import ExplainedRun, recommendation_table
from .text import harmless
from .verdicts import closing_line

if TYPE_CHECKING:
    from .explanation import PairExplanation

SHOWN = 3
ORACLE = "Ranked by what these made-up users really chose by (the oracle)"


def explained_list(run: ExplainedRun, user: str, k: int) -> tuple[list[tuple[str, float]], list[PairExplanation]]:
    """The k best items of a user, and why each is placed before the next."""
    rows = run.recommend_with_reasons(user, k)
    return [(item, score) for item, score, _ in rows], [why for *_, why in rows]


def telling_users(data: Dataset, count: int) -> list[str]:
    """Users with something to tell: those with the most features among users with at most ten training pairs."""
    known = np.diff(data.user_features.offsets).astype(float)
    known[np.bincount(data.train[:, 0], minlength=data.n_users) > 10] = -1
    return [data.users[int(user)] for user in np.argsort(-known, kind="stable")[:count]]


def story(data: Dataset, runs: Sequence[ExplainedRun], report: Report, truth: Truth, metrics: Sequence[Metric]) -> list[Any]:
    """Data, evaluation beside what could be reached at most, and a user's list with reasons by each run: everything."""
    user = telling_users(data, 1)[0]
    line = Text("─" * 60, style="dim")
    told: list[Any] = []
    for run in runs:
        best, reasons = explained_list(run, user, SHOWN)
        told += [line, *recommendation_table(run.trained, user, best, reasons), line, reasons[0].table() if reasons else Text("")]
    most = Text(f"{ORACLE}: ndcg@10 {oracle_ndcg(data, truth, metrics):.4f}, the most to reach.")
    return [
        *(line, *dataset_report(data)),
        *(line, *evaluation_tables(report)[:-1], most),  # the line that says what holds ends it all
        *told,
    ]


def short_story(data: Dataset, runs: Sequence[ExplainedRun], report: Report, truth: Truth, metrics: Sequence[Metric]) -> list[Any]:
    """The same in a screenful: what was found, what each method is worth, and one recommendation of each with its reasons."""
    user = telling_users(data, 1)[0]
    found = ", ".join(sorted(data.features.names, key=lambda name: -_mentions(data, name))[:5])
    reviews = f"{len(data.evidence) + len(data.heldout):,} mentions of {data.n_features} features"
    out: list[Any] = [
        Text(f"{data.n_users:,} people, {data.n_items:,} headphones, made up: {reviews} were found ({found}, ...)."),
        Text(""),
        _worth(report.to_dict(), oracle_ndcg(data, truth, metrics)),
    ]
    for run in runs:
        best, reasons = explained_list(run, user, SHOWN)
        (item, _), why = best[0], reasons[0]
        out += [Text(""), Text(f"{run.trained.method} recommends to {user}: {data.items.title(item)} ({item})", style="bold")]
        out.append(Text(harmless(why.say())))
    what_if = next(line for line in str(why).splitlines() if line)
    return [*out, Text(""), Text(f"For an analyst: {harmless(what_if)}")]


def _mentions(data: Dataset, feature: str) -> int:
    return int((data.evidence["feature"] == data.features.index(feature)).sum())


def _worth(document: dict[str, Any], most: float) -> Table:
    """Of each run what decides, beside the best control in each figure."""
    ndcg = f"ndcg@{document['k']}"
    told = (("ranking", ndcg), ("statements", "reason"), ("counterfactual", "validity"), ("faithfulness", "deletion"))
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    heads = (f"ranking, {ndcg}", "reasons that hold", "changes that flip", "lead left (less is better)")
    table.add_column("")
    for head in heads:
        table.add_column(head, justify="right")
    for run in document["runs"]:
        cells = [marked(figures_of(run, g).get(m), run["lift"].get(g, {}).get(m)) for g, m in told]
        table.add_row(run["method"], *cells)
    rivals = [run["lift"].get(g, {}).get(m, {}).get("control") for run in document["runs"][:1] for g, m in told]
    of = document["runs"][0]["controls"]
    best = ["–" if name is None else f"{figures_of(of[name], g)[m]:.4f}" for name, (g, m) in zip(rivals, told, strict=True)]
    table.add_row(Text("best control", style="dim"), *best, style="dim")
    table.add_row(Text("the most to reach", style="dim"), f"{most:.4f}", "", "", "", style="dim")
    return table


def oracle_ndcg(data: Dataset, truth: Truth, metrics: Sequence[Metric]) -> float:
    """NDCG@10 of a ranking by the planted appeal on the same lists: these data are made up, so it is known."""
    found = {figure.metric: figure.value for figure in evaluate_ranking(Oracle(truth, data), data, Plan(tuple(metrics)))}
    return found["ndcg@10"]


def closing_words(out: Path, report: Path, method: str, measured: Report, page: Path | None = None, brief: bool = False) -> Text:
    """Where everything lies, what to type next, and in the last line what holds. page: the run to look at on a page."""
    look = "" if page is None else f"A page to try it on: pyexplain serve {page}\n"
    return Text(
        f"\nReport: {report}\n{look}Data set: {out / 'dataset'}   Run: {out / 'run'}\n"
        f"Next, with your own reviews:\n"
        f"  pyexplain data prepare my_reviews.json.gz --out my-data\n"
        f"  pyexplain train --explainer {method} --dataset my-data\n"
        f"  pyexplain evaluate --explanations\n\n"
        f"{closing_line(measured.to_dict(), brief)}"
    )
