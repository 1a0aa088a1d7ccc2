"""EFM: explicit factors. What users care about and what items are good at are factorised together with who liked what."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from pyexplain import Dataset, RunOptions, hookimpl
from pyexplain.data import NegativeSampler, SparseRows
from pyexplain.recommenders import Config, Recommender

MOST = 5.0  # N: the largest rating, attention and quality


class EFM(Recommender):
    """X ~ U1 V', Y ~ U2 V', A ~ U1 U2' + H1 H2', all factors >= 0 (section 3 of the paper), X and Y being f_u and f_i. A is N where
    a user liked an item, and 1 for as many items drawn from the others: likes come without dislikes here.

    Score: share * (sum over the `cared` features of largest X_uk of X_uk Y_ik) / (cared N) + (1 - share) A_ui. X_uk is
    f_u[k] where the user wrote about k and the factors' prediction elsewhere, Y_ik likewise; features handed in take the place
    of what was written, and leave what was predicted.
    """

    name = "efm"
    reference = "Zhang et al., Explicit Factor Models for Explainable Recommendation, SIGIR 2014"
    offers = frozenset({"scores", "gradients", "attention"})

    class Config(Config):
        """Sizes, weights of the parts, and the steps of projected Adam on all entries at once."""

        dim: int = Field(32, ge=1, description="explicit factors")
        hidden_dim: int = Field(16, ge=1, description="factors of A alone")
        epochs: int = Field(200, ge=1, description="steps")
        learning_rate: float = Field(0.05, gt=0, description="of Adam")
        attention_weight: float = Field(0.5, ge=0, description="lambda_x: of the error in X")
        quality_weight: float = Field(0.5, ge=0, description="lambda_y: of the error in Y")
        weight_decay: float = Field(0.01, ge=0, description="squared entries of all factors")
        cared: int = Field(15, ge=1, description="k: features of a user that the score looks at")
        share: float = Field(0.85, ge=0, le=1, description="alpha: of the features in the score")

    config: Config
    tables: ClassVar[dict[str, str]] = {"U1": "users", "H1": "users", "U2": "items", "H2": "items", "V": "features"}
    factors: ClassVar[tuple[str, ...]] = ("U1", "U2", "V", "H1", "H2")

    def prepare(self, data: Dataset, options: RunOptions) -> None:
        """Factors drawn from the seed, and both sides' features, dense by need."""
        g = torch.Generator().manual_seed(options.seed)
        sizes = {"U1": data.n_users, "U2": data.n_items, "V": data.n_features, "H1": data.n_users, "H2": data.n_items}
        self.parameters: dict[str, Tensor] = {}
        for name, n in sizes.items():
            width = self.config.hidden_dim if name.startswith("H") else self.config.dim
            self.parameters[name] = torch.rand(n, width, generator=g).mul_((2.0 / width) ** 0.5)  # products around 1
        self.data = data

    def fit(self, data: Dataset, options: RunOptions) -> list[dict[str, float]]:
        """Projected Adam; the last step's factors are kept."""
        self.prepare(data, options)
        self.begin(data, options)
        entries = [_entries(data.user_features), _entries(data.item_features), self._ratings(data, options.seed)]
        leaves = {name: value.requires_grad_() for name, value in self.parameters.items()}
        optimizer = torch.optim.Adam(leaves.values(), lr=self.config.learning_rate)
        history = []
        for epoch in range(1, self.config.epochs + 1):
            loss = self._loss(entries)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            with torch.no_grad():
                for value in leaves.values():
                    value.clamp_(min=0)
            history.append({"epoch": float(epoch), "loss": float(loss.detach())})
            options.progress("training", epoch, self.config.epochs)
        self.parameters = {name: value.detach() for name, value in leaves.items()}
        return history

    @staticmethod
    def _ratings(data: Dataset, seed: int) -> tuple[Tensor, Tensor, Tensor]:
        """(users, items, values) of A."""
        sampler = NegativeSampler(data.train, data.n_users, data.n_items)
        able = data.train[sampler.counts[data.train[:, 0]] > 0, 0]
        drawn = sampler.sample(able, np.random.default_rng([seed, 29]))
        users, items = np.concatenate([data.train[:, 0], able]), np.concatenate([data.train[:, 1], drawn])
        values = np.concatenate([np.full(len(data.train), MOST), np.ones(len(able))]).astype(np.float32)
        return torch.from_numpy(users), torch.from_numpy(items), torch.from_numpy(values)

    def _loss(self, entries: list[tuple[Tensor, Tensor, Tensor]]) -> Tensor:
        """Squared errors of X, Y and A, each a mean over its known entries, and the penalty."""
        p = self.parameters
        predicted = (
            (functional.embedding(entries[0][0], p["U1"]) * functional.embedding(entries[0][1], p["V"])).sum(dim=1),
            (functional.embedding(entries[1][0], p["U2"]) * functional.embedding(entries[1][1], p["V"])).sum(dim=1),
            self._rating(*entries[2][:2]),
        )
        weights = (self.config.attention_weight, self.config.quality_weight, 1.0)
        total = sum(self.config.weight_decay * value.square().mean() for value in p.values())
        for weight, found, (_, _, wanted) in zip(weights, predicted, entries, strict=True):
            if len(wanted):
                total = total + weight * (found - wanted).square().mean()
        assert isinstance(total, Tensor)
        return total

    def _rating(self, users: Tensor, items: Tensor) -> Tensor:
        p = self.parameters
        return (functional.embedding(users, p["U1"]) * functional.embedding(items, p["U2"])).sum(dim=1) + (
            functional.embedding(users, p["H1"]) * functional.embedding(items, p["H2"])
        ).sum(dim=1)

    def scores(
        self, users: Tensor, items: Tensor, user_features: Tensor | None = None, item_features: Tensor | None = None
    ) -> Tensor:
        """Scores [n]; see the class."""
        who, of_users = _repeats(users) if user_features is None else (users, torch.arange(len(users)))
        what, of_items = _repeats(items) if item_features is None else (items, torch.arange(len(items)))
        x, y = self.cares(who, user_features)[of_users], self.qualities(what, item_features)[of_items]
        best, cared = x.topk(min(self.config.cared, x.shape[1]), dim=1)
        match = (best * y.gather(1, cared)).sum(dim=1) / (self.config.cared * MOST)
        return self.config.share * match + (1 - self.config.share) * self._rating(users, items)

    def cares(self, users: Tensor, features: Tensor | None = None) -> Tensor:
        """X [n, P]: f_u where the user wrote, the prediction elsewhere."""
        return _filled(self.data.user_features, users, features, self.parameters["U1"][users] @ self.parameters["V"].T)

    def qualities(self, items: Tensor, features: Tensor | None = None) -> Tensor:
        """Y [n, P]: f_i where reviews speak, the prediction elsewhere."""
        return _filled(self.data.item_features, items, features, self.parameters["U2"][items] @ self.parameters["V"].T)

    def attention(self, users: Tensor) -> Tensor:
        """X, rows scaled to sum to 1."""
        x = self.cares(users)
        return x / x.sum(dim=1, keepdim=True).clamp_min(1e-30)

    def item_attention(self, items: Tensor) -> Tensor:
        """Y, rows scaled to sum to 1."""
        y = self.qualities(items)
        return y / y.sum(dim=1, keepdim=True).clamp_min(1e-30)

    def state(self) -> dict[str, Tensor]:
        """The factors."""
        return {name: value.clone() for name, value in self.parameters.items()}

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Take the factors back."""
        self.parameters = {name: state[name] for name in self.factors}


def _entries(rows: SparseRows) -> tuple[Tensor, Tensor, Tensor]:
    """(rows, columns, values) of sparse rows, as tensors."""
    row, column, value = (torch.tensor(a) for a in (rows.row_indices(), rows.indices, rows.values))
    return row, column, value


def _filled(rows: SparseRows, indices: Tensor, features: Tensor | None, predicted: Tensor) -> Tensor:
    own = torch.from_numpy(rows.select(indices.numpy()).dense())
    return (own if features is None else features) + predicted.clamp(max=MOST) * (own == 0)


def _repeats(indices: Tensor) -> tuple[Tensor, Tensor]:
    """Each number once, and the place of each of the given: ranking asks for the same users and items again and again."""
    once, places = torch.unique(indices, return_inverse=True)
    return once, places


@hookimpl
def pyexplain_recommenders() -> list[type[Recommender]]:
    """The baseline; what it offers as attention can be explained by any explainer that asks for it."""
    return [EFM]
