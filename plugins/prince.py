"""PRINCE: the fewest past interactions without which a random walk from the user would end at another item more often."""

from __future__ import annotations

from math import ceil, log
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import torch
from pydantic import Field

from pyexplain import Dataset, RunOptions, hookimpl
from pyexplain.data import Events
from pyexplain.explainers import Config, Explainer, Explanations, rivals_in_list, without_events
from pyexplain.margin import Margin
from pyexplain.recommenders import Recommender

Int = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]
Float = npt.NDArray[np.float64]
EXACT = 1e-6  # of a walk that is cut off


class Prince(Explainer):
    """On the graph of users and the items that they liked in training, each node with a loop to itself and equal weights W to all
    of its neighbours, PPR(n, t) is the probability that a walk from n that stops with `alpha` at every step stops at t. With A
    the graph without u's own edges, PPR(u, i) and PPR(u, r) are in the order of the sums over n of W(u, n) PPR(n, i | A) and
    W(u, n) PPR(n, r | A), which is the paper's theorem. So a past item n weighs W(u, n) (PPR(n, i | A) - PPR(n, j | A)).

    The change, by its algorithm: for each replacement r, past items are taken away in descending order of W(u, n) (PPR(n, i |
    A) - PPR(n, r | A)), one at least and never all, until what is left of the sum is below 0; of all r the smallest set is
    told. r is j alone, or, with rivals=K, one of the first K items of u's list. PPR without u's edges follows from the
    probability that a walk meets u before it stops, exactly: PPR(n, t | A) = PPR(n, t) - PPR(n, u) / PPR(u, u) PPR(u, t).

    The graph knows nothing of the model: the paper explains the recommender that ranks by PPR. `valid` says what the model that
    is explained does without these items. Not the paper's: walks summed to 1e-6 in place of local pushes.
    """

    name = "prince"
    reference = "Ghazimatin, Balalau, Saha Roy and Weikum, PRINCE: Provider-side Interpretability, WSDM 2020"
    needs: ClassVar[frozenset[str]] = frozenset({"scores"})
    comes_with = "hybrid"
    pairs_at_once = 128
    copies = 0  # the graph's columns are made in parts that keep within the memory

    class Config(Config):
        """The walk, and which items may take over."""

        alpha: float = Field(0.15, gt=0, lt=1, description="probability to stop at each step")
        rivals: int = Field(0, ge=0, le=1000, description="the first so many of the list may take over; 0 = the other item alone")
        signed: bool = Field(False, description="tell what speaks against the item, too, as weights below 0")

    config: Config

    def fit(self, recommender: Recommender, data: Dataset, options: RunOptions) -> None:
        """Make the graph."""
        super().fit(recommender, data, options)
        self.events, self.graph = Events.of(data), _graph(data)

    def weigh(self, margin: Margin) -> Explanations:
        """What each past item adds to the walk's preference for i, and the smallest set."""
        indices, there = self.events.table(margin.users)
        past = self.events.items[indices] if len(self.events.items) else indices
        there = there & margin.data.liked.holds(margin.users, past)
        rivals = rivals_in_list(margin, self.config.rivals)
        targets = np.concatenate([margin.items[:, None], margin.against[:, None], rivals], axis=1)
        reached = self._without_user(margin.users, past, targets)  # [n, 2 + R, S]
        degree = there.sum(axis=1)[:, None, None] + 1
        worth = np.where(there[:, None], (reached[:, :1] - reached[:, 1:]) / degree, 0.0)
        gone = smallest_set(worth, targets[:, 1:] != targets[:, :1], there)
        return without_events(self.name, margin, self.events, gone, worth[:, 0], self.config.signed)

    def _without_user(self, users: Int, past: Int, targets: Int) -> Float:
        """PPR(n, t | A) [n, m, S] of past items n [n, S] of users and targets t [n, m]."""
        first = self.data.n_users
        nodes = np.concatenate([targets + first, users[:, None]], axis=1)
        columns, which = np.unique(nodes, return_inverse=True)
        which = which.reshape(nodes.shape)
        stops, own = np.zeros((*nodes.shape, past.shape[1])), np.zeros(nodes.shape)
        size = max(1, self.options.max_memory // (16 * (first + self.data.n_items)))
        for at in range(0, len(columns), size):
            table = self._stopping_at(columns[at : at + size])
            row, place = np.nonzero((which >= at) & (which < at + size))
            column = which[row, place] - at
            stops[row, place], own[row, place] = table[first + past[row], column[:, None]], table[users[row], column]
        meets = stops[:, -1:] / own[:, -1:, None]
        return stops[:, :-1] - meets * own[:, :-1, None]

    def _stopping_at(self, targets: Int) -> npt.NDArray[np.float32]:
        """PPR(n, t) [nodes, m] from all nodes to targets [m]."""
        keep = 1 - self.config.alpha
        walk = torch.zeros(self.graph.shape[0], len(targets))
        walk[torch.from_numpy(targets), torch.arange(len(targets))] = self.config.alpha
        total = walk.clone()
        for _ in range(ceil(log(EXACT) / log(keep))):
            walk = keep * torch.sparse.mm(self.graph, walk)
            total += walk
        found: npt.NDArray[np.float32] = total.numpy()
        return found


def _graph(data: Dataset) -> torch.Tensor:
    """W [U + I, U + I], rows that sum to 1."""
    users, items = np.repeat(np.arange(data.n_users), np.diff(data.liked.offsets)), data.liked.items + data.n_users
    every = np.arange(data.n_users + data.n_items)
    rows, columns = np.concatenate([users, items, every]), np.concatenate([items, users, every])
    weight = 1 / np.bincount(rows, minlength=len(every))[rows]
    cells, size = torch.from_numpy(np.stack([rows, columns])), (len(every), len(every))
    return torch.sparse_coo_tensor(cells, torch.from_numpy(weight).float(), size, check_invariants=False).coalesce()


def smallest_set(worth: Float, real: Bool, there: Bool) -> Bool:
    """The smallest sets [n, S] without which the sum of what is left of worth [n, m, S] is below 0 for some replacement; real
    [n, m]: which count. there [n, S]: which may go; one at least, and never all. Of equally small ones the lowest sum."""
    masked = np.where(there[:, None], worth, -np.inf)
    order = np.argsort(-masked, axis=2, kind="stable")
    left = worth.sum(axis=2, keepdims=True) - np.cumsum(np.take_along_axis(worth, order, axis=2), axis=2)
    able = np.arange(worth.shape[2]) < there.sum(axis=1)[:, None] - 1
    done = (left < 0) & able[:, None] & real[..., None]
    gone = np.zeros(there.shape, dtype=bool)
    for row in np.flatnonzero(done.any(axis=(1, 2))).tolist():
        sizes = [
            (int(done[row, m].argmax()), left[row, m, done[row, m].argmax()], m) for m in np.flatnonzero(done[row].any(axis=1))
        ]
        size, _, m = min(sizes)
        gone[row, order[row, m, : size + 1]] = True
    return gone


@hookimpl
def pyexplain_explainers() -> list[type[Explainer]]:
    """The explainer."""
    return [Prince]
