"""The smallest changes that turn the first item and the next: by hand where scores are linear, found true where they are not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import pyexplain as px
from pyexplain.evaluation.turned import smallest_changes
from pyexplain.explainers.order import Order
from pyexplain.margin.margin import Margin
from pyexplain.measuring import evaluate
from pyexplain.present.evaluation_tables import evaluation_tables

from ..explainers.toys import Additive, Linear, Relu, world_with
from ..worlds import small_world


def nobody_likes(rows: list[list[float]]) -> px.Dataset:
    data = world_with(rows)
    return replace(data, train=data.train[data.train[:, 0] > 0])


def test_by_hand_where_scores_are_linear() -> None:
    """f_u = (2, 2), first 3 x + y = 8, next y + 4 = 6 by its own features: 3 x has to fall by 2; in L2 and L1 by 2/3 of x."""
    data = nobody_likes([[2, 2]])
    model = Linear(data, [[3, 4], [0, 0]], [[0], [0]])
    model.f_i[:] = 0
    model.b[:] = 0
    model.b[1, 0] = 1.0
    model.f_i[1, 0] = 8.0  # the next scores 8, the first 14: 3 x + 4 y has to fall by 6
    found = smallest_changes(model, data, np.array([0]))
    assert found is not None
    assert found.l2 == pytest.approx([6 / 5], rel=2e-3)  # the distance from a line
    assert found.l1 == pytest.approx([6 / 4], rel=2e-3)  # all of it where the slope is largest


def test_what_cannot_be_turned_counts_as_the_longest_change() -> None:
    data = nobody_likes([[2, 4]])
    model = Linear(data, [[1, 1], [0.9, 0.9]])
    model.f_i[:] = 0
    found = smallest_changes(model, data, np.array([0]))  # at (0, 0) both are 0: a tie, and no turn
    assert found is not None
    assert found.l2 == pytest.approx([5])  # (3, 4)
    assert found.l1 == pytest.approx([7])


def test_who_has_no_features_or_no_gradients_is_not_judged() -> None:
    data = small_world()
    model = Relu(data)
    found = smallest_changes(model, data, np.arange(data.n_users))
    assert found is not None
    assert found.users.tolist() == np.flatnonzero(data.user_features.counts > 0).tolist()
    model.offers = frozenset({"scores"})  # type: ignore[misc]
    assert smallest_changes(model, data, np.arange(5)) is None


@pytest.mark.parametrize("kinds", [("word",), ("word", "history")])
def test_nothing_shorter_turns_a_linear_order(kinds: tuple[str, ...]) -> None:
    """10,000 random changes a user that are shorter, of words alone, leave the first item first."""
    data = small_world().with_kinds(kinds)
    model = Additive(data, dim=5)
    found = smallest_changes(model, data, np.arange(12))
    assert found is not None
    items, _ = Order(model, data).best(found.users, 2)
    margin = Margin.of(model, data, np.stack([found.users, items[:, 0]], axis=1), items[:, 1])
    start, slope = (part.numpy() for part in margin.value_and_gradient())
    rng, words = np.random.default_rng(0), data.features.of_kind("word")
    for row, user in enumerate(found.users.tolist()):
        has = data.user_features.select([user]).dense()[0]
        own = words[has[words] > 0]
        if not len(own):
            continue
        drawn = rng.standard_normal((10_000, len(own)))
        for power, length in ((2, found.l2[row]), (1, found.l1[row])):
            short = 0.99 * length * drawn / np.linalg.norm(drawn, ord=power, axis=1, keepdims=True)
            moved = np.clip(has[own] + short, 0, 5) - has[own]
            assert (start[row] + moved @ slope[row, own]).min() > -1e-4


def test_evaluate_shows_the_distribution() -> None:
    run = px.train(small_world(), baseline="vbpr", dim=8, epochs=2, patience=0)
    report = evaluate(run, attack=True)
    figures = report.to_dict()["runs"][0]["smallest_change"]
    assert 0 < figures["l2-q10"] <= figures["l2-median"] <= figures["l2-q90"]
    assert figures["l1-median"] >= figures["l2-median"] * 0.99
    assert any("Smallest change" in str(part) for part in evaluation_tables(report))
