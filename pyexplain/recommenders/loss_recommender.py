"""Recommenders that write their loss down as it stands: trained by autograd, in the frame that all share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

import torch
from torch import Tensor, nn

from ..data.types import Dataset
from .base import Recommender
from .config import Config as BaseConfig
from .config import LoopConfig
from .dense_engine import DenseEngine
from .epochs import train_epochs
from .objective import Term
from .options import RunOptions
from .size import within_memory
from .training import train
from .validation import ValidationLists


class LossRecommender(Recommender):
    """A plugin gives `build`, the network, scores(), and how it is trained: `loss` of a batch of pairs, or an `epochs` of its own.

    `network` is there after prepare(); `changed` is called when parameters have moved.
    """

    Config: ClassVar[type[BaseConfig]] = LoopConfig
    config: LoopConfig
    network: nn.Module

    def prepare(self, data: Dataset, options: RunOptions) -> None:
        """The start; nothing is learned."""
        network = within_memory(lambda: self.build(data, options.seed), f"{self.name} on {data.name}")
        self.network, self.data = network.to(options.device), data
        self.read(data, options)
        self.changed()

    def read(self, data: Dataset, options: RunOptions) -> None:
        """What scoring and training need of the data beside the network."""

    def changed(self) -> None:
        """Parameters have moved: what was made of them is made anew when next asked for."""

    def loss(self, batch: Term, generator: torch.Generator) -> Tensor:
        """A scalar, the mean over a batch of triples."""
        raise TypeError(f"{type(self).__name__} must give loss(), or epochs of its own")

    def epochs(self, engine: DenseEngine, data: Dataset, options: RunOptions) -> Callable[[int], dict[str, float]] | None:
        """What an epoch is (see train_epochs), for a method that is not trained on triples; None for one that is."""
        return None

    def fit(self, data: Dataset, options: RunOptions) -> list[dict[str, float]]:
        """Prepare and train."""
        self.prepare(data, options)
        self.begin(data, options)
        engine = DenseEngine(self.network, self.config.learning_rate, self.loss)
        named = replace(options, labels={"method": self.name, **options.labels})
        lists = ValidationLists(data.valid_candidates, self.device)

        def validate() -> float | None:
            self.changed()
            return lists.ndcg(self.scores)

        own = self.epochs(engine, data, options)
        if own is None:
            history = train(self.network, engine, validate, data, self.config, named)
        else:
            history = train_epochs(self.network, engine, own, validate, data, self.config, named)
        self.changed()
        return history

    def state(self) -> dict[str, Tensor]:
        """Parameters by name."""
        return {name: value.detach().cpu().clone() for name, value in self.network.state_dict().items()}

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Take back what state() gave."""
        self.network.load_state_dict(state)
        self.changed()

    @property
    def device(self) -> torch.device:
        """Where scores are computed."""
        return next(self.network.parameters()).device
