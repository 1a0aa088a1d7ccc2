"""The ranking by what was planted in the built-in data: as far as any method could get there."""

from __future__ import annotations

import torch
from torch import Tensor

from ..data.demo import Truth
from ..data.types import Dataset
from ..recommenders.base import Recommender


class Oracle(Recommender):
    """Scores what users of generated data chose by, less chance (data/demo.py). It knows what no method can know, so it is no
    control: it shows how far there is to go."""

    name = "oracle"

    def __init__(self, truth: Truth, data: Dataset) -> None:
        super().__init__()
        self.appeal = torch.from_numpy(truth.appeal(data.users.names, data.items.names)).float()  # [U, I]

    def scores(
        self, users: Tensor, items: Tensor, user_features: Tensor | None = None, item_features: Tensor | None = None
    ) -> Tensor:
        """[n], whatever the features."""
        return self.appeal[users, items]
