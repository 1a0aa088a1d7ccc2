"""pair_products by its formula."""

from __future__ import annotations

import pytest
import torch

from pyexplain.ops import pair_products

USERS, ITEMS = torch.tensor([1, 0, 1]), torch.tensor([2, 2, 0])


@pytest.mark.parametrize("k", [None, 0, 5])
def test_it_is_the_formula(k: int | None) -> None:
    e_u, e_i = torch.randn(2, 7), torch.randn(3, 7)
    z = None if k is None else (torch.randn(2, k), torch.randn(3, k))
    found = pair_products(e_u, e_i, USERS, ITEMS, *(z or ()))
    assert torch.equal(found[:, :7], e_u[USERS] * e_i[ITEMS])
    assert found.shape[1] == 7 + (k or 0)
    if z:
        assert torch.equal(found[:, 7:], z[0][USERS] * z[1][ITEMS])


def test_what_does_not_fit_is_refused() -> None:
    tables = torch.randn(2, 7), torch.randn(3, 7)
    with pytest.raises(IndexError, match=r"items: wanted numbers in 0..2, got 3"):
        pair_products(*tables, USERS, ITEMS + 1)
    with pytest.raises(ValueError, match=r"item_table: wanted shape \[any, 7\]"):
        pair_products(tables[0], torch.zeros(3, 6), USERS, ITEMS)
    with pytest.raises(ValueError, match="wanted both or neither"):
        pair_products(*tables, USERS, ITEMS, torch.zeros(2, 4))
    with pytest.raises(ValueError, match=r"item_latents: wanted shape \[3, 4\]"):
        pair_products(*tables, USERS, ITEMS, torch.zeros(2, 4), torch.zeros(3, 5))
