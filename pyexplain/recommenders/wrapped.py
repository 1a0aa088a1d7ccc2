"""Any model that scores, as a Recommender: a person's own torch.nn.Module, or any callable, with or without gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from ..data.sparse import SparseRows, TensorRows
from ..data.types import Dataset
from ..errors import UsageError
from .base import Recommender
from .networks import mapped
from .options import RunOptions
from .user_side import UserSide

UserSideOf = Callable[[Tensor, Tensor], UserSide]


class WrappedModel(Recommender):
    """A model that is trained already. It scores; what else it offers was found out when it was wrapped.

    It is not written to run folders: keep the model in its own way, and wrap it again.
    """

    name: ClassVar[str] = "wrapped"

    def __init__(
        self,
        score: Callable[..., Any],
        module: nn.Module | None,
        data: Dataset,
        sides: tuple[bool, bool],
        arrays: bool,
        catalogue: Callable[..., Any] | None = None,
        user_side_of: UserSideOf | None = None,
    ) -> None:
        super().__init__()
        self.score, self.module, self.data, self.sides, self.arrays = score, module, data, sides, arrays
        self.catalogue, self.user_side_of = catalogue, user_side_of
        first = next(module.parameters(), None) if module is not None else None
        self._device = torch.device("cpu") if first is None else first.device
        self.user_rows, self.item_rows = (f.tensors(self._device) for f in (data.user_features, data.item_features))

    @property
    def device(self) -> torch.device:
        """That of the module's parameters; the CPU for anything else."""
        return self._device

    def prepare(self, data: Dataset, options: RunOptions) -> None:
        """Refused: a wrapped model cannot be made anew."""
        raise UsageError(
            f"{self.name} is a wrapped model, which cannot be made or trained anew",
            hint="Train it in its own way, and wrap the result.",
        )

    def fit(self, data: Dataset, options: RunOptions) -> list[dict[str, float]]:
        """Nothing: the model is trained. DataError for another data set than it was wrapped with."""
        if data.fingerprint != self.data.fingerprint:
            raise UsageError(f"{self.name} was wrapped with the data set {self.data.name}, not with {data.name}")
        return []

    def scores(
        self, users: Tensor, items: Tensor, user_features: Tensor | None = None, item_features: Tensor | None = None
    ) -> Tensor:
        """What the model says [n], in evaluation mode; see Recommender.scores."""
        if self.module is not None:
            self.module.eval()
        if self.user_side_of is not None and item_features is None and isinstance(user_features, SparseRows):
            side = self.user_side_of(users, items)  # nothing is made dense
            return side.score(mapped(user_features, side.feature_map))
        given: list[Tensor] = [users, items]
        for wanted, indices, features, rows in (
            (self.sides[0], users, user_features, self.user_rows),
            (self.sides[1], items, item_features, self.item_rows),
        ):
            if wanted:
                given.append(rows.select(indices).dense() if features is None else _dense(features, rows.n_columns))
        scores = self._asked(self.score, given)
        if scores.shape != users.shape:
            raise UsageError(
                f"{self.name} gave scores of shape {tuple(scores.shape)} for {len(users)} pairs",
                where="score",
                hint="It is called with arrays of n users, n items and their features, and must give n scores.",
            )
        return scores

    def catalogue_scores(self, users: Tensor, user_features: TensorRows | None = None) -> Tensor | None:
        """What the model says of users [n] and all items, [n, I], where it was told how to ask it; see wrap()."""
        if self.catalogue is None:
            return None
        if self.module is not None:
            self.module.eval()
        rows = self.user_rows.select(users) if user_features is None else user_features
        given = [users, rows.dense(self.user_rows.n_columns)] if self.sides[0] else [users]
        return self._asked(self.catalogue, given)

    def user_side(self, users: Tensor, items: Tensor) -> UserSide:
        """What was handed to wrap(); see Recommender.user_side."""
        return super().user_side(users, items) if self.user_side_of is None else self.user_side_of(users, items)

    def _asked(self, ask: Callable[..., Any], given: list[Tensor]) -> Tensor:
        found = ask(*(one.detach().cpu().numpy() for one in given)) if self.arrays else ask(*given)
        scores = found if isinstance(found, Tensor) else torch.from_numpy(np.asarray(found, dtype=np.float32))
        return scores.to(self._device)

    def state(self) -> dict[str, Tensor]:
        """Refused: see the class."""
        raise UsageError(
            f"{self.name} is a wrapped model, which is not written to run folders", hint="Keep the model, and wrap it again."
        )


def _dense(features: Tensor | TensorRows, n_columns: int) -> Tensor:
    return features if isinstance(features, Tensor) else features.dense(n_columns)
