"""Explanation vectors of users, phi_u in the paper: of what they wrote, of each method, and of the controls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..data.sparse import SparseRows
from ..data.types import Dataset
from ..explainers.types import NO_ITEM
from ..metrics.truth import judgeable_users, true_features
from .controls import fitted_controls
from .trained import Trainer

Int = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Vectors:
    """users [n]; rows: label -> weights [n, P], the ground truth (ones) first, then methods, then controls."""

    data: Dataset
    users: Int
    rows: dict[str, SparseRows]
    controls: tuple[str, ...]


def user_vectors(trainer: Trainer) -> dict[int, Vectors]:
    """seed -> vectors of all users with a ground truth. Methods that fail are left out; trainer.failures says why."""
    methods = trainer.setup.explained
    trainer.check_settings(methods)
    of_methods: dict[int, dict[str, SparseRows]] = {seed: {} for seed in trainer.seeds}
    for method, seed, run in trainer.runs(methods):
        found = trainer.attempt(method, trainer.explain_users, method, seed, run)
        if found is not None:
            of_methods[seed][method.label] = found.weights
    out = {}
    for seed, rows in of_methods.items():
        data = trainer.data(seed)
        users = judgeable_users(data)
        truth = true_features(data, users, np.full(len(users), NO_ITEM))
        controls = {e.name: e.explain_users(users).weights for e in fitted_controls(trainer.registry, data, seed).explainers}
        kept = {label: weights for label, weights in rows.items() if label not in trainer.failures}
        out[seed] = Vectors(data, users, {trainer.setup.ground_truth: truth, **kept, **controls}, tuple(controls))
    return out
