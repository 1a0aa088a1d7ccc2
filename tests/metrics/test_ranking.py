"""Ranking metrics: by hand, against ir-measures and torchmetrics, and properties."""

from __future__ import annotations

import math

import ir_measures
import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torchmetrics.functional.retrieval import retrieval_normalized_dcg, retrieval_reciprocal_rank

from pyexplain.data.types import Dataset
from pyexplain.errors import DataError, RunError
from pyexplain.evaluation.ranking import candidate_ranking, full_ranking
from pyexplain.metrics.base import MetricInput
from pyexplain.metrics.types import Ranking
from tests.metrics.toys import TableRecommender, all_metrics, toy_data

METRICS = {name: cls for name, cls in all_metrics().items() if cls.group == "ranking"}


def figures(data: Dataset, ranking: Ranking, k: int = 10) -> dict[str, float]:
    given_ = MetricInput(data, k, ranking=ranking)
    return {m.label(k): m.measure(given_, "x").value for m in (cls() for cls in METRICS.values())}


def random_case(seed: int, n_users: int = 12, n_items: int = 30, levels: int = 6) -> tuple[Dataset, Ranking]:
    """Every user ranks all items with scores of few levels, so there are many ties; some users have several positives."""
    rng = np.random.default_rng(seed)
    test = [(u, int(i)) for u in range(n_users) for i in rng.choice(n_items, rng.integers(1, 4), replace=False)]
    data = toy_data(np.eye(n_users, 2), np.ones((n_items, 2)), test=test)
    scores = rng.integers(0, levels, (n_users, n_items)).astype(np.float32)
    return data, Ranking(np.arange(n_users), np.tile(np.arange(n_items), (n_users, 1)), scores)


def strict_scores(data: Dataset, ranking: Ranking) -> tuple[np.ndarray, np.ndarray]:
    """The same order without ties, for libraries that break ties their own way: positives below their equals, then any order."""
    relevant = np.zeros(ranking.items.shape, dtype=bool)
    relevant[data.test[:, 0], data.test[:, 1]] = True
    order = np.lexsort((relevant, -ranking.scores))
    places = np.empty_like(order)
    np.put_along_axis(places, order, np.broadcast_to(np.arange(order.shape[1]), order.shape).copy(), axis=1)
    return -places.astype(np.float64), relevant


def test_by_hand() -> None:
    """Positives 1 and 3 of scores .9 .8 .7 .6: places 2 and 4. DCG = 1/log2 3 + 1/log2 5, ideal 1 + 1/log2 3."""
    data = toy_data([[1.0, 0]], np.ones((4, 2)), test=[(0, 1), (0, 3)])
    got = figures(data, candidate_ranking(TableRecommender([[0.9, 0.8, 0.7, 0.6]]), data), k=2)
    assert got["precision@2"] == 0.5
    assert got["recall@2"] == 0.5
    assert got["f1@2"] == 0.5
    assert got["hit@2"] == 1
    assert got["ndcg@2"] == pytest.approx((1 / math.log2(3)) / (1 + 1 / math.log2(3)))
    assert got["mrr@1"] == 0
    assert got["mrr@10"] == 0.5


def test_ties_count_against_the_method() -> None:
    """All four scores equal: the positive is last."""
    data = toy_data([[1.0, 0]], np.ones((4, 2)), test=[(0, 0)])
    got = figures(data, candidate_ranking(TableRecommender([[1.0, 1, 1, 1]]), data), k=3)
    assert got["hit@3"] == 0
    assert got["mrr@10"] == 0.25


