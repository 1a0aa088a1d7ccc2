"""Scores in some cells of users whose features changed: those of the pairs one by one, with each user encoded once."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import pyexplain as px
from pyexplain.data.sparse import SparseRows
from pyexplain.testing.worlds import small_world

DATA = small_world()


@pytest.mark.parametrize("method", ["vbpr", "nar", "bpr-mf"])
def test_each_cell_is_its_pairs_score(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    named = {"explainer" if method == "nar" else "baseline": method}
    recommender = px.train(DATA, settings={"epochs": 1, "patience": 0}, **named).recommender
    drawn = np.random.default_rng(1)
    users = torch.from_numpy(drawn.integers(0, DATA.n_users, 9))
    cells = SparseRows.from_dense((drawn.random((9, DATA.n_items)) < 0.4).astype(np.float32)).tensors()
    rows = DATA.user_features.select(drawn.integers(0, DATA.n_users, 9)).tensors()
    recommender.model.latents()  # type: ignore[attr-defined]
    encoded, network = [], recommender.model.network  # type: ignore[attr-defined]
    encode = network.encode_users
    monkeypatch.setattr(network, "encode_users", lambda who, of: encoded.append(len(who)) or encode(who, of))
    owner = cells.row_indices()
    with torch.no_grad():
        found = recommender.scores_in(cells, users, rows)
        assert encoded == [9] or method == "bpr-mf"  # whose network declares no form
        wanted = recommender.scores(users[owner], cells.indices, rows.select(owner))  # type: ignore[arg-type]
    assert torch.equal(found, wanted)
    assert len(found) > 3 * len(users)
