"""No item of the additive form rises by more than its bound, and the bound is no mere "anything"."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pyexplain import RunOptions
from pyexplain.data.counts import seen_by
from pyexplain.data.sparse import SparseRows, apply_change
from pyexplain.plugins.hybrid import Hybrid
from tests.recommenders.test_additive_model import KINDS, made
from tests.worlds import small_world


@pytest.mark.parametrize("kinds", KINDS)
def test_no_score_rises_by_more_than_the_bound(kinds: tuple[str, ...]) -> None:
    model, data = made(kinds)
    rng, users = np.random.default_rng(3), np.arange(data.n_users)
    rows = data.user_features
    gone = rows.where(rng.random(len(rows.values)) < 0.5)  # some go, some grow
    share = rng.uniform(-1, 2, len(gone.values)).astype(np.float32)
    change = gone.with_values(gone.values * share)
    before = model.catalogue_scores(torch.from_numpy(users), rows.tensors())
    after = model.catalogue_scores(torch.from_numpy(users), apply_change(rows, change).tensors())
    bound = model.most_lifted(torch.from_numpy(users), change.tensors()).dense()
    rise = (after - before).numpy()
    assert (rise <= bound.numpy() + 1e-5).all()
    assert np.median(bound.numpy()[rise.max(axis=1) > 0.1]) < 20 * rise.max()
    close = model.lifted_closely(torch.from_numpy(users), change.tensors()).numpy()
    assert (rise <= close + 1e-6).all()
    assert (close <= rise + 1e-4 * np.maximum(1, np.abs(rise).max())).all()
    untouched = change.counts == 0
    assert (bound.numpy()[untouched] == 0).all()


class Doubled(Hybrid):
    """Scores of its own."""

    def scores(self, *asked, **more):  # type: ignore[no-untyped-def]
        return 2 * super().scores(*asked, **more)


@pytest.mark.parametrize(("cls", "residual"), [(Doubled, 0), (Hybrid, 3)])
def test_nothing_is_said_of_who_scores_otherwise(cls: type[Hybrid], residual: int) -> None:
    data = seen_by(small_world(), ("word", "history"), counts=True)
    for one, known in ((cls(cls.Config(dim=4, residual=residual)), False), (Hybrid(Hybrid.Config(dim=4)), True)):
        one.prepare(data, RunOptions())
        asked = torch.arange(data.n_users), data.user_features.tensors()
        assert (one.most_lifted(*asked) is not None) == (one.lifted_closely(*asked) is not None) == known


@pytest.mark.parametrize("kinds", KINDS)
def test_scores_of_cells_are_those_of_pairs(kinds: tuple[str, ...]) -> None:
    model, data = made(kinds)
    rng, users = np.random.default_rng(4), torch.arange(data.n_users)
    cells = SparseRows.from_dense(rng.random((data.n_users, data.n_items)) < 0.2).tensors()
    rows = data.user_features.select(rng.permutation(data.n_users)).tensors()
    owner = cells.row_indices()
    wanted = model.scores(users[owner], cells.indices, rows.select(owner), None)
    torch.testing.assert_close(model.scores_at(users, rows)(cells), wanted, atol=1e-5, rtol=1e-5)


def test_cells_of_no_item_are_refused() -> None:
    model, data = made(KINDS[0])
    nowhere = SparseRows(torch.tensor([0, 1]), torch.tensor([data.n_items]), torch.zeros(1), data.n_items + 1)
    with pytest.raises(IndexError, match="cells"):
        model.scores_at(torch.tensor([0]), data.user_features.select([0]).tensors())(nowhere)
