"""pair_scores against the formula."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from pyexplain.ops import HeadParameters, pair_scores

Case = tuple[tuple[Tensor, Tensor, Tensor, Tensor], Tensor, Tensor, HeadParameters]


def case(n: int, d: int, k: int, h: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> Case:
    g = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=g, dtype=dtype)

    tables = normal(7, d), normal(5, d), normal(7, k), normal(5, k)
    users, items = torch.randint(0, 7, (n,), generator=g), torch.randint(0, 5, (n,), generator=g)
    return tables, users, items, HeadParameters(normal(h, d + k), normal(h), normal(h), normal())


def formula(tables: tuple[Tensor, ...], users: Tensor, items: Tensor, head: HeadParameters) -> Tensor:
    e_u, e_i, z_u, z_i = (table[numbers] for table, numbers in zip(tables, (users, items, users, items), strict=True))
    return torch.relu(torch.cat([e_u * e_i, z_u * z_i], dim=1) @ head.W1.t() + head.b1) @ head.w2 + head.b2


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 40), st.integers(0, 19), st.integers(0, 19), st.integers(1, 33), st.integers(0, 9))
def test_it_is_the_formula(n: int, d: int, k: int, h: int, seed: int) -> None:
    given_case = case(n, d, k, h, seed)
    torch.testing.assert_close(pair_scores(*given_case), formula(*given_case))


def test_float32_and_any_number_of_threads() -> None:
    given_case = case(3000, 40, 40, 64, dtype=torch.float32)
    before = torch.get_num_threads()
    try:
        found = []
        for threads in (1, 2, 4, 8):
            torch.set_num_threads(threads)
            found.append(pair_scores(*given_case))
    finally:
        torch.set_num_threads(before)
    torch.testing.assert_close(found[0], formula(*given_case), rtol=1e-4, atol=1e-4)
    for other in found[1:]:
        torch.testing.assert_close(found[0], other, rtol=1e-6, atol=1e-5)  # the product is torch's, the rest is bit for bit


def test_what_does_not_fit_is_refused() -> None:
    tables, users, items, head = case(4, 3, 2, 6)
    with pytest.raises(IndexError, match=r"users: wanted numbers in 0..6, got 7 at position 0"):
        pair_scores(tables, users + 7 - users, items, head)
    with pytest.raises(ValueError, match=r"item_table: wanted shape \[any, 3\], got \[5, 2\]"):
        pair_scores((tables[0], tables[3], tables[2], tables[3]), users, items, head)
    with pytest.raises(TypeError, match="items: wanted torch.int64"):
        pair_scores(tables, users, items.int(), head)
    with pytest.raises(ValueError, match="contiguous"):
        pair_scores(tables, users, items, head._replace(W1=head.W1.t().contiguous().t()))


def test_opcheck() -> None:
    tables, users, items, head = case(4, 3, 2, 6)
    torch.library.opcheck(torch.ops.pyexplain.pair_scores.default, (list(tables), users, items, list(head)))
