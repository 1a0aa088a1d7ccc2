"""The paper's tables of numbers: statistics (2), explanations (3) and ranking (4 to 8)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..data.types import Dataset
from ..evaluation.compare import compare_methods, mean_over_seeds
from ..evaluation.evaluate import Plan, evaluate_ranking, measure_explanations
from ..evaluation.statistics import OverSeeds, gains, over_seeds
from ..explainers.types import Explanations
from ..metrics.base import MetricInput
from ..metrics.truth import judgeable_users
from ..metrics.types import Evaluation
from ..run import Run
from .controls import fitted_controls
from .paper import PaperMethod, Target
from .readings import PHI, Reading, explain_readings, of_method
from .result import Cell, Heading, Row, Table
from .trained import Trainer

GROUPS = {"ranking": "ranking", "explanations": "agreement"}
K = 10
HEADLINE = "ndcg@10"
BySource = dict[str, list[Evaluation]]
Readings = dict[Reading, list[Evaluation]]


def statistics_table(target: Target, trainer: Trainer, heading: Heading) -> Table:
    """Table 2: counts of the folder, nothing trained. Density: pairs per cell of the user-item matrix, in percent."""
    data = trainer.data(trainer.seeds[0])
    pairs = len(data.train) + len(data.valid) + len(data.test)
    density = round(100 * pairs / data.n_users / data.n_items, 2)
    counts = {"users": data.n_users, "items": data.n_items, "pairs": pairs, "density_percent": density, "features": data.n_features}
    printed = target.values.get(trainer.folder.dataset or "", {})
    cells = tuple(
        Cell(column, printed.get(column), OverSeeds(value, float("nan"), 1), exact=True) for column, value in counts.items()
    )
    return Table(heading, (Row(trainer.folder.name, cells),))


def measured_table(target: Target, trainer: Trainer, heading: Heading) -> Table:
    """Tables 3 to 8: every method with every seed, the controls with the same, and how the methods compare."""
    plan = _plan(target, trainer)
    methods = trainer.setup.explained if target.kind == "explanations" else trainer.setup.methods
    trainer.check_settings(methods)
    controls = measure_controls(target, trainer, plan)
    ours: BySource = {}
    readings: Readings = {}
    for method, seed, run in trainer.runs(methods):
        found = trainer.attempt(method, measure_run, target, trainer, method, seed, run, plan) or ()
        ours.setdefault(method.label, []).extend(found)
        if found and target.kind == "explanations":
            for reading, told in (trainer.attempt(method, explain_readings, trainer, method, run) or {}).items():
                readings.setdefault(reading, []).extend(measure_users(told, run.data, plan, reading.label))
        trainer.note({e.metric: (target.printed(trainer.folder.dataset, method.label, e.metric), e.value) for e in found})
        trainer.watch.partial(_table(target, trainer, heading, ours, controls, readings, whole=False))
    return _table(target, trainer, heading, ours, controls, readings)


def _table(
    target: Target,
    trainer: Trainer,
    heading: Heading,
    ours: BySource,
    controls: BySource,
    readings: Readings,
    whole: bool = True,
) -> Table:
    """The table of what was measured so far; methods are compared when it is whole."""
    methods = trainer.setup.explained if target.kind == "explanations" else trainer.setup.methods
    best = [e for figures in controls.values() for e in mean_over_seeds(figures)]
    rows = [_method_row(m, target, trainer, ours.get(m.label, []), best, of_method(readings, m.label, phi=False)) for m in methods]
    rows += [_reading_row(reading, target, trainer, figures, best) for reading, figures in readings.items() if reading.name == PHI]
    rows += [_reading_row(reading, target, trainer, figures, best) for reading, figures in readings.items() if reading.name != PHI]
    rows += [Row(name, _cells(target, None, name, figures), control=True) for name, figures in controls.items()]
    if not whole:
        return Table(heading, tuple(rows), complete=False, phi_note=target.phi_note)
    able = {label: figures for label, figures in ours.items() if label not in trainer.failures}
    compared = compare_methods(able, {f"{GROUPS[target.kind]} {HEADLINE}"})  # type: ignore[arg-type]
    return Table(heading, tuple(rows), tuple(compared), phi_note=target.phi_note)


def _reading_row(reading: Reading, target: Target, trainer: Trainer, figures: list[Evaluation], controls: list[Evaluation]) -> Row:
    """The paper's phi has the paper's values beside it, an attribution has none."""
    phi = reading.name == PHI
    found = {e.metric: gain for e, gain in gains(mean_over_seeds(figures), controls)}
    cells = _cells(target, trainer.folder.dataset if phi else None, reading.of, figures)
    return Row(reading.label, cells, gains=found, of=reading.of, attribution=not phi)


def measure_run(target: Target, trainer: Trainer, method: PaperMethod, seed: int, run: Run, plan: Plan) -> tuple[Evaluation, ...]:
    """The table's figures of one run."""
    if target.kind == "ranking":
        return evaluate_ranking(run.recommender, run.data, plan, method.label)
    return measure_users(trainer.explain_users(method, seed, run), run.data, plan, method.label)


def measure_users(found: Explanations, data: Dataset, plan: Plan, name: str) -> tuple[Evaluation, ...]:
    """Agreement, eq. (10), of the explanations of users as a whole with what they wrote; every user with a ground truth counts."""
    given = MetricInput(data, plan.k, plan.seed, plan.part, explanations=found)
    return measure_explanations(given, plan, name, only_text=True)


def measure_controls(target: Target, trainer: Trainer, plan: Plan) -> BySource:
    """The registered controls on each seed's data: no model, so nothing of the methods plays a part."""
    out: BySource = {}
    for seed in trainer.seeds:
        data = trainer.data(seed)
        controls = fitted_controls(trainer.registry, data, seed)
        for ranker in controls.recommenders if target.kind == "ranking" else ():
            out.setdefault(ranker.name, []).extend(evaluate_ranking(ranker, data, plan))
        for explainer in controls.explainers if target.kind == "explanations" else ():
            found = explainer.explain_users(judgeable_users(data))
            out.setdefault(explainer.name, []).extend(measure_users(found, data, plan, explainer.name))
    return out


def _plan(target: Target, trainer: Trainer) -> Plan:
    """The metrics that the table prints, at k = 10."""
    able = [cls() for cls in trainer.registry.classes("metric").values()]
    wanted = [m for m in able if m.group == GROUPS[target.kind] and m.label(K) in target.metrics]
    return Plan(tuple(wanted), K)


def _method_row(
    method: PaperMethod,
    target: Target,
    trainer: Trainer,
    figures: list[Evaluation],
    controls: list[Evaluation],
    attributions: Readings,
) -> Row:
    failure = trainer.failures.get(method.label, "")
    kept = [] if failure else figures
    averaged, shared = mean_over_seeds(kept), [e for other in attributions.values() for e in mean_over_seeds(other)]
    found, beside = ({e.metric: gain for e, gain in gains(averaged, others)} for others in (controls, shared))
    epochs = () if failure else trainer.auxiliary_epochs(method)
    cells = _cells(target, trainer.folder.dataset, method.label, kept)
    return Row(method.label, cells, gains=found, failure=failure, auxiliary_epochs=epochs, attribution_gains=beside)


def _cells(target: Target, dataset: str | None, label: str, figures: Sequence[Evaluation]) -> tuple[Cell, ...]:
    cells = []
    for metric in target.metrics:
        values = [e.value for e in figures if e.metric == metric and not np.isnan(e.value)]
        cells.append(Cell(metric, target.printed(dataset, label, metric), over_seeds(values) if values else None))
    return tuple(cells)
