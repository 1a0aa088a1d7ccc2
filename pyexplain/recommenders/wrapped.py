"""Any model that scores, as a Recommender: a person's own torch.nn.Module, or any callable, with or without gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from ..data.types import Dataset
from ..errors import UsageError
from .base import GRADIENTS, SCORES, Recommender
from .options import RunOptions

PROBED = 3  # pairs that are asked for to see whether gradients reach the features


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
    ) -> None:
        super().__init__()
        self.score, self.module, self.data, self.sides, self.arrays = score, module, data, sides, arrays
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
        given: list[Tensor] = [users, items]
        for wanted, numbers, features, rows in (
            (self.sides[0], users, user_features, self.user_rows),
            (self.sides[1], items, item_features, self.item_rows),
        ):
            if wanted:
                given.append(rows.select(numbers).dense() if features is None else features)
        found = self.score(*(one.detach().cpu().numpy() for one in given)) if self.arrays else self.score(*given)
        scores = found if isinstance(found, Tensor) else torch.from_numpy(np.asarray(found, dtype=np.float32))
        if scores.shape != users.shape:
            raise UsageError(
                f"{self.name} gave scores of shape {tuple(scores.shape)} for {len(users)} pairs",
                where="score",
                hint="It is called with arrays of n users, n items and their features, and must give n scores.",
            )
        return scores.to(self._device)

    def state(self) -> dict[str, Tensor]:
        """Refused: see the class."""
        raise UsageError(
            f"{self.name} is a wrapped model, which is not written to run folders", hint="Keep the model, and wrap it again."
        )


def wrap(
    model: nn.Module | Callable[..., Any],
    data: Dataset,
    *,
    score: Callable[..., Any] | None = None,
    user_features: bool = True,
    item_features: bool = False,
    gradients: bool | None = None,
    arrays: bool = False,
    name: str = "wrapped",
    reference: str = "",
) -> WrappedModel:
    """A trained model as a Recommender on a data set, for every explainer whose needs it meets.

    score (default: the model itself) is called with users [n] and items [n] (numbers of the data set), then, where asked for,
    f_u [n, P] (user_features) and f_i [n, P] (item_features), dense; it gives n scores, larger = better, and row k depends on
    row k alone. arrays: it is given numpy arrays and may give one (scikit-learn, gradient boosting, a remote service).
    gradients: whether the scores can be differentiated in the features; None = try, and see. A torch.nn.Module is put into
    evaluation mode at every call.

    Raises UsageError where no feature is asked for (then there is nothing to explain by), where scores have the wrong shape, and
    where gradients are claimed that do not arrive. px.check_wrapped says more.
    """
    if not (user_features or item_features):
        raise UsageError(
            "the model is given no features, so no explanation by features is possible",
            where="wrap",
            hint="Let score take f_u (user_features=True), f_i (item_features=True), or both.",
        )
    module = model if isinstance(model, nn.Module) else None
    # name, reference and offers belong to a class: each wrapped model has one of its own
    kind = type("WrappedModel", (WrappedModel,), {"name": name, "reference": reference, "__doc__": WrappedModel.__doc__})
    made: WrappedModel = kind(score or model, module, data, (user_features, item_features), arrays)
    arrive = not arrays and gradients is not False and reaches_features(made)
    if gradients and not arrive:
        raise UsageError(
            "gradients were promised, but the scores cannot be differentiated in the features",
            where="wrap",
            hint="Somewhere the score leaves torch (.detach(), .numpy(), .item(), torch.no_grad()), or arrays=True.",
        )
    kind.offers = frozenset({SCORES, GRADIENTS} if arrive else {SCORES})  # type: ignore[attr-defined]
    return made


def reaches_features(made: WrappedModel) -> bool:
    """Whether the gradient of a few scores arrives at the features of a side that the model is given."""
    n = min(PROBED, made.data.n_users, made.data.n_items)
    numbers = torch.arange(n, device=made.device)
    sides = [
        rows.select(numbers).dense().requires_grad_() if wanted else None
        for wanted, rows in zip(made.sides, (made.user_rows, made.item_rows), strict=True)
    ]
    with torch.enable_grad():
        scores = made.scores(numbers, numbers, *sides)
        if not scores.requires_grad:
            return False
        found = torch.autograd.grad(scores.sum(), [side for side in sides if side is not None], allow_unused=True)
    return any(gradient is not None for gradient in found)
