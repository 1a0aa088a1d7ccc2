"""pair_products: what the head reads of many pairs whose encodings are at hand."""

from __future__ import annotations

import torch
from torch import Tensor

from ._operator import Kernel, Operator
from .groups import check_range
from .native import check


def _native(
    kernel: Kernel,
    user_table: Tensor,
    item_table: Tensor,
    user_latents: Tensor | None,
    item_latents: Tensor | None,
    users: Tensor,
    items: Tensor,
    x: Tensor,
) -> None:
    for name, numbers, table in (("users", users, user_table), ("items", items, item_table)):
        check_range(numbers, name, table.shape[0])
    kernel(
        user_table=user_table,
        item_table=item_table,
        user_latents=user_latents,
        item_latents=item_latents,
        users=users,
        items=items,
        n=len(users),
        d=user_table.shape[1],
        k=0 if user_latents is None else user_latents.shape[1],
        x=x,
    )


def _twin(
    user_table: Tensor,
    item_table: Tensor,
    user_latents: Tensor | None,
    item_latents: Tensor | None,
    users: Tensor,
    items: Tensor,
    x: Tensor,
) -> None:
    """The formula; torch looks at the numbers by itself."""
    d = user_table.shape[1]
    torch.mul(user_table[users], item_table[items], out=x[:, :d])
    if user_latents is not None and item_latents is not None:
        torch.mul(user_latents[users], item_latents[items], out=x[:, d:])


run_pair_products = Operator("pair_products", _native, _twin)


def pair_products(
    user_table: Tensor,
    item_table: Tensor,
    users: Tensor,
    items: Tensor,
    user_latents: Tensor | None = None,
    item_latents: Tensor | None = None,
) -> Tensor:
    """(e_u * e_i) ++ (z_u * z_i) [n, d + k] of (users, items) [n], in one pass; no gradients.

    Tables e [U, d] and [I, d]; latents z [U, k] and [I, k], or neither: then k = 0. Raises TypeError, ValueError or IndexError for
    what does not fit.
    """
    k = check_pairs(user_table, item_table, users, items, user_latents, item_latents)
    x = user_table.new_empty(len(users), user_table.shape[1] + k)
    run_pair_products(user_table, item_table, user_latents, item_latents, users, items, x)
    return x


def check_pairs(
    user_table: Tensor,
    item_table: Tensor,
    users: Tensor,
    items: Tensor,
    user_latents: Tensor | None,
    item_latents: Tensor | None,
) -> int:
    """k. Raises TypeError or ValueError where shapes, types or devices do not fit together."""
    check(user_table, "user_table", (None, None))
    check(item_table, "item_table", (None, user_table.shape[1]), like=user_table)
    if (user_latents is None) != (item_latents is None):
        raise ValueError("user_latents, item_latents: wanted both or neither, got one")
    if user_latents is not None and item_latents is not None:
        check(user_latents, "user_latents", (len(user_table), None), like=user_table)
        check(item_latents, "item_latents", (len(item_table), user_latents.shape[1]), like=user_table)
    check(users, "users", (None,), like=user_table, dtype=torch.int64)
    check(items, "items", tuple(users.shape), like=user_table, dtype=torch.int64)
    return 0 if user_latents is None else user_latents.shape[1]
