"""IRGAN: a generator draws items that a discriminator takes for liked ones; what it draws is its ranking."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from pyexplain import Dataset, RunOptions, hookimpl
from pyexplain.data import NegativeSampler, TensorRows
from pyexplain.ops import bpr_loss, matrix_product, softplus
from pyexplain.recommenders import DenseEngine, LoopConfig, LossRecommender, Recommender, epoch_generator

SCALE = 0.1  # standard deviation of the first factors, over sqrt(dim)


class Player(nn.Module):
    """p_u . q_i + b_i: users [U, dim], items [I, dim], bias [I, 1]."""

    def __init__(self, data: Dataset, dim: int, g: torch.Generator) -> None:
        super().__init__()
        self.users, self.items = (
            nn.Parameter(torch.randn(n, dim, generator=g) * (SCALE / dim**0.5)) for n in (data.n_users, data.n_items)
        )
        self.bias = nn.Parameter(torch.zeros(data.n_items, 1))

    def forward(self, users: Tensor, items: Tensor) -> Tensor:
        """[n]."""
        p, q = functional.embedding(users, self.users), functional.embedding(items, self.items)
        return (p * q).sum(dim=1) + functional.embedding(items, self.bias)[:, 0]

    def every(self, users: Tensor) -> Tensor:
        """With every item, [n, I]."""
        return matrix_product(functional.embedding(users, self.users), self.items.t(), self.bias[:, 0])

    def size(self, users: Tensor, items: Tensor) -> Tensor:
        """Squared length of the factors of pairs [n], over 2 n."""
        rows = functional.embedding(users, self.users).square().sum() + functional.embedding(items, self.items).square().sum()
        return rows / (2 * max(1, len(users)))


class IRGANNetwork(nn.Module):
    """Both players."""

    def __init__(self, data: Dataset, dim: int, seed: int) -> None:
        super().__init__()
        g = torch.Generator().manual_seed(seed)
        self.generator, self.discriminator = (Player(data, dim, g) for _ in range(2))


class IRGAN(LossRecommender):
    """score(u, i) = g(u, i), g the generator's p_u . q_i + b_i: it draws i for u with probability P(i | u) = softmax_i(g(u, i) /
    tau). The discriminator is of the same form, f(u, i). In turns, over all training pairs (equations (3) to (6) of the paper):

    D falls -log s(f(u, i)) - log(1 - s(f(u, j))), i liked and j drawn from P. G climbs the mean of V(u, j) = log(1 + exp f(u, j))
    under P by its policy gradient: (V - v) w d log P(j | u), j drawn from (1 - lambda) P + lambda (uniform over what u likes), w =
    P over that, v = sum over all items of P V, which is the baseline. `pretraining_epochs` of BPR teach both players first.

    The paper's: the game, the policy gradient, and drawing what is liked more often with its weight, as its code does. Not the
    paper's: pretraining by BPR on uniform negatives in place of dynamic ones; the exact mean as the baseline. Scores do not look at
    features.
    """

    name = "irgan"
    reference = (
        "Wang et al., IRGAN: A Minimax Game for Unifying Generative and Discriminative Information Retrieval Models, SIGIR 2017"
    )
    tables: ClassVar[dict[str, str]] = {
        f"{player}.{table}": of
        for player in ("generator", "discriminator")
        for table, of in (("users", "users"), ("items", "items"), ("bias", "items"))
    }

    class Config(LoopConfig):
        """Sizes, and the game."""

        epochs: int = Field(100, ge=1)
        patience: int = Field(30, ge=0, description="as elsewhere; longer, for the players need time to meet")
        dim: int = Field(32, ge=1, description="width of the factors")
        temperature: float = Field(1.0, gt=0, description="tau of the draws")
        liked_share: float = Field(0.5, ge=0, lt=1, description="lambda: of the generator's draws, those of what the user likes")
        samples: int = Field(4, ge=1, description="draws of the generator for each pair")
        pretraining_epochs: int = Field(10, ge=0, description="passes over the pairs that teach both players before the game")
        weight_decay: float = Field(0.01, ge=0, description="L2 penalty on the factors that a batch names")

    config: Config
    network: IRGANNetwork

    def build(self, data: Dataset, seed: int) -> IRGANNetwork:
        """Both players."""
        return IRGANNetwork(data, self.config.dim, seed)

    def begin(self, data: Dataset, options: RunOptions) -> None:
        """The pretraining."""
        super().begin(data, options)
        engine, sampler = (
            DenseEngine(self.network, self.config.learning_rate),
            NegativeSampler(data.train, data.n_users, data.n_items),
        )
        able = data.train[sampler.counts[data.train[:, 0]] > 0]
        for epoch in range(1, self.config.pretraining_epochs + 1):
            rng = np.random.default_rng([options.seed, 17, epoch])
            for batch in self._batches(able, rng):
                other = torch.from_numpy(sampler.sample(batch[:, 0].cpu().numpy(), rng)).to(batch.device)
                engine.move(self.taught(batch[:, 0], batch[:, 1], other))
            options.progress("pretraining", epoch, self.config.pretraining_epochs)

    def _batches(self, pairs: np.ndarray, rng: np.random.Generator) -> Iterator[Tensor]:
        order = torch.from_numpy(pairs[rng.permutation(len(pairs))]).to(self.device)
        return iter(torch.split(order, self.config.batch_size)) if len(order) else iter(())

    def taught(self, users: Tensor, items: Tensor, others: Tensor) -> Tensor:
        """BPR of both players."""
        both, losses = torch.cat([items, others]), []
        for player in (self.network.generator, self.network.discriminator):
            order: Tensor = bpr_loss(player(users.repeat(2), both))[0]
            losses.append(order + self.config.weight_decay * player.size(users.repeat(2), both))
        return losses[0] + losses[1]

    def epochs(self, engine: DenseEngine, data: Dataset, options: RunOptions) -> Callable[[int], dict[str, float]]:
        """A pass of the discriminator over all pairs, then one of the generator."""
        self.likes = data.liked

        def one(epoch: int) -> dict[str, float]:
            generator, totals = epoch_generator(options.seed, epoch, self.device), [0.0, 0.0]
            for turn, loss in enumerate((self.judging, self.climbing)):
                for batch in self._batches(data.train, np.random.default_rng([options.seed, 18, epoch, turn])):
                    totals[turn] += engine.move(loss(batch[:, 0], batch[:, 1], generator)) * len(batch)
            n = max(1, len(data.train))
            return {"loss": totals[0] / n, "climbing": totals[1] / n}

        return one

    def judging(self, users: Tensor, items: Tensor, generator: torch.Generator) -> Tensor:
        """What D falls; one item is drawn from P for each pair."""
        with torch.no_grad():
            chances = torch.softmax(self.network.generator.every(users) / self.config.temperature, dim=1)
        # the first of two: for one alone torch draws a random number for every item, which took most of an epoch
        drawn = torch.multinomial(chances, 2, replacement=True, generator=generator)[:, 0]
        player, both = self.network.discriminator, torch.cat([items, drawn])
        liked, false = player(users.repeat(2), both).chunk(2)
        errors: Tensor = (softplus(-liked) + softplus(false)).mean()
        return errors + self.config.weight_decay * player.size(users.repeat(2), both)

    def climbing(self, users: Tensor, items: Tensor, generator: torch.Generator) -> Tensor:
        """What G falls: its gradient is minus the policy gradient, beside the penalty. items: one that each user likes; drawn anew
        with each pair, they are what is uniform over the likes."""
        player, config = self.network.generator, self.config
        logs = functional.log_softmax(player.every(users) / config.temperature, dim=1)  # [n, I]
        with torch.no_grad():
            P = logs.exp()
            V = softplus(self.network.discriminator.every(users))
            liked = self._uniform(users, P.shape[1])
            drawn_from = (1 - config.liked_share) * P + config.liked_share * liked
            drawn = torch.multinomial(drawn_from, config.samples, replacement=True, generator=generator)  # [n, samples]
            gain = (V - (P * V).sum(dim=1, keepdim=True)) * (P / drawn_from.clamp_min(1e-30))
        policy = (gain.gather(1, drawn) * logs.gather(1, drawn)).mean()
        return config.weight_decay * player.size(users, items) - policy

    def _uniform(self, users: Tensor, n_items: int) -> Tensor:
        """Uniform over what users like, [n, I]."""
        out = torch.zeros(len(users), n_items, device=users.device)
        offsets, items = (torch.from_numpy(np.asarray(a)).to(users.device) for a in (self.likes.offsets, self.likes.items))
        counts = (offsets[1:] - offsets[:-1])[users]
        rows = torch.repeat_interleave(torch.arange(len(users), device=users.device), counts)
        first = torch.repeat_interleave(counts.cumsum(0) - counts, counts)
        at = torch.arange(len(rows), device=users.device) - first + torch.repeat_interleave(offsets[users], counts)
        out[rows, items[at]] = 1.0 / counts[rows]
        return out

    def scores(
        self, users: Tensor, items: Tensor, user_features: Tensor | None = None, item_features: Tensor | None = None
    ) -> Tensor:
        """g; features play no part."""
        player = self.network.generator
        with torch.no_grad():
            return (player.users[users] * player.items[items]).sum(dim=1) + player.bias[items, 0]

    def catalogue_scores(self, users: Tensor, user_features: TensorRows | None = None) -> Tensor:
        """g of users [n] with every item, [n, I]."""
        with torch.no_grad():
            return self.network.generator.every(users)


@hookimpl
def pyexplain_recommenders() -> list[type[Recommender]]:
    """The recommender."""
    return [IRGAN]
