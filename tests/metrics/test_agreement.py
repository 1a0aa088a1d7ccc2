"""Agreement with text, eq. (10): by hand, against torchmetrics, failures, ties, levels."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torchmetrics.functional.retrieval import retrieval_normalized_dcg, retrieval_precision, retrieval_recall

from pyexplain.data.types import Dataset
from pyexplain.explainers.types import Explanations
from pyexplain.metrics.base import MetricInput
from pyexplain.metrics.truth import judgeable_pairs, judgeable_users, true_features
from tests.metrics.toys import all_metrics, explanations, toy_data

METRICS = {name: cls for name, cls in all_metrics().items() if cls.group == "agreement"}


def figures(data: Dataset, explained: Explanations, k: int) -> dict[str, float]:
    given_ = MetricInput(data, k, explanations=explained)
    return {m.key: m.measure(given_, "x").value for m in (cls() for cls in METRICS.values())}


def one_truth(features: list[int], n_features: int = 6) -> Dataset:
    """One user, one held-out review, of item 0, that names the features."""
    return toy_data([[1.0] * n_features], [[1.0] * n_features], test=[(0, 0)], heldout=[(0, 0, f) for f in features])


def test_by_hand() -> None:
    """Truth {0, 1, 2}; the first three named are 0, 5, 1: hits at places 1 and 3."""
    data = one_truth([0, 1, 2])
    got = figures(data, explanations(data, [(0, 0)], [[9, 7, 0, 0, 0, 8]]), k=3)
    assert got["precision"] == pytest.approx(2 / 3)
    assert got["recall"] == pytest.approx(2 / 3)
    assert got["f1"] == pytest.approx(2 / 3)
    assert got["ndcg"] == pytest.approx((1 + 1 / 2) / (1 + 1 / math.log2(3) + 1 / 2))


def test_a_short_explanation_is_not_rewarded() -> None:
    """One feature named, and right: precision at 5 is one fifth."""
    data = one_truth([0, 1])
    got = figures(data, explanations(data, [(0, 0)], [[1, 0, 0, 0, 0, 0]]), k=5)
    assert (got["precision"], got["recall"], got["f1"]) == pytest.approx((0.2, 0.5, 2 / 7))


def test_an_empty_explanation_stays_in_the_denominator() -> None:
    data = toy_data(np.ones((2, 2)), np.ones((1, 2)), test=[(0, 0), (1, 0)], heldout=[(0, 0, 0), (1, 0, 0)])
    got = figures(data, explanations(data, [(0, 0), (1, 0)], [[1, 0], [0, 0]]), k=1)
    assert got == {"precision": 0.5, "recall": 0.5, "f1": 0.5, "ndcg": 0.5}


def test_rows_without_a_truth_cannot_be_judged() -> None:
    data = toy_data(np.ones((2, 2)), np.ones((1, 2)), test=[(0, 0), (1, 0)], heldout=[(0, 0, 0)])
    given_ = MetricInput(data, 1, explanations=explanations(data, [(0, 0), (1, 0)], [[1, 0], [1, 0]]))
    measured = METRICS["agreement-f1"]().measure(given_, "x")
    assert (measured.users.tolist(), measured.value) == ([0], 1)


def test_equal_weights_count_against_the_method() -> None:
    """All six weights equal, truth {0}: it comes last, not first by feature order."""
    data = one_truth([0])
    assert figures(data, explanations(data, [(0, 0)], [[1] * 6]), k=5)["recall"] == 0
    assert figures(data, explanations(data, [(0, 0)], [[1] * 6]), k=6)["ndcg"] == pytest.approx(1 / math.log2(7))


def test_negative_weights_are_not_named() -> None:
    data = one_truth([0])
    assert figures(data, explanations(data, [(0, 0)], [[-1, 0, 0, 0, 0, 0]]), k=6)["recall"] == 0


def test_levels() -> None:
    """The user wrote {0} about item 0 and {1, 2} about item 1; as a whole {0, 1, 2}."""
    f_u, f_i = np.ones((2, 4)), np.ones((2, 4))
    data = toy_data(f_u, f_i, test=[(0, 0), (0, 1)], heldout=[(0, 0, 0), (0, 1, 1), (0, 1, 2), (0, 1, 1)])
    truth = true_features(data, np.array([0, 0, 0, 1]), np.array([0, 1, -1, -1]))
    assert truth.dense().tolist() == [[1, 0, 0, 0], [0, 1, 1, 0], [1, 1, 1, 0], [0, 0, 0, 0]]
    assert judgeable_pairs(data).tolist() == [[0, 0], [0, 1]]
    assert judgeable_users(data).tolist() == [0]


def test_under_paper_only_users_have_a_truth() -> None:
    data = toy_data([[1.0, 1]], [[1.0, 1]], test=[(0, 0)], heldout=[(0, -1, 1)], protocol="paper")
    assert len(judgeable_pairs(data)) == 0
    assert true_features(data, np.array([0, 0]), np.array([0, -1])).dense().tolist() == [[0, 0], [0, 1]]


@pytest.mark.parametrize("seed", range(6))
def test_like_torchmetrics(seed: int) -> None:
    """Distinct weights, so that no tie has to be broken."""
    rng = np.random.default_rng(seed)
    truth = rng.random((8, 20)) < 0.2
    truth[:, 0] = True
    heldout = [(int(u), 0, int(f)) for u, f in np.argwhere(truth)]
    data = toy_data(np.ones((8, 20)), np.ones((1, 20)), test=[(u, 0) for u in range(8)], heldout=heldout)
    weights = rng.permuted(np.tile(np.arange(1.0, 21), (8, 1)), axis=1)
    ours = figures(data, explanations(data, [(u, 0) for u in range(8)], weights.tolist()), k=5)
    rows = list(zip(torch.from_numpy(weights), torch.from_numpy(truth), strict=True))
    assert ours["precision"] == pytest.approx(np.mean([float(retrieval_precision(w, t, top_k=5)) for w, t in rows]), abs=1e-6)
    assert ours["recall"] == pytest.approx(np.mean([float(retrieval_recall(w, t, top_k=5)) for w, t in rows]), abs=1e-6)
    assert ours["ndcg"] == pytest.approx(np.mean([float(retrieval_normalized_dcg(w, t, top_k=5)) for w, t in rows]), abs=1e-6)


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_renaming_features_changes_nothing(seed: int) -> None:
    """The same explanations and truths in another order of features: feature order must not decide ties."""
    rng = np.random.default_rng(seed)
    truth, weights, order = rng.random((5, 9)) < 0.3, rng.integers(0, 3, (5, 9)), rng.permutation(9)
    pairs = [(u, 0) for u in range(5)]

    def measured(t: np.ndarray, w: np.ndarray) -> dict[str, float]:
        data = toy_data(np.ones((5, 9)), np.ones((1, 9)), test=pairs, heldout=[(int(u), 0, int(f)) for u, f in np.argwhere(t)])
        return figures(data, explanations(data, pairs, w.tolist()), k=4)

    truth[0, 0] = True
    assert measured(truth, weights) == pytest.approx(measured(truth[:, order], weights[:, order]))
