"""pair_products: what the head reads of many pairs whose encodings are at hand."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from .groups import check_range
from .native import Kernel, Operator, check


class Encoded(NamedTuple):
    """Embeddings [U, d] and [I, d], and latents [U, k] and [I, k]; neither of the latents: k = 0."""

    user_table: Tensor
    item_table: Tensor
    user_latents: Tensor | None
    item_latents: Tensor | None


def _native(kernel: Kernel, of: Encoded, users: Tensor, items: Tensor, x: Tensor) -> None:
    if not kernel.on_gpu:  # there, looking at numbers is waiting: a pair of none that is a row's is NaN
        for name, numbers, table in (("users", users, of.user_table), ("items", items, of.item_table)):
            check_range(numbers, name, table.shape[0])
    kernel(
        **of._asdict(),
        users=users,
        items=items,
        n=len(users),
        d=of.user_table.shape[1],
        k=0 if of.user_latents is None else of.user_latents.shape[1],
        n_users=of.user_table.shape[0],
        n_items=of.item_table.shape[0],
        x=x,
    )


def _twin(of: Encoded, users: Tensor, items: Tensor, x: Tensor) -> None:
    """The formula; torch looks at the numbers by itself."""
    d = of.user_table.shape[1]
    torch.mul(of.user_table[users], of.item_table[items], out=x[:, :d])
    if of.user_latents is not None and of.item_latents is not None:
        torch.mul(of.user_latents[users], of.item_latents[items], out=x[:, d:])


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
    what does not fit; on a GPU a pair whose number is out of range is NaN, as looking at numbers would be waiting.
    """
    of = Encoded(user_table, item_table, user_latents, item_latents)
    k = check_pairs(of, users, items)
    x = user_table.new_empty(len(users), user_table.shape[1] + k)
    run_pair_products(of, users, items, x)
    return x


def check_pairs(of: Encoded, users: Tensor, items: Tensor) -> int:
    """k. Raises TypeError or ValueError where shapes, types or devices do not fit together."""
    user_table, item_table, user_latents, item_latents = of
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
