"""What the solver looks among first, and what it knows before anything is changed."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pyexplain.explainers.columns import WIDEST, Columns, steepest
from pyexplain.explainers.problem import Problem, make_problem
from pyexplain.margin.affine import Tangent
from pyexplain.margin.margin import Margin

from .toys import Linear, world_with


def linear_problem() -> tuple[Problem, Tangent]:
    """f_u = (4, 2, 1), g = (1, -3, 2, 0), so i leads by 4 - 6 + 2 + 5 = 5 (the other 5 on f_i)."""
    data = world_with([[4, 2, 1]], [[1]])
    margin = Margin.of(Linear(data, [[1, -3, 2]], [[5]]), data, np.array([[0, 0]]), np.array([1]))
    return make_problem(margin, None), margin.tangent()


@pytest.mark.parametrize(("least", "wanted"), [(1, [1]), (2, [1, 2]), (3, [1, 2, 0])])
def test_the_steepest_with_room_come_first_and_as_many_as_turn_the_margin_around(least: int, wanted: list[int]) -> None:
    """Feature 1 can grow by 3 and bring 9, enough for a margin of 5."""
    problem, tangent = linear_problem()
    assert tangent.value.tolist() == [5]
    columns = steepest(problem, tangent, torch.tensor([0]), None, least)
    assert columns.numbers.tolist() == wanted


def test_more_are_taken_where_the_steepest_do_not_do() -> None:
    """With a margin of 9, times what is taken to be enough, feature 2 (which brings 2) has to help feature 1."""
    problem, tangent = linear_problem()
    wider = Tangent(tangent.value + 4, tangent.gradient)
    columns = steepest(problem, wider, torch.tensor([0]), None, 1)
    assert columns.numbers.tolist() == [1, 2]


def test_among_those_given_alone() -> None:
    problem, tangent = linear_problem()
    among = Columns.where(torch.tensor([[True, False, True] + [False] * (problem.features.shape[1] - 3)]))
    columns = steepest(problem, tangent, torch.tensor([0]), among, WIDEST)
    assert columns.numbers.tolist() == [2, 0]


def test_ragged_columns_are_selected_and_filled_up() -> None:
    mask = torch.tensor([[True, False, True], [False, False, False], [False, True, False]])
    columns = Columns.where(mask)
    assert columns.offsets.tolist() == [0, 2, 2, 3]
    assert columns.numbers.tolist() == [0, 2, 1]
    assert columns.row_numbers().tolist() == [0, 0, 2]
    chosen = columns.select(torch.tensor([2, 1, 0]))
    assert chosen.offsets.tolist() == [0, 1, 1, 3]
    assert chosen.numbers.tolist() == [1, 0, 2]
    numbers, real = columns.padded()
    assert numbers.tolist() == [[0, 2], [0, 0], [1, 0]]
    assert real.tolist() == [[True, True], [False, False], [True, False]]
