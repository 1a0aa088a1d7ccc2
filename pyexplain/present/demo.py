"""What the demo tells: the data, the figures, three recommendations with reasons, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.text import Text

from ..data.demo import Truth
from ..data.types import Dataset
from ..evaluation.evaluate import Plan, evaluate_ranking
from ..evaluation.oracle import Oracle
from ..evaluation.report import Report
from ..metrics.base import Metric
from .dataset import dataset_report
from .evaluation import evaluation_tables
from .recommendations import ExplainedRun, recommendation_table
from .verdicts import closing_line

if TYPE_CHECKING:
    from .explanation import PairExplanation

SHOWN = 3


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
    """Data, evaluation beside what could be reached at most, and a user's list with reasons by each run."""
    user = telling_users(data, 1)[0]
    line = Text("─" * 60, style="dim")
    told: list[Any] = []
    for run in runs:
        best, reasons = explained_list(run, user, SHOWN)
        told += [line, *recommendation_table(run.trained, user, best, reasons), line, reasons[0].table() if reasons else Text("")]
    return [
        *(line, *dataset_report(data)),
        *(line, *evaluation_tables(report)[:-1], oracle_line(data, truth, metrics)),  # the line that says what holds ends it all
        *told,
    ]


def oracle_line(data: Dataset, truth: Truth, metrics: Sequence[Metric]) -> Text:
    """What a ranking by the planted appeal reaches on the same lists: these data are made up, so it is known."""
    found = {figure.metric: figure.value for figure in evaluate_ranking(Oracle(truth, data), data, Plan(tuple(metrics)))}
    return Text(
        f"Ranked by what these made-up users really chose by (the oracle): ndcg@10 {found['ndcg@10']:.4f}, the most to reach."
    )


def closing_words(out: Path, report: Path, method: str, measured: Report, page: Path | None = None) -> Text:
    """Where everything lies, what to type next, and in the last line what holds. page: the run to look at on a page."""
    look = "" if page is None else f"A page to try it on: pyexplain serve {page}\n"
    return Text(
        f"\nReport: {report}\n{look}Data set: {out / 'dataset'}   Run: {out / 'run'}\n"
        f"Next, with your own reviews:\n"
        f"  pyexplain data prepare my_reviews.json.gz --out my-data\n"
        f"  pyexplain train --explainer {method} --dataset my-data\n"
        f"  pyexplain evaluate --explanations\n\n"
        f"{closing_line(measured.to_dict())}"
    )
