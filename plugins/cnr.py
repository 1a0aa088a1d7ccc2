"""CNR: counterfactual neural recommendation. The paper's black box. Equations (5) and (9)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from pydantic import Field
from torch import Tensor

from pyexplain import Dataset, RunOptions, hookimpl
from pyexplain.data import NegativeSampler, SparseRows, TensorRows, apply_change
from pyexplain.explainers import Explainer, Explanations, SolverSettings, solve, solve_margin, weights_of_change
from pyexplain.margin import Margin
from pyexplain.recommenders import Config, FeatureProductConfig, FeatureProductRecommender, Objective, OnHost, Recommender, Term

SOLVER: Any = Field("linearized", description="linearized, or adam: 200 gradient steps as published")
L1 = Field(1.0, ge=0, description="weight of ||delta||_1")
L2 = Field(0.1, gt=0, description="weight of ||delta||_2^2")
MARGIN = Field(0.05, ge=0, description="gamma: by how much the other item has to win")
DIRECTION: Any = Field("maximize", description="what training does to the loss on counterfactuals: maximize, or minimise (swap)")
OWN: Any = Field("first", description="change features that the user writes about: first, only, or any feature alike")


class CNRConfig(FeatureProductConfig):
    """The shared keys, the solver of eq. (9), and the alternation of solving and training."""

    solver: Literal["linearized", "adam"] = SOLVER
    l1: float = L1
    l2: float = L2
    margin: float = MARGIN
    own: Literal["first", "only", "any"] = OWN
    warmup_epochs: int = Field(5, ge=0, description="epochs of plain BPR first")
    rounds: int = Field(
        20, ge=0, description="how often counterfactuals are made anew over the epochs after the warm-up, at most once an epoch"
    )
    direction: Literal["swap", "maximize"] = DIRECTION
    counterfactual_weight: float = Field(0.03, ge=0, description="weight of the counterfactual triples in the loss")
    pairs_a_round: int = Field(20_000, ge=1, description="most training pairs that are given counterfactuals in a round")


def settings_of(config: CNRConfig | ExplainerConfig) -> SolverSettings:
    """The part of a configuration that the solver reads."""
    return SolverSettings(solver=config.solver, l1=config.l1, l2=config.l2, margin=config.margin, own=config.own)


class CounterfactualObjective(Objective):
    """The outer loop of eq. (9). Each round solves for counterfactuals f_u + delta_cf of training triples (u, i, j); until the
    next, every batch is joined by as many of them. With

        L_cf = -log sigmoid(R(u, j; f_u + delta_cf) - R(u, i; f_u + delta_cf)),

    the loss of the order that delta_cf brings about, w = counterfactual_weight and L_BPR of the batch, a step minimises

        swap:      L_BPR + w mean of L_cf                    the model learns the order that it was turned to (the authors' code)
        maximize:  L_BPR - w mean of log(1 - exp(-L_cf))     L_cf is maximised over theta, as eq. (9) is printed

    L_cf has no upper bound, and - w L_cf runs away: on the cell phones within an epoch. -log(1 - exp(-L_cf)) falls where L_cf
    rises, so it has its minimum where L_cf has its maximum, for every triple; it is -log sigmoid(R(u, i) - R(u, j)) at
    f_u + delta_cf, never below 0, and its slope vanishes once the order of i and j is back.
    """

    def __init__(self, recommender: CNR, data: Dataset, options: RunOptions) -> None:
        self.recommender, self.data, self.options = recommender, data, options
        self.config = recommender.config
        self.warmup_epochs = self.config.warmup_epochs
        self.triples = np.zeros((0, 3), dtype=np.int64)  # (u, j, i): preferred before other
        self.rows = SparseRows.empty((0, data.n_features))
        self._there = self.rows, self.rows.tensors()
        self.rng = np.random.default_rng([options.seed, 11])

    def begin_epoch(self, epoch: int) -> None:
        """Make counterfactuals anew when a round begins; the rounds are spread evenly over the epochs after the warm-up."""
        config = self.config
        self.rng = np.random.default_rng([self.options.seed, 11, epoch])
        left = config.epochs - config.warmup_epochs
        if epoch - config.warmup_epochs - 1 in {number * left // config.rounds for number in range(config.rounds) if left > 0}:
            self._solve_round()

    def _solve_round(self) -> None:
        data = self.data
        sampler = NegativeSampler(data.train, data.n_users, data.n_items)
        able = data.train[sampler.counts[data.train[:, 0]] > 0]
        pairs = able[self.rng.permutation(len(able))[: self.config.pairs_a_round]]
        against = sampler.sample(pairs[:, 0], self.rng)
        found = solve(self.recommender, data, pairs, against, settings_of(self.config))
        assert found.change is not None
        assert found.valid is not None
        assert found.margin_before is not None
        # a triple that the model orders wrongly needs no counterfactual, and one that could not be flipped has none
        kept = np.flatnonzero(found.valid & (found.margin_before > 0))
        self.triples = np.stack([pairs[kept, 0], against[kept], pairs[kept, 1]], axis=1)
        self.rows = apply_change(data.user_features.select(pairs[kept, 0]), found.change.select(kept))

    def terms(self, batch: Term, user_gradient: Callable[[], Tensor]) -> Iterator[Term]:
        """The batch, and as many counterfactual triples of the present round."""
        yield batch
        weight = self.config.counterfactual_weight
        if len(self.triples) and weight > 0:
            drawn = self.rng.integers(0, len(self.triples), len(batch.users))
            users, preferred, other = torch.from_numpy(np.ascontiguousarray(self.triples[drawn].T))
            if self.config.direction == "maximize":
                preferred, other = other, preferred
            on_host, device = OnHost(users, preferred, other, torch.from_numpy(drawn)), batch.users.device
            yield Term.sent(on_host, device, self._rows_there(device), weight)

    def _rows_there(self, device: torch.device) -> TensorRows:
        """The rows of this round, taken there once."""
        rows, there = self._there
        if rows is not self.rows:
            self._there = self.rows, (there := self.rows.tensors(device))
        return there

    def state(self) -> dict[str, Tensor]:
        """The counterfactuals of the present round."""
        rows = self.rows
        arrays: dict[str, npt.NDArray[np.generic]] = {
            "triples": self.triples,
            "offsets": rows.offsets,
            "indices": rows.indices,
            "values": rows.values,
        }
        return {name: torch.from_numpy(array.copy()) for name, array in arrays.items()}

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Take back what state() gave."""
        arrays = {name: tensor.numpy() for name, tensor in state.items()}
        self.triples = arrays["triples"]
        self.rows = SparseRows(arrays["offsets"], arrays["indices"], arrays["values"], self.data.n_features)


class CNR(FeatureProductRecommender):
    """The network of eq. (5), trained on original and on counterfactual pairs."""

    name = "cnr"
    reference = "the paper, section 3.4, equations (5) and (9)"
    Config = CNRConfig
    config: CNRConfig

    def objective(self, data: Dataset, options: RunOptions) -> Objective:
        """The alternation of eq. (9)."""
        return CounterfactualObjective(self, data, options)


class ExplainerConfig(Config):
    """The solver of eq. (9), and what a feature weighs."""

    solver: Literal["linearized", "adam"] = SOLVER
    l1: float = L1
    l2: float = L2
    margin: float = MARGIN
    own: Literal["first", "only", "any"] = OWN
    weights: Literal["delta", "abs-delta", "flip-share"] = Field(
        "abs-delta",
        description="what a feature weighs: delta, signed, as in the paper; its size in mentions; its share of the flip",
    )


class CounterfactualExplainer(Explainer):
    """The smallest change delta_cf of f_u at which the user would be shown j and not i: what has to change, by how much, and in
    which direction. What a feature weighs comes from it (`weights`): its signed change, the paper's phi; its size in mentions; or
    how much of the flip is lost when its change alone is taken back. What does not have to change weighs nothing."""

    name = "cnr"
    reference = CNR.reference
    needs = frozenset({"gradients"})
    comes_with = "cnr"
    copies = 0  # solve() keeps within the memory
    Config = ExplainerConfig
    config: ExplainerConfig

    def weigh(self, margin: Margin) -> Explanations:
        """eq. (9) for each (u, i, j)."""
        return self.reweighed(solve_margin(margin, settings_of(self.config), method=self.name), margin)

    def reweighed(self, found: Explanations, margin: Margin) -> Explanations:
        """The same explanations, with weights by the changes that they hold."""
        return replace(found, weights=weights_of_change(self.config.weights, margin, found))


@hookimpl
def pyexplain_recommenders() -> list[type[Recommender]]:
    """The recommender."""
    return [CNR]


@hookimpl
def pyexplain_explainers() -> list[type[Explainer]]:
    """Its counterfactual perturbations."""
    return [CounterfactualExplainer]
