"""Two runs, before and after: what changed in data, settings, ranking, lists, reasons and statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from .data.types import Dataset
from .data.vocabulary import Vocabulary
from .evaluation.conditions import Condition
from .evaluation.differences import FigureDifference, differences
from .evaluation.overlap import NOTHING, Shares, best_common, best_items, first_named, items_moved, list_overlap, reason_overlap
from .evaluation.report import RunResult
from .measuring import check_runs, report_of
from .run import Run

Int = npt.NDArray[np.int64]
SCHEMA = 1
MOST_USERS = 1000  # whose lists and reasons are compared


@dataclass(frozen=True)
class RunDiff:
    """What changed from one run to another.

    data: counts before and after, and how many ids are new or gone. settings: (key, before, after) of all that differ. figures: see
    FigureDifference. lists: overlap (mean share of the first k items in common), first (share of users with the same first
    item). reasons: overlap (mean share in common of the first three features), first (the same feature first), of the best item
    that both put before the user; their counts users. items: (id, title, users before, users after) of those whose lists
    changed most. failed: of the conditions that were asked about, those that hold, with what was found.
    """

    before: str
    after: str
    k: int
    same_data: bool
    data: dict[str, dict[str, int]]
    settings: tuple[tuple[str, Any, Any], ...]
    figures: tuple[FigureDifference, ...]
    lists: Shares
    reasons: Shares
    items: tuple[tuple[str, str, int, int], ...]
    failed: tuple[tuple[str, str], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The document of `diff --json`."""
        return {
            "schema": SCHEMA,
            "before": self.before,
            "after": self.after,
            "k": self.k,
            "same_data": self.same_data,
            "data": self.data,
            "settings": [{"key": key, "before": old, "after": new} for key, old, new in self.settings],
            "figures": [figure.to_dict() for figure in self.figures],
            "lists": self.lists,
            "reasons": self.reasons,
            "items": [dict(zip(("item", "title", "before", "after"), row, strict=True)) for row in self.items],
            "failed": [{"condition": condition, "found": found} for condition, found in self.failed],
        }

    def to_frame(self) -> pd.DataFrame:
        """group, metric, direction, before, after, difference, low, high, users, verdict: a row a figure."""
        return pd.DataFrame([figure.to_dict() for figure in self.figures])

    def __repr__(self) -> str:
        told = [sum(f.verdict == verdict for f in self.figures) for verdict in ("better", "worse", "level")]
        return f"<RunDiff of {self.before} and {self.after}: {told[0]} figures better, {told[1]} worse, {told[2]} level>"


def diff(
    before: Run,
    after: Run,
    *,
    names: Sequence[str] = ("before", "after"),
    explanations: bool = True,
    k: int = 10,
    fail_if: Sequence[str] = (),
    max_pairs: int | None = None,
    **more: Any,
) -> RunDiff:
    """Compare two runs, also of different data sets: users and items are matched by id.

    Differences of figures are after less before, paired over the users that both were measured on. explanations: also theirs, and
    whether the reasons stayed the same. fail_if: conditions such as "ndcg@10 worse" or "ndcg@10 < -0.01"; those that hold are in
    `failed`. more: strict, robust, as for evaluate; no control is measured. Raises UsageError for a condition that names no figure
    that was compared.
    """
    check_runs([before, after], "diff")
    conditions = [Condition.parse(text) for text in fail_if]
    explains = explanations and all(run.trained.explainer is not None for run in (before, after))
    results = _measured(before, after, names, {"explanations": explains, "k": k, "max_pairs": max_pairs, **more})
    ids = before.data.users.names, after.data.users.names
    figures = differences(results[0].figures, results[1].figures, ids)
    users = _common_users(before.data, after.data)
    best = [run.order.best(rows, min(k, run.data.n_items))[0] for run, rows in zip((before, after), users, strict=True)]
    lists, items = list_overlap(before.data, after.data, best), items_moved(before.data, after.data, best)
    reasons = _reasons(before, after, users, best) if explains else NOTHING
    shares = {f"{of}.{key}": told[key] for of, told in (("lists", lists), ("reasons", reasons)) for key in ("overlap", "first")}
    held = [(str(condition), condition.holds(figures, shares)) for condition in conditions]
    return RunDiff(
        before=names[0],
        after=names[1],
        k=k,
        same_data=before.data.source.fingerprint == after.data.source.fingerprint,
        data=_data(before.data, after.data),
        settings=_settings(before, after),
        figures=figures,
        lists=lists,
        reasons=reasons,
        items=items,
        failed=tuple((condition, found) for condition, found in held if found is not None),
    )


