"""Training steps for a loss that is written down as it stands: autograd, and Adam on whole tensors."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from ..ops.adam_rows import AddUp
from .dense_adam import DenseAdam
from .objective import Objective, Term

Loss = Callable[[Term, torch.Generator], Tensor]


class DenseEngine:
    """Steps of Adam on every parameter of a network, from loss(batch, generator), a scalar; the generator is that of the epoch."""

    def __init__(self, network: nn.Module, learning_rate: float, loss: Loss | None = None) -> None:
        self.network, self.loss = network, loss
        self.optimizer = DenseAdam(network.parameters(), learning_rate)

    def step(self, batch: Term, objective: Objective, generator: torch.Generator) -> float:
        """One step on a batch of triples; TypeError for an engine that was given no loss of them."""
        if self.loss is None:
            raise TypeError("this engine was given no loss of triples")
        return self.move(self.loss(batch, generator))

    def move(self, loss: Tensor) -> float:
        """One step from a loss that is made already; its value."""
        self.network.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        return float(loss.detach())

    def flush(self) -> None:
        """Every parameter is up to date at all times."""

    def share(self, add_up: AddUp) -> None:
        """See Engine."""
        self.optimizer.add_up = add_up

    def state(self) -> dict[str, Tensor]:
        """Adam's moments and step of each parameter, by name."""
        return self.optimizer.named_state(dict(self.network.named_parameters()))

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Take back what state() gave."""
        self.optimizer.load_named_state(dict(self.network.named_parameters()), state)