@pytest.mark.parametrize("seed", range(8))
def test_like_ir_measures(seed: int) -> None:
    data, ranking = random_case(seed)
    strict, _ = strict_scores(data, ranking)
    qrels = pd.DataFrame({"query_id": [f"u{u}" for u, _ in data.test], "doc_id": [f"i{i}" for _, i in data.test], "relevance": 1})
    rows, columns = np.nonzero(np.ones_like(strict))
    run = pd.DataFrame({"query_id": [f"u{r}" for r in rows], "doc_id": [f"i{c}" for c in columns], "score": strict[rows, columns]})
    wanted = [ir_measures.P @ 10, ir_measures.R @ 10, ir_measures.nDCG @ 10, ir_measures.RR @ 10, ir_measures.Success @ 10]
    theirs = ir_measures.calc_aggregate(wanted, qrels, run)
    ours = figures(data, ranking)
    names = ["precision@10", "recall@10", "ndcg@10", "mrr@10", "hit@10"]
    assert [ours[name] for name in names] == pytest.approx([theirs[w] for w in wanted], abs=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_like_torchmetrics(seed: int) -> None:
    data, ranking = random_case(seed)
    strict, relevant = strict_scores(data, ranking)
    scores, marks = torch.from_numpy(strict - strict.min() + 1), torch.from_numpy(relevant)  # it counts positive scores only
    ndcg = np.mean([float(retrieval_normalized_dcg(s, m, top_k=10)) for s, m in zip(scores, marks, strict=True)])
    mrr = np.mean([float(retrieval_reciprocal_rank(s, m, top_k=10)) for s, m in zip(scores, marks, strict=True)])
    ours = figures(data, ranking)
    assert (ours["ndcg@10"], ours["mrr@10"]) == pytest.approx((ndcg, mrr), abs=1e-6)


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_order_of_users_and_items_does_not_matter(seed: int) -> None:
    data, ranking = random_case(seed)
    rng = np.random.default_rng(seed)
    rows, columns = rng.permutation(len(ranking)), rng.permutation(ranking.items.shape[1])
    other = Ranking(ranking.users[rows], ranking.items[rows][:, columns], ranking.scores[rows][:, columns])
    assert figures(data, other) == pytest.approx(figures(data, ranking))


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_raising_a_positive_never_hurts(seed: int) -> None:
    data, ranking = random_case(seed)
    user, item = data.test[np.random.default_rng(seed).integers(len(data.test))]
    scores = ranking.scores.copy()
    scores[user, item] += 2
    better = figures(data, Ranking(ranking.users, ranking.items, scores))
    assert all(better[name] >= value - 1e-12 for name, value in figures(data, ranking).items())


def test_users_without_a_list_or_a_row_stay_in_the_denominator() -> None:
    """User 0 is ranked perfectly, user 1 has a test pair and no candidates, user 2 has no test pair and does not count."""
    data = toy_data(np.eye(3, 2), np.ones((3, 2)), test=[(0, 0), (1, 1)], lists=[[0, 1, 2], [-1, -1, -1]])
    ranking = candidate_ranking(TableRecommender([[3.0, 2, 1]] * 3), data)
    assert figures(data, ranking)["hit@10"] == 0.5
    assert figures(data, Ranking(ranking.users[:1], ranking.items[:1], ranking.scores[:1]))["hit@10"] == 0.5


def test_full_ranking_leaves_out_what_was_liked_before() -> None:
    """The user liked items 0 (training) and 1 (validation); the test item 2 is then first of 2, 3, 4."""
    data = toy_data([[1.0, 0]], np.ones((5, 2)), train=[(0, 0)], valid=[(0, 1)], test=[(0, 2)])
    ranking = full_ranking(TableRecommender([[9.0, 8, 7, 6, 5]]), data)
    assert sorted(ranking.items[0].tolist()) == [-1, -1, 2, 3, 4]
    assert figures(data, ranking)["mrr@1"] == 1


@pytest.mark.parametrize("seed", range(4))
def test_full_ranking_equals_ranking_everything(seed: int) -> None:
    """Nothing liked before: the cut-off list must give what the list of all items gives, ties at the cut included."""
    data, ranking = random_case(seed, n_items=60, levels=3)
    cut = full_ranking(TableRecommender(ranking.scores.tolist()), data)
    assert cut.items.shape[1] == 10
    assert figures(data, cut) == pytest.approx(figures(data, ranking))


def test_what_is_refused() -> None:
    data = toy_data([[1.0, 0]], np.ones((2, 2)), test=[(0, 1)])
    with pytest.raises(RunError, match="finite"):
        candidate_ranking(TableRecommender([[math.nan, 1.0]]), data)
    with pytest.raises(DataError, match="twice"):
        Ranking(np.array([0, 0]), np.zeros((2, 1), np.int64), np.zeros((2, 1), np.float32))
    with pytest.raises(DataError, match="shape"):
        Ranking(np.array([0]), np.zeros((1, 2), np.int64), np.zeros((1, 1), np.float32))
