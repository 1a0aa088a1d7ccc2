"""Runs measured on what was held out, beside each other and beside controls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from .data.kind_views import usual_kinds
from .errors import PluginError, UsageError, either
from .recommenders.history import auxiliary_epochs
from .registry import culprit, place_of
from .run import ExplainerChoice, Run

if TYPE_CHECKING:
    from .evaluation.evaluate import Plan, Subject
    from .evaluation.report import Report
    from .present.measured import MeasuredRuns


def evaluate(
    *measured: Run,
    names: Sequence[str] | None = None,
    explanations: bool = False,
    explainer: ExplainerChoice = None,
    explainer_settings: Mapping[str, object] | None = None,
    full_ranking: bool = False,
    k: int = 10,
    robust: bool = False,
    attack: bool = False,
    beyond_accuracy: bool = False,
    max_pairs: int | None = None,
    strict: bool = True,
    level: Literal["item", "list"] = "item",
    metrics: Sequence[str] | None = None,
) -> MeasuredRuns:
    """Measure runs of one data set on its held-out reviews, beside control rows; `.to_dict()` is the JSON document,
    `.to_frame()` and `.plot()` the figures. Runs may see it through features of different kinds.

    names: what the runs are called in the document (default: method-seed). explainer: another than each run's own, by its name or
    its class; explainer_settings: keys of its configuration. robust: also stability and sanity. attack: also what is left of the
    ranking when f_u is moved, beyond_accuracy: also coverage, novelty, popularity bias and groups of users (docs/metrics.md).
    max_pairs: explain at most so many pairs of each sample. strict: whether an error in somebody's plugin is raised; if not, the
    rest is measured, and `failures` of the report says what is not. level: "list" = also what would change the first k of users,
    as a whole. metrics: beside the ranking only these, by their names or those of their groups ("faithfulness", "deletion"); all
    where None.
    Raises UsageError where the runs are of different data sets, or there is no such metric.
    """
    from .present.measured import MeasuredRuns

    wanted: dict[str, Any] = {"k": k, "full": full_ranking, "explanations": explanations, "max_pairs": max_pairs}
    if level not in ("item", "list"):
        raise UsageError(f"there is no level {level!r}", where=either("evaluate(..., level=...)", "--level"), hint="item or list")
    more: dict[str, Any] = {"robust": robust, "attack": attack, "beyond_accuracy": beyond_accuracy, "level": level}
    return MeasuredRuns.of(report_of(measured, names, explainer, explainer_settings, strict, metrics=metrics, **wanted, **more))


def report_of(
    measured: Sequence[Run],
    names: Sequence[str] | None = None,
    explainer: ExplainerChoice = None,
    explainer_settings: Mapping[str, object] | None = None,
    strict: bool = True,
    beside: bool = True,
    attributions: bool = True,
    metrics: Sequence[str] | None = None,
    **wanted: Any,
) -> Report:
    """What evaluate() measures. beside: with controls, and with attributions where these are
    asked for. metrics: as there. wanted: the rest, as Plan calls it."""
    from .answers import Printed
    from .evaluation.evaluate import Controls, Plan, controls_of
    from .evaluation.evaluate import evaluate as measure
    from .explainers.foil import choose_against
    from .metrics.chosen import chosen_metrics

    if not measured:
        raise UsageError("no run was given", where="evaluate")
    check_runs(measured, "evaluate")
    prints = {run.data.source.fingerprint for run in measured}
    if len(prints) > 1:
        raise UsageError(f"the runs are of {len(prints)} data sets: {', '.join(sorted(prints))}", hint="Evaluate each by itself.")
    registry, data = measured[0].registry, measured[0].data
    names = names or [f"{run.method}-{run.trained.options.seed}" for run in measured]
    classes = tuple(registry.classes("metric").values())
    judged = tuple(cls() for cls in (classes if metrics is None else chosen_metrics(classes, metrics, wanted)))
    blame: dict[str, Any] = {} if strict else {"blame": _blame}
    plan = Plan(judged, say=Printed(), **wanted, **blame)
    subjects = [_subject(run, name, plan, explainer, explainer_settings) for run, name in zip(measured, names, strict=True)]
    controls = controls_of(registry.classes("recommender"), registry.classes("explainer")) if beside else Controls()
    controls = controls if attributions else replace(controls, attributions=())
    found = measure(subjects, data, plan, controls, choose_against)
    if metrics is None:
        return found
    told = f"Beside the ranking only what was asked for is measured: {', '.join(metrics)}."
    return replace(found, warnings=(*found.warnings, told))  # whoever is shown the report did not see the command


def check_runs(measured: Sequence[object], where: str) -> None:
    """UsageError for what is no run, such as the path of one."""
    if strange := [one for one in measured if not isinstance(one, Run)]:
        hint = (
            "Read a run's folder with load_run(...)." if isinstance(strange[0], str | Path) else "Give what train or load_run gave."
        )
        raise UsageError(f"{strange[0]!r:.60} is no run", where=where, hint=hint)


def compare(*measured: Run, metric: str | None = None, explanations: bool = False, **more: Any) -> pd.DataFrame:
    """Every two methods against each other: group, metric, first, second, difference (first less second), its 95 % interval low to
    high, p of the randomisation test, p_holm after Holm's correction over all pairs; several seeds of a method count as one.

    metric: that one alone. more: as for evaluate. Raises UsageError where fewer than two methods are given.
    """
    report = evaluate(*measured, explanations=explanations, **more)
    if len({run.method for run in report.runs}) < 2:
        raise UsageError(
            "two methods are compared, or more", where="compare", hint="Runs of one method differ by their seeds alone."
        )
    columns = ["group", "metric", "first", "second", "difference", "low", "high", "p", "p_holm"]
    frame = pd.DataFrame([found.to_dict() for found in report.comparisons], columns=columns)
    return frame if metric is None else frame[frame["metric"] == metric].reset_index(drop=True)


def _subject(run: Run, name: str, plan: Plan, explainer: ExplainerChoice, settings: Mapping[str, object] | None) -> Subject:
    """A run without an explainer of its own is measured on its ranking alone, unless one is named."""
    from .evaluation.evaluate import Subject

    wanted = plan.explanations and (explainer is not None or run.trained.explainer is not None)
    reasons = plan.attempt(lambda: run.explainer(explainer, settings)) if wanted else None
    method = run.method
    if reasons and reasons.name != method:  # the table says who explained whom
        method = f"{method} by {reasons.name}"
    elif reasons and reasons.comes_with != run.recommender.name:  # a model that was wrapped
        method = f"{run.recommender.name} by {reasons.name}"
    if run.data.kinds and run.data.kinds != usual_kinds(run.data.source.kinds, run.recommender.kinds):
        method += f" ({', '.join(run.data.kinds)})"  # the same method on other features is another row
    return Subject(name, method, run.trained.options.seed, run.recommender, reasons, auxiliary_epochs(run.history), run.data)


def _blame(error: Exception) -> str | None:
    """Whose plugin it was, and what it raised; None where it was no third-party plugin."""
    where = culprit(error)
    if isinstance(error, PluginError) and error.package:
        return f"{error.where}: {error.what}"
    return None if where is None else f"plugin {where[1]} of {where[0]}: {type(error).__name__}: {error}{place_of(error)}"
