"""Whether a call leaves a recommender as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt

from ..recommenders.base import Recommender
from .compare import same_states
from .contract import Broken
from .fitting import ask


@contextmanager
def undisturbed(made: Recommender, pairs: npt.NDArray[np.int64], call: str) -> Iterator[None]:
    """Broken where the block changes scores of pairs [n, 2] or the state, to the last bit."""
    scores, state = ask(made, pairs), {name: tensor.clone() for name, tensor in made.state().items()}
    yield
    if not np.array_equal(ask(made, pairs), scores):
        raise Broken(f"{call} changed what scores() gives")
    same_states(made.state(), state, f"state() after {call}")
