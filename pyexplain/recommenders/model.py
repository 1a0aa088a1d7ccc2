"""A network together with the feature rows of a data set: scores in evaluation mode, training, state."""

from __future__ import annotations

from typing import Protocol, cast

import torch
from torch import Tensor, nn

from ..data.sparse import TensorRows
from ..data.types import Dataset
from ..errors import UsageError
from .config import NetworkConfig
from .decoded import decoded, encoded
from .engine import Engine, TorchEngine
from .forms import MEANS, CatalogueScores, Lifts, declared
from .fused import FusedEngine
from .history import History
from .lifted import Lifted
from .objective import Objective
from .options import RunOptions
from .training import train
from .user_side import UserSide
from .validation import ValidationLists

ROWS_AT_ONCE = 8192
PAIRS_AT_ONCE = 2048  # on the processor: what a network makes of this many stays in its second-level cache


class PairNetwork(Protocol):
    """What a network offers: two encoders of features, and a decoder. n rows; k is up to the network, 0 if it uses no features."""

    def encode_users(self, users: Tensor, rows: TensorRows | Tensor) -> Tensor:
        """Users [n] and their features (sparse rows, or dense [n, P]) -> [n, k]."""

    def encode_items(self, items: Tensor, rows: TensorRows | Tensor) -> Tensor:
        """Items [n] and their features -> [n, k]."""

    def decode(
        self, users: Tensor, items: Tensor, user_latent: Tensor, item_latent: Tensor, generator: torch.Generator | None
    ) -> Tensor:
        """Scores [n]; dropout only in training mode and with a generator."""


