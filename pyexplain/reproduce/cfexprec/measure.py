"""One explainer on the benchmark: every item of the first K of every user, and every list as a whole, by the registered metrics."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ...explainers.base import Explainer
from ...explainers.order import Order
from ...explainers.types import Explanations
from ...metrics.base import Metric, MetricInput
from ...recommenders.config import make_config
from ...recommenders.options import RunOptions
from .folder import Benchmark

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]
GROUP = "removal"
AT_ONCE = 250  # rows that are measured at a time: of these, metrics look at all
ITEM, LIST = "item", "list"


@dataclass(frozen=True)
class Level:
    """Figures of explanations of one level: of n pairs, or lists. same: of the first so many alone, by their number."""

    n: int
    seconds: float
    figures: dict[str, float | None]
    same: dict[str, dict[str, float | None]] = field(default_factory=dict)


@dataclass(frozen=True)
class ExplainerRow:
    """What an explainer reached. settings: that differ from its defaults. fit_seconds: to get ready. failure: why nothing."""

    name: str
    settings: dict[str, int | bool]
    fit_seconds: float
    item: Level | None
    lists: Level | None
    failure: str = ""


def settings_for(cls: type[Explainer], k: int) -> dict[str, int | bool]:
    """Those of the keys that an explainer has: weights below 0 are told, and what has to be left, or passed, are the first k."""
    wanted: dict[str, int | bool] = {"signed": True, "leaves": k, "rivals": k}
    return {key: value for key, value in wanted.items() if key in cls.Config.model_fields}


def measure_explainer(
    cls: type[Explainer],
    bench: Benchmark,
    k: int,
    metrics: Sequence[Metric],
    options: RunOptions,
    first: Mapping[str, Sequence[int]],
) -> ExplainerRow:
    """Fit, explain and measure. first: for each level numbers of explanations, of which figures are given as well."""
    settings = settings_for(cls, k)
    explainer = cls(make_config(cls.Config, dict(settings), cls.name))
    began = time.perf_counter()
    explainer.fit(bench.recommender, bench.data, options)
    fitted = time.perf_counter() - began
    pairs, against = questions(bench, k)
    began = time.perf_counter()
    items = explainer.explain(pairs, against)
    between = time.perf_counter()
    lists = explainer.explain_lists(bench.users, k)
    ended = time.perf_counter()
    told = metrics, options.seed
    of_items = measured(items, bench, k, *told, between - began, first[ITEM])
    of_lists = measured(lists, bench, k, *told, ended - between, first[LIST])
    return ExplainerRow(cls.name, settings, fitted, of_items, of_lists)


def questions(bench: Benchmark, k: int) -> tuple[Int, Int]:
    """The first k items of each user as pairs [n k, 2], and the item at place k + 1 beside each [n k]."""
    items, _ = Order(bench.recommender, bench.data).best(bench.users, k + 1)
    return np.stack([np.repeat(bench.users, k), items[:, :k].ravel()], axis=1), np.repeat(items[:, k], k)


def measured(
    found: Explanations, bench: Benchmark, k: int, metrics: Sequence[Metric], seed: int, seconds: float, first: Sequence[int]
) -> Level:
    """All metrics of the group, and what follows from them; seconds: all explanations took together."""
    values = _values(found, bench, k, metrics, seed)
    values |= _derived(values, found)
    figures = {name: _mean(one) for name, one in values.items()}
    same = {str(n): {name: _mean(one[:n]) for name, one in values.items()} for n in first if n <= len(found)}
    return Level(len(found), seconds / max(1, len(found)), figures, same)


def _values(found: Explanations, bench: Benchmark, k: int, metrics: Sequence[Metric], seed: int) -> dict[str, Float]:
    """By label: a value for each explanation; none of a metric that judges other rows."""
    scores = Order(bench.recommender, bench.data).scores
    parts: dict[str, list[Float]] = {}
    for at in range(0, len(found), AT_ONCE):
        some = found.select(np.arange(at, min(at + AT_ONCE, len(found))))
        given = MetricInput(bench.data, k, seed, explanations=some, catalogue=scores, sample="top")
        for metric in metrics:
            parts.setdefault(metric.label(k), []).append(metric.values(given).values)
    joined = {label: np.concatenate(some) for label, some in parts.items()}
    return {label: some for label, some in joined.items() if len(some) == len(found)}


def _derived(values: dict[str, Float], found: Explanations) -> dict[str, Float]:
    """size_left: where it is reached (NaN elsewhere); size_zero: failures as 0; proved: that nothing smaller does."""
    if not {"pn_s", "size"} <= set(values):
        return {}
    reached, size = values["pn_s"] > 0, values["size"]
    out = {"size_left": np.where(reached, size, np.nan), "size_zero": np.where(reached, size, 0.0)}
    change = found.counterfactual
    if change is not None and change.proved is not None:
        out["proved"] = change.proved.astype(float)
    return out


def _mean(values: Float) -> float | None:
    known = values[~np.isnan(values)]
    found = float(known.mean()) if len(known) else math.nan
    return None if math.isnan(found) else found
