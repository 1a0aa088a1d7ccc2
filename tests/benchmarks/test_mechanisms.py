"""Mechanisms compared on one model: rank correlation by hand and beside scipy, whole pages on a small data set."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

import pyexplain as px
from benchmarks.mechanisms import correlations, mechanisms, page, ranks, same_first
from benchmarks.table3 import figures, table
from benchmarks.weights import COLUMNS, rows, training_part
from pyexplain.data.sparse import SparseRows
from pyexplain.explainers import Explanations

from ..worlds import small_world

DATA = small_world()
KEYS: dict[str, object] = {"dim": 4, "epochs": 3, "warmup_epochs": 1, "batch_size": 32}


RICH = replace(DATA, user_features=SparseRows.from_dense(np.random.default_rng(1).random((DATA.n_users, DATA.n_features)) > 0.5))


def explained(weights: np.ndarray) -> Explanations:
    users = np.arange(len(weights))
    rows = SparseRows.from_dense(weights)
    return Explanations("toy", users, np.zeros(len(users), np.int64), rows, DATA.features.fingerprint)


def test_ranks_are_averages_within_the_profile_and_what_is_not_named_is_last() -> None:
    profile = SparseRows.from_dense([[1, 1, 1, 1, 0], [0, 0, 1, 0, 1]])
    weights = SparseRows.from_dense([[0.5, 0, 0.9, 0, 7.0], [0, 0, 0.0, 0, 0]])
    assert ranks(weights, profile).tolist() == [3, 1.5, 4, 1.5, 1.5, 1.5]


def test_correlation_is_spearmans() -> None:
    rng = np.random.default_rng(3)
    n = DATA.n_users
    one, two = (explained(np.round(rng.normal(size=(n, DATA.n_features)), 1).astype(np.float32)) for _ in range(2))
    users, found = correlations(one, two, RICH)
    for user, value in zip(users.tolist(), found.tolist(), strict=True):
        own = RICH.user_features.row(user)[0]
        a, b = (side.weights.dense()[user, own] for side in (one, two))
        assert value == pytest.approx(spearmanr(a, b).statistic, abs=1e-9)
    assert len(users) == (np.diff(RICH.user_features.offsets) >= 3).sum() > 0
    assert correlations(one, one, RICH)[1] == pytest.approx(1)
    silent = explained(np.zeros((n, DATA.n_features), np.float32))
    assert (correlations(one, silent, RICH)[1] == 0).all()


def test_the_same_first_feature_counts_where_both_name_one() -> None:
    one, two = explained(np.array([[1, 2.0], [1, 0], [0, 0]])), explained(np.array([[0, 1.0], [0, 1], [0, 0]]))
    assert same_first(one, two) == pytest.approx(1 / 3)


def test_a_model_is_explained_by_what_it_offers() -> None:
    assert set(mechanisms("nar")) >= {"NAR", "CAR", "CNR", "NAR (phi)", "gradient-input", "integrated-gradients"}
    assert "NAR" not in mechanisms("vbpr")


def test_pages_have_a_row_each_and_a_row_for_every_two() -> None:
    run = px.train(DATA, explainer="nar", settings={k: v for k, v in KEYS.items() if k != "warmup_epochs"})
    lines = "\n".join(page(run, 30)).splitlines()
    n = len(mechanisms("nar"))
    assert sum(line.startswith("|") for line in lines) == 2 + n + 1 + 2 + n * (n - 1) // 2
    *left, best = (float(line.split("|")[-3]) for line in lines if line.startswith("|") and line.count("|") == 9 and "." in line)
    assert len(left) == n
    assert best <= min(left), "of the same pairs"
    assert all(line.rstrip("|").split("|")[-1].strip() in ("yes", "**no**", "told apart", "---") for line in lines[-n:])


def test_table_3_on_held_out_words_has_our_weights_the_papers_and_the_attributions() -> None:
    lines = list(table(*figures(DATA, 1, {k: v for k, v in KEYS.items() if k != "warmup_epochs"})))
    labels = [line.split("|")[1].strip() for line in lines[1:]]
    assert {"CNR, ours", "CNR, the paper's phi", "gradient-input on CNR", "NAR, ours", "CAR, ours", "*echo*"} <= set(labels)
    assert lines[1].count("[") == 3
    assert lines[-1].count("[") == 2


def test_measures_are_compared_without_the_test_part() -> None:
    inner = training_part(DATA, 0)
    names = {(inner.users[u], inner.items[i]) for part in (inner.train, inner.valid, inner.test) for u, i in part.tolist()}
    assert names == {(DATA.users[u], DATA.items[i]) for u, i in DATA.train.tolist()}
    assert len(inner.test)
    assert len(inner.heldout)
    found = rows(DATA, "car", 1, KEYS)
    assert set(found) == {"car taken", "car delta", "car abs-delta", "gradient-input on car", "integrated-gradients on car"}
    assert set(found["car taken"][0]) >= {column for column in COLUMNS if column[0] in ("agreement", "faithfulness")}
