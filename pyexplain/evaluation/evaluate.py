"""Evaluate runs beside the controls: rankings first, then explanations of the same samples of pairs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from ..data.kind_views import usual_kinds
from ..data.types import Dataset
from ..errors import DataError
from ..explainers.base import Explainer
from ..metrics.base import MetricInput
from ..metrics.types import Evaluation, Ranking
from ..recommenders.base import Recommender
from ..recommenders.options import RunOptions
from .attack import attacked_rankings
from .beyond import evaluate_beyond
from .compare import compare_methods, mean_over_seeds, summarise_seeds
from .decided import Decided, decided_figures, warnings_of, without_decided
from .explained import evaluate_explanations
from .explained import measure_explanations as measure_explanations
from .plan import ATTACK_NEEDS, OF_RANKINGS, RANKING_NEEDS, TURNED_NEEDS
from .plan import Plan as Plan
from .questions import ChooseAgainst, Questions, make_questions
from .ranking import candidate_ranking, full_ranking
from .report import Report, RunResult
from .statistics import Gain, gains, intervals
from .turned import smallest_changes


@dataclass(frozen=True, eq=False)
class Subject:
    """A trained thing to evaluate: the run's name, its method's, its seed; a fitted recommender and, if any, fitted explainer.

    auxiliary_epochs: epochs in which the method's own term took part (recommenders/history.py); None where there is none. data: the
    data set through the kinds of features that the subject sees; None = as the others.
    """

    run: str
    method: str
    seed: int
    recommender: Recommender
    explainer: Explainer | None = None
    auxiliary_epochs: int | None = None
    data: Dataset | None = None


@dataclass(frozen=True, eq=False)
class Controls:
    """Control methods, not yet fitted, and the attributions that stand beside them; see controls_of."""

    recommenders: tuple[Recommender, ...] = ()
    explainers: tuple[Explainer, ...] = ()
    attributions: tuple[Explainer, ...] = ()


def controls_of(recommenders: Mapping[str, type[Recommender]], explainers: Mapping[str, type[Explainer]]) -> Controls:
    """Those of the registered classes that say of themselves that they are controls, or attributions, with their default
    configurations."""
    return Controls(
        tuple(cls() for cls in recommenders.values() if cls.control),
        tuple(cls() for cls in explainers.values() if cls.control),
        tuple(cls() for cls in explainers.values() if cls.attribution),
    )


def evaluate_ranking(recommender: Recommender, data: Dataset, plan: Plan, method: str | None = None) -> tuple[Evaluation, ...]:
    """The ranking metrics of a fitted recommender, on the candidate lists or the whole catalogue."""
    rank = full_ranking if plan.full else candidate_ranking
    ranking = rank(recommender, data, plan.part)
    return measure_ranking(ranking, data, plan, method or recommender.name)


def evaluate_attacked(
    recommender: Recommender, others: Sequence[Recommender], data: Dataset, plan: Plan, method: str | None = None
) -> tuple[Evaluation, ...]:
    """What is left of the candidate lists' ranking under attack; the others are those whose gradients are tried on it, too."""
    metrics, lengths = ([m for m in plan.metrics if m.needs == needs] for needs in (ATTACK_NEEDS, TURNED_NEEDS))
    if not plan.attack or not (metrics or lengths):
        return ()
    name = method or recommender.name
    found: tuple[Evaluation, ...] = ()
    clean = candidate_ranking(recommender, data, plan.part)
    given = partial(MetricInput, data, plan.k, plan.seed, plan.part, ranking=clean)
    if metrics:
        attacked = attacked_rankings(recommender, others, data, plan.part, plan.seed)
        found += plan.measured(metrics, given(attacked=attacked), name)
    if lengths and (turned := smallest_changes(recommender, data, clean.users)) is not None:
        found += plan.measured(lengths, given(turned=turned), name)
    return found


def measure_ranking(ranking: Ranking, data: Dataset, plan: Plan, method: str) -> tuple[Evaluation, ...]:
    """The ranking metrics of a ranking, whoever made it."""
    given = MetricInput(data, plan.k, plan.seed, plan.part, ranking=ranking)
    return plan.measured([m for m in plan.metrics if m.needs == RANKING_NEEDS], given, method)


