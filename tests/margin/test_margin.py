"""The margin as a function: by hand, in blocks, with questions counted, on either side."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pyexplain.data.sparse import SparseRows
from pyexplain.margin.margin import Margin, difference

from ..explainers.toys import Linear, Relu, all_pairs, world_with
from ..worlds import small_world

DATA = small_world()
PAIRS, AGAINST = all_pairs(DATA, 40)
KINDS = {"affine": lambda: Relu(DATA), "gradients": lambda: Relu(DATA, fast=False)}


def linear_margin(**more: object) -> Margin:
    """R(0, 0) = f_u . (3, -1) + 2 f_i[0], R(0, 1) = f_u . (1, 1) + f_j[0]; f_u = (4, 2), f_i = (5), f_j = (1): 20 - 7 = 13."""
    data = world_with([[4, 2]], [[5], [1]])
    toy = Linear(data, [[3, -1], [1, 1]], [[2], [1]])
    return Margin.of(toy, data, np.array([[0, 0]]), np.array([1]), **more)  # type: ignore[arg-type]


def test_of_a_linear_score_by_hand() -> None:
    margin = linear_margin()
    assert margin.value().tolist() == [13]
    value, gradient = margin.value_and_gradient()
    assert (value.tolist(), gradient[0, :3].tolist()) == ([13], [2, -2, 0])
    assert margin.value(SparseRows.empty(margin.features.shape)).tolist() == [9]
    assert (margin.users.tolist(), margin.items.tolist(), len(margin), margin.side) == ([0], [0], 1, "user")


def test_on_the_side_of_the_item_only_the_first_score_moves() -> None:
    margin = linear_margin(side="item")
    assert margin.value().tolist() == [13]
    assert margin.value_and_gradient()[1][0, :2].tolist() == [2, 0]
    assert margin.value(SparseRows.empty(margin.features.shape)).tolist() == [3]
    assert not margin.is_affine


def test_at_features_other_than_the_data_sets() -> None:
    """f_u = (1, 0): 3 + 10 - 1 - 1 = 11."""
    shape = linear_margin().features.shape
    margin = linear_margin(features=SparseRows.from_triples([0], [0], [1.0], shape))
    assert margin.value().tolist() == [11]
    assert margin.select([0, 0]).value().tolist() == [11, 11]
    assert margin.value_and_gradient()[0].tolist() == [11]


def test_the_difference_of_any_function_that_scores() -> None:
    def scores(users: int, items: int, f_u: int | None = None, f_i: int | None = None) -> int:
        return 100 * items + 10 * (f_u or 0) + (f_i or 0)

    assert difference(scores, 0, 3, 1) == 200
    assert difference(scores, 0, 3, 1, 5) == 200
    assert difference(scores, 0, 3, 1, 5, "item") == 205


@pytest.mark.parametrize("kind", KINDS)
def test_blocks_change_nothing(kind: str) -> None:
    model = KINDS[kind]()
    whole = Margin.of(model, DATA, PAIRS, AGAINST)
    tight = Margin.of(model, DATA, PAIRS, AGAINST, max_memory=1)
    changed = DATA.user_features.select(PAIRS[::-1, 0])
    np.testing.assert_allclose(tight.value(changed), whole.value(changed), atol=1e-5)
    parts = list(tight.batches(copies=1))
    assert [part for part, _ in parts] == [slice(k, k + 1) for k in range(len(PAIRS))]
    np.testing.assert_allclose(np.concatenate([one.value() for _, one in parts]), whole.value(), atol=1e-5)
    assert [one for _, one in whole.batches()] == [whole]
    assert [len(one) for _, one in whole.batches(most=15)] == [15, 15, 10]
    assert list(whole.select([]).batches()) == []


@pytest.mark.parametrize("kind", KINDS)
def test_questions_are_asked_in_blocks_and_counted(kind: str) -> None:
    margin = Margin.of(KINDS[kind](), DATA, PAIRS, AGAINST, max_memory=4 * 4 * DATA.n_features * 3)
    rows, sizes = np.array([2, 0, 2, 5]), []

    def features(part: slice) -> np.ndarray:
        sizes.append(len(rows[part]))
        return margin.features.select(rows[part]).dense()

    np.testing.assert_allclose(margin.ask(rows, features), margin.value()[rows], atol=1e-5)
    sparse = margin.ask(rows, lambda part: margin.features.select(rows[part]), counted=False, sparse=True)
    np.testing.assert_allclose(sparse, margin.value()[rows], atol=1e-5)
    assert sizes == [3, 1]
    assert margin.asked[:6].tolist() == [1, 0, 2, 0, 0, 1]
    margin.ask(rows, features, counted=False)
    assert margin.asked.sum() == 4
    assert margin.select([2]).asked.tolist() == [0]


def test_what_was_computed_once_stays_known_of_selected_rows() -> None:
    asked = []

    class Counting(Relu):
        def user_side(self, users, items):  # type: ignore[no-untyped-def]
            asked.append(len(users))
            return super().user_side(users, items)

    margin = Margin.of(Counting(DATA), DATA, PAIRS, AGAINST)
    value = margin.value_and_gradient()[0]
    torch.testing.assert_close(margin.select([3, 1]).value_and_gradient()[0], value[[3, 1]])
    assert asked == [len(PAIRS), len(PAIRS)]
