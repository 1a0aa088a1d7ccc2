"""What was learned, read back from a run: it must be finite, and fit the method."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, Protocol

import torch
from torch import Tensor

from ..data.files import read_tensors
from ..data.types import Dataset
from ..errors import PyexplainError, RunError
from .base import Recommender

AGAIN = "Train again."
MISFITS = (RuntimeError, ValueError, KeyError, TypeError, IndexError, AttributeError)


def read_state(path: Path) -> dict[str, dict[str, Tensor]]:
    """The tensors of the recommender and of the explainer, by name; RunError where one is of neither, or not finite."""
    groups: dict[str, dict[str, Tensor]] = {"recommender": {}, "explainer": {}}
    for key, value in read_tensors(path).items():
        group, _, name = key.partition("/")
        if group not in groups:
            raise RunError(f"{key!r:.80} is of no recommender and no explainer", where=str(path), hint=AGAIN)
        if value.is_floating_point() and not torch.isfinite(value).all():
            raise RunError(f"{key} holds NaN or infinity", where=str(path), hint=AGAIN)
        groups[group][name] = value
    return groups


def load_recommender(recommender: Recommender, state: dict[str, Tensor], data: Dataset, path: Path) -> None:
    """Load the state after prepare(); RunError where it does not fit: other names or shapes, or scores that are no numbers."""
    with _fitting(f"recommender {recommender.name}", path):
        for name, ours in recommender.state().items():
            if name in state and state[name].shape != ours.shape:
                raise ValueError(f"{name} is {list(state[name].shape)}, expected {list(ours.shape)}")
        recommender.load_state(state)
        ends = [torch.tensor([0, n - 1], device=recommender.device) for n in (data.n_users, data.n_items)]
        with torch.no_grad():
            if not torch.isfinite(recommender.scores(*ends)).all():
                raise ValueError("its scores are not finite")


class Learned(Protocol):
    """An explainer, as far as its state is concerned."""

    name: ClassVar[str]

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Take the state back."""


def load_explainer(explainer: Learned, state: dict[str, Tensor], path: Path) -> None:
    """Load the state of an explainer that knows its recommender and its data; RunError where it does not fit."""
    with _fitting(f"explainer {explainer.name}", path):
        explainer.load_state(state)


@contextmanager
def _fitting(what: str, path: Path) -> Iterator[None]:
    try:
        yield
    except PyexplainError:
        raise
    except MISFITS as error:
        said = " ".join(str(error).split())[:200]
        raise RunError(f"the state does not fit {what}: {said}", where=str(path), hint=AGAIN) from error
