"""What several metrics share, by hand: hits at k, named features, changed rows, relevance, counts of reviews, ranks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pyexplain.data.sparse import SparseRows
from pyexplain.errors import UsageError
from pyexplain.evaluation.scoring import BatchScorer
from pyexplain.metrics.base import MetricInput
from pyexplain.metrics.catalogue import places, scores_of_all
from pyexplain.metrics.changes import expand, find_asked, join, some_rows
from pyexplain.metrics.hits import Hits
from pyexplain.metrics.mentions import review_counts
from pyexplain.metrics.named import in_rows, named_features
from pyexplain.metrics.printed import Line, Lines
from pyexplain.metrics.relevance import held_out, is_pair, sort_keys
from tests.metrics.toys import TableRecommender, explanations, toy_data

DATA = toy_data([[3.0, 0, 1], [0, 2, 0]], [[1.0, 1, 0], [0, 0, 1], [1, 0, 0]], train=[(0, 2)], valid=[(1, 0)], test=[(0, 1)])
TABLE = TableRecommender([[3.0, 1, 2], [1, 1, 5]])
GIVEN = MetricInput(DATA, scores=BatchScorer(TABLE, 3))


def rows(*cells: list[float]) -> SparseRows:
    return SparseRows.from_dense(np.array(cells, dtype=np.float32))


def test_hits_at_k() -> None:
    """Hits at places 2 and 3 of three; two to be found."""
    found = Hits(np.array([0]), np.array([[False, True, True]]), np.array([2]))
    assert (found.precision(2)[0], found.recall(2)[0], found.f1(2)[0], found.hit(1)[0]) == (0.5, 0.5, 0.5, 0)
    assert found.mrr(3)[0] == 0.5
    assert found.mrr(1)[0] == 0
    ideal = 1 + 1 / np.log2(3)
    assert found.ndcg(3)[0] == pytest.approx((1 / np.log2(3) + 0.5) / ideal)


def test_named_features_are_those_of_positive_weight() -> None:
    weights = rows([1, 3, -2, 0], [0, 0, -1, 0])
    named = named_features(weights, 2)
    assert named.features.tolist() == [1, 0]
    assert named.counts().tolist() == [2, 0]
    assert named.upto(1).features.tolist() == [1]
    assert named.sets().dense().tolist() == [[1, 1, 0, 0], [0, 0, 0, 0]]


def test_of_equal_weights_the_true_ones_come_last() -> None:
    weights = rows([1, 1, 1])
    assert named_features(weights, 2).features.tolist() == [0, 1]
    assert named_features(weights, 2, last_of_equals=rows([1, 0, 0])).features.tolist() == [1, 2]


def test_cells_that_are_stored() -> None:
    asked = np.array([0, 0, 1]), np.array([0, 1, 1])
    assert in_rows(rows([0, 2], [0, 3]), *asked).tolist() == [False, True, True]
    assert not in_rows(rows([0, 0]), np.array([0]), np.array([0])).any()


def test_a_change_and_its_profile_share_their_cells() -> None:
    changed = join(rows([3, 0, 1], [0, 0, 0]), rows([-3, 2, 0], [0, 0, 0]))
    assert changed.before.dense().tolist() == [[3, 0, 1], [0, 0, 0]]
    assert changed.after.dense().tolist() == [[0, 2, 1], [0, 0, 0]]
    assert changed.difference.tolist() == [-3, 2, 0]
    assert changed.per_row(np.abs(changed.difference)).tolist() == [5, 0]


def test_rows_repeated_know_the_cells_they_are_of() -> None:
    base = rows([3, 0, 1], [0, 2, 0])
    chosen, source = expand(base, np.array([1, 0, 0]))
    assert chosen.indices.tolist() == [1, 0, 2, 0, 2]
    assert base.values[source].tolist() == [2, 3, 1, 3, 1]


def test_some_rows_are_drawn_from_the_seed() -> None:
    assert some_rows(3, 5, 0).tolist() == [0, 1, 2]
    assert some_rows(100, 5, 1).tolist() == some_rows(100, 5, 1).tolist() == sorted(some_rows(100, 5, 1))
    assert some_rows(100, 5, 1).tolist() != some_rows(100, 5, 2).tolist()


def test_only_what_is_ahead_is_a_question() -> None:
    """User 0: item 0 leads item 1 by 2; item 1 is behind item 2; the third row compares with nothing."""
    found = explanations(DATA, [(0, 0), (0, 1), (0, 2)], [[1, 0, 0]] * 3, against=np.array([1, 2, -1]))
    asked = find_asked(replace(GIVEN, explanations=found, _memo={}))
    assert (asked.rows.tolist(), asked.lead.tolist()) == ([0], [2.0])
    assert asked.profile.dense().tolist() == [[3, 0, 1]]


def test_which_pairs_are_held_out() -> None:
    assert held_out(DATA, "test")[0].tolist() == [[0, 1]]
    assert held_out(DATA, "valid")[0].tolist() == [[1, 0]]
    with pytest.raises(UsageError, match="train"):
        held_out(DATA, "train")


def test_pairs_and_what_fills_a_list() -> None:
    pairs = np.array([[0, 1], [1, 2]])
    assert is_pair(pairs, np.array([[0], [1]]), np.array([[1, 2], [-1, 2]]), 3).tolist() == [[True, False], [False, True]]
    assert not is_pair(pairs[:0], np.array([0]), np.array([1]), 3).any()


def test_a_relevant_item_comes_after_its_equals_and_before_the_rest() -> None:
    scores = np.array([[1.0, 1.0, np.nextafter(np.float32(1), np.float32(0))]], dtype=np.float32)
    keys = sort_keys(scores, np.array([[True, False, False]]))
    assert np.argsort(-keys[0]).tolist() == [1, 0, 2]


def test_reviews_are_on_the_side_of_their_mean() -> None:
    """Of (item 0, feature 0): user 0 praises twice and complains once, user 1 complains, user 2 is even."""
    said = [(0, 0, 0, 1.0), (0, 0, 0, 1.0), (0, 0, 0, -1.0), (1, 0, 0, -1.0), (2, 0, 0, 1.0), (2, 0, 0, -1.0)]
    data = replace(DATA, evidence=pd.DataFrame(said, columns=["user", "item", "feature", "sentiment"]))
    found = review_counts(data, np.array([0, 1]), np.array([0, 0]))
    assert [count.tolist() for count in found[:3]] == [[1, 0], [1, 0], [3, 0]]
    assert found.sentiment.tolist() == [0.0, 0.0]


def test_what_was_liked_in_training_is_out_of_the_catalogue() -> None:
    assert {n: scores.tolist() for n, scores in scores_of_all(GIVEN, np.array([0, 1]))} == {
        0: [3.0, 1.0, -np.inf],
        1: [1.0, 1.0, 5.0],
    }


def test_equal_scores_share_their_ranks() -> None:
    lines = Lines([Line(0, "contrast", 1, 0, 1, -1), Line(1, "contrast", 1, 2, 1, -1)])
    assert places(GIVEN, lines, "item", None) == [range(2, 4), range(1, 2)]
