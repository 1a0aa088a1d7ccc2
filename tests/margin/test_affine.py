"""The closed form of a margin against the recommender's own scores and autograd."""

from __future__ import annotations

import torch
from torch import Tensor

from pyexplain.margin.affine import RestrictedMargin
from pyexplain.margin.margin import Margin

from ..explainers.toys import Relu, all_pairs
from ..worlds import small_world

DATA = small_world()
MARGIN = Margin.of(Relu(DATA), DATA, *all_pairs(DATA, 60, seed=2))
F_U = torch.from_numpy(MARGIN.features.dense())
DELTA = torch.rand(F_U.shape, generator=torch.Generator().manual_seed(0)) - 0.5


def by_autograd(features: Tensor) -> tuple[Tensor, Tensor]:
    return MARGIN.value_and_gradient(features)


def test_value_and_gradient_are_those_of_the_scores() -> None:
    for delta in (None, DELTA):
        wanted = by_autograd(F_U if delta is None else F_U + delta)
        found = MARGIN.affine.value_and_gradient(delta)
        torch.testing.assert_close(MARGIN.affine.value(delta), wanted[0], rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(found[0], wanted[0], rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(found[1], wanted[1], rtol=1e-4, atol=1e-4)


def test_the_tangent_is_value_gradient_and_hidden_layer_where_nothing_is_changed() -> None:
    found, wanted = MARGIN.affine.tangent(), by_autograd(F_U)
    torch.testing.assert_close(found.value, wanted[0], rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(found.slope @ found.layer.feature_map.T, wanted[1], rtol=1e-4, atol=1e-4)
    two = MARGIN.affine.two
    torch.testing.assert_close(found.layer.start.view(60, 2, -1)[:, 1], two.before(F_U @ two.feature_map))


def test_selected_rows_are_those_of_the_whole() -> None:
    rows = torch.tensor([7, 3, 3])
    part = MARGIN.affine.select(rows)
    assert len(part) == 3
    for one, whole in zip(part.value_and_gradient(DELTA[rows]), MARGIN.affine.value_and_gradient(DELTA), strict=True):
        torch.testing.assert_close(one, whole[rows])


def test_a_restricted_margin_is_the_whole_one_where_the_other_features_stay() -> None:
    """Three features of each of the rows 5, 0, 9."""
    layer, rows = MARGIN.affine.tangent().layer, torch.tensor([5, 0, 9])
    assert layer is not None
    features = torch.tensor([[0, 2, 4], [1, 3, 5], [7, 6, 0]])
    restricted, small = RestrictedMargin.of(layer, rows, features), DELTA[rows].gather(1, features)
    whole = torch.zeros(3, DATA.n_features).scatter(1, features, small)
    value, gradient = MARGIN.affine.select(rows).value_and_gradient(whole)
    torch.testing.assert_close(restricted.value(small), value, rtol=1e-4, atol=1e-4)
    found = restricted.select(torch.tensor([2, 1])).value_and_gradient(small[[2, 1]])
    torch.testing.assert_close(found[0], value[[2, 1]], rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(found[1], gradient.gather(1, features)[[2, 1]], rtol=1e-4, atol=1e-4)
