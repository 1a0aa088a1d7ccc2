"""The result of an evaluation: figures of runs and of controls side by side, and the JSON document made of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ..data.settings import Protocol
from ..metrics.types import Evaluation
from ..old_names import renamed_field
from .compare import Comparison
from .statistics import Gain, Interval, OverSeeds

SCHEMA = 2  # 2: samples, warnings, statements; figures that a list decides are null
Tree = dict[str, dict[str, Any]]


@dataclass(frozen=True, eq=False)
class RunResult:
    """Figures of one run: of its ranking, of its explanations, and of every control and attribution on the same users and pairs.

    explainer: its name, or None where nothing was explained. agreement_level: what the rows of "agreement" are. skipped: metrics
    that could not be measured, and what they lack. controls: name -> figures. samples: name, pairs and
    users of each sample of pairs that was explained. auxiliary_epochs: see Subject. attributions: as controls, of gradient times
    input and its like on the same model; attribution_gains: to the best of them.
    """

    run: str
    method: str
    seed: int
    ranking: tuple[Evaluation, ...]
    explainer: str | None
    explanations: tuple[Evaluation, ...]
    controls: dict[str, tuple[Evaluation, ...]]
    agreement_level: str = "pair"
    skipped: dict[str, str] = field(default_factory=dict)
    intervals: tuple[tuple[Evaluation, Interval], ...] = ()
    gains: tuple[tuple[Evaluation, Gain], ...] = ()
    samples: tuple[tuple[str, int, int], ...] = ()
    auxiliary_epochs: int | None = None
    attributions: dict[str, tuple[Evaluation, ...]] = field(default_factory=dict)
    attribution_gains: tuple[tuple[Evaluation, Gain], ...] = ()

    lifts, attribution_lifts = renamed_field("lifts", "gains"), renamed_field("attribution_lifts", "attribution_gains")

    @property
    def figures(self) -> tuple[Evaluation, ...]:
        """All figures of the run itself."""
        return self.ranking + self.explanations

    def to_dict(self) -> dict[str, Any]:
        """As in the JSON document."""
        out: dict[str, Any] = {"run": self.run, "method": self.method, "seed": self.seed}
        out["auxiliary_epochs"] = self.auxiliary_epochs
        ranked = _tree((e, e.number) for e in self.ranking)
        out["ranking"] = ranked.pop("ranking", {})
        out |= ranked  # what is left of it under attack, and what is beyond accuracy, where that was asked for
        if self.explainer is not None:
            explained = _tree((e, e.number) for e in self.explanations)
            out["explanations"] = {"explainer": self.explainer, "agreement_level": self.agreement_level, **explained}
        out["controls"] = {name: _tree((e, e.number) for e in figures) for name, figures in self.controls.items()}
        out["attributions"] = {name: _tree((e, e.number) for e in figures) for name, figures in self.attributions.items()}
        out["intervals"] = _tree((e, {"low": i.low, "high": i.high}) for e, i in self.intervals)
        out["lift"] = _tree((e, _gain(found)) for e, found in self.gains)
        out["lift_over_attributions"] = _tree((e, _gain(found, "attribution")) for e, found in self.attribution_gains)
        out["skipped"] = self.skipped
        out["samples"] = {name: self._sample(name, pairs, users) for name, pairs, users in self.samples}
        return out

    def _sample(self, name: str, pairs: int, users: int) -> dict[str, Any]:
        groups = dict.fromkeys(e.group for e in self.explanations if e.sample == name)
        return {"pairs": pairs, "users": users, "groups": list(groups)}


@dataclass(frozen=True, eq=False)
class Report:
    """Everything `pyexplain evaluate` has to say. The protocol stands in it once, and in every figure."""

    protocol: Protocol
    dataset: str
    fingerprint: str
    k: int
    full_ranking: bool
    runs: tuple[RunResult, ...]
    comparisons: tuple[Comparison, ...] = ()
    seeds: tuple[tuple[str, str, str, OverSeeds], ...] = ()  # method, group, metric, figure
    gains: tuple[tuple[str, Evaluation, Gain], ...] = ()  # of the mean over seeds, for each method with several runs
    failures: tuple[str, ...] = ()  # plugins that failed in use, each with its package and its reason; the rest was measured
    warnings: tuple[str, ...] = ()  # figures that say less than they seem to, and why
    attribution_gains: tuple[tuple[str, Evaluation, Gain], ...] = ()  # as gains, over the best attribution

    lifts, attribution_lifts = renamed_field("lifts", "gains"), renamed_field("attribution_lifts", "attribution_gains")

    def to_dict(self) -> dict[str, Any]:
        """The document of `evaluate --json`: plain values only; a figure with nothing to measure is null."""
        return {
            "schema": SCHEMA,
            "protocol": self.protocol,
            "dataset": {"name": self.dataset, "fingerprint": self.fingerprint},
            "k": self.k,
            "candidates": "catalogue" if self.full_ranking else "lists",
            "runs": [run.to_dict() for run in self.runs],
            "comparisons": [c.to_dict() for c in self.comparisons],
            "over_seeds": self._over_seeds(),
            "warnings": list(self.warnings),
            **({"failures": list(self.failures)} if self.failures else {}),
        }

    def _over_seeds(self) -> dict[str, Tree]:
        out: dict[str, Tree] = {}
        for method, group, metric, found in self.seeds:
            deviation = None if found.n == 1 else found.deviation
            out.setdefault(method, {}).setdefault(group, {})[metric] = {"mean": found.mean, "deviation": deviation, "n": found.n}
        for method, figure, gain in self.gains:
            out[method][figure.group][figure.metric]["lift"] = _gain(gain)
        for method, figure, gain in self.attribution_gains:
            out[method][figure.group][figure.metric]["lift_over_attributions"] = _gain(gain, "attribution")
        return out


def _tree(pairs: Iterable[tuple[Evaluation, Any]]) -> Tree:
    """group -> metric -> what is said of the figure."""
    out: Tree = {}
    for figure, said in pairs:
        out.setdefault(figure.group, {})[figure.metric] = said
    return out


def _gain(found: Gain, of: str = "control") -> dict[str, Any]:
    d = found.difference
    return {of: found.control, "difference": d.value, "low": d.low, "high": d.high, "beats": found.beats}
