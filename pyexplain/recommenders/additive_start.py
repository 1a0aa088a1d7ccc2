"""What words and attributes weigh before training: found by a regression on training triples, so that no data set needs a setting
of its own."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..data.candidates import NegativeSampler
from ..data.types import Dataset
from ..ops.elementwise import sigmoid
from ..ops.matched_products import Matched, run_matched_products
from .additive import AdditiveNetwork, Columns
from .networks import mapped
from .without_own import WithoutOwn

MOST_TRIPLES, STEPS, RIDGE = 20_000, 30, 1.0


def found_weights(network: AdditiveNetwork, without: WithoutOwn, columns: Columns, data: Dataset, seed: int) -> Tensor:
    """The network's weights [W], those of each kind of feature multiplied by a number, never below 0.

    The numbers are the coefficients of a logistic regression (Newton's method, a ridge of 1) of "u prefers i to j" on differences
    between i and j: log of how many others like it, the history's sum as the network starts, words, attributes, and what people
    are. Each triple is a training pair and a drawn item, at most 20,000, all without the pair itself: with it, words would seem to
    weigh several times as much.
    """
    users, items, others = _triples(data, seed, without.own_counts.values.device)
    if len(users) == 0:
        return network.weights.detach()
    likes = torch.bincount(torch.from_numpy(data.train[:, 1].copy()), minlength=data.n_items).to(users.device).float()
    kinds = [columns.is_word, ~columns.is_word & ~columns.is_person, columns.is_person]
    with torch.no_grad():
        past, weights = mapped(without.history(users, items), network.taken), network.weights.detach()
        differences = [
            torch.log(likes[items].clamp(min=1)) - torch.log1p(likes[others]),
            (past * (network.given[items] - network.given[others])).sum(dim=1),
            *_matched(without, users, items, others, [torch.where(kind, weights, 0) for kind in kinds]),
        ]
        found = logistic_coefficients(torch.stack(differences, dim=1)).to(weights)[2:].clamp(min=0)
        return weights * torch.stack([kind * number for kind, number in zip(kinds, found, strict=True)]).sum(dim=0)


def logistic_coefficients(x: Tensor) -> Tensor:
    """t [m], float64, at which the sum over the rows of x [n, m] of log sigmoid(x . t) less |t|^2 / 2 is largest. Columns are over
    their root mean square, so that the ridge means the same for each; of one that is 0 everywhere t is 0."""
    x = x.double()
    size = x.square().mean(dim=0).sqrt()
    x, t = x / size.clamp(min=1e-12), x.new_zeros(x.shape[1])
    for _ in range(STEPS):
        wrong = sigmoid(-(x @ t))
        curve = (x * (wrong * (1 - wrong))[:, None]).T @ x + RIDGE * torch.eye(len(t), dtype=x.dtype, device=x.device)
        t = t + torch.linalg.solve(curve, x.T @ wrong - RIDGE * t)
    return torch.where(size > 0, t / size.clamp(min=1e-12), 0)


def _matched(without: WithoutOwn, users: Tensor, items: Tensor, others: Tensor, weights: list[Tensor]) -> list[Tensor]:
    each, mine = torch.arange(len(users), device=users.device), without.users(users, items)
    one, two = Matched(mine, without.items(users, items), each, each), Matched(mine, without.sides.item_words, each, others)
    return [run_matched_products(one, part) - run_matched_products(two, part) for part in weights]


def _triples(data: Dataset, seed: int, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    rng = np.random.default_rng([seed, 12])
    sampler = NegativeSampler(data.train, data.n_users, data.n_items)
    able = data.train[sampler.counts[data.train[:, 0]] > 0]
    pairs = able[rng.permutation(len(able))[:MOST_TRIPLES]]
    columns = (pairs[:, 0], pairs[:, 1], sampler.sample(pairs[:, 0], rng))
    users, items, others = (torch.tensor(column, device=device) for column in columns)
    return users, items, others
