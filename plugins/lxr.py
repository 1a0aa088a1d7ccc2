"""LXR: a small network that learns which of a user's features to keep, so that what is kept holds the preference, and what is left
does not."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt
import torch
from pydantic import Field
from torch import Tensor, nn

from pyexplain import Dataset, RunOptions, hookimpl
from pyexplain.data import NegativeSampler
from pyexplain.explainers import Explainer
from pyexplain.margin import Margin
from pyexplain.ops import matrix_product, sigmoid, softplus
from pyexplain.recommenders import Config, Recommender

Int = npt.NDArray[np.int64]
COPIES = 12  # dense rows [P] that a pair needs at a time
SCALE_PAIRS = 2000  # training pairs, at most, that the scale of the scores is measured on


class MaskNetwork(nn.Module):
    """sigmoid(B tanh(A [f_u, f_i])) [n, P]: for each feature how far it is kept."""

    def __init__(self, n_features: int, hidden: int, seed: int) -> None:
        super().__init__()
        g = torch.Generator().manual_seed(seed)
        self.inner = nn.Parameter(torch.randn(2 * n_features, hidden, generator=g) * (1 / max(1, 2 * n_features)) ** 0.5)
        self.outer = nn.Parameter(torch.zeros(hidden, n_features))
        self.bias = nn.Parameter(torch.zeros(n_features))

    def forward(self, f_u: Tensor, f_i: Tensor) -> Tensor:
        """[n, P] in 0..1."""
        hidden = torch.tanh(matrix_product(torch.cat([f_u, f_i], dim=1), self.inner))
        return sigmoid(matrix_product(hidden, self.outer, self.bias))


class LXR(Explainer):
    """Weights are the learned mask on the user's own features, in 0..1.

    Trained on pairs (u, i) of the training part against random items j that u did not like, by the paper's loss with the margin
    m(f) = (R(u, i; f) - R(u, j; f)) / scale for the score: keep softplus(-m(f_u * mask)) + drop softplus(m(f_u * (1 - mask)))
    + size * (mean of the mask over the user's own features). The scale is the mean |R(u, i) - R(u, j)| of such pairs, so that
    the weights of the loss mean the same for a recommender whose scores differ by tenths and for one whose scores differ by tens.
    """

    name = "lxr"
    reference = (
        "Barkan et al., A Counterfactual Framework for Learning and Evaluating Explanations for Recommender Systems, WWW 2024"
    )
    needs: ClassVar[frozenset[str]] = frozenset({"gradients"})
    comes_with = "vbpr"
    copies = COPIES

    class Config(Config):
        """The network and its training."""

        mask_hidden: int = Field(64, ge=1, description="width of the mask network")
        mask_epochs: int = Field(10, ge=1, description="passes over the training pairs")
        mask_batch: int = Field(256, ge=1, description="pairs a step")
        mask_rate: float = Field(0.01, gt=0, description="learning rate of Adam")
        keep: float = Field(1.0, ge=0, description="weight of what the kept features should do")
        drop: float = Field(1.0, ge=0, description="weight of what the others should not do")
        size: float = Field(0.1, ge=0, description="weight of the mask's size")

    config: Config

    def fit(self, recommender: Recommender, data: Dataset, options: RunOptions) -> None:
        """Train the mask network; the recommender stays as it is."""
        super().fit(recommender, data, options)
        self._make()
        sampler = NegativeSampler(data.train, data.n_users, data.n_items)
        pairs = data.train[sampler.counts[data.train[:, 0]] > 0]
        rng = np.random.default_rng([options.seed, 23])
        self.scale = self._typical_margin(pairs[rng.permutation(len(pairs))[:SCALE_PAIRS]], sampler, rng)
        optimizer = torch.optim.Adam(self.network.parameters(), lr=self.config.mask_rate)
        for epoch in range(self.config.mask_epochs):
            order = rng.permutation(len(pairs))
            for at in range(0, len(order), self.config.mask_batch):
                batch = pairs[order[at : at + self.config.mask_batch]]
                loss = self.loss(batch, sampler.sample(batch[:, 0], rng))
                gradients = torch.autograd.grad(loss, list(self.network.parameters()))
                for parameter, gradient in zip(self.network.parameters(), gradients, strict=True):
                    parameter.grad = gradient
                optimizer.step()
            options.progress("learning masks", epoch + 1, self.config.mask_epochs)

    def _make(self) -> None:
        network = MaskNetwork(self.data.n_features, self.config.mask_hidden, self.options.seed)
        self.network = network.to(self.recommender.device)
        self.scale = 1.0

    def _typical_margin(self, pairs: Int, sampler: NegativeSampler, rng: np.random.Generator) -> float:
        """Mean |R(u, i) - R(u, j)| over pairs and random j; 1 where there are none, or where all scores are equal."""
        others = sampler.sample(pairs[:, 0], rng)
        with torch.no_grad():
            margin = Margin.of(self.recommender, self.data, pairs, others).at()
        return float(margin.abs().mean()) if len(pairs) and margin.any() else 1.0

    def loss(self, pairs: Int, against: Int) -> Tensor:
        """Of a batch of pairs [n, 2] and other items [n]."""
        f_u, mask = self._masks(pairs)
        margin = Margin.of(self.recommender, self.data, pairs, against)
        own = f_u > 0
        size = (mask * own).sum(dim=1) / own.sum(dim=1).clamp_min(1)
        kept = softplus(-margin.at(f_u * mask) / self.scale)
        left = softplus(margin.at(f_u * (1 - mask)) / self.scale)
        return (self.config.keep * kept + self.config.drop * left + self.config.size * size).mean()

    def _masks(self, pairs: Int) -> tuple[Tensor, Tensor]:
        device = self.recommender.device
        f_u = torch.from_numpy(self.data.user_features.select(pairs[:, 0]).dense()).to(device)
        f_i = torch.from_numpy(self.data.item_features.select(pairs[:, 1]).dense()).to(device)
        return f_u, self.network(f_u, f_i)

    def weigh(self, margin: Margin) -> Tensor:
        """The mask on the features that the user has; what the item is compared with plays no part after training."""
        with torch.no_grad():
            f_u, mask = self._masks(margin.pairs)
            return mask * (f_u > 0)

    def state(self) -> dict[str, Tensor]:
        """The mask network."""
        return {name: value.detach().cpu().clone() for name, value in self.network.state_dict().items()}

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Take the mask network back."""
        self._make()
        self.network.load_state_dict(state)


@hookimpl
def pyexplain_explainers() -> list[type[Explainer]]:
    """The explainer."""
    return [LXR]
