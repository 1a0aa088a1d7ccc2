"""What features contribute to a margin: by hand, and what must hold for every recommender."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from pyexplain.data.sparse import SparseRows
from pyexplain.margin import contributions
from pyexplain.margin.closed_form import exact_path
from pyexplain.margin.margin import Margin
from pyexplain.margin.quadrature import path_by_points
from pyexplain.recommenders import Recommender
from pyexplain.recommenders.user_side import UserSide

from ..explainers.toys import Linear, Relu, all_pairs, world_with
from ..worlds import small_world

DATA = small_world()
PAIR, OTHER = np.array([[0, 0]]), np.array([1])
PAIRS, AGAINST = all_pairs(DATA, 60)


class ScoresAlone(Relu):
    """The network, with nothing offered but its scores."""

    def __init__(self) -> None:
        super().__init__(DATA)
        self.offers = frozenset({"scores"})  # type: ignore[misc]


ANY = {"closed form": lambda: Relu(DATA), "by points": lambda: Relu(DATA, fast=False), "scores alone": ScoresAlone}


class Hinge(Recommender):
    """R(u, 0) = relu(f_u[0] - 1) + relu(1 - f_u[1]), nothing for others: one unit begins on the way, one ends."""

    name = "hinge-toy"
    offers = frozenset({"scores", "gradients", "linear-user-side"})

    def user_side(self, users: Tensor, items: Tensor) -> UserSide:
        shown = (items == 0).float()[:, None]
        constant, gate = shown * torch.tensor([-1.0, 1.0]), shown * torch.ones(2)
        feature_map = torch.zeros(DATA.n_features, 2)
        feature_map[0, 0], feature_map[1, 1] = 1.0, -1.0
        return UserSide(constant, gate, feature_map, torch.eye(2), torch.ones(2), torch.zeros(()))


def test_of_a_linear_score_it_is_weight_times_feature() -> None:
    data = world_with([[4, 2, 0]])
    found = contributions(Linear(data, [[3, -1, 2], [1, 1, 5]]), data, PAIR, OTHER)
    np.testing.assert_allclose(found.values.dense()[0, :3], [8, -4, 0], rtol=1e-6)
    np.testing.assert_allclose((found.margin, found.nothing), [[4], [0]], atol=1e-6)
    assert found.positive().row(0)[0].tolist() == [0]


def test_units_that_begin_and_end_on_the_way() -> None:
    """f_u = (4, 2): the first unit is active on the last three quarters and brings 3, the second on the first half: -1."""
    data = world_with([[4, 2]])
    found = contributions(Hinge(), data, PAIR, OTHER)
    np.testing.assert_allclose(found.values.dense()[0, :2], [3, -1], rtol=1e-6)
    assert (found.margin[0], found.nothing[0]) == (3, 1)


@pytest.mark.parametrize("name", ANY)
def test_they_add_up_and_are_zero_for_what_is_not_there(name: str) -> None:
    recommender = ANY[name]()
    found = contributions(recommender, DATA, PAIRS, AGAINST)
    none = SparseRows.empty((len(PAIRS), DATA.n_features))
    margin = Margin.of(recommender, DATA, PAIRS, AGAINST)
    np.testing.assert_allclose(found.margin, margin.value(), atol=1e-4)
    np.testing.assert_allclose(found.nothing, margin.value(none), atol=1e-4)
    dense = found.values.dense().astype(np.float64)
    np.testing.assert_allclose(dense.sum(axis=1), found.margin - found.nothing, atol=1e-4)
    assert np.abs(dense).max() > 1
    assert (dense[DATA.user_features.select(PAIRS[:, 0]).dense() == 0] == 0).all()
    assert (found.values.values != 0).all()


@pytest.mark.parametrize("name", ANY)
def test_rows_depend_neither_on_the_batch_nor_on_memory_nor_on_their_order(name: str) -> None:
    recommender = ANY[name]()
    whole = contributions(recommender, DATA, PAIRS, AGAINST).values.dense()
    for k in range(0, len(PAIRS), 13):
        alone = contributions(recommender, DATA, PAIRS[k : k + 1], AGAINST[k : k + 1], max_memory=1).values.dense()[0]
        np.testing.assert_allclose(alone, whole[k], atol=1e-4)
    turned = np.arange(len(PAIRS))[::-1]
    np.testing.assert_allclose(
        contributions(recommender, DATA, PAIRS[turned], AGAINST[turned]).values.dense()[turned], whole, atol=1e-4
    )


def test_the_closed_form_is_what_many_points_come_to() -> None:
    exact = exact_path(Margin.of(Relu(DATA), DATA, PAIRS, AGAINST))[0]
    by_points = path_by_points(Margin.of(Relu(DATA, fast=False), DATA, PAIRS, AGAINST), 16)[0]
    np.testing.assert_allclose(exact, by_points, atol=1e-3 * np.abs(exact).max())


@pytest.mark.parametrize("points", [1, 2, 5, 32])
def test_what_points_miss_is_shared(points: int) -> None:
    recommender = Relu(DATA, fast=False)
    found = contributions(recommender, DATA, PAIRS, AGAINST, points=points)
    np.testing.assert_allclose(found.values.dense().astype(np.float64).sum(axis=1), found.margin - found.nothing, atol=1e-4)


def test_finite_where_the_lead_is_nothing() -> None:
    """A share of a lead of 0 is no number; contributions of 2 and -2 are."""
    data = world_with([[2, 1]])
    found = contributions(Linear(data, [[1, -2], [0, 0]]), data, PAIR, OTHER)
    assert found.margin[0] == 0
    np.testing.assert_allclose(found.values.dense()[0, :2], [2, -2], atol=1e-6)


@pytest.mark.parametrize("name", ANY)
def test_nothing_is_contributed_where_nothing_is_known(name: str) -> None:
    none = SparseRows.empty((1, DATA.n_features))
    found = contributions(ANY[name](), DATA, PAIR, OTHER, user_features=none)
    assert len(found.values.indices) == 0
    assert found.margin[0] == pytest.approx(found.nothing[0])
    empty = contributions(ANY[name](), DATA, PAIRS[:0], AGAINST[:0])
    assert (empty.values.shape, len(empty.margin)) == ((0, DATA.n_features), 0)


def test_many_features_are_drawn_from_and_still_add_up() -> None:
    found = contributions(ScoresAlone(), DATA, PAIRS, AGAINST, exact=0, orders=1)
    np.testing.assert_allclose(found.values.dense().astype(np.float64).sum(axis=1), found.margin - found.nothing, atol=1e-4)
