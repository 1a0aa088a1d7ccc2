"""Rankings under attack: what is left of a ranking when f_u is moved a given length, against it or at random.

One step of the L2 fast gradient method (Goodfellow et al., Explaining and harnessing adversarial examples, ICLR 2015; its L2 form
is that of Miyato et al., ICLR 2017) on f_u. The gradient is that of BPR over the candidate list of a user, the mean of
-log sigmoid(R(u, p) - R(u, n)) over positives p and negatives n; the step is LENGTH long, in units of f_u, and ends in the box 0..T
that feature values live in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ..data.sparse import SparseRows
from ..data.types import Candidates, Dataset
from ..metrics.relevance import held_out
from ..metrics.types import Ranking
from ..ops.elementwise import sigmoid
from ..recommenders.base import GRADIENTS, Recommender
from .scoring import BatchScorer

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float32]
LENGTH = 3.0
MEMORY = 64 * 2**20  # bytes of dense rows at a time
Step = Callable[[Candidates], Float]


def attacked_rankings(
    recommender: Recommender, others: Sequence[Recommender], data: Dataset, part: str, seed: int
) -> dict[str, Ranking]:
    """Rankings of the candidate lists at moved f_u, by kind of attack.

    "white-box": along the recommender's own gradient, where it offers gradients. "random": a direction drawn for each user, the
    same for every recommender. "transfer:1", ...: along the gradient of each of the others that offer one.
    """
    steps: dict[str, Step] = {"random": partial(_random_step, data=data, seed=seed)}
    if GRADIENTS in recommender.offers:
        steps["white-box"] = partial(_gradient_step, recommender, data)
    able = [other for other in others if GRADIENTS in other.offers]
    steps |= {f"transfer:{number}": partial(_gradient_step, other, data) for number, other in enumerate(able, 1)}
    return {name: _ranking(recommender, step, data, part) for name, step in steps.items()}


def _ranking(recommender: Recommender, step: Step, data: Dataset, part: str) -> Ranking:
    """The candidate lists scored at f_u + step, batch by batch of users; as candidate_ranking has them for everybody else."""
    pairs, lists = held_out(data, part)
    users = np.unique(pairs[:, 0])
    items = np.full((len(users), lists.items.shape[1]), -1, dtype=np.int64)
    scores = np.zeros(items.shape, dtype=np.float32)
    scorer = BatchScorer(recommender, data.n_features)
    kept = np.flatnonzero(np.isin(lists.users, users))
    size = max(1, MEMORY // (4 * max(1, data.n_features) * max(1, lists.items.shape[1])))
    for start in range(0, len(kept), size):
        batch = kept[start : start + size]
        some = Candidates(lists.users[batch], lists.items[batch], lists.relevant[batch])
        moved = moved_features(data.user_features.select(some.users).dense(), step(some), data.settings.bounds("user")[1])
        at, columns = np.nonzero(some.items >= 0)
        found = scorer(some.users[at], some.items[at, columns], SparseRows.from_dense(moved).select(at))
        rows = np.searchsorted(users, some.users)
        items[rows] = some.items
        scores[rows[at], columns] = found
    return Ranking(users, items, scores)


def moved_features(features: Float, step: Float, top: float) -> Float:
    """f_u + step [n, P], back in the box 0..top."""
    moved: Float = np.clip(features + step, 0, top).astype(np.float32)
    return moved


def _gradient_step(recommender: Recommender, data: Dataset, lists: Candidates) -> Float:
    """LENGTH times the direction in which the loss of each list grows fastest [n, P]; 0 for lists that have none."""
    device = recommender.device
    at, columns = np.nonzero(lists.items >= 0)
    features = torch.from_numpy(data.user_features.select(lists.users).dense()).to(device).requires_grad_()
    rows = torch.from_numpy(at).to(device)
    users, items = (torch.from_numpy(np.ascontiguousarray(x)).to(device) for x in (lists.users[at], lists.items[at, columns]))
    with torch.enable_grad():
        scores = recommender.scores(users, items, features[rows])
        weights = _pull(scores.detach(), rows, torch.from_numpy(lists.relevant[at, columns]).to(device), len(lists))
        (gradient,) = torch.autograd.grad((weights * scores).sum(), features)
    length = gradient.norm(dim=1, keepdim=True)
    step: Float = torch.where(length > 0, LENGTH * gradient / length.clamp_min(1e-30), 0).float().cpu().numpy()
    return step


def _pull(scores: Tensor, rows: Tensor, relevant: Tensor, n_lists: int) -> Tensor:
    """d loss / d score [m] of each scored item: the loss is a mean of softplus(s_n - s_p) over the pairs of a list."""
    out = torch.zeros_like(scores)
    for row in range(n_lists):
        mine = (rows == row).nonzero()[:, 0]
        positive, negative = mine[relevant[mine]], mine[~relevant[mine]]
        if len(positive) and len(negative):
            slope = sigmoid(scores[negative][None, :] - scores[positive][:, None]) / (len(positive) * len(negative))
            out[positive] = -slope.sum(dim=1)
            out[negative] = slope.sum(dim=0)
    return out


def _random_step(lists: Candidates, data: Dataset, seed: int) -> Float:
    """LENGTH times a direction of each user's own draw [n, P]."""
    drawn = np.stack([np.random.default_rng([seed, 41, int(user)]).standard_normal(data.n_features) for user in lists.users])
    step: Float = (LENGTH * drawn / np.maximum(np.linalg.norm(drawn, axis=1, keepdims=True), 1e-30)).astype(np.float32)
    return step
