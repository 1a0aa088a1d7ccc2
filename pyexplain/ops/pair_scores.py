"""pair_scores: scores of many pairs whose encodings are all at hand, for evaluation."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from ._operator import rows_at_once
from ._torch_operator import torch_operator
from .head import run_head_scores
from .native import check
from .pair_products import Encoded, check_pairs, run_pair_products
from .products import repeated_product

ROWS_AT_ONCE = 512  # what the head reads and what it makes of that stay in the processor's cache


class HeadParameters(NamedTuple):
    """W1 [h, d + k], b1 [h], w2 [h], b2 []."""

    W1: Tensor
    b1: Tensor
    w2: Tensor
    b2: Tensor


@torch_operator("pair_scores")
def _pair_scores(tables: list[Tensor], users: Tensor, items: Tensor, head: list[Tensor]) -> Tensor:
    of, (W1, b1, w2, b2), n = Encoded(*tables), head, len(users)
    rows = min(n, rows_at_once(n, ROWS_AT_ONCE, W1))
    x, scores = W1.new_empty(rows, W1.shape[1]), W1.new_empty(n)
    product = repeated_product(W1.t(), rows)
    for part in (slice(first, min(n, first + rows)) for first in range(0, n, max(1, rows))):
        own = x[: part.stop - part.start]
        run_pair_products(of, users[part], items[part], own)
        run_head_scores(product(own), b1, w2, b2, scores[part], keep=False)
    return scores


@_pair_scores.register_fake
def _(tables: list[Tensor], users: Tensor, items: Tensor, head: list[Tensor]) -> Tensor:
    return head[0].new_empty(users.shape[0])


def pair_scores(tables: tuple[Tensor, Tensor, Tensor, Tensor], users: Tensor, items: Tensor, head: HeadParameters) -> Tensor:
    """Scores [n] of (users, items) [n]: w2 . relu(W1 ((e_u * e_i) concat (z_u * z_i)) + b1) + b2; no gradients.

    tables: e [U, d] and [I, d], z [U, k] and [I, k]. One pass makes the head's input and one reads its output, so that what remains
    is the matrix product. Raises TypeError, ValueError or IndexError for what does not fit.
    """
    e_u, k = tables[0], check_pairs(Encoded(*tables), users, items)
    check(head.W1, "W1", (None, e_u.shape[1] + k), like=e_u)
    for name, vector, shape in (("b1", head.b1, head.W1.shape[:1]), ("w2", head.w2, head.W1.shape[:1]), ("b2", head.b2, ())):
        check(vector, name, tuple(shape), like=e_u)
    return _pair_scores(list(tables), users, items, list(head))
