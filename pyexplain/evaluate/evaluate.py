"""Evaluate runs beside the controls: rankings first, then explanations of the same pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from ..data.types import Dataset
from ..errors import RunError
from ..explain.types import Explanations
from ..methods.base import Explainer, Recommender
from ..methods.options import RunOptions
from .base import Metric, MetricInput
from .compare import compare_methods, mean_over_seeds, summarise_seeds
from .decided import Decided, decided_figures, warnings_of, without_decided
from .questions import ChooseAgainst, Questions, make_questions
from .ranking import candidate_ranking, full_ranking
from .report import Report, RunResult
from .reruns import Reruns, rerun
from .scoring import BatchScorer
from .statistics import Lift, intervals, lifts
from .types import Evaluation, Ranking

T = TypeVar("T")
Int = npt.NDArray[np.int64]
RANKING_NEEDS, TEXT_NEEDS = frozenset({"ranking"}), frozenset({"explanations"})


@dataclass(frozen=True, eq=False)
class Subject:
    """A trained thing to evaluate: the run's name, its method's, its seed; a fitted recommender and, if any, fitted explainer."""

    run: str
    method: str
    seed: int
    recommender: Recommender
    explainer: Explainer | None = None


@dataclass(frozen=True, eq=False)
class Controls:
    """Control methods, not yet fitted; see controls_of."""

    recommenders: tuple[Recommender, ...] = ()
    explainers: tuple[Explainer, ...] = ()


def controls_of(recommenders: Mapping[str, type[Recommender]], explainers: Mapping[str, type[Explainer]]) -> Controls:
    """Those of the registered classes that say of themselves that they are controls, with their default configurations."""
    return Controls(
        tuple(cls() for cls in recommenders.values() if cls.control), tuple(cls() for cls in explainers.values() if cls.control)
    )


@dataclass(frozen=True, eq=False)
class Plan:
    """How to evaluate. metrics: those to measure. k: length of lists. full: rank the whole catalogue. part: "test" or "valid".

    explanations: also explain. max_pairs: pairs to explain at most (None = all). robust: also explain again with noise, with
    random weights and (for several runs of one method) other seeds. seed: of everything that is drawn. blame: the line that
    names the plugin whose error this is, None for errors that are to be raised; failures: those lines, as they are met.
    """

    metrics: tuple[Metric, ...]
    k: int = 10
    full: bool = False
    part: str = "test"
    explanations: bool = False
    max_pairs: int | None = None
    robust: bool = False
    seed: int = 0
    blame: Callable[[Exception], str | None] = lambda error: None
    failures: list[str] = field(default_factory=list)

    def attempt(self, act: Callable[[], T]) -> T | None:
        """act(), or None where somebody's plugin fails: the others are measured all the same, and `failures` says what is not."""
        try:
            return act()
        except Exception as error:  # a stranger's plugin may raise anything
            line = self.blame(error)
            if line is None:
                raise
            if line not in self.failures:
                self.failures.append(line)
            return None


def evaluate_ranking(recommender: Recommender, data: Dataset, plan: Plan, method: str | None = None) -> tuple[Evaluation, ...]:
    """The ranking metrics of a fitted recommender, on the candidate lists or the whole catalogue."""
    rank = full_ranking if plan.full else candidate_ranking
    ranking = rank(recommender, data, plan.part)
    return measure_ranking(ranking, data, plan, method or recommender.name)


def measure_ranking(ranking: Ranking, data: Dataset, plan: Plan, method: str) -> tuple[Evaluation, ...]:
    """The ranking metrics of a ranking, whoever made it."""
    given = MetricInput(data, plan.k, plan.seed, plan.part, ranking=ranking)
    return _measured([m for m in plan.metrics if m.needs == RANKING_NEEDS], given, plan, method)


def evaluate_explanations(
    explainer: Explainer, data: Dataset, plan: Plan, questions: Questions, reruns: Reruns | None = None, method: str | None = None
) -> tuple[Evaluation, ...]:
    """The explanation metrics of a fitted explainer, at (user, item) level and, where text alone decides, at user level."""
    name = method or explainer.name
    pairs = _checked(explainer.explain(questions.pairs, questions.against), questions, name)
    users = explainer.explain_users(questions.users)
    again = reruns or Reruns()
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
    )
    of_users = MetricInput(data, plan.k, plan.seed, plan.part, explanations=users)
    by_text = measure_explanations(of_users, plan, name, only_text=True)
    if questions.level == "user":
        return by_text + tuple(e for e in measure_explanations(given, plan, name) if e.group not in {t.group for t in by_text})
    return measure_explanations(given, plan, name) + tuple(replace(e, group=f"user_{e.group}") for e in by_text)


def measure_explanations(given: MetricInput, plan: Plan, method: str, only_text: bool = False) -> tuple[Evaluation, ...]:
    """All metrics of explanations that have what they need, whoever made the explanations; or those that need nothing else."""
    wanted = [m for m in plan.metrics if m.needs != RANKING_NEEDS and (m.needs == TEXT_NEEDS or not only_text)]
    return _measured([m for m in wanted if all(given.offers(need) for need in m.needs)], given, plan, method)


def _measured(metrics: Iterable[Metric], given: MetricInput, plan: Plan, method: str) -> tuple[Evaluation, ...]:
    found = (plan.attempt(partial(metric.measure, given, method)) for metric in metrics)
    return tuple(evaluation for evaluation in found if evaluation is not None)


