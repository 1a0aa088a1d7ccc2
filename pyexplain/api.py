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
from .recommenders.base import Recommender
from .recommenders.config import Config, make_config
from .recommenders.options import RunOptions
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
    seed: int | None = None,
    callback: Callable[[Mapping[str, float]], None] | None = None,
    **more: object,
) -> Run:
    """Train the recommender that `explainer` comes with (the explainer is then ready), or a `baseline` alone; where neither is
    named, that of the default explainer.

    settings and keywords are configuration keys of the two (dim=64, epochs=20, ...). kinds: the kinds of features that are used
    ("word", "attribute", "history"); None: those that the recommender uses by default, or those of `data`, if that is a view.
    seed, callback: of the options, where no more of them is to be said; callback=print shows each epoch.
    Raises UsageError for an unknown method, key or kind, DataError for a data set that cannot be trained on, RunError for a device
    that is not there or a loss that fails.
    """
    if explainer is not None and baseline is not None:
        raise UsageError("name an explainer or a baseline, not both", where="train")
    options = check_device(_options(options, seed, callback))
    registry = registry or load_registry()
    explainer = default_explainer(registry) if baseline is None and explainer is None else explainer
    path = None if isinstance(data, Dataset) else Path(data)
    dataset = load_dataset(data) if not isinstance(data, Dataset) else data
    keys = {**(settings or {}), **more}
    recommender, reasons = _make_both(registry, explainer, baseline, keys)
    if kinds is None and dataset.stored is None:
        kinds = usual_kinds(dataset.kinds, recommender.kinds)
    dataset = seen_by(dataset, kinds, recommender.counted)
    if options.threads:
        torch.set_num_threads(options.threads)
    if reasons:
        check_needs(reasons, recommender)
    history = recommender.fit(dataset, replace(options, labels=_labels(reasons)))
    after = replace(options, checkpoints=None, resume=False)
    if reasons:
        reasons.fit(recommender, dataset, after)
    return Run(runs.TrainedRun(recommender, reasons, dataset, path, after, history), registry)


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
    """Options with "auto" resolved; RunError that says what is missing for "cuda"."""
    if options.device == "auto":
        return replace(options, device="cuda" if torch.cuda.is_available() else "cpu")
    if options.device == "cuda" and not torch.cuda.is_available():
        missing = "this torch was built without CUDA" if torch.version.cuda is None else "there is no usable GPU"
        raise RunError(f"CUDA was asked for, but {missing}", where="--device", hint="Use --device cpu, or auto.")
    return options


def _make_both(
    registry: Registry, explainer: str | None, baseline: str | None, keys: Mapping[str, object]
) -> tuple[Recommender, Explainer | None]:
    """The two methods with the keys that each knows; a key that neither knows is refused."""
    reasons = registry.get("explainer", explainer) if explainer else None
    ranker = registry.get("recommender", baseline or (reasons.comes_with if reasons else ""))
    kinds: list[type[Config]] = [ranker.Config] + ([reasons.Config] if reasons else [])
    known = sorted({key for kind in kinds for key in kind.model_fields})
    strange = sorted(set(keys) - set(known))
    if strange:
        name = explainer or baseline
        where = either(f"train({strange[0]}=...) of {name}", f"--set {strange[0]} of {name}")
        near = "".join(did_you_mean(key, known) for key in strange) or _as_an_option(strange)
        raise UsageError(f"unknown key {', '.join(strange)}", where=where, hint=f"{near}Known keys: {', '.join(known)}.")
    where = either("train(...)", "--set")
    made = [make_config(kind, {k: v for k, v in keys.items() if k in kind.model_fields}, where) for kind in kinds]
    return ranker(made[0]), reasons(made[1]) if reasons else None


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
