"""CAR: contextualized adversarial ranking. The paper's grey box. Equations (5) to (8)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Literal

from pydantic import Field
from torch import Tensor

from pyexplain import Dataset, RunOptions, hookimpl
from pyexplain.data import SparseRows
from pyexplain.explainers import Explainer, sparse_weights
from pyexplain.margin import Margin
from pyexplain.ops import adversarial_step, sigmoid
from pyexplain.recommenders import (
    AugmentedObjective,
    Config,
    FeatureProductConfig,
    FeatureProductRecommender,
    Objective,
    Recommender,
    Term,
)

RADIUS = Field(1.0, gt=0, description="epsilon of eq. (6): L2 length of the change of f_u, whose entries lie in 1..5")


class CARConfig(FeatureProductConfig):
    """The shared keys, and the adversarial part of eq. (8)."""

    radius: float = RADIUS
    adversarial_weight: float = Field(0.8, ge=0, description="lambda of eq. (8); the paper: 1")
    warmup_epochs: int = Field(5, ge=0, description="epochs of plain BPR first")


class AdversarialObjective(AugmentedObjective):
    """L(Omega) + lambda L(Omega_adv), eq. (8): the same triples again with f_u + delta, delta = epsilon g / ||g||, eq. (6)."""

    def __init__(self, config: CARConfig) -> None:
        super().__init__(config.warmup_epochs, config.adversarial_weight)
        self.radius = config.radius

    def added(self, batch: Term, user_gradient: Callable[[], Tensor]) -> Iterator[Term]:
        """The batch with the user features moved against it."""
        yield replace(batch, delta=adversarial_step(user_gradient(), self.radius), weight=self.weight)


class CAR(FeatureProductRecommender):
    """The network of eq. (5), hardened against small changes of what users care about."""

    name = "car"
    reference = "the paper, section 3.3, equations (5) to (8)"
    Config = CARConfig
    config: CARConfig

    def objective(self, data: Dataset, options: RunOptions) -> Objective:
        """eq. (8)."""
        return AdversarialObjective(self.config)


class AdversarialExplainer(Explainer):
    """Weights are delta_adv of eq. (6), the most harmful small change of f_u, on f_u itself: the columns are words, not hidden
    units. `weights` says how it is read: "taken", what it takes from a feature (max(0, -delta_k)): what it adds to one speaks for
    the other item; "delta", signed, which the paper sorts in descending order; "abs-delta", the size of either."""

    name = "car"
    reference = CAR.reference
    needs = frozenset({"gradients"})
    comes_with = "car"
    pairs_at_once = 2048

    class Config(Config):
        """The radius, what a feature weighs, and how many features of a row are kept."""

        radius: float = RADIUS
        keep: int | None = Field(None, ge=1, description="the largest weights of a row that are kept; default all")
        weights: Literal["taken", "delta", "abs-delta"] = Field(
            "taken",
            description="what a feature weighs: what the change takes from it; the change, signed, as in the paper; its size",
        )

    config: Config

    def weigh(self, margin: Margin) -> SparseRows:
        """eq. (6) for each (u, i, j)."""
        value, gradient = margin.value_and_gradient()
        # dL/df_u = -(1 - sigmoid(margin)) d margin/df_u; the factor scales a row and is gone after normalising
        delta = adversarial_step(-gradient * sigmoid(-value)[:, None], self.config.radius)
        return sparse_weights(self._read(delta).cpu().numpy(), self.config.keep, signed=True)

    def _read(self, delta: Tensor) -> Tensor:
        if self.config.weights == "taken":
            return delta.neg_().clamp_min_(0)
        return delta.abs_() if self.config.weights == "abs-delta" else delta


@hookimpl
def pyexplain_recommenders() -> list[type[Recommender]]:
    """The recommender."""
    return [CAR]


@hookimpl
def pyexplain_explainers() -> list[type[Explainer]]:
    """Its adversarial perturbations."""
    return [AdversarialExplainer]