def evaluate(
    subjects: Sequence[Subject], data: Dataset, plan: Plan, controls: Controls, choose_against: ChooseAgainst | None = None
) -> Report:
    """Every subject and every control, with intervals, gains over the best control, and comparisons between methods.

    Raises DataError where the part that is measured on has no pair.
    """
    if not len(getattr(data, plan.part)):
        hint = "Its users have too few liked reviews to hold one out; prepare it from more reviews, or with another --split."
        raise DataError(f"the data set has no {plan.part} part: nothing can be evaluated", where=data.name, hint=hint)
    options = RunOptions(seed=plan.seed)
    told = _decided_by_space(subjects, data, plan)
    decided = list(dict.fromkeys(figure for figures in told.values() for figure in figures))
    of_controls: list[Evaluation] = []
    for control in controls.recommenders:
        view = data.with_kinds(usual_kinds(data.source.kinds, control.kinds))
        control.fit(view, options)
        of_controls += evaluate_ranking(control, view, plan)
        of_controls += evaluate_beyond(control, view, plan)
        of_controls += evaluate_attacked(control, [s.recommender for s in _alike(view, subjects, data)], view, plan)
    results = []
    for subject in subjects:
        own = subject.data or data
        alike, known = _alike(own, subjects, data), told[own.features.fingerprint]
        results.append(
            _evaluate_run(subject, own, plan, controls, of_controls, choose_against, _siblings(subject, alike), known, alike)
        )
    by_method: dict[str, list[Evaluation]] = {}
    for result in results:
        by_method.setdefault(result.method, []).extend(result.figures)
    wanted = {f"{prefix}{m.group} {m.label(plan.k)}" for m in plan.metrics if m.headline for prefix in ("", "user_")}
    compared, seeds = compare_methods(by_method, wanted, plan.seed), summarise_seeds(by_method)  # type: ignore[arg-type]
    of_means, of_attributions = (_gains_of_means(by_method, results, plan.seed, beside) for beside in ("controls", "attributions"))
    warnings = (*warnings_of(decided), *(_without_own_term(s) for s in subjects if s.auxiliary_epochs == 0))
    parts = tuple(results), tuple(compared), tuple(seeds), of_means, tuple(plan.failures), warnings, of_attributions
    return Report(data.protocol, data.name, data.source.fingerprint, plan.k, plan.full, *parts)


def _without_own_term(subject: Subject) -> str:
    return (
        f"{subject.run} ({subject.method}): the term that makes the method took part in no epoch of the kept model; it is one "
        "of plain BPR. Train more epochs than its warm-up has."
    )


def _gains_of_means(
    methods: Iterable[str], results: Sequence[RunResult], seed: int, beside: str
) -> tuple[tuple[str, Evaluation, Gain], ...]:
    """Of each method with several runs, each user's values averaged over them, against the best of what stands `beside`, averaged
    in the same way."""
    out: list[tuple[str, Evaluation, Gain]] = []
    for method in methods:
        runs = [run for run in results if run.method == method]
        if len(runs) > 1:
            known = [run.controls if beside == "controls" else run.attributions for run in runs]
            told = {(e.group, e.metric) for run in runs for e, _ in (run.gains if beside == "controls" else run.attribution_gains)}
            own = mean_over_seeds([e for run in runs for e in run.figures if (e.group, e.metric) in told])
            others = [e for name in known[0] for e in mean_over_seeds([e for found in known for e in found.get(name, ())])]
            out += [(method, e, gain) for e, gain in gains(own, others, seed)]
    return tuple(out)


def _siblings(subject: Subject, subjects: Iterable[Subject]) -> list[Subject]:
    """Runs of the same method with other seeds."""
    return [s for s in subjects if s is not subject and s.method == subject.method and s.explainer is not None]


def _alike(view: Dataset, subjects: Sequence[Subject], data: Dataset) -> list[Subject]:
    """The subjects whose features have the same columns: what one says of a column can be asked of another."""
    return [s for s in subjects if (s.data or data).features.fingerprint == view.features.fingerprint]


