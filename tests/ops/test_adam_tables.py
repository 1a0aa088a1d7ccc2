"""adam_tables: steps whose number lies where the tables do, and lists of rows that are filled up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from pyexplain.ops.adam_tables import Move, run_adam_tables, scalars
from pyexplain.ops.native import find_kernel

from .examples import ADAM, adam_rows
from .twins import twin

HERE = torch.device("cpu")


def native(*arguments: Any) -> None:
    kernel = find_kernel("adam_tables", HERE, torch.float64)
    assert kernel is not None
    run_adam_tables.native(kernel, *arguments)


@pytest.fixture(params=[native, twin("adam_tables")], ids=["native", "twin"])
def run(request: pytest.FixtureRequest) -> Callable[..., None]:
    return request.param  # type: ignore[no-any-return]


def test_the_number_of_the_step_may_lie_where_the_tables_do(run: Callable[..., None]) -> None:
    found, wanted = adam_rows()[:3], adam_rows()[:3]
    run([Move(*wanted, 10)], ADAM)
    run([Move(*found, 1)], ADAM, torch.tensor(scalars(9, ADAM), dtype=torch.float64))
    for a, b in zip(found[0], wanted[0], strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=0)


def test_rows_of_none_are_left_out(run: Callable[..., None]) -> None:
    (of, rows, grads), wanted = adam_rows()[:3], adam_rows()[:3]
    run([Move(*wanted, 10)], ADAM)
    more = torch.tensor([-1, *rows[:2].tolist(), -1, *rows[2:].tolist(), -1])
    padded = torch.full((len(more), grads.shape[1]), torch.nan, dtype=grads.dtype)
    padded[more >= 0] = grads
    run([Move(of, more, padded, 10)], ADAM)
    for a, b in zip(of, wanted[0], strict=True):
        torch.testing.assert_close(a, b, rtol=1e-12, atol=0)


def test_the_scalars_of_a_step() -> None:
    steps, size, root = scalars(9, ADAM)
    assert (steps, size, root) == pytest.approx((9.0, ADAM.lr / (1 - ADAM.beta1**10), (1 - ADAM.beta2**10) ** -0.5))
