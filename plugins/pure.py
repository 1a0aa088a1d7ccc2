"""PURE: what a user did not like is unlabelled, not disliked; a generator writes items that there are not, to learn from them."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from pyexplain import Dataset, RunOptions, hookimpl
from pyexplain.data import NegativeSampler, TensorRows
from pyexplain.ops import matrix_product, softplus
from pyexplain.recommenders import DenseEngine, LoopConfig, LossRecommender, Recommender, epoch_generator

SCALE = 0.1  # standard deviation of the first vectors, over sqrt(dim)


class PURENetwork(nn.Module):
    """Discriminator: users [U, dim]: e, items [I, dim]: v, bias [I, 1]. Generator: hidden [2 dim, width], offset [1, width], out
    [width, dim]."""

    def __init__(self, data: Dataset, dim: int, width: int, seed: int) -> None:
        super().__init__()
        g = torch.Generator().manual_seed(seed)
        self.users, self.items = (
            nn.Parameter(torch.randn(n, dim, generator=g) * (SCALE / dim**0.5)) for n in (data.n_users, data.n_items)
        )
        self.bias = nn.Parameter(torch.zeros(data.n_items, 1))
        self.hidden = nn.Parameter(torch.randn(2 * dim, width, generator=g) / dim**0.5)
        self.offset = nn.Parameter(torch.zeros(1, width))
        self.out = nn.Parameter(torch.randn(width, dim, generator=g) / width**0.5)

    def judge(self, users: Tensor, items: Tensor) -> Tensor:
        """f(u, i) = e_u . v_i + b_i [n]."""
        e, v = functional.embedding(users, self.users), functional.embedding(items, self.items)
        return (e * v).sum(dim=1) + functional.embedding(items, self.bias)[:, 0]

    def written(self, users: Tensor, noise: Tensor) -> Tensor:
        """v' = G(e_u, z) [n, dim]: the vector of an item that there is not; e_u is a constant."""
        given = torch.cat([functional.embedding(users, self.users).detach(), noise], dim=1)
        return matrix_product(torch.tanh(matrix_product(given, self.hidden) + self.offset), self.out)


class PURE(LossRecommender):
    """score(u, i) = f(u, i) = e_u . v_i + b_i, the discriminator, in a game with a generator of item vectors v' = G(e_u, z), z
    drawn from N(0, 1). With l(x) = log(1 + exp(-x)), the discriminator falls the positive-unlabelled risk and what is generated,

        pi E_liked l(f) + max(0, E_others l(-f) - pi E_liked l(-f)) + share E_z l(-e_u . v'),

    and the generator falls E_z l(e_u . v'). pi is the share of what a user would like among the items that they did not take:
    others are not all disliked, and what they would like among them is taken out of the second mean.

    The paper's: the PU risk in the discriminator, and a generator that writes in the continuous space of vectors, where IRGAN draws
    from the items that there are. Not the paper's: the clamp at 0, from nnPU (Kiryo et al., NIPS 2017), without which the risk of
    a flexible model falls below 0; users are not generated; one learning rate. Nothing bounds
    the length of what is generated: with a share of .1 it drowned what was liked on generated groups. Scores do not look at
    features.
    """

    name = "pure"
    reference = "Zhou, Xu, Wu, Etemad and He, PURE: Positive-Unlabeled Recommendation with Generative Adversarial Network, KDD 2021"
    tables: ClassVar[dict[str, str]] = {"users": "users", "items": "items", "bias": "items"}

    class Config(LoopConfig):
        """Sizes, the prior, and the game."""

        epochs: int = Field(150, ge=1)
        patience: int = Field(30, ge=0, description="as elsewhere; longer, for the players need time to meet")
        dim: int = Field(64, ge=1, description="width of the vectors")
        hidden: int = Field(64, ge=1, description="width of the generator's layer")
        prior: float = Field(0.1, ge=0, lt=1, description="pi: share of what a user would like among what they did not take")
        negatives: int = Field(4, ge=1, description="items drawn for each pair from those that the user did not take")
        generated_share: float = Field(0.02, ge=0, description="weight of generated items in the discriminator's loss")
        weight_decay: float = Field(0.001, ge=0, description="L2 penalty on the vectors that a batch names")

    config: Config
    network: PURENetwork

    def build(self, data: Dataset, seed: int) -> PURENetwork:
        """Both players."""
        return PURENetwork(data, self.config.dim, self.config.hidden, seed)

    def epochs(self, engine: DenseEngine, data: Dataset, options: RunOptions) -> Callable[[int], dict[str, float]]:
        """A pass over the pairs; in each batch the discriminator moves first, then the generator."""
        sampler = NegativeSampler(data.train, data.n_users, data.n_items)
        pairs = data.train[sampler.counts[data.train[:, 0]] > 0]

        def one(epoch: int) -> dict[str, float]:
            rng, generator = np.random.default_rng([options.seed, 19, epoch]), epoch_generator(options.seed, epoch, self.device)
            order, totals = pairs[rng.permutation(len(pairs))], [0.0, 0.0]
            for at in range(0, len(order), self.config.batch_size):
                batch = order[at : at + self.config.batch_size]
                drawn = sampler.sample(np.repeat(batch[:, 0], self.config.negatives), rng)
                users, items, others = (torch.tensor(c, device=self.device) for c in (*batch.T, drawn))
                noise = torch.randn(len(users), self.config.dim, generator=generator, device=self.device)
                totals[0] += engine.move(self.judging(users, items, others, noise)) * len(batch)
                totals[1] += engine.move(self.writing(users, noise)) * len(batch)
            return {"loss": totals[0] / max(1, len(order)), "writing": totals[1] / max(1, len(order))}

        return one

    def judging(self, users: Tensor, items: Tensor, others: Tensor, noise: Tensor) -> Tensor:
        """What the discriminator falls: pairs [n], `negatives` other items of each in a row, and z [n, dim]."""
        net, config = self.network, self.config
        liked, unknown = net.judge(users, items), net.judge(users.repeat_interleave(config.negatives), others)
        below = softplus(unknown).mean() - config.prior * softplus(liked).mean()
        e = functional.embedding(users, net.users)
        false = (e * net.written(users, noise).detach()).sum(dim=1)
        risk = config.prior * softplus(-liked).mean() + below.clamp_min(0)
        rows = e.square().sum() + functional.embedding(items, net.items).square().sum()
        penalty = config.weight_decay * rows / (2 * max(1, len(users)))
        return risk + config.generated_share * softplus(false).mean() + penalty

    def writing(self, users: Tensor, noise: Tensor) -> Tensor:
        """What the generator falls."""
        e = functional.embedding(users, self.network.users).detach()
        return softplus(-(e * self.network.written(users, noise)).sum(dim=1)).mean()

    def scores(
        self, users: Tensor, items: Tensor, user_features: Tensor | None = None, item_features: Tensor | None = None
    ) -> Tensor:
        """f; features play no part."""
        with torch.no_grad():
            return self.network.judge(users, items)

    def catalogue_scores(self, users: Tensor, user_features: TensorRows | None = None) -> Tensor:
        """f of users [n] with every item, [n, I]."""
        with torch.no_grad():
            return matrix_product(self.network.users[users], self.network.items.t(), self.network.bias[:, 0])


@hookimpl
def pyexplain_recommenders() -> list[type[Recommender]]:
    """The recommender."""
    return [PURE]