def _checked(found: Explanations, questions: Questions, method: str) -> Explanations:
    """The same, with the other items of the questions. Failures must stay in the denominators, so no row may be missing."""
    pairs, against = questions.pairs, questions.against
    if not (np.array_equal(found.users, pairs[:, 0]) and np.array_equal(found.items, pairs[:, 1])):
        raise RunError(f"asked to explain {len(pairs)} pairs, {len(found)} others came back", where=f"explainer {method}")
    if against is None or found.against is None:
        return replace(found, against=against)
    if not np.array_equal(found.against, against):
        raise RunError("pairs were compared with other items than asked for", where=f"explainer {method}")
    return found


def evaluate(
    subjects: Sequence[Subject], data: Dataset, plan: Plan, controls: Controls, choose_against: ChooseAgainst | None = None
) -> Report:
    """Every subject and every control, with intervals, lifts over the best control, and comparisons between methods."""
    options = RunOptions(seed=plan.seed)
    decided = decided_figures(
        plan.metrics, data, plan.k, full=plan.full, part=plan.part, explained=plan.explanations, attempt=plan.attempt
    )
    of_controls: list[Evaluation] = []
    for control in controls.recommenders:
        control.fit(data, options)
        of_controls += evaluate_ranking(control, data, plan)
    results = [
        _evaluate_run(s, data, plan, controls, of_controls, choose_against, _siblings(s, subjects), decided) for s in subjects
    ]
    by_method: dict[str, list[Evaluation]] = {}
    for result in results:
        by_method.setdefault(result.method, []).extend(result.figures)
    wanted = {f"{prefix}{m.group} {m.label(plan.k)}" for m in plan.metrics if m.headline for prefix in ("", "user_")}
    compared, seeds = compare_methods(by_method, wanted, plan.seed), summarise_seeds(by_method)  # type: ignore[arg-type]
    of_means = [(m, e, lift) for m in by_method for e, lift in _lifts_of_mean([r for r in results if r.method == m], plan.seed)]
    parts = tuple(results), tuple(compared), tuple(seeds), tuple(of_means), tuple(plan.failures), warnings_of(decided)
    return Report(data.protocol, data.name, data.fingerprint, plan.k, plan.full, *parts)


def _lifts_of_mean(runs: Sequence[RunResult], seed: int) -> list[tuple[Evaluation, Lift]]:
    """Several runs of one method, each user's values averaged over them, against the best control, averaged in the same way."""
    if len(runs) < 2:
        return []
    told = {(e.group, e.metric) for run in runs for e, _ in run.lifts}
    own = mean_over_seeds([e for run in runs for e in run.figures if (e.group, e.metric) in told])
    beside = [e for name in runs[0].controls for e in mean_over_seeds([e for run in runs for e in run.controls.get(name, ())])]
    return lifts(own, beside, seed)


def _siblings(subject: Subject, subjects: Iterable[Subject]) -> list[Subject]:
    """Runs of the same method with other seeds."""
    return [s for s in subjects if s is not subject and s.method == subject.method and s.explainer is not None]


def _evaluate_run(
    subject: Subject,
    data: Dataset,
    plan: Plan,
    controls: Controls,
    of_ranking: Sequence[Evaluation],
    choose_against: ChooseAgainst | None,
    siblings: Sequence[Subject],
    decided: Sequence[Decided],
) -> RunResult:
    ranking = evaluate_ranking(subject.recommender, data, plan, subject.method)
    explained: tuple[Evaluation, ...] = ()
    beside = list(of_ranking)
    level, skipped = "pair", {}
    if plan.explanations and subject.explainer is not None:
        questions = make_questions(subject.recommender, data, choose_against, plan.seed, plan.max_pairs)
        level = questions.level
        again = (
            rerun(subject.explainer, data, questions, plan.seed, [s.explainer for s in siblings if s.explainer])
            if plan.robust
            else None
        )
        own_reasons = partial(evaluate_explanations, subject.explainer, data, plan, questions, again, subject.method)
        explained = plan.attempt(own_reasons) or ()
        for control in controls.explainers if explained else ():
            control.fit(subject.recommender, data, RunOptions(seed=plan.seed))
            again = rerun(control, data, questions, plan.seed, []) if plan.robust else None
            beside += evaluate_explanations(control, data, plan, questions, again)
        skipped = _skipped(plan, explained)
    ranking, explained, controlled = (without_decided(figures, decided) for figures in (ranking, explained, beside))
    own = ranking + explained
    telling = {(f"{prefix}{m.group}", m.label(plan.k)) for m in plan.metrics if m.beside_controls for prefix in ("", "user_")}
    return RunResult(
        subject.run,
        subject.method,
        subject.seed,
        ranking,
        subject.explainer.name if plan.explanations and subject.explainer is not None else None,
        explained,
        _by_name(controlled),
        level,
        skipped,
        tuple(intervals(own, plan.seed)),
        tuple(lifts([e for e in own if (e.group, e.metric) in telling], controlled, plan.seed)),
    )


def _by_name(figures: Iterable[Evaluation]) -> dict[str, tuple[Evaluation, ...]]:
    out: dict[str, tuple[Evaluation, ...]] = {}
    for figure in figures:
        out[figure.method] = (*out.get(figure.method, ()), figure)
    return out


def _skipped(plan: Plan, measured: Iterable[Evaluation]) -> dict[str, str]:
    """Metrics of explanations that were not measured, and what they need."""
    done = {(e.group, e.metric) for e in measured}
    left = [m for m in plan.metrics if m.needs != RANKING_NEEDS and (m.group, m.label(plan.k)) not in done]
    return {m.name: f"needs {', '.join(sorted(m.needs))}" for m in left}