def _measured(before: Run, after: Run, names: Sequence[str], how: dict[str, Any]) -> tuple[RunResult, RunResult]:
    """Both at once where they are of one data set, so that everything is drawn once."""
    if before.data.source.fingerprint == after.data.source.fingerprint:
        first, second = report_of([before, after], names, beside=False, **how).runs
        return first, second
    (first,), (second,) = (
        report_of([run], [name], beside=False, **how).runs for run, name in zip((before, after), names, strict=True)
    )
    return first, second


def _common_users(before: Dataset, after: Dataset) -> tuple[Int, Int]:
    """The numbers in both data sets of the users that are in both; MOST_USERS at most, drawn from a fixed seed."""
    places = before.users.indices(after.users.names)
    both = np.flatnonzero(places >= 0)
    if len(both) > MOST_USERS:
        both = both[np.sort(np.random.default_rng(23).choice(len(both), MOST_USERS, replace=False))]
    return places[both], both


def _reasons(before: Run, after: Run, users: tuple[Int, Int], best: Sequence[Int]) -> Shares:
    """Of the best item of each user's later list that the earlier one has too: the first features named, each run by its own
    explainer against the next item in its own ranking."""
    rows, places = best_common(before.data, after.data, best)
    named = []
    for run, indices, items in zip((before, after), users, best_items(before.data, after.data, best, rows, places), strict=True):
        pairs = np.stack([indices[rows], items], axis=1)
        named.append(first_named(run.explainer().explain(pairs, run.order.foil(pairs).items), run.data) if len(rows) else [])
    return reason_overlap(*named)


def _data(before: Dataset, after: Dataset) -> dict[str, dict[str, int]]:
    """What there is of each thing, and which ids came and went."""
    out: dict[str, dict[str, int]] = {}
    for what in ("users", "items", "features"):
        old, new = (_distinct(getattr(data, what)) for data in (before, after))
        both = int((old.indices(new.names) >= 0).sum())
        out[what] = {"before": len(old), "after": len(new), "new": len(new) - both, "gone": len(old) - both}
    for what in ("train", "valid", "test"):
        out[f"{what} pairs"] = {"before": len(getattr(before, what)), "after": len(getattr(after, what))}
    return out


def _distinct(names: Vocabulary) -> Vocabulary:
    """Each name once, whatever its kinds."""
    return names if names.kinds is None else Vocabulary(dict.fromkeys(names.names), names.kind)


def _settings(before: Run, after: Run) -> tuple[tuple[str, Any, Any], ...]:
    """Keys whose values differ, of method, recommender, explainer, seed and kinds."""
    old, new = (_facts(run) for run in (before, after))
    return tuple((key, old.get(key), new.get(key)) for key in {**old, **new} if old.get(key) != new.get(key))


def _facts(run: Run) -> dict[str, Any]:
    explainer = run.trained.explainer
    out: dict[str, Any] = {"recommender": run.recommender.name, "explainer": explainer.name if explainer else None}
    out |= {"seed": run.trained.options.seed, "kinds": ", ".join(run.data.kinds)}
    out |= {f"recommender.{key}": value for key, value in run.recommender.config.model_dump().items()}
    return out | {f"explainer.{key}": value for key, value in (explainer.config.model_dump() if explainer else {}).items()}
