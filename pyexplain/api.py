"""From data to runs: train, load, explain a model that is trained already. The command line is thin over it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from . import runs
from .data.counts import seen_by
from .data.kind_views import usual_kinds
from .data.store import load_dataset
from .data.types import Dataset
from .errors import RunError, UsageError, did_you_mean, either
from .explainers.base import Explainer
from .ops.device import find_device
from .recommenders.base import Recommender
from .recommenders.config import Config, make_config
from .recommenders.options import RunOptions
from .recommenders.warm_start import StartFacts, WarmStart
from .registry import Registry, load_registry
from .run import Run, check_needs

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .present.explanation import PairExplanation
    from .present.many import ManyExplanations
    from .present.measured import MeasuredRuns


def train(
    data: Dataset | str | Path,
    explainer: str | None = None,
    baseline: str | None = None,
    *,
    options: RunOptions | None = None,
    registry: Registry | None = None,
    settings: Mapping[str, object] | None = None,
    kinds: Sequence[str] | None = None,
    never: Sequence[str] = (),
    warm_start: Run | str | Path | None = None,
    seed: int | None = None,
    callback: Callable[[Mapping[str, float]], None] | None = None,
    **more: object,
) -> Run:
    """Train the recommender that `explainer` comes with (the explainer is then ready), or a `baseline` alone; where neither is
    named, that of the run to start from, or of the default explainer.

    settings and keywords are configuration keys of the two (dim=64, epochs=20, ...). kinds: the kinds of features that are used
    ("word", "attribute", "history"); None: those that the recommender uses by default, or those of `data`, if that is a view.
    never: names of features, or of attributes with all their values, that are learned from and that nobody is told of, beside
    those of the data set and what is sensitive (data/unsaid.py); kept with the run.
    warm_start: a run of the same method, from before the data set grew: its parameters are the start, by ids of users, items and
    features, its settings and kinds hold where no others are said, what it does not say is not said either, and the optimiser
    begins anew (recommenders/warm_start.py).
    seed, callback: of the options, where no more of them is to be said; callback=print shows each epoch.
    Raises UsageError for an unknown method, key or kind, or a run to start from that does not fit, DataError for a data set that
    cannot be trained on, RunError for a device that is not there or a loss that fails.
    """
    if explainer is not None and baseline is not None:
        raise UsageError("name an explainer or a baseline, not both", where="train")
    options = check_device(_options(options, seed, callback))
    registry = registry or load_registry()
    before = load_run(warm_start, registry=registry) if isinstance(warm_start, str | Path) else warm_start
    explainer, baseline = chosen_methods(registry, explainer, baseline, before)
    path = None if isinstance(data, Dataset) else Path(data)
    dataset = load_dataset(data) if not isinstance(data, Dataset) else data
    keys = {**(settings or {}), **more}
    recommender, reasons = _make_both(registry, explainer, baseline, keys, before)
    if kinds is None and before is not None:
        kinds = before.data.kinds
    if kinds is None and dataset.stored is None:
        kinds = usual_kinds(dataset.kinds, recommender.kinds)
    never = (*never, *(() if before is None else before.trained.never))
    dataset = seen_by(dataset, kinds, recommender.counted, never)
    if options.threads:
        torch.set_num_threads(options.threads)
    if reasons:
        check_needs(reasons, recommender)
    start = None if before is None else _start(before, recommender, dataset)
    facts = None if start is None else start[1]
    labels = _labels(reasons) | ({} if facts is None else {"warm start": facts.identity})
    labels |= {"never": ", ".join(never)} if never else {}
    history = recommender.fit(dataset, replace(options, labels=labels, warm_start=start and start[0]))
    after = replace(options, checkpoints=None, resume=False, parallel=None)
    if reasons:
        reasons.fit(recommender, dataset, after)
    return Run(runs.TrainedRun(recommender, reasons, dataset, path, after, history, facts), registry)


def chosen_methods(
    registry: Registry, explainer: str | None, baseline: str | None, before: Run | None
) -> tuple[str | None, str | None]:
    """The explainer, or the baseline, that is trained: those named, else those of the run to start from, else the default."""
    if explainer is not None or baseline is not None:
        return explainer, baseline
    if before is None:
        return default_explainer(registry), None
    own = before.trained.explainer
    return (own.name, None) if own is not None else (None, before.recommender.name)


def _start(before: Run, recommender: Recommender, data: Dataset) -> tuple[WarmStart, StartFacts]:
    """What the run has to give to a new one; UsageError where it is of another method, RunError where it knows of people who were
    taken out since."""
    theirs, where = before.recommender, "warm start"
    if theirs.name != recommender.name:
        what = f"the run is of {theirs.name}, to be trained is {recommender.name}"
        raise UsageError(what, where=where, hint=f"Name {theirs.name}, or no method, or train without a warm start.")
    if not recommender.tables:
        what = f"{recommender.name} does not say which of its parameters belong to whom"
        raise UsageError(what, where=where, hint="Train it anew; a method in closed form takes no longer for it.")
    if gone := data.source.forgotten_since(before.data.source.fingerprint):
        raise RunError(f"{gone:,} of those it has learned from were taken out of the data set", where=where, hint="Train anew.")
    known, folder = before.data, before.trained.folder
    start = WarmStart(theirs.name, theirs.state(), known.users, known.items, known.features)
    return start, start.facts(None if folder is None else str(folder), known, data)


def default_explainer(registry: Registry) -> str:
    """The name of the explainer that is trained where no method is named; UsageError where none is marked as such."""
    marked = [name for name, cls in registry.classes("explainer").items() if cls.default]
    if not marked:
        raise UsageError("name an explainer or a baseline", where="train", hint="See 'pyexplain plugins' for what there is.")
    return marked[0]


def _options(options: RunOptions | None, seed: int | None, callback: Callable[[Mapping[str, float]], None] | None) -> RunOptions:
    """Options with what was said beside them."""
    said: dict[str, Any] = {"seed": seed, "callback": callback}
    return replace(options or RunOptions(), **{name: value for name, value in said.items() if value is not None})


def explain_model(
    recommender: Recommender,
    data: Dataset,
    explainer: str,
    *,
    options: RunOptions | None = None,
    registry: Registry | None = None,
    **settings: object,
) -> Run:
    """A run of a recommender that is trained already (px.wrap), explained by the explainer of that name.

    settings: keys of the explainer. Raises UsageError for an unknown explainer or key, and where the recommender does not offer
    what the explainer needs.
    """
    registry, options = registry or load_registry(), check_device(options or RunOptions())
    cls = registry.get("explainer", explainer)
    chosen: Explainer = cls(make_config(cls.Config, settings, f"explainer {explainer}"))
    check_needs(chosen, recommender, registry)
    chosen.fit(recommender, data, options)
    return Run(runs.TrainedRun(recommender, chosen, data, None, options, []), registry)


def load_run(path: str | Path, *, options: RunOptions | None = None, registry: Registry | None = None, dataset: Any = None) -> Run:
    """Read a run folder; see runs.py for what is refused."""
    registry = registry or load_registry()
    options = check_device(options or RunOptions())
    if options.threads:
        torch.set_num_threads(options.threads)
    return Run(runs.load_run(path, registry, options, dataset), registry)


def plot(shown: Dataset | Run | PairExplanation | ManyExplanations | MeasuredRuns) -> Figure:
    """A picture of a data set (its long tail), a run (its history), explanations (what each reason adds) or a report (a metric with
    its intervals). Needs matplotlib (pip install 'pyexplain[pictures]')."""
    if isinstance(shown, Dataset):
        from .present.plots import plot_data

        return plot_data(shown)
    return shown.plot()


def check_device(options: RunOptions) -> RunOptions:
    """Options with "auto" and "cuda" resolved to a device; RunError that says what is missing for CUDA, and what to do."""
    device = find_device(options.device)
    return options if device == options.device else replace(options, device=device)


def _comes_with(registry: Registry, reasons: type[Explainer]) -> type[Recommender]:
    """The recommender that an explainer is trained with; UsageError where it names none, or one that is not there."""
    known = registry.classes("recommender")
    if (named := getattr(reasons, "comes_with", None)) not in known:
        said = "names no recommender" if named is None else f"comes with the recommender {named!r}, which nobody offers"
        where = f"explainer {reasons.name}"
        hint = f"{did_you_mean(named or '', known)}comes_with in its class is the name of a recommender that is installed."
        raise UsageError(said, where=where, hint=hint)
    found: type[Recommender] = known[named]
    return found


def _make_both(
    registry: Registry, explainer: str | None, baseline: str | None, keys: Mapping[str, object], before: Run | None = None
) -> tuple[Recommender, Explainer | None]:
    """The two methods with the keys that each knows, over those of the run to start from; a key that neither knows is refused."""
    reasons = registry.get("explainer", explainer) if explainer is not None else None
    ranker = registry.get("recommender", baseline or "") if reasons is None else _comes_with(registry, reasons)
    kinds: list[type[Config]] = [ranker.Config] + ([reasons.Config] if reasons else [])
    known = sorted({key for kind in kinds for key in kind.model_fields})
    strange = sorted(set(keys) - set(known))
    if strange:
        name = explainer or baseline
        typed = "--epochs" if strange[0] == "epochs" else f"--set {strange[0]}"
        where = either(f"train({strange[0]}=...) of {name}", f"{typed} of {name}")
        near = "".join(did_you_mean(key, known) for key in strange) or _as_an_option(strange)
        raise UsageError(f"unknown key {', '.join(strange)}", where=where, hint=f"{near}Known keys: {', '.join(known)}.")
    where = either("train(...)", "--set")
    made = [
        make_config(kind, kept | {k: v for k, v in keys.items() if k in kind.model_fields}, where)
        for kind, kept in zip(kinds, _kept_settings(before, kinds), strict=True)
    ]
    return ranker(made[0]), reasons(made[1]) if reasons else None


def _kept_settings(before: Run | None, kinds: list[type[Config]]) -> list[dict[str, object]]:
    """Settings of a run by configuration; none where it has none of that type."""
    if before is None:
        return [{} for _ in kinds]
    own = [before.recommender.config] + ([] if before.trained.explainer is None else [before.trained.explainer.config])
    return [next((config.model_dump() for config in own if type(config) is kind), {}) for kind in kinds]


def _as_an_option(keys: list[str]) -> str:
    """Where a key is no setting of a method, but an option of the run."""
    ours = [key for key in keys if key in RunOptions.__dataclass_fields__]
    return f"{either(f'options=RunOptions({ours[0]}=...)', f'--{ours[0]}')} sets it. " if ours else ""


def _labels(explainer: Explainer | None) -> dict[str, str]:
    """What a checkpoint keeps of the explainer that comes after the training."""
    if explainer is None:
        return {}
    settings = explainer.config.model_dump().items()
    return {"explainer": explainer.name} | {f"{key} of the explainer": str(value) for key, value in settings}
