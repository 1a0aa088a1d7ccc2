"""No item of the form of eq. (5) rises by more than its bound, feature by feature; what is kept stays within its room."""

from __future__ import annotations

import numpy as np
import torch

from pyexplain import RunOptions
from pyexplain.data.sparse import SparseRows, apply_change
from pyexplain.data.types import Dataset
from pyexplain.plugins.cnr import CNR
from pyexplain.recommenders.product_lifts import ProductLifts
from tests.worlds import small_world


def made() -> tuple[CNR, Dataset]:
    data = small_world()
    recommender = CNR(CNR.Config(dim=6))
    recommender.prepare(data, RunOptions())
    return recommender, data


def changed(data: Dataset) -> SparseRows:
    rng, rows = np.random.default_rng(3), data.user_features
    gone = rows.where(rng.random(len(rows.values)) < 0.5)
    return gone.with_values(gone.values * rng.uniform(-1, 2, len(gone.values)).astype(np.float32))


def test_no_score_rises_by_more_than_the_bound() -> None:
    recommender, data = made()
    users, change = torch.arange(data.n_users), changed(data)
    scored = [
        recommender.catalogue_scores(users, rows.tensors())
        for rows in (data.user_features, apply_change(data.user_features, change))
    ]
    bound = recommender.most_lifted(users, change.tensors())
    assert bound is not None
    rise = (scored[1] - scored[0]).numpy()
    assert (rise <= bound.dense().numpy() + 1e-5).all()
    assert bound.dense().numpy().mean() < 20 * np.abs(rise).mean()
    assert (bound.dense().numpy()[change.counts == 0] == 0).all()


def test_by_hand() -> None:
    """One feature, two hidden units, an item with z = 2: of one more, the units' inputs move by 2 * (1, -3), times w2 = (1, 2): by
    at most 2 up and 12 down; of one less it is the other way round."""
    lifts = ProductLifts(torch.tensor([[1.0]]), torch.tensor([[2.0]]), torch.tensor([[1.0], [-3.0]]), torch.tensor([1.0, 2.0]))
    for value, wanted in ((1.0, 2.0), (-0.5, 6.0)):
        change = SparseRows.from_dense(np.array([[value]])).tensors()
        torch.testing.assert_close(lifts.most(change).dense(), torch.tensor([[wanted]]), rtol=1e-4, atol=0)


def test_what_is_kept_of_features_stays_within_its_room() -> None:
    rng = np.random.default_rng(0)
    parts = [torch.from_numpy(rng.normal(size=shape).astype(np.float32)) for shape in ((5, 4), (7, 4), (3, 4), (3,))]
    whole, small = ProductLifts(*parts), ProductLifts(*parts, room=2 * 8 * 7)
    for k in (0, 1, 2, 0, 4):
        change = SparseRows.from_triples([0, 1], [k, (k + 1) % 5], [1.0, -2.0], (2, 5)).tensors()
        torch.testing.assert_close(small.most(change).dense(), whole.most(change).dense())
        assert len(small._slots) <= 2
    assert small.most(SparseRows.from_dense(np.ones((1, 5))).tensors()) is None
