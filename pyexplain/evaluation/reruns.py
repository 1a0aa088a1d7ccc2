"""Explaining the same pairs again: with a little noise on the features, with random weights, with runs of other seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..data.sparse import SparseRows
from ..data.types import Dataset
from ..errors import RunError
from ..explainers.base import Explainer
from ..explainers.types import Explanations
from ..recommenders.base import Recommender
from ..recommenders.options import RunOptions
from .questions import Sample

NOISE = 0.05  # standard deviation of the noise, as a share of each feature value


@dataclass(frozen=True, eq=False)
class Reruns:
    """What MetricInput calls noisy, randomised and reseeded."""

    noisy: Explanations | None = None
    randomised: Explanations | None = None
    reseeded: tuple[Explanations, ...] = ()


def rerun(explainer: Explainer, data: Dataset, sample: Sample, seed: int, siblings: Sequence[Explainer]) -> Reruns:
    """The sample's pairs explained again by copies; the explainer and its recommender stay as they are.

    siblings: explainers of runs that differ in their seed alone.
    """
    noisy_data = with_noise(data, seed)
    noisy = _copy_explainer(explainer, copy_recommender(explainer.recommender, noisy_data, seed, trained=True), noisy_data)
    blank = _copy_explainer(explainer, copy_recommender(explainer.recommender, data, seed + 1, trained=False), data)
    pairs, against = sample.pairs, sample.against
    return Reruns(noisy.explain(pairs, against), blank.explain(pairs, against), tuple(s.explain(pairs, against) for s in siblings))


def with_noise(data: Dataset, seed: int, share: float = NOISE) -> Dataset:
    """The data set with every stored feature value times 1 + share * a normal number, kept within its bounds."""
    rng = np.random.default_rng([seed, 31])

    def shaken(rows: SparseRows, side: str) -> SparseRows:
        values = rows.values * (1 + share * rng.standard_normal(len(rows.values)))
        kept = np.clip(values, *data.settings.bounds(side)).astype(np.float32)
        return SparseRows(rows.offsets, rows.indices, kept, rows.n_columns)

    return replace(data, user_features=shaken(data.user_features, "user"), item_features=shaken(data.item_features, "item"))


def copy_recommender(recommender: Recommender, data: Dataset, seed: int, trained: bool) -> Recommender:
    """Another of its class on these data: with the same state, or with weights as drawn before any training.

    RunError where the class cannot be made from its configuration alone (a wrapped model, say).
    """
    options = RunOptions(seed=seed, device=str(recommender.device))
    try:
        other = type(recommender)(recommender.config)
    except TypeError as error:
        raise RunError(
            f"{recommender.name} cannot be made a second time from its configuration: {error}",
            where="stability and sanity",
            hint="Evaluate without them.",
        ) from None
    other.prepare(data, options)
    if trained:
        other.load_state(recommender.state())
    return other


def _copy_explainer(explainer: Explainer, recommender: Recommender, data: Dataset) -> Explainer:
    """Another of its class for this recommender, with what it had learned."""
    other = type(explainer)(explainer.config)
    state = explainer.state()
    if not state:  # fit() learns nothing that could be lost
        other.fit(recommender, data, explainer.options)
        return other
    other.recommender, other.data, other.options = recommender, data, explainer.options
    other.load_state(state)
    return other
