"""What a network on identities alone puts into the head, by native operators; TorchEngine's steps, up to rounding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..ops import AdamSettings, RowAdam, RowGradients
from ..ops.adam_tables import Moves, catch_up_tables, step_tables
from ..ops.group_sums import Added, run_group_sums
from ..ops.groups import group_rows
from ..ops.joined_pairs import Identities, run_joined_pairs
from ..ops.native import check, check_range
from .objective import Term
from .optimizers import load_states, states
from .product_training import add_decay, triples

if TYPE_CHECKING:
    from .config import NetworkConfig


class JoinedInputs:
    """e_u concat e_i, and p_u . q_i beside the head; see HeadInputs. Of a table only the rows that a batch names are read and
    written. What terms say of features makes no difference."""

    def __init__(self, tables: Identities, n_users: int, n_items: int, config: NetworkConfig) -> None:
        self.tables = Identities(*(table.detach() for table in tables))
        self.decay, self.sizes = config.weight_decay, {"users": n_users, "items": n_items}
        widths = {"embedding": tables.user_embedding.shape[1], "factors": tables.user_factors.shape[1]}
        settings, self.optimizers = AdamSettings(lr=config.learning_rate), dict[str, RowAdam]()
        for name, table in self.tables._asdict().items():
            width = widths[name.split("_")[1]]
            check(table, name, (self.sizes[_side(name)], width), like=tables.user_embedding)
            if width:
                self.optimizers[name] = RowAdam(table, settings)

    def forward(self, terms: list[Term]) -> tuple[Tensor, Tensor]:
        """x [2n, 2d], and p_u . q_i [2n]."""
        users, preferred, other = triples(terms)
        self.indices = {"users": users.repeat(2), "items": torch.cat([preferred, other])}
        for name, indices in self.indices.items():
            check_range(indices, name, self.sizes[name])
        self.groups = {name: group_rows(indices, self.sizes[name]) for name, indices in self.indices.items()}
        catch_up_tables((one, self.groups[_side(name)].rows) for name, one in self.optimizers.items())
        n, like = 2 * len(users), self.tables.user_embedding
        x, products = like.new_empty(n, 2 * like.shape[1]), like.new_empty(n)
        run_joined_pairs(self.tables, self.indices["users"], self.indices["items"], x, products)
        return x, products

    def step(self, grad_x: Tensor, slopes: Tensor, terms: list[Term], batch: Term, beside: Moves) -> Tensor | float:
        """Adam on the four tables; the penalty of weight decay."""
        of, indices, d = self.tables, self.indices, self.tables.user_embedding.shape[1]
        added = {
            "user_embedding": Added(grad_x[:, :d]),
            "item_embedding": Added(grad_x[:, d:]),
            "user_factors": Added(of.item_factors, indices["items"], weights=slopes),
            "item_factors": Added(of.user_factors, indices["users"], weights=slopes),
        }
        gradients = {}
        for name in self.optimizers:
            groups = self.groups[_side(name)]
            gradients[name] = RowGradients(groups.rows, run_group_sums(added[name], groups))
        penalty = self._add_decay(gradients, batch) if self.decay else 0.0
        step_tables([*((one, gradients[name]) for name, one in self.optimizers.items()), *beside])
        return penalty

    def _add_decay(self, gradients: dict[str, RowGradients], batch: Term) -> Tensor:
        of_users, of_items = gradients["user_embedding"], gradients["item_embedding"]
        return add_decay(of_users, self.tables.user_embedding, of_items, self.tables.item_embedding, batch, self.decay)

    def user_gradient(self, grad_x: Tensor, batch: Term) -> Tensor:
        """dL/df_u: no column, since no feature has a part in it."""
        raise TypeError("the scores do not depend on f_u: this network has no gradient in the features")

    def flush(self) -> None:
        """Bring the rows at rest to where dense Adam has them."""
        for optimizer in self.optimizers.values():
            optimizer.flush()

    def state(self) -> dict[str, Tensor]:
        """Moments, last steps and step counts, by name."""
        return states(self.optimizers)

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Take back what state() gave."""
        load_states(self.optimizers, state)


def _side(table: str) -> str:
    return "users" if table.startswith("user") else "items"
