"""APR: matrix factorisation trained against small adversarial changes of its own factors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import NamedTuple

import torch
from pydantic import Field
from torch import Tensor, nn

from pyexplain import Dataset, RunOptions, hookimpl
from pyexplain.ops import add_at, sigmoid
from pyexplain.recommenders import AugmentedObjective, FactorNetwork, HeadlessConfig, Objective, Recommender, Term


class APRConfig(HeadlessConfig):
    """The shared keys, and the adversarial part."""

    dim: int = Field(64, ge=1, description="number of factors")
    weight_decay: float = Field(0.01, ge=0, description="L2 penalty on the factors that a batch touches")
    radius: float = Field(0.5, gt=0, description="epsilon: L2 length of the change of each p_u and q_i")
    adversarial_weight: float = Field(1.0, ge=0, description="lambda")
    warmup_epochs: int = Field(30, ge=0, description="epochs of plain BPR first; the paper starts from trained factors")


class Shift(NamedTuple):
    """Changes of the factors of some rows: rows [m] ascending, delta [m, d]."""

    rows: Tensor
    delta: Tensor

    def of(self, indices: Tensor) -> Tensor:
        """The changes of numbers [n], all of them among the rows."""
        return self.delta[torch.searchsorted(self.rows, indices)]


class ShiftedFactors(FactorNetwork):
    """p_u . q_i + b_i, where p and q may be shifted for a term of the loss; the shifts are constants of it."""

    shifts: tuple[Shift, Shift] | None = None

    def factors(self, users: Tensor, items: Tensor) -> tuple[Tensor, Tensor]:
        """p_u + delta_u and q_i + delta_i, [n, dim] each."""
        p, q = super().factors(users, items)
        if self.shifts is None:
            return p, q
        return p + self.shifts[0].of(users), q + self.shifts[1].of(items)

    @contextmanager
    def shifted(self, shifts: tuple[Shift, Shift]) -> Iterator[None]:
        """The factors are shifted within, and no longer."""
        self.shifts = shifts
        try:
            yield
        finally:
            self.shifts = None

    def worst(self, batch: Term, radius: float) -> tuple[Shift, Shift]:
        """The fast gradient step: for every row of the batch the gradient of the batch's loss, at length `radius`."""
        with torch.no_grad():
            p, q, r = (t[indices] for t, indices in self._rows_of(batch))
            items = torch.cat([batch.preferred, batch.other])
            slope = -sigmoid(self._margin(batch, p, q, r))[:, None]  # d loss / d margin, up to the mean's 1 / n
            of_users = _longest(batch.users, slope * (q - r), radius)
            return of_users, _longest(items, torch.cat([slope * p, -slope * p]), radius)

    def _rows_of(self, batch: Term) -> Iterator[tuple[Tensor, Tensor]]:
        yield self.user_embedding, batch.users
        yield self.item_embedding, batch.preferred
        yield self.item_embedding, batch.other

    def _margin(self, batch: Term, p: Tensor, q: Tensor, r: Tensor) -> Tensor:
        """R(u, other) - R(u, preferred) [n]."""
        bias = self.item_bias[:, 0]
        return (p * (r - q)).sum(dim=1) + bias[batch.other] - bias[batch.preferred]


def _longest(indices: Tensor, gradient: Tensor, radius: float) -> Shift:
    """Gradients [n, d] added up by number, each sum brought to length radius; sums of zero stay zero."""
    rows, inverse = torch.unique(indices, return_inverse=True)
    total = add_at(gradient.new_zeros(len(rows), gradient.shape[1]), inverse, gradient)
    return Shift(rows, radius * total / total.norm(dim=1, keepdim=True).clamp_min(1e-30))


class AdversarialFactors(AugmentedObjective):
    """L(Theta) + lambda L(Theta + Delta), section 3: the same triples once more with the factors shifted for the worse."""

    def __init__(self, network: ShiftedFactors, config: APRConfig) -> None:
        super().__init__(config.warmup_epochs, config.adversarial_weight)
        self.network, self.radius = network, config.radius

    def added(self, batch: Term, user_gradient: Callable[[], Tensor]) -> Iterator[Term]:
        """The batch at the shifted factors."""
        within = self.network.shifted(self.network.worst(batch, self.radius))
        yield replace(batch, weight=self.weight, within=within)


class APR(Recommender):
    """The baseline that CAR took its idea from: there the features are changed, here the factors."""

    name = "apr"
    reference = "He et al., Adversarial Personalized Ranking for Recommendation, SIGIR 2018"
    tables = FactorNetwork.row_tables
    Config = APRConfig
    config: APRConfig

    def build(self, data: Dataset, seed: int) -> nn.Module:
        """Two tables of factors and a bias."""
        return ShiftedFactors(data.n_users, data.n_items, self.config.dim, seed)

    def objective(self, data: Dataset, options: RunOptions) -> Objective:
        """BPR and its adversarial counterpart."""
        return AdversarialFactors(self.model.network, self.config)  # type: ignore[arg-type]


@hookimpl
def pyexplain_recommenders() -> list[type[Recommender]]:
    """The baseline."""
    return [APR]