def _decided_by_space(subjects: Sequence[Subject], data: Dataset, plan: Plan) -> dict[str, list[Decided]]:
    """Figures that the length of the lists decides, for each set of columns that a subject sees."""
    views = {view.features.fingerprint: view for view in (s.data or data for s in subjects)}
    return {
        space: decided_figures(
            plan.metrics, view, plan.k, full=plan.full, part=plan.part, explained=plan.explanations, attempt=plan.attempt
        )
        for space, view in views.items()
    }


def _evaluate_run(
    subject: Subject,
    data: Dataset,
    plan: Plan,
    controls: Controls,
    of_ranking: Sequence[Evaluation],
    choose_against: ChooseAgainst | None,
    siblings: Sequence[Subject],
    decided: Sequence[Decided],
    subjects: Sequence[Subject],
) -> RunResult:
    ranking = evaluate_ranking(subject.recommender, data, plan, subject.method)
    ranking += evaluate_beyond(subject.recommender, data, plan, subject.method)
    attackers = [s.recommender for s in subjects if s is not subject]
    ranking += evaluate_attacked(subject.recommender, attackers, data, plan, subject.method)
    explained: tuple[Evaluation, ...] = ()
    beside, attributed = list(of_ranking), list[Evaluation]()
    level, skipped = "pair", {}
    sizes: tuple[tuple[str, int, int], ...] = ()
    if plan.explanations and subject.explainer is not None:
        questions = make_questions(subject.recommender, data, choose_against, plan.seed, plan.max_pairs)
        level = questions.level
        others = [s.explainer for s in siblings if s.explainer]
        own_reasons = partial(evaluate_explanations, subject.explainer, data, plan, questions, subject.method, others)
        explained = plan.attempt(own_reasons) or ()
        for control in controls.explainers if explained else ():
            control.fit(subject.recommender, data, RunOptions(seed=plan.seed))
            beside += evaluate_explanations(control, data, plan, questions)
        if explained:
            attributed = _attributions(subject, data, plan, controls, questions)
        sizes = tuple((sample.name, len(sample.pairs), sample.n_users) for sample in questions.samples)
        skipped = _skipped(plan, explained)
    kept = [without_decided(figures, decided) for figures in (ranking, explained, beside, attributed)]
    ranking, explained, controlled, shared_out = kept
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
        tuple(gains([e for e in own if (e.group, e.metric) in telling], controlled, plan.seed)),
        sizes,
        subject.auxiliary_epochs,
        _by_name(shared_out),
        tuple(gains([e for e in own if (e.group, e.metric) in telling], shared_out, plan.seed)),
    )


def _attributions(subject: Subject, data: Dataset, plan: Plan, controls: Controls, questions: Questions) -> list[Evaluation]:
    """Figures of the attributions on the subject's own model, but for those that it is explained by. What is printed of them is not
    measured, nor are they asked a second time."""
    assert subject.explainer is not None
    out: list[Evaluation] = []
    short = replace(plan, say=None, robust=False)
    for explainer in controls.attributions:
        if explainer.name != subject.explainer.name and explainer.needs <= subject.recommender.offers:
            explainer.fit(subject.recommender, data, RunOptions(seed=plan.seed))
            out += plan.attempt(partial(evaluate_explanations, explainer, data, short, questions)) or ()
    return out


def _by_name(figures: Iterable[Evaluation]) -> dict[str, tuple[Evaluation, ...]]:
    out: dict[str, tuple[Evaluation, ...]] = {}
    for figure in figures:
        out[figure.method] = (*out.get(figure.method, ()), figure)
    return out


def _skipped(plan: Plan, measured: Iterable[Evaluation]) -> dict[str, str]:
    """Metrics of explanations that were not measured, and what they need."""
    done = {(e.group, e.metric) for e in measured}
    left = [m for m in plan.metrics if m.needs not in OF_RANKINGS and (m.group, m.label(plan.k)) not in done]
    return {m.name: f"needs {', '.join(sorted(m.needs))}" for m in left}
