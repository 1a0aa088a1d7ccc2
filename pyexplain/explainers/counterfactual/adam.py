"""The published solver: Adam on the relaxed problem of eq. (9), from a random start. Kept as the yardstick."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ...ops import AdamSettings, adam_perturbation_step
from ...ops.elementwise import sigmoid
from .problem import Problem
from .settings import SolverSettings


def solve_adam(problem: Problem, settings: SolverSettings) -> Tensor:
    """delta [n, P] after adam_steps steps on -log sigmoid(-margin) + xi (||delta||_2^2 + ||delta||_1), started from
    uniform(-1, 1) and kept in the box."""
    low, high = problem.low.contiguous(), problem.high.contiguous()
    delta = _start(problem, settings.seed).clamp(low, high)
    first, second, adam = torch.zeros_like(delta), torch.zeros_like(delta), AdamSettings(lr=settings.adam_rate)
    for step in range(1, settings.adam_steps + 1):
        margin, g = problem.margin_and_gradient(delta)
        slope = sigmoid(margin)[:, None] * g
        adam_perturbation_step(delta, first, second, slope, low, high, settings.xi, settings.xi, step, adam)
    return delta


def _start(problem: Problem, seed: int) -> Tensor:
    """uniform(-1, 1) numbers [n, P] by a counter-based generator: a row's depend on the seed, u, i and j alone."""
    triples = np.stack([*problem.function.pairs.T, problem.function.against]).astype(np.uint64)
    key = np.full(triples.shape[1], seed, dtype=np.uint64)
    for numbers in triples:
        key = mix(key ^ mix(numbers + np.uint64(1)))
    n_features = problem.features.shape[1]
    bits = mix(key[:, None] + np.arange(1, n_features + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    uniform = (bits >> np.uint64(40)).astype(np.float32) / np.float32(2**24)
    return torch.from_numpy(2 * uniform - 1).to(problem.features)


def mix(key: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The finaliser of splitmix64 (Steele et al., OOPSLA 2014): well mixed bits of a counter."""
    with np.errstate(over="ignore"):
        z = (key ^ (key >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))
