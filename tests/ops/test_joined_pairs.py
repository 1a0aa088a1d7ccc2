"""What a network on identities alone makes of pairs, by the formula; without factors the product is 0."""

from __future__ import annotations

import pytest
import torch

from pyexplain.ops.joined_pairs import Identities, run_joined_pairs


@pytest.mark.parametrize("kind", ["kernel", "twin"])
@pytest.mark.parametrize("k", [0, 1, 37])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_rows_side_by_side_and_their_product(kind: str, k: int, dtype: torch.dtype) -> None:
    g = torch.Generator().manual_seed(2)
    of = Identities(*(torch.randn(n, width, generator=g, dtype=dtype) for n, width in ((6, 5), (9, 5), (6, k), (9, k))))
    users, items = torch.randint(0, 6, (50,), generator=g), torch.randint(0, 9, (50,), generator=g)
    x, products = torch.full((50, 10), torch.nan, dtype=dtype), torch.full((50,), torch.nan, dtype=dtype)
    (run_joined_pairs if kind == "kernel" else run_joined_pairs.twin)(of, users, items, x, products)
    for row, (user, item) in enumerate(zip(users.tolist(), items.tolist(), strict=True)):
        assert torch.equal(x[row], torch.cat([of.user_embedding[user], of.item_embedding[item]]))
        torch.testing.assert_close(products[row], of.user_factors[user] @ of.item_factors[item], rtol=1e-5, atol=1e-6)
