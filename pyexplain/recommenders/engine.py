"""One training step in plain torch, for any network. The fused engine (fused.py) does the same with native operators."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any, Protocol

import torch
from torch import Tensor

from ..data.sparse import TensorRows
from ..errors import UsageError
from ..ops import AdamSettings, RowAdam, RowGradients
from ..ops.adam_rows import AddUp
from .config import NetworkConfig
from .decoded import decoded, encoded
from .dense_adam import DenseAdam
from .networks import table_rows
from .objective import Objective, Term, bpr, unread


class Engine(Protocol):
    """Owns the optimiser of a network: takes steps, and keeps what a checkpoint needs."""

    def step(self, batch: Term, objective: Objective, generator: torch.Generator) -> float | Tensor:
        """One step on all terms of the batch; the loss before it, a tensor where reading it would be waiting for a GPU."""

    def flush(self) -> None:
        """Bring every parameter up to date; called before scores are asked for or state is kept."""

    def share(self, add_up: AddUp) -> None:
        """From now on each gradient is what add_up makes of it: several processes train one model (data_parallel.py)."""

    def state(self) -> dict[str, Tensor]:
        """Moments and step counts, by name."""

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Take back what state() gave."""


class TorchEngine:
    """Autograd and Adam, for any PairNetwork (model.py).

    Tables that the network names in `row_tables` ({parameter: "users" or "items"}) and reads with table_rows are written in the
    rows of a batch alone, with the result that torch.optim.Adam has on the whole table; the others by DenseAdam.
    """

    def __init__(self, network: Any, user_rows: TensorRows, item_rows: TensorRows, n_features: int, config: NetworkConfig):
        self.network, self.user_rows, self.item_rows, self.n_features = network, user_rows, item_rows, n_features
        self.decay = config.weight_decay
        self.sides = _sides(network)
        settings = AdamSettings(lr=config.learning_rate)
        self.tables = {name: RowAdam(network.get_parameter(name), settings) for name in self.sides}
        self.others = {name: p for name, p in network.named_parameters() if name not in self.tables}
        self.optimizer = DenseAdam(self.others.values(), config.learning_rate)

    def step(self, batch: Term, objective: Objective, generator: torch.Generator) -> float | Tensor:
        """Zero gradients, add up the terms, one Adam step."""
        self.network.train()
        self._catch_up(batch)
        total: Tensor = torch.zeros((), device=batch.users.device)
        for term in objective.terms(batch, lambda: self._user_gradient(batch)):
            self._catch_up(term)
            with term.within or nullcontext():
                total = total + term.weight * self._loss(term, self._rows(term), generator)
        if self.decay:
            total = total + self.decay * self._penalty(batch)
        self.network.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        for name, table in self.tables.items():
            table.step(_by_row(self.network.get_parameter(name).grad))
        return unread(total.detach())

    def _catch_up(self, term: Term) -> None:
        """Rows that are about to be read go where dense Adam has them by now."""
        items = torch.cat([term.preferred, term.other])
        for name, table in self.tables.items():
            table.catch_up(torch.unique(term.users if self.sides[name] == "users" else items))

    def _rows(self, term: Term) -> TensorRows | Tensor:
        own = term.own_rows()
        rows = own if own is not None else self.user_rows.select(term.users)
        return rows if term.delta is None else rows.dense(self.n_features) + term.delta

    def _loss(self, term: Term, rows: TensorRows | Tensor, generator: torch.Generator | None) -> Tensor:
        network = self.network
        # both sides through the head at once: one larger matrix product instead of two
        items = torch.cat([term.preferred, term.other])
        user_latent = encoded(network.encode_users, term.users, rows).repeat(2, 1)
        item_latent = encoded(network.encode_items, items, self.item_rows.select(items))
        scores = decoded(network, term.users.repeat(2), items, user_latent, item_latent, generator)
        n = len(term.users)
        return bpr(scores[:n] - scores[n:])

    def _user_gradient(self, batch: Term) -> Tensor:
        self.network.eval()
        with torch.enable_grad():
            features = self.user_rows.select(batch.users).dense(self.n_features).requires_grad_()
            # the sum, not the mean: each row is the gradient of its own triple's loss
            loss = self._loss(batch, features, None) * len(batch.users)
            (gradient,) = torch.autograd.grad(loss, features)
        self.network.train()
        return gradient

    def _penalty(self, batch: Term) -> Tensor:
        """Half the squared length of the embedding rows of the batch, a mean over triples."""
        rows = [
            self._embedding("user_embedding", batch.users),
            self._embedding("item_embedding", batch.preferred),
            self._embedding("item_embedding", batch.other),
        ]
        return torch.stack([r.square().sum() for r in rows]).sum() / (2 * len(batch.users))

    def _embedding(self, name: str, indices: Tensor) -> Tensor:
        table: Tensor = self.network.get_parameter(name)
        return table_rows(table, indices) if name in self.tables else table[indices]

    def flush(self) -> None:
        """Bring the rows at rest to where dense Adam has them."""
        for table in self.tables.values():
            table.flush()

    def share(self, add_up: AddUp) -> None:
        """See Engine."""
        self.optimizer.add_up = add_up
        for table in self.tables.values():
            table.add_up = add_up

    def state(self) -> dict[str, Tensor]:
        """Adam's moments and step of each parameter."""
        kept = self.optimizer.named_state(self.others)
        for name, table in self.tables.items():
            kept |= {f"{name}.{key}": value for key, value in table.state().items()}
        return kept

    def load_state(self, state: dict[str, Tensor]) -> None:
        """The moments of each parameter, on its device."""
        for name, table in self.tables.items():
            table.load_state({key: state[f"{name}.{key}"] for key in ("m", "v", "last_step", "steps")})
        self.optimizer.load_named_state(self.others, state)


def _sides(network: Any) -> dict[str, str]:
    """What the network says in row_tables; UsageError where that is anything but {parameter: "users" or "items"}."""
    said = getattr(network, "row_tables", {})
    known = {name for name, _ in network.named_parameters()}
    if not isinstance(said, dict) or set(said) - known or set(said.values()) - {"users", "items"}:
        raise UsageError(
            f"row_tables is {said!r}, expected {{parameter: 'users' or 'items'}}",
            where=f"network {type(network).__name__}",
            hint=f"Its parameters: {', '.join(sorted(known))}.",
        )
    return dict(said)


def _by_row(gradient: Tensor | None) -> RowGradients | Tensor:
    if gradient is None:
        raise TypeError("a table that the network names in row_tables had no part in its scores")
    if not gradient.is_sparse:  # read in another way than with table_rows
        return gradient
    gradient = gradient.coalesce()
    return RowGradients(gradient.indices()[0].contiguous(), gradient.values().contiguous())
