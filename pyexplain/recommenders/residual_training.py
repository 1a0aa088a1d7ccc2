"""Steps of the residual: BPR of the whole score, in which the sum stands still, by autograd and Adam."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from ..data.sparse import SparseRows, TensorRows
from ..ops.adam_rows import AddUp
from .dense_adam import DenseAdam
from .objective import bpr
from .residual import Residual


class ResidualEngine:
    """Beside the steps of the sum (AdditiveEngine), on the same triples: what the sum learns is the same with a residual as without
    one, to the last bit, and the residual learns what is left."""

    def __init__(self, residual: Residual, learning_rate: float) -> None:
        self.residual, self.parameters = residual, dict(residual.named_parameters())
        self.optimizer = DenseAdam(self.parameters.values(), learning_rate)

    def step(
        self,
        sums: Tensor,
        users: tuple[TensorRows, TensorRows],
        item_words: tuple[TensorRows, TensorRows],
        items: Tensor,
        generator: torch.Generator,
    ) -> Tensor:
        """One step on n triples; the loss before it, []. sums [2n]: scores without a residual, of the preferred items and then of
        the others; users: words [n, W] and histories [n, I]; item_words, each [n, W], and items [2n] in the order of sums."""
        residual, n = self.residual, len(items) // 2
        residual.train()
        with torch.enable_grad():
            of_items = residual.items(SparseRows.stacked(item_words), items)
            found = sums + residual(residual.users(*users).repeat(2, 1), of_items, items, generator)
            loss = bpr(found[:n] - found[n:])
            residual.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        residual.eval()
        return loss.detach()

    def share(self, add_up: AddUp) -> None:
        """See Engine."""
        self.optimizer.add_up = add_up

    def state(self) -> dict[str, Tensor]:
        """Moments and steps, by name."""
        return self.optimizer.named_state(self.parameters)

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Take back what state() gave."""
        self.optimizer.load_named_state(self.parameters, state)
