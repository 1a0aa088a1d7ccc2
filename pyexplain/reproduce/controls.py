"""The registered controls, fitted to a data set. They speak of the data alone, so no method plays a part."""

from __future__ import annotations

from ..data.types import Dataset
from ..evaluation.evaluate import Controls, controls_of
from ..explainers.base import Explainer
from ..recommenders.base import Recommender
from ..recommenders.options import RunOptions
from ..registry import Registry


def fitted_controls(registry: Registry, data: Dataset, seed: int) -> Controls:
    """All controls that rank, and those that explain one of these; the seed is that of what they draw."""
    options = RunOptions(seed=seed)
    controls = controls_of(registry.classes("recommender"), registry.classes("explainer"))
    for ranker in controls.recommenders:
        ranker.fit(data, options)
    ready: list[Explainer] = []
    for explainer in controls.explainers:
        fitting = _fitting(explainer, controls.recommenders)
        if fitting is not None:
            explainer.fit(fitting, data, options)
            ready.append(explainer)
    return Controls(controls.recommenders, tuple(ready))


def _fitting(explainer: Explainer, rankers: tuple[Recommender, ...]) -> Recommender | None:
    return next((ranker for ranker in rankers if explainer.needs <= ranker.offers), None)
