"""The base class of methods with the network of eq. (5): what they share beside what they are trained on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from torch import nn

from ..data.types import Dataset
from .base import GRADIENTS, LINEAR_USER_SIDE, SCORES, Recommender
from .config import Config as BaseConfig
from .config import FeatureProductConfig
from .networks import FeatureProductNetwork


class FeatureProductRecommender(Recommender):
    """Scores by a FeatureProductNetwork. A plugin gives name, reference, and `objective`, if it is more than BPR.

    Where f_u is normalised, the score is not linear in f_u before the relu: "linear-user-side" is then not offered.
    """

    offers = frozenset({SCORES, GRADIENTS, LINEAR_USER_SIDE})
    tables: ClassVar[Mapping[str, str]] = {
        "user_embedding": "users",
        "item_embedding": "items",
        "user_map.weight": "features",
        "item_map.weight": "features",
    }
    Config: ClassVar[type[BaseConfig]] = FeatureProductConfig
    config: FeatureProductConfig

    def __init__(self, config: BaseConfig | None = None) -> None:
        super().__init__(config)
        if self.config.normalize != "none":
            self.offers = type(self).offers - {LINEAR_USER_SIDE}  # type: ignore[misc]  # of this one alone

    def build(self, data: Dataset, seed: int) -> nn.Module:
        """The network of eq. (5)."""
        return FeatureProductNetwork.of(data, self.config, seed)
