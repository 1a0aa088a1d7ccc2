"""Figures that the length of the lists decides: they are the same for every method, so they are not given.

Nothing is assumed of a metric. It is asked about the same lists in several orders, with all that is relevant in front, behind, and
shuffled: who gets the same value each time can neither gain it nor lose it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from ..data.sparse import SparseRows
from ..data.types import Dataset
from ..explainers.types import NO_ITEM, Explanations
from ..metrics.base import Metric, MetricInput
from ..metrics.relevance import DEPTH, held_out, is_pair
from ..metrics.truth import judgeable_pairs, judgeable_users, true_features
from ..metrics.types import Evaluation, Ranking

Int = npt.NDArray[np.int64]
Question = Callable[[], "Decided | None"]
Attempt = Callable[[Question], "Decided | None"]
WORTH_SAYING = 0.05  # a smaller share of users moves no figure
MOST_ROWS = 200  # explanations looked at: how many features there are is the same for all
SHUFFLES = 20
SAME = 1e-12


@dataclass(frozen=True)
class Decided:
    """A figure, and the share (0..1) of the users or pairs judged by it whose value the length of the list decides."""

    group: str
    metric: str
    share: float
    why: str


def decided_figures(
    metrics: Sequence[Metric], data: Dataset, k: int, *, full: bool, part: str, explained: bool, attempt: Attempt
) -> list[Decided]:
    """Figures of rankings and, where explanations are measured, of agreement with text, whose share is worth saying.

    attempt: calls what may fail in somebody's metric, and gives None where it does.
    """
    asked = _of_rankings([m for m in metrics if m.needs == {"ranking"}], data, k, full, part)
    if explained:
        asked += _of_agreement([m for m in metrics if m.needs == {"explanations"} and m.group == "agreement"], data, k)
    found = [attempt(one) for one in asked]
    return [d for d in found if d is not None and d.share >= WORTH_SAYING]


def without_decided(figures: Iterable[Evaluation], decided: Iterable[Decided]) -> tuple[Evaluation, ...]:
    """The same figures; those that are decided for everybody have no value and no rows, so nothing is concluded from them."""
    whole = {(d.group, d.metric) for d in decided if d.share == 1}
    none = np.zeros(0, np.int64), np.zeros(0)
    return tuple(
        replace(e, value=float("nan"), users=none[0], values=none[1]) if (e.group, e.metric) in whole else e for e in figures
    )


def warnings_of(decided: Sequence[Decided]) -> tuple[str, ...]:
    """A sentence for all figures that are decided for the same reason and the same share."""
    kinds = list(dict.fromkeys((d.group, d.share, d.why) for d in decided))
    return tuple(_sentence(*kind, [d.metric for d in decided if (d.group, d.share, d.why) == kind]) for kind in kinds)


def _sentence(group: str, share: float, why: str, metrics: list[str]) -> str:
    names = f"{group} {', '.join(metrics)}"
    if share == 1:
        return f"{names}: not given, because {why}, and every method gets the same. Take a smaller k, or more data."
    return f"{names}: the same for every method for {share:.0%} of those judged, because {why}. Take a smaller k, or more data."


def _of_rankings(metrics: Sequence[Metric], data: Dataset, k: int, full: bool, part: str) -> list[Question]:
    pairs, _ = held_out(data, part)
    users, items = _short_lists(data, max(k, DEPTH), full, part)
    if not len(users):
        return []
    relevant = is_pair(pairs, users[:, None], items, data.n_items)
    length = int((items >= 0).sum(axis=1).max())
    why = f"lists of at most {length} items are short beside k = {k}"
    given = MetricInput(data, k, 0, part)
    orders = [replace(given, ranking=Ranking(users, items, scores), _memo={}) for scores in _scores(relevant)]
    return [partial(_share, m, orders, users, why) for m in metrics]


def _scores(relevant: npt.NDArray[np.bool_]) -> Iterator[npt.NDArray[np.float32]]:
    """Positive scores [n, c] in which what is relevant comes first, last, and anywhere."""
    yield 2 + relevant.astype(np.float32)
    yield 2 - relevant.astype(np.float32)
    for number in range(SHUFFLES):
        yield 1 + np.random.default_rng([number, 61]).random(relevant.shape, dtype=np.float32)


def _share(metric: Metric, orders: Sequence[MetricInput], users: Int, why: str, group: str | None = None) -> Decided | None:
    """How many of all that are judged get one value, whatever the order. users: those whose lists were looked at."""
    found = [metric.values(order) for order in orders]
    if not len(found[0]) or not all(np.array_equal(one.users, found[0].users) for one in found):
        return None
    same = (np.ptp([one.values for one in found], axis=0) < SAME) & np.isin(found[0].users, users)
    return Decided(group or metric.group, metric.label(orders[0].k), float(same.mean()), why)


def _short_lists(data: Dataset, depth: int, full: bool, part: str) -> tuple[Int, Int]:
    """Users [n] with fewer than `depth` irrelevant items to be ranked, and those lists [n, c], -1 at the end of shorter ones."""
    pairs, lists = held_out(data, part)
    positives = np.bincount(np.unique(pairs, axis=0)[:, 0], minlength=data.n_users)
    if not full:
        rows = np.flatnonzero(((lists.items >= 0) & ~lists.relevant).sum(axis=1) < depth)
        return lists.users[rows], lists.items[rows]
    known = np.unique(data.train if part == "valid" else np.concatenate([data.train, data.valid]), axis=0)
    known = known[~is_pair(pairs, known[:, 0], known[:, 1], data.n_items)]
    left = data.n_items - np.bincount(known[:, 0], minlength=data.n_users) - positives
    users = np.flatnonzero((positives > 0) & (left < depth))
    kept = [np.setdiff1d(np.arange(data.n_items), known[known[:, 0] == user, 1]) for user in users]
    items = np.full((len(users), max(map(len, kept), default=0)), -1, dtype=np.int64)
    for row, some in zip(items, kept, strict=True):
        row[: len(some)] = some
    return users, items


def _of_agreement(metrics: Sequence[Metric], data: Dataset, k: int) -> list[Question]:
    """Of explanations that name as many features as they may: with k features or fewer that is all of them."""
    if data.n_features > k:
        return []
    why = f"{data.n_features} features are not more than k = {k}"
    pairs, users = judgeable_pairs(data), judgeable_users(data)
    whole = np.stack([users, np.full_like(users, NO_ITEM)], axis=1)
    asked = {"agreement": pairs, "user_agreement": whole} if len(pairs) else {"agreement": whole}
    out: list[Question] = []
    for group, rows in asked.items():
        rows = rows[:MOST_ROWS]
        truth = true_features(data, rows[:, 0], rows[:, 1]).dense()
        orders = [_naming_all(data, rows, weights, k) for weights in _scores(truth > 0)]
        out += [partial(_share, m, orders, rows[:, 0], why, group) for m in metrics]
    return out


def _naming_all(data: Dataset, rows: Int, weights: npt.NDArray[np.float32], k: int) -> MetricInput:
    named = SparseRows.from_dense(weights)
    return MetricInput(data, k, explanations=Explanations("", rows[:, 0], rows[:, 1], named, data.features.fingerprint))
