"""The residual of the additive form: a small MLP on the product of what user and item hold, for what no sum of features can say."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from ..data.counts import user_counts
from ..data.sparse import TensorRows
from ..data.types import Dataset
from ..ops import matrix_product
from .additive import Columns, item_qualities
from .networks import ITEM_SCALE, LATENT_SCALE, Head, mapped, typical_length

Rows = TensorRows | Tensor
TABLES: Mapping[str, str] = {
    "residual.mentioned": "readable",
    "residual.praised": "readable",
    "residual.taken": "items",
    "residual.given": "items",
    "residual.own": "items",
}  # what their rows are, see Recommender.tables


class Residual(nn.Module):
    """w2 . relu(W1 (e_i concat z_u * z_i) + b1) + b2: eq. (5) of the paper without identities of users.

    z_u = E_u c_u + n_u^-alpha * sum over the history k of D'_k, z_i = E_i q_i + Q'_i; c_u, q_i, n_u and the history are those of
    the additive form, the parameters its own. mentioned, praised [W, h]: E_u and E_i; taken, given [I, h]: D' and Q'; own [I, h]:
    e_i. A feature starts equal on both sides, as in eq. (5) (FeatureProductNetwork), and w2 at 0: the residual begins at nothing.
    """

    def __init__(self, data: Dataset, columns: Columns, prior: float, width: int, dropout: float, seed: int) -> None:
        super().__init__()
        g, readable = torch.Generator().manual_seed(seed), ~columns.is_history.numpy()
        words, past = (torch.randn(n, width, generator=g) * LATENT_SCALE for n in (len(columns.readable), data.n_items))
        sides = user_counts(data), item_qualities(data, prior)[0]
        lengths = [typical_length(rows.where(readable[rows.indices])) for rows in sides]
        self.mentioned, self.praised = (nn.Parameter(words / length) for length in lengths)
        self.taken, self.given = nn.Parameter(past), nn.Parameter(past.clone())
        self.own = nn.Parameter(torch.randn(data.n_items, width, generator=g) * ITEM_SCALE)
        self.head = Head(2 * width, width, dropout, g)
        nn.init.zeros_(self.head.w2)

    @property
    def width(self) -> int:
        """h."""
        return self.own.shape[1]

    def users(self, words: Rows, past: Rows) -> Tensor:
        """z_u [n, h] of what users mention [n, W] and their history [n, I], its entries divided already."""
        return through(words, self.mentioned) + through(past, self.taken)

    def items(self, words: Rows, items: Tensor) -> Tensor:
        """z_i [n, h] of items [n] and what they are praised for [n, W]."""
        return through(words, self.praised) + self.given[items]

    def forward(self, of_users: Tensor, of_items: Tensor, items: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """The residual [n] of z_u, z_i [n, h] and items [n]; with dropout in training alone."""
        score: Tensor = self.head(torch.cat([self.own[items], of_users * of_items], dim=1), generator)
        return score

    def halves(self) -> tuple[Tensor, Tensor]:
        """W1 of the items' own part and of the product, [h, h] each."""
        return self.head.W1[:, : self.width].detach(), self.head.W1[:, self.width :].detach()


def through(rows: Rows, table: Tensor) -> Tensor:
    """Rows [n, N], sparse or dense, through a table [N, h]; nothing of no columns."""
    if not isinstance(rows, Tensor):
        return mapped(rows, table)
    return matrix_product(rows, table) if rows.shape[1] else rows.new_zeros(len(rows), table.shape[1])