class NetworkModel:
    """Holds a network and the data's f_u, f_i on one device. Encodings of all users and items are kept between calls."""

    def __init__(self, network: nn.Module, data: Dataset, device: str) -> None:
        if missing := [name for name in MEANS if not callable(getattr(network, name, None))]:
            raise UsageError(
                f"a network has no {', '.join(missing)}",
                where=f"network {type(network).__name__}",
                hint="build() gives a network with encode_users, encode_items and decode: see docs/plugins.md.",
            )
        self.network = network.to(device)
        self.form = declared(self.network)
        self.device = torch.device(device)
        self.n_features = data.n_features
        self.user_rows = data.user_features.tensors(device)
        self.item_rows = data.item_features.tensors(device)
        self._latents: tuple[Tensor, Tensor] | None = None
        self._catalogue: CatalogueScores | None = None
        self._lifts: Lifts | None = None

    def scores(
        self, users: Tensor, items: Tensor, user_features: Tensor | TensorRows | None, item_features: Tensor | None
    ) -> Tensor:
        """Relevance [n]; see Recommender.scores."""
        network = self._evaluating()
        if self.form is not None and not self.form.reads_features:
            return self.form.known_scores(users, items, *self.latents())
        if item_features is None and self.form is not None:
            if user_features is None:
                return self.form.known_scores(users, items, *self.latents())
            if not torch.is_grad_enabled():
                return self.form.changed_scores(users, items, network.encode_users(users, user_features), self.latents()[1])
        if user_features is None and item_features is None:
            return self._known_scores(users, items)
        user_latent = self.latents()[0][users] if user_features is None else network.encode_users(users, user_features)
        item_latent = self.latents()[1][items] if item_features is None else network.encode_items(items, item_features)
        return decoded(network, users, items, user_latent, item_latent, None)

    def _known_scores(self, users: Tensor, items: Tensor) -> Tensor:
        """By the encodings at hand, block by block; no autograd."""
        network, (of_users, of_items) = self._evaluating(), self.latents()
        size = PAIRS_AT_ONCE if self.device.type == "cpu" else max(1, len(users))
        with torch.no_grad():
            blocks = zip(torch.split(users, size), torch.split(items, size), strict=True)
            return torch.cat([decoded(network, u, i, of_users[u], of_items[i], None) for u, i in blocks])

    def catalogue_scores(self, users: Tensor, user_features: TensorRows | None) -> Tensor | None:
        """Scores [n, I]; see Recommender.catalogue_scores."""
        network = self._evaluating()
        if self.form is None:
            return None
        with torch.no_grad():
            own = user_features if self.form.reads_features else None
            latents = self.latents()[0][users] if own is None else network.encode_users(users, own)
            if self._catalogue is None:
                self._catalogue = self.form.catalogue(self.latents()[1])
            return self._catalogue.scores(users, latents)

    def scores_in(self, cells: TensorRows, users: Tensor, user_features: TensorRows) -> Tensor | None:
        """Scores [nnz]; see Recommender.scores_in. Each user is encoded once. None where the form does not read features."""
        network = self._evaluating()
        if self.form is None or not self.form.reads_features:
            return None
        with torch.no_grad():
            latent, of_items = network.encode_users(users, user_features), self.latents()[1]
            return self.form.changed_scores(users, cells.indices, latent, of_items, cells.row_indices())

    def most_lifted(self, change: TensorRows) -> Lifted | None:
        """Upper bounds [n, I]; see Recommender.most_lifted."""
        if self.form is None or not self.form.reads_features:
            return None
        if self._lifts is None:
            self._evaluating()
            self._lifts = self.form.lifts(self.latents()[1])
        with torch.no_grad():
            return None if self._lifts is None else self._lifts.most(change)

    def latents(self) -> tuple[Tensor, Tensor]:
        """Encodings of all users [U, k] and all items [I, k] by the present parameters; constants for autograd."""
        if self._latents is None:
            network = self._evaluating()
            with torch.no_grad():
                own = None if self.form is None else self.form.encodings()
                if own is not None:
                    self._latents = own
                    return own
                sides = ((self.user_rows, network.encode_users), (self.item_rows, network.encode_items))
                encoded = [_encode_all(rows, encode, self.device) for rows, encode in sides]
            self._latents = encoded[0], encoded[1]
        return self._latents

    def changed(self) -> None:
        """To be called when parameters have changed: encodings are made anew when next asked for."""
        self._latents, self._catalogue, self._lifts = None, None, None

    def fit(self, data: Dataset, config: NetworkConfig, options: RunOptions, objective: Objective) -> History:
        """Train the network in place."""
        engine, lists = self._engine(config), ValidationLists(data.valid_candidates, self.device)

        def validate() -> float | None:
            self.changed()
            return lists.ndcg(lambda u, i: self.scores(u, i, None, None))

        history = train(self.network, engine, validate, data, config, options, objective)
        self.changed()
        return history

    def _engine(self, config: NetworkConfig) -> Engine:
        """Native steps for a network that declares the form that they are written for, autograd for any other."""
        if self.form is not None:
            return FusedEngine(self.form, self.user_rows, self.item_rows, config)
        return TorchEngine(self.network, self.user_rows, self.item_rows, self.n_features, config)

    def user_side(self, users: Tensor, items: Tensor) -> UserSide:
        """The score as a function of f_u, of a network that declares its form or has user_side() itself; UsageError for others."""
        given = getattr(self.network if self.form is None else self.form, "user_side", None)
        found: UserSide | None = None if given is None else given(users, items, self.latents()[1][items])
        if found is None:
            raise UsageError(
                f"{type(self.network).__name__} does not declare a form that is linear in f_u",
                hint="Whoever offers linear-user-side gives user_side(), or a feature_product() of the network.",
            )
        return found

    def state(self) -> dict[str, Tensor]:
        """Parameters by name, on the CPU."""
        return {name: value.detach().cpu().clone() for name, value in self.network.state_dict().items()}

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Take back what state() gave."""
        self.network.load_state_dict(state)
        self.changed()

    def _evaluating(self) -> PairNetwork:
        self.network.eval()
        return cast(PairNetwork, self.network)


class _Encode(Protocol):
    def __call__(self, indices: Tensor, rows: TensorRows | Tensor, /) -> Tensor: ...


def _encode_all(rows: TensorRows, encode: _Encode, device: torch.device) -> Tensor:
    n = rows.n_rows
    parts = [torch.arange(at, min(at + ROWS_AT_ONCE, n), device=device) for at in range(0, n, ROWS_AT_ONCE)]
    return torch.cat([encoded(encode, part, rows.select(part)) for part in parts])
