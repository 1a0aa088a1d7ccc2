"""Places after a change, asked about of the items alone that the change can lift so far; of all others it is known that they stay
behind. Most of a catalogue does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from ..data.sparse import SparseRows, apply_change
from ..data.types import Dataset
from ..data.views import offsets_of
from ..explainers.order import Order
from ..ops.within_reach import Reach, run_within_reach
from ..recommenders.lifted import Lifted
from .asking import ROUNDING, Float, Int

MOST_CELLS = 2**20  # items of all rows that are asked about at a time
MANY = 1024  # items of a row: where a bound leaves more open, a nearer one may cost less than to ask
Nearer = tuple[torch.Tensor, torch.Tensor]  # bounds [m, I], and which of them are of each of some rows [k]


class Places(NamedTuple):
    """Scores [n] of the item in front and the one behind it after the change, and their places [n], ties counted against each."""

    front: Float
    back: Float
    front_place: Int
    back_place: Int


def contended(order: Order, data: Dataset, users: Int, front: Int, back: Int, change: SparseRows) -> Places | None:
    """Of n users whose features change by change [n, P]; None where the recommender does not say how far items can be lifted."""
    recommender, n = order.recommender, len(users)
    device = recommender.device
    who = torch.from_numpy(np.ascontiguousarray(users)).to(device)
    there = change.tensors(device)
    most = recommender.most_lifted(who, there)
    if most is None:
        return None
    rows = apply_change(data.user_features.select(users), change).tensors(device)

    scores = recommender.scores_at(who, rows)

    def ask(owner_counts: Int, items: Int) -> Float:
        cells = SparseRows(offsets_of(owner_counts), items, np.zeros(len(items), np.float32), data.n_items)
        with torch.no_grad():
            return scores(cells.tensors(device)).cpu().numpy().astype(np.float64)

    def closely(few: Int) -> Nearer | None:
        distinct, which = _distinct(users[few], change.select(few))
        at = torch.from_numpy(few[distinct]).to(device)
        bounds = recommender.lifted_closely(who[at], there.select(at))
        return None if bounds is None else (bounds.cpu(), torch.from_numpy(which))

    lower, upper = np.minimum(front, back), np.maximum(front, back)
    both = ask(np.full(n, 2), np.stack([lower, upper], axis=1).ravel()).reshape(n, 2)
    swapped = front > back
    ahead, behind = np.where(swapped, both[:, 1], both[:, 0]), np.where(swapped, both[:, 0], both[:, 1])
    least = np.minimum(ahead, behind)
    least -= 2 * ROUNDING * np.maximum(1.0, np.abs(least))
    found = [np.ones(n, dtype=np.int64), np.ones(n, dtype=np.int64)]
    bound = most if isinstance(most, Lifted) else Lifted.of(most)
    for row, item in _within(order, users, bound, least, closely):
        then = ask(np.bincount(row, minlength=n), item)
        for place, own, asked in zip(found, (ahead, behind), (front, back), strict=True):
            place += np.bincount(row[(then >= own[row]) & (item != asked[row])], minlength=n)
    return Places(ahead, behind, *found)


def _distinct(users: Int, change: SparseRows) -> tuple[Int, Int]:
    """The first row of each user with the same change, and which of them each of n rows is: pairs of a user often share one."""
    seen: dict[tuple[int, bytes, bytes], int] = {}
    ends = change.offsets.tolist()
    of_rows = zip(users.tolist(), ends, ends[1:], strict=False)
    keys = [(user, change.indices[begin:end].tobytes(), change.values[begin:end].tobytes()) for user, begin, end in of_rows]
    which = np.array([seen.setdefault(key, len(seen)) for key in keys], np.int64)
    return np.unique(which, return_index=True)[1], which


def _within(
    order: Order, users: Int, most: Lifted, least: Float, closely: Callable[[Int], Nearer | None]
) -> Iterator[tuple[Int, Int]]:
    """Row and item of what scores at least `least` [n] when it is lifted by most, row by row; nothing of liked items. closely: the
    nearer bound of some rows."""
    known, which = np.unique(users, return_inverse=True)
    lifts = most.on_processor()
    scores, floor = torch.from_numpy(order.scores(known)), torch.from_numpy(least.astype(np.float32))
    of = Reach(scores, torch.from_numpy(which), floor, lifts.constant, lifts.rows, lifts.table)
    counts = run_within_reach(of, None)
    few = (counts > MANY).nonzero()[:, 0]
    dear = int(counts[few].sum()) > order.data.n_items  # a nearer bound looks at all items, and no item twice
    nearer = closely(few.numpy()) if dear else None
    if nearer is not None:
        of = _with_nearer(of, few, *nearer)
        counts[few] = run_within_reach(of.select(few), None)
    for rows in _parts(counts.numpy()):
        whole = rows.stop - rows.start == len(which)
        part, many = (of, counts) if whole else (of.select(torch.arange(rows.start, rows.stop)), counts[rows])
        yield np.repeat(np.arange(rows.start, rows.stop), many.numpy()), run_within_reach(part, many).numpy()


def _with_nearer(of: Reach, few: torch.Tensor, nearer: torch.Tensor, which: torch.Tensor) -> Reach:
    """With bounds nearer[which] [m, I] for the rows few [m]."""
    (offsets, indices, values), constant = of.lifts, of.constant.clone()
    counts, kept = offsets.diff(), torch.ones(len(indices), dtype=torch.bool)
    changed = torch.zeros(len(counts), dtype=torch.bool)
    changed[few], constant[few] = True, 0.0
    kept[changed.repeat_interleave(counts)] = False
    counts = counts.where(~changed, torch.ones_like(counts))
    begins = torch.cat([counts.new_zeros(1), counts.cumsum(0)])
    own, owner = begins[few], torch.ones(int(begins[-1]), dtype=torch.bool)
    owner[own] = False
    columns, lifts = indices.new_empty(len(owner)), values.new_empty(len(owner))
    columns[owner], lifts[owner] = indices[kept], values[kept]
    columns[own], lifts[own] = len(of.table) + which, 1.0
    table = torch.cat([of.table, nearer])
    return of._replace(constant=constant, lifts=SparseRows(begins, columns, lifts, len(table)), table=table)


def _parts(counts: npt.NDArray[np.int64]) -> Iterator[slice]:
    """Rows that follow each other and have MOST_CELLS together, or are one."""
    ends, begin = np.cumsum(counts), 0
    while begin < len(counts):
        before = ends[begin - 1] if begin else 0
        end = max(begin + 1, int(np.searchsorted(ends, before + MOST_CELLS, side="right")))
        yield slice(begin, end)
        begin = end
