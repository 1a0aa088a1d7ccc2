"""Measuring the explanations of one explainer: of both samples of pairs, and of users as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..data.types import Dataset
from ..errors import RunError
from ..explainers.base import Explainer
from ..explainers.order import Order
from ..explainers.types import Explanations
from ..metrics.base import MetricInput
from ..metrics.types import Evaluation
from .plan import RANKING_NEEDS, TEXT_NEEDS, Plan
from .questions import Questions, Sample
from .reruns import Reruns, rerun
from .scoring import BatchScorer


def evaluate_explanations(
    explainer: Explainer,
    data: Dataset,
    plan: Plan,
    questions: Questions,
    method: str | None = None,
    siblings: Sequence[Explainer] = (),
) -> tuple[Evaluation, ...]:
    """The explanation metrics of a fitted explainer, each on its own sample, and of users as a whole where text alone decides.

    siblings: explainers of runs that differ in their seed alone, asked where the plan is robust.
    """
    name = method or explainer.name
    found = [e for sample in questions.samples for e in _of_sample(explainer, data, plan, sample, name, siblings)]
    found += _of_lists(explainer, data, plan, questions, name)
    users = explainer.explain_users(questions.users)
    of_users = MetricInput(data, plan.k, plan.seed, plan.part, explanations=users, sample=questions.heldout.name)
    by_text = measure_explanations(of_users, plan, name, only_text=True)
    if questions.level == "user":
        return by_text + tuple(e for e in found if e.group not in {t.group for t in by_text})
    return tuple(found) + tuple(replace(e, group=f"user_{e.group}") for e in by_text)


def _of_sample(
    explainer: Explainer, data: Dataset, plan: Plan, sample: Sample, name: str, siblings: Sequence[Explainer]
) -> tuple[Evaluation, ...]:
    if not any(m.sample == sample.name and m.needs != RANKING_NEEDS for m in plan.metrics):
        return ()
    pairs = _checked(explainer.explain(sample.pairs, sample.against), sample, name)
    asked_again = plan.robust and plan.needs(sample.name, "noisy", "randomised", "reseeded")
    again = rerun(explainer, data, sample, plan.seed, siblings) if asked_again else Reruns()
    reads = plan.say is not None and plan.needs(sample.name, "said")
    given = MetricInput(
        data,
        plan.k,
        plan.seed,
        plan.part,
        explanations=pairs,
        scores=BatchScorer(explainer.recommender, data.n_features),
        noisy=again.noisy,
        randomised=again.randomised,
        reseeded=again.reseeded,
        said=tuple(plan.say(explainer.recommender, data, pairs)) if plan.say and reads else None,
        sample=sample.name,
        catalogue=Order(explainer.recommender, data).scores,
    )
    return measure_explanations(given, plan, name)


def _of_lists(explainer: Explainer, data: Dataset, plan: Plan, questions: Questions, name: str) -> list[Evaluation]:
    """Figures of the first k items of users as a whole, by the metrics that ask what becomes of lists: groups "list_..."."""
    metrics = [m for m in plan.metrics if "catalogue" in m.needs]
    if plan.level != "list" or not metrics:
        return []
    lists = explainer.explain_lists(np.unique(questions.top.pairs[:, 0]), plan.k)
    scores = Order(explainer.recommender, data).scores
    given = MetricInput(data, plan.k, plan.seed, plan.part, explanations=lists, catalogue=scores, sample=questions.top.name)
    measured = plan.measured(metrics, given, name)
    return [replace(e, group=f"list_{e.group}", sample="") for e in measured if len(e.users)]


def measure_explanations(given: MetricInput, plan: Plan, method: str, only_text: bool = False) -> tuple[Evaluation, ...]:
    """All metrics of explanations that have what they need, whoever made the explanations; or those that need nothing else.

    Where the input names its sample, those that are measured on another one are left out.
    """
    wanted = [m for m in plan.metrics if m.needs != RANKING_NEEDS and (m.needs == TEXT_NEEDS or not only_text)]
    fitting = [m for m in wanted if given.sample in ("", m.sample)]
    return plan.measured([m for m in fitting if all(given.offers(need) for need in m.needs)], given, method)


def _checked(found: Explanations, sample: Sample, method: str) -> Explanations:
    """The same, with the other items of the sample. Failures must stay in the denominators, so no row may be missing."""
    pairs, against = sample.pairs, sample.against
    if not (np.array_equal(found.users, pairs[:, 0]) and np.array_equal(found.items, pairs[:, 1])):
        raise RunError(f"asked to explain {len(pairs)} pairs, {len(found)} others came back", where=f"explainer {method}")
    if against is None or found.against is None:
        return replace(found, against=against)
    if not np.array_equal(found.against, against):
        raise RunError("pairs were compared with other items than asked for", where=f"explainer {method}")
    return found
