"""Methods against each other: mean over seeds, then every two of them by a randomisation test, Holm-corrected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np

from ..metrics.types import Evaluation
from .statistics import Interval, holm, over_seeds, paired_difference, randomisation_test
from .statistics import OverSeeds as OverSeeds


@dataclass(frozen=True)
class Comparison:
    """first less second in one metric; p of the randomisation test, and after Holm's correction over all pairs of methods."""

    group: str
    metric: str
    first: str
    second: str
    difference: Interval
    p: float
    p_holm: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        d = self.difference
        out: dict[str, Any] = {"group": self.group, "metric": self.metric, "first": self.first, "second": self.second}
        return out | {"difference": d.value, "low": d.low, "high": d.high, "p": self.p, "p_holm": self.p_holm}


def summarise_seeds(by_method: dict[str, Sequence[Evaluation]]) -> list[tuple[str, str, str, OverSeeds]]:
    """(method, group, metric, mean and deviation) of every figure that at least two runs of the method have."""
    out = []
    for method, figures in by_method.items():
        for (group, metric), same in _by_metric(figures).items():
            values = [e.value for e in same if not np.isnan(e.value)]
            if len(same) > 1 and values:
                out.append((method, group, metric, over_seeds(values)))
    return out


def compare_methods(by_method: dict[str, Sequence[Evaluation]], wanted: set[str], seed: int = 0) -> list[Comparison]:
    """Every two methods in each wanted metric ("group metric") that both were measured by on the same users or pairs.

    Several runs of a method (seeds) count as one, by the mean of each user's or pair's values.
    """
    merged: dict[str, dict[str, Evaluation]] = {}
    for method, figures in by_method.items():
        for found in mean_over_seeds([e for e in figures if f"{e.group} {e.metric}" in wanted]):
            merged.setdefault(f"{found.group} {found.metric}", {})[method] = found
    out: list[Comparison] = []
    for methods in merged.values():
        able = [(a, b) for a, b in combinations(methods.values(), 2) if np.array_equal(a.users, b.users)]
        raw = [randomisation_test(a, b, seed) for a, b in able]
        for (a, b), p, p_holm in zip(able, raw, holm(raw), strict=True):
            out.append(Comparison(a.group, a.metric, a.method, b.method, paired_difference(a, b, seed), p, p_holm))
    return out


def mean_over_seeds(figures: Sequence[Evaluation]) -> list[Evaluation]:
    """One figure for each metric of several runs of a method: the mean of each user's or pair's values over the runs.

    Left out: figures that are no means, and those whose runs did not judge the same users or pairs.
    """
    return [found for same in _by_metric(figures).values() if (found := _mean_of(same)) is not None]


def _by_metric(figures: Sequence[Evaluation]) -> dict[tuple[str, str], list[Evaluation]]:
    out: dict[tuple[str, str], list[Evaluation]] = {}
    for figure in figures:
        out.setdefault((figure.group, figure.metric), []).append(figure)
    return out


def _mean_of(same: Sequence[Evaluation]) -> Evaluation | None:
    first = same[0]
    if not all(e.averaged and len(e.values) and np.array_equal(e.users, first.users) for e in same):
        return None
    values = np.mean([e.values for e in same], axis=0)
    return replace(first, values=values, value=float(values.mean()))
