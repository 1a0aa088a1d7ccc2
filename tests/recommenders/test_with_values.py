"""The same parameters for users who care about other things: as if the other values had been handed in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

import pyexplain as px
from pyexplain.data.sparse import SparseRows
from tests.worlds import small_world

USER = 7


def turned(data: px.Dataset) -> px.Dataset:
    """One user cares about what another one does."""
    rows = np.arange(data.n_users)
    rows[USER] = 12
    return replace(data, user_features=data.user_features.select(rows), stored=data.source)


@pytest.mark.parametrize("method", ["cnr", "car", "nar", "cer"])
def test_scores_are_those_of_the_values_handed_in(method: str) -> None:
    run = px.train(small_world(), explainer=method, epochs=1, dim=4)
    other, items = turned(run.data), np.arange(run.data.n_items)
    users = np.full(len(items), USER)
    rows = torch.from_numpy(other.user_features.select(users).dense())
    wanted = run.recommender.scores(torch.from_numpy(users), torch.from_numpy(items), rows)
    made = run.among(other)
    found = made.recommender.scores(torch.from_numpy(users), torch.from_numpy(items))
    torch.testing.assert_close(found, wanted, rtol=1e-5, atol=1e-5)
    scores = run.order.scores(np.array([USER]), SparseRows.from_dense(rows[:1].numpy()))
    np.testing.assert_allclose(made.order.scores(np.array([USER])), scores, rtol=1e-4, atol=1e-5)
    best = made.recommend(run.data.users[USER], 3)
    assert made.explain(run.data.users[USER], best[0][0]).say()


def test_who_does_not_read_values_says_so_or_scores_as_before() -> None:
    run = px.train(small_world(), baseline="ncf", epochs=1, dim=4)
    with pytest.raises(px.UsageError, match="does not look at what users care about"):
        run.recommender.with_values(run.data)
    plain = px.train(small_world(), baseline="bpr-mf", epochs=1, dim=4)
    user = plain.data.users[USER]
    assert plain.among(turned(plain.data)).recommend(user, 5) == plain.recommend(user, 5)
