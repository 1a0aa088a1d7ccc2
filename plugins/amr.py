"""AMR: factors and item features together, trained against small adversarial changes of the features of items."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from pyexplain import Dataset, RunOptions, hookimpl
from pyexplain.data import TensorRows
from pyexplain.ops import add_at, matrix_product, sigmoid
from pyexplain.recommenders import AugmentedObjective, FactorNetwork, FeatureMap, HeadlessConfig, Objective, Recommender, Term

SHARE = 0.45  # of the usual length of f_i, of its change: beyond, features are unlearned (docs/results/systems.md)
SCALE = 0.1  # standard deviation of the first entries of E c_i, over sqrt(dim)


class AMRConfig(HeadlessConfig):
    """The shared keys, and the adversarial part."""

    epochs: int = Field(150, ge=1)
    patience: int = Field(30, ge=0, description="as elsewhere; longer, for popularity is learned long before taste")
    weight_decay: float = Field(0.01, ge=0, description="L2 penalty on the factors that a batch touches")
    radius: float | None = Field(
        None,
        gt=0,
        description="epsilon: L2 length of the change of each f_i, in units of features; default: 0.45 of the usual f_i's",
    )
    adversarial_weight: float = Field(1.0, ge=0, description="lambda")
    warmup_epochs: int = Field(10, ge=0, description="epochs of plain BPR first; the paper starts from a trained model")


class AMRNetwork(FactorNetwork):
    """p_u . (q_i + E c_i) + b_i; for a term of the loss c_i may be shifted, which is a constant of it."""

    shift: tuple[Tensor, Tensor] | None = None

    def __init__(self, data: Dataset, dim: int, seed: int) -> None:
        super().__init__(data.n_users, data.n_items, dim, seed)
        squares = float((data.item_features.values.astype("float64") ** 2).sum())
        self.length = (squares / max(1, data.n_items)) ** 0.5 or 1.0  # of f_i, usually: the root of the mean of its square
        g = torch.Generator().manual_seed(seed + 1)
        self.item_map = FeatureMap(torch.randn(data.n_features, dim, generator=g) * (SCALE / self.length / dim**0.5))

    def encode_items(self, items: Tensor, rows: TensorRows | Tensor) -> Tensor:
        """E (c_i + Delta_i) [n, dim]."""
        latent: Tensor = self.item_map(rows)
        if self.shift is None:
            return latent
        indices, moved = self.shift
        return latent + matrix_product(moved[torch.searchsorted(indices, items)], self.item_map.weight)

    def decode(
        self, users: Tensor, items: Tensor, user_latent: Tensor, item_latent: Tensor, generator: torch.Generator | None = None
    ) -> Tensor:
        """Scores [n]."""
        p, q = self.factors(users, items)
        return (p * (q + item_latent)).sum(dim=1) + functional.embedding(items, self.item_bias, sparse=True)[:, 0]

    @contextmanager
    def shifted(self, shift: tuple[Tensor, Tensor]) -> Iterator[None]:
        """The items numbers [m], ascending, have features c + Delta within, and no longer; Delta [m, P]."""
        self.shift = shift
        try:
            yield
        finally:
            self.shift = None

    def worst(self, batch: Term, rows: TensorRows, radius: float) -> tuple[Tensor, Tensor]:
        """For every item of the batch the gradient of the batch's loss in its features, at length `radius`; rows: f_i of all."""
        with torch.no_grad():
            p, q = self.factors(batch.users, batch.preferred)
            r = self.factors(batch.users, batch.other)[1]
            q, r = (of + self.item_map(rows.select(items)) for of, items in ((q, batch.preferred), (r, batch.other)))
            bias = self.item_bias[:, 0]
            lead = (p * (q - r)).sum(dim=1) + bias[batch.preferred] - bias[batch.other]
            slope = -sigmoid(-lead)[:, None] * p  # d loss / d (q_i + E c_i), up to the mean's 1 / n
            indices, inverse = torch.unique(torch.cat([batch.preferred, batch.other]), return_inverse=True)
            total = add_at(p.new_zeros(len(indices), p.shape[1]), inverse, torch.cat([slope, -slope]))
            gradient = matrix_product(total, self.item_map.weight.t())  # [m, P]
            return indices, radius * gradient / gradient.norm(dim=1, keepdim=True).clamp_min(1e-30)


class AdversarialItems(AugmentedObjective):
    """L_BPR(Theta) + lambda L_BPR(Theta, c + Delta): the same triples once more with the items' features shifted for the worse."""

    def __init__(self, network: AMRNetwork, rows: TensorRows, config: AMRConfig) -> None:
        super().__init__(config.warmup_epochs, config.adversarial_weight)
        self.network, self.rows = network, rows
        self.radius = SHARE * network.length if config.radius is None else config.radius

    def added(self, batch: Term, user_gradient: Callable[[], Tensor]) -> Iterator[Term]:
        """The batch at the shifted features."""
        within = self.network.shifted(self.network.worst(batch, self.rows, self.radius))
        yield replace(batch, weight=self.weight, within=within)


class AMR(Recommender):
    """score(u, i) = p_u . (q_i + E c_i) + b_i, c_i = f_i, trained on L_BPR(Theta) + lambda L_BPR(Theta, c + Delta) after a warm-up
    of plain BPR; Delta_i = epsilon g_i / |g_i|, g_i = d L_BPR / d c_i over the batch.

    The paper's: the score, the perturbation of the features of items by the fast gradient, and the two phases. Not the paper's: c_i
    are the words and attributes of items, where it has what a network for pictures makes of them; b_i, as elsewhere here.
    Users have no features: who takes one away from a user changes nothing, and robustness is that against changes of f_i
    (`benchmarks.systems`), not of f_u (`evaluate --attack`).
    """

    name = "amr"
    reference = "Tang et al., Adversarial Training Towards Robust Multimedia Recommender System, TKDE 2019"
    kinds: ClassVar[tuple[str, ...]] = ("word", "attribute")
    tables: ClassVar[dict[str, str]] = {**FactorNetwork.row_tables, "item_map.weight": "features"}
    Config = AMRConfig
    config: AMRConfig

    def build(self, data: Dataset, seed: int) -> nn.Module:
        """Factors, a bias, and a map of features."""
        return AMRNetwork(data, self.config.dim, seed)

    def objective(self, data: Dataset, options: RunOptions) -> Objective:
        """BPR and its adversarial counterpart."""
        return AdversarialItems(self.model.network, self.model.item_rows, self.config)  # type: ignore[arg-type]


@hookimpl
def pyexplain_recommenders() -> list[type[Recommender]]:
    """The recommender."""
    return [AMR]
