"""pair_scores: scores of many pairs whose encodings are all at hand, for evaluation."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ._check import check, check_range, native_name
from ._operator import operator
from .native import native
from .products import repeated_product

ROWS_AT_ONCE = 512  # what the head reads and what it makes of that stay in the processor's cache


class HeadParameters(NamedTuple):
    """W1 [h, d + k], b1 [h], w2 [h], b2 []."""

    W1: Tensor
    b1: Tensor
    w2: Tensor
    b2: Tensor


@operator("pair_scores")
def _pair_scores(tables: list[Tensor], users: Tensor, items: Tensor, head: list[Tensor]) -> Tensor:
    for name, numbers, table in (("users", users, tables[0]), ("items", items, tables[1])):
        check_range(numbers, name, table.shape[0])
    W1, b1, w2, b2 = head
    (n,), (h, width) = users.shape, W1.shape
    d, rows = tables[0].shape[1], min(n, ROWS_AT_ONCE)
    x, scores = W1.new_empty(rows, width), W1.new_empty(n)
    products, read = (getattr(native(), native_name(name, W1)) for name in ("pair_products", "head_scores"))
    addresses = dict(zip(("user_table", "item_table", "user_latents", "item_latents"), (t.data_ptr() for t in tables), strict=True))
    vectors = {"b1": b1.data_ptr(), "w2": w2.data_ptr(), "b2": b2.data_ptr()}
    product = repeated_product(W1.t(), rows)
    for first in range(0, n, ROWS_AT_ONCE):
        m = min(rows, n - first)
        pairs = {"users": users.data_ptr() + 8 * first, "items": items.data_ptr() + 8 * first}
        products(**addresses, **pairs, n=m, d=d, k=width - d, x=x.data_ptr())
        hidden = product(x[:m])
        read(hidden=hidden.data_ptr(), **vectors, scores=scores.data_ptr() + first * scores.element_size(), n=m, h=h, keep=False)
    return scores


@_pair_scores.register_fake
def _(tables: list[Tensor], users: Tensor, items: Tensor, head: list[Tensor]) -> Tensor:
    return head[0].new_empty(users.shape[0])


def pair_scores(tables: tuple[Tensor, Tensor, Tensor, Tensor], users: Tensor, items: Tensor, head: HeadParameters) -> Tensor:
    """Scores [n] of (users, items) [n]: w2 . relu(W1 ((e_u * e_i) concat (z_u * z_i)) + b1) + b2; no gradients.

    tables: e [U, d] and [I, d], z [U, k] and [I, k]. One pass makes the head's input and one reads its output, so that what remains
    is the matrix product. On the processor alone. Raises TypeError, ValueError or IndexError for what does not fit.
    """
    W1 = head.W1
    check(W1, "W1", (None, None))
    if W1.is_cuda:
        raise ValueError("W1: wanted a tensor on cpu, got one on cuda")
    check(tables[0], "user_table", (None, None), like=W1)
    n_users, d = tables[0].shape
    k = W1.shape[1] - d
    check(tables[1], "item_table", (None, d), like=W1)
    check(tables[2], "user_latents", (n_users, k), like=W1)
    check(tables[3], "item_latents", (tables[1].shape[0], k), like=W1)
    for name, vector, shape in (("b1", head.b1, W1.shape[:1]), ("w2", head.w2, W1.shape[:1]), ("b2", head.b2, ())):
        check(vector, name, tuple(shape), like=W1)
    check(users, "users", (None,), like=W1, dtype=torch.int64)
    check(items, "items", tuple(users.shape), like=W1, dtype=torch.int64)
    scores: Tensor = _pair_scores(list(tables), users, items, list(head))
    return scores


def embedding_products(user_table: Tensor, item_table: Tensor, users: Tensor, items: Tensor) -> Tensor:
    """e_u * e_i [n, d] of (users, items) [n], in one pass; tables [U, d] and [I, d]; no gradients.

    On the processor alone. Raises TypeError, ValueError or IndexError for what does not fit.
    """
    check(user_table, "user_table", (None, None))
    if user_table.is_cuda:
        raise ValueError("user_table: wanted a tensor on cpu, got one on cuda")
    d = user_table.shape[1]
    check(item_table, "item_table", (None, d), like=user_table)
    check(users, "users", (None,), like=user_table, dtype=torch.int64)
    check(items, "items", tuple(users.shape), like=user_table, dtype=torch.int64)
    for name, numbers, table in (("users", users, user_table), ("items", items, item_table)):
        check_range(numbers, name, table.shape[0])
    x = user_table.new_empty(len(users), d)
    arrays = {"user_table": user_table, "item_table": item_table, "users": users, "items": items, "x": x}
    addresses = {name: t.data_ptr() for name, t in arrays.items()} | {"user_latents": 0, "item_latents": 0}
    getattr(native(), native_name("pair_products", x))(**addresses, n=len(users), d=d, k=0)
    return x
