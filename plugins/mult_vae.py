"""Mult-VAE: a variational autoencoder of what a user likes, with a multinomial likelihood."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from pyexplain import Dataset, RunOptions, hookimpl
from pyexplain.data import SparseRows, TensorRows
from pyexplain.ops import matrix_product
from pyexplain.recommenders import DenseEngine, HistoryRecommender, LoopConfig, Recommender, epoch_generator, mapped, scaled


class MultVAENetwork(nn.Module):
    """I -> hidden -> dim -> hidden -> I, tanh between; the encoder gives mu and log sigma^2."""

    def __init__(self, n_items: int, hidden: int, dim: int, seed: int) -> None:
        super().__init__()
        g = torch.Generator().manual_seed(seed)

        def layer(n_in: int, n_out: int) -> tuple[nn.Parameter, nn.Parameter]:  # Xavier's, as in the authors' code
            weight = torch.randn(n_in, n_out, generator=g) * (2 / (n_in + n_out)) ** 0.5
            return nn.Parameter(weight), nn.Parameter(torch.randn(n_out, generator=g) * 1e-3)

        self.W1, self.b1 = layer(n_items, hidden)
        self.W2, self.b2 = layer(hidden, 2 * dim)
        self.W3, self.b3 = layer(dim, hidden)
        W4, self.b4 = layer(hidden, n_items)
        self.W4 = nn.Parameter(W4.detach().t().contiguous())  # [I, hidden]: a row an item

    def encode(self, first: Tensor) -> tuple[Tensor, Tensor]:
        """mu and log sigma^2 [n, dim] from x W1 [n, hidden]."""
        mu, log_variance = matrix_product(torch.tanh(first + self.b1), self.W2, self.b2).chunk(2, dim=1)
        return mu, log_variance

    def decode(self, z: Tensor) -> Tensor:
        """The last hidden layer [n, hidden]."""
        return torch.tanh(matrix_product(z, self.W3, self.b3))


class MultVAE(HistoryRecommender):
    """score(u, i) = w_i . tanh(W3 z + b3) + c_i with z = mu(x_u), x_u the 0/1 row of what u likes, over its length; the length is
    that of the user's own history, whatever features are handed in.

    Trained on -sum over i of x_ui log softmax_i(scores at z ~ N(mu, sigma^2)) + a KL(N(mu, sigma^2) || N(0, 1)), a mean over users
    (equations (4) to (8) of the paper); entries of x_u are dropped out on the way in, and a grows from 0 to `anneal_cap` in
    `anneal_steps` steps. Softmax orders as its scores do, so these are the relevance. Nothing is kept of a user.
    """

    name = "mult-vae"
    reference = "Liang et al., Variational Autoencoders for Collaborative Filtering, WWW 2018"

    tables: ClassVar[dict[str, str]] = {"W1": "items", "W4": "items", "b4": "items"}

    class Config(LoopConfig):
        """Sizes, dropout and annealing."""

        learning_rate: float = Field(1e-3, gt=0, description="of Adam")
        batch_size: int = Field(128, ge=1, description="users")
        epochs: int = Field(150, ge=1)
        patience: int = Field(30, ge=0, description="as elsewhere; longer, for popularity is learned long before taste")
        dim: int = Field(64, ge=1, description="width of z")
        hidden: int = Field(256, ge=1, description="width of the layers between")
        dropout: float = Field(0.7, ge=0, lt=1, description="of the entries of x_u, in training only")
        anneal_cap: float = Field(0.2, ge=0, description="what the weight of the KL divergence grows to")
        anneal_steps: int = Field(2000, ge=1, description="steps in which it grows")

    config: Config
    network: MultVAENetwork

    def build(self, data: Dataset, seed: int) -> MultVAENetwork:
        """Four layers."""
        return MultVAENetwork(data.n_items, self.config.hidden, self.config.dim, seed)

    def epochs(self, engine: DenseEngine, data: Dataset, options: RunOptions) -> Callable[[int], dict[str, float]]:
        """Each user with a history once, in batches."""
        users = np.flatnonzero(self.history.own.counts.cpu().numpy())
        steps = -(-len(users) // self.config.batch_size)

        def one(epoch: int) -> dict[str, float]:
            generator = epoch_generator(options.seed, epoch)
            order = torch.from_numpy(np.random.default_rng([options.seed, 14, epoch]).permutation(users)).to(self.device)
            total = 0.0
            for number, batch in enumerate(torch.split(order, self.config.batch_size)):
                share = min(1.0, ((epoch - 1) * steps + number) / self.config.anneal_steps)
                total += engine.move(self.bound(batch, self.config.anneal_cap * share, generator)) * len(batch)
            return {"loss": total / max(1, len(users))}

        return one

    def bound(self, users: Tensor, weight: float, generator: torch.Generator) -> Tensor:
        """The loss of users [n], weight being that of the divergence."""
        net, rows = self.network, self.history.rows(users)
        mu, log_variance = net.encode(mapped(self._dropped(scaled(rows, self.scale[users]), generator), net.W1))
        noise = torch.randn(mu.shape, generator=generator).to(mu.device)
        logits = matrix_product(net.decode(mu + noise * torch.exp(log_variance / 2)), net.W4.t(), net.b4)  # [n, I]
        likely = functional.log_softmax(logits, dim=1)[rows.row_indices(), rows.indices].sum()
        divergence = (mu.square() + log_variance.exp() - 1 - log_variance).sum() / 2
        return (weight * divergence - likely) / len(users)

    def _dropped(self, rows: TensorRows, generator: torch.Generator) -> TensorRows:
        rate = self.config.dropout
        kept = torch.rand(len(rows.values), generator=generator).to(rows.values.device) >= rate
        left = rows.where(kept)
        return SparseRows(left.offsets, left.indices, left.values / (1 - rate), left.n_columns)

    def changed(self) -> None:
        """What goes into the last layer is made anew."""
        self._known: Tensor | None = None
        self.scale = self.history.own.counts.clamp(min=1).float() ** -0.5  # [U]: 1 / ||x_u||_2

    def _hidden(self, users: Tensor, features: Tensor | TensorRows | None) -> Tensor:
        """[n, hidden]: what goes into the last layer; differentiable in features that ask for it."""
        wanted = isinstance(features, Tensor) and features.requires_grad and torch.is_grad_enabled()
        with torch.set_grad_enabled(wanted):
            return self.network.decode(self.network.encode(self._first(users, features))[0])

    def _first(self, users: Tensor, features: Tensor | TensorRows | None) -> Tensor:
        """x_u W1, [n, hidden]."""
        return self.history.summed(users, features, self.network.W1.detach()) * self.scale[users][:, None]

    def known(self) -> Tensor:
        """The same of all users as they are, [U, hidden]."""
        if self._known is None:
            with torch.no_grad():
                everyone = torch.arange(self.history.own.n_rows, device=self.device)
                self._known = self._hidden(everyone, None)
        return self._known

    def scores(
        self, users: Tensor, items: Tensor, user_features: Tensor | None = None, item_features: Tensor | None = None
    ) -> Tensor:
        """See the class."""
        net = self.network
        hidden = self.known()[users] if user_features is None else self._hidden(users, user_features)
        given = net.W4.detach()[items]
        if item_features is not None:
            given = self.history.through(item_features, net.W4.detach(), given)
        return (hidden * given).sum(dim=1) + net.b4.detach()[items]

    def catalogue_scores(self, users: Tensor, user_features: TensorRows | None = None) -> Tensor:
        """scores() of users [n] with every item, [n, I]."""
        with torch.no_grad():
            hidden = self.known()[users] if user_features is None else self._hidden(users, user_features)
            return matrix_product(hidden, self.network.W4.t(), self.network.b4)

    def with_users(self, data: Dataset) -> MultVAE:
        """See Recommender.with_users."""
        return self.seeing(data)


@hookimpl
def pyexplain_recommenders() -> list[type[Recommender]]:
    """The recommender."""
    return [MultVAE]
