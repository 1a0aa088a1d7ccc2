"""What is left of a ranking when f_u is moved: under attack along a gradient, under the same length at random, under transfer."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from pyexplain import hookimpl
from pyexplain.metrics import Metric, MetricInput, Ranking, Values, find_hits, held_out, is_pair

Int = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]


class AttackMetric(Metric):
    """Common to all. attack: the kind; where several attackers of the kind did the same (transfer), their values are averaged. The
    controls stand beside, but whoever does not look at f_u keeps everything, so there is no merit in beating them."""

    direction = "higher"
    needs = frozenset({"ranking", "attacked"})
    beside_controls = False
    attack: ClassVar[str]

    def attacked(self, given: MetricInput) -> list[Ranking]:
        """The rankings under attacks of this kind."""
        return [ranking for name, ranking in (given.attacked or {}).items() if name.split(":")[0] == self.attack]


class NDCGKept(AttackMetric):
    """NDCG@k of each user under the attack, over the mean NDCG@k of all users without it.

    Its mean is the share of NDCG that is kept. The interval takes the mean without the attack as known. Nothing to measure where
    that
    is 0.
    """

    group = "ndcg_kept"
    range = (0.0, 1e6)

    def values(self, given: MetricInput) -> Values:
        """One value a user."""
        rankings, clean = self.attacked(given), find_hits(given)
        whole = clean.ndcg(given.k).mean() if len(clean.users) else 0.0
        if not rankings or not whole:
            return Values(np.zeros(0, np.int64), np.zeros(0))
        kept = [find_hits(replace(given, ranking=ranking)).ndcg(given.k) for ranking in rankings]
        return Values(clean.users, np.mean(kept, axis=0) / whole)


class OrdersKept(AttackMetric):
    """Of the pairs (positive, negative) of a user's list that are in the right order without the attack, the share that still is;
    mean over the users who have such a pair. Equal scores are no order."""

    group = "orders_kept"
    at_k = False

    def values(self, given: MetricInput) -> Values:
        """One value a user."""
        assert given.ranking is not None
        clean, rankings = given.ranking, self.attacked(given)
        positive = is_pair(held_out(given.data, given.part)[0], clean.users[:, None], clean.items, given.data.n_items)
        before = [_orders(clean.scores[row], clean.items[row], positive[row]) for row in range(len(clean))]
        judged = np.array([row for row, orders in enumerate(before) if orders.any()], dtype=np.int64)
        if not rankings or not len(judged):
            return Values(np.zeros(0, np.int64), np.zeros(0))
        kept = np.zeros((len(rankings), len(judged)))
        for which, ranking in enumerate(rankings):
            scores = _scores_of(ranking, clean)
            for place, row in enumerate(judged):
                after = _orders(scores[row], clean.items[row], positive[row])
                kept[which, place] = (after & before[row]).sum() / before[row].sum()
        return Values(clean.users[judged], kept.mean(axis=0))


def _orders(scores: npt.NDArray[np.float32], items: Int, positive: Bool) -> Bool:
    """Whether each positive of a list scores above each negative, [positives, negatives]."""
    there = items >= 0
    above: Bool = scores[there & positive][:, None] > scores[there & ~positive][None, :]
    return above


def _scores_of(ranking: Ranking, lists: Ranking) -> npt.NDArray[np.float32]:
    """What a ranking gives the items of the lists [n, c]; 0 for what it does not have, so a list that it lacks is in no order."""
    cells = dict(zip(_cells(ranking), ranking.scores.ravel().tolist(), strict=True))
    found = [cells.get(cell, 0.0) for cell in _cells(lists)]
    return np.array(found, dtype=np.float32).reshape(lists.items.shape)


def _cells(ranking: Ranking) -> list[tuple[int, int]]:
    users = np.repeat(ranking.users, ranking.items.shape[1]).tolist()
    return list(zip(users, ranking.items.ravel().tolist(), strict=True))


def _metrics() -> list[type[Metric]]:
    """Both, for each kind of attack."""
    made: list[type[Metric]] = []
    for attack in ("white-box", "random", "transfer"):
        for base, key in ((NDCGKept, "ndcg-kept"), (OrdersKept, "orders-kept")):
            facts = {"name": f"{key}-{attack}", "key": attack, "attack": attack, "__doc__": base.__doc__}
            made.append(type(f"{base.__name__}{attack.title().replace('-', '')}", (base,), {**facts, "__module__": __name__}))
    return made


@hookimpl
def pyexplain_metrics() -> list[type[Metric]]:
    """NDCG and orders kept, under each kind of attack."""
    return _metrics()
