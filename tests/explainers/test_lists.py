"""Why a whole list: what weighs most in it, and what becomes of it without that, by scores of pairs made without the order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

import pyexplain as px
from pyexplain.explainers.lists import explain_list

from ..worlds import small_world


@pytest.fixture(scope="module")
def run() -> px.Run:
    return px.train(small_world(), explainer="hybrid", epochs=3, dim=4)


def best(run: px.Run, user: int, gone: list[int], k: int) -> list[int]:
    """The first k items without some features."""
    data = run.data
    features = data.user_features.select(np.array([user])).dense()
    features[:, gone] = 0
    items, rows = torch.arange(data.n_items), torch.from_numpy(features).repeat(data.n_items, 1)
    scores = run.recommender.scores(torch.full_like(items, user), items, rows, None)
    liked = set(data.train[data.train[:, 0] == user, 1].tolist())
    return [int(i) for i in scores.argsort(descending=True, stable=True) if int(i) not in liked][:k]


def test_each_feature_is_taken_away_alone_and_with_those_before_it(run: px.Run) -> None:
    moved, counts = 0, set()
    for user in range(12):
        found = explain_list(run.explainer(), run.order, user, 4, 5)
        assert found.items.tolist() == best(run, user, [], 4)
        assert (np.diff(found.weights) <= 0).all()
        assert len(found.alone) == len(found.together) == len(found.columns) <= 5
        columns = found.columns.tolist()
        for n, column in enumerate(columns):
            assert found.alone[n].tolist() == best(run, user, [column], 4)
            assert found.together[n].tolist() == best(run, user, columns[: n + 1], 4)
            moved += len(found.left(found.alone[n]))
            assert len(found.left(found.alone[n])) == len(found.new(found.alone[n]))
        differs = [n for n, after in enumerate(found.together, 1) if set(after.tolist()) != set(found.items.tolist())]
        assert found.fewest == (differs[0] if differs else 0)
        counts.add(found.fewest)
    assert moved > 10
    assert len(counts) > 1


def test_who_asks_for_more_items_than_there_are_gets_all_and_nothing_leaves(run: px.Run) -> None:
    found = explain_list(run.explainer(), run.order, 0, 2 * run.data.n_items, 3)
    assert len(found.items) == run.data.n_items - len(set(run.data.train[run.data.train[:, 0] == 0, 1].tolist()))
    assert found.fewest == 0
    assert all(not len(found.left(after)) for after in found.alone)


def test_what_nobody_is_told_of_is_no_reason(run: px.Run) -> None:
    first = run.data.features[int(explain_list(run.explainer(), run.order, 3, 4, 5).columns[0])]
    hidden = run.among(replace(run.data, settings=replace(run.data.settings, never=(first,))))
    found = explain_list(hidden.explainer(), hidden.order, 3, 4, 5)
    assert len(found.columns)
    assert first not in {hidden.data.features[k] for k in found.columns.tolist()}
