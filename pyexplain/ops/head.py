"""head_scores, head_gradients, pair_products: the head w2 . relu(W1 x + b1) + b2, what surrounds its matrix products forward and
backward, and what it reads of pairs whose encodings are at hand. pair_scores: their scores, for evaluation."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ._torch_operator import torch_operator
from .native import Kernel, Operator, check, check_range, rows_at_once
from .products import repeated_product

ROWS_AT_ONCE = 512  # what the head reads and what it makes of that stay in the processor's cache
Tables = tuple[Tensor, Tensor, Tensor, Tensor]


class Encoded(NamedTuple):
    """Embeddings [U, d] and [I, d], and latents [U, k] and [I, k]; neither of the latents: k = 0."""

    user_table: Tensor
    item_table: Tensor
    user_latents: Tensor | None
    item_latents: Tensor | None


def _products(kernel: Kernel, of: Encoded, users: Tensor, items: Tensor, x: Tensor) -> None:
    if not kernel.on_gpu:  # there, looking at numbers is waiting: a pair of none that is a row's is NaN
        for name, indices, table in (("users", users, of.user_table), ("items", items, of.item_table)):
            check_range(indices, name, table.shape[0])
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


def _products_twin(of: Encoded, users: Tensor, items: Tensor, x: Tensor) -> None:
    """The formula; torch looks at the numbers by itself."""
    d = of.user_table.shape[1]
    torch.mul(of.user_table[users], of.item_table[items], out=x[:, :d])
    if of.user_latents is not None and of.item_latents is not None:
        torch.mul(of.user_latents[users], of.item_latents[items], out=x[:, d:])


def _scores(kernel: Kernel, hidden: Tensor, b1: Tensor, w2: Tensor, b2: Tensor, scores: Tensor, keep: bool) -> None:
    """scores [n] = relu(hidden + b1) @ w2 + b2 for hidden [n, h]; keep: hidden becomes relu(hidden + b1), for the way back."""
    n, h = hidden.shape
    kernel(hidden=hidden, b1=b1, w2=w2, b2=b2, scores=scores, n=n, h=h, keep=keep)


def _scores_twin(hidden: Tensor, b1: Tensor, w2: Tensor, b2: Tensor, scores: Tensor, keep: bool) -> None:
    out = (hidden.add_(b1) if keep else hidden + b1).relu_()
    torch.mv(out, w2, out=scores).add_(b2)


def _gradients(kernel: Kernel, hidden: Tensor, grad: Tensor, w2: Tensor, grad_w2: Tensor, grad_b1: Tensor, grad_b2: Tensor) -> None:
    """From grad [n] of the scores: that of w2 [h], of b1 [h] and of b2 []; hidden [n, h], relu(a + b1), becomes that of a."""
    n, h = hidden.shape
    if not kernel.on_gpu:
        torch.sum(grad, 0, out=grad_b2)
    kernel(hidden=hidden, grad=grad, w2=w2, grad_w2=grad_w2, grad_b1=grad_b1, grad_b2=grad_b2, n=n, h=h)


def _gradients_twin(hidden: Tensor, grad: Tensor, w2: Tensor, grad_w2: Tensor, grad_b1: Tensor, grad_b2: Tensor) -> None:
    torch.sum(grad, 0, out=grad_b2)
    torch.mv(hidden.t(), grad, out=grad_w2)
    torch.mul(grad[:, None], hidden.sign_() * w2, out=hidden)
    torch.sum(hidden, 0, out=grad_b1)


run_pair_products = Operator("pair_products", _products, _products_twin)
run_head_scores = Operator("head_scores", _scores, _scores_twin)
run_head_gradients = Operator("head_gradients", _gradients, _gradients_twin)


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


class HeadParameters(NamedTuple):
    """W1 [h, d + k], b1 [h], w2 [h], b2 []."""

    W1: Tensor
    b1: Tensor
    w2: Tensor
    b2: Tensor


def _scores_of_pairs(of: Encoded, users: Tensor, items: Tensor, head: HeadParameters) -> Tensor:
    """In blocks of rows."""
    (W1, b1, w2, b2), n = head, len(users)
    rows = min(n, rows_at_once(n, ROWS_AT_ONCE, W1))
    x, scores = W1.new_empty(rows, W1.shape[1]), W1.new_empty(n)
    product = repeated_product(W1.t(), rows)
    for part in (slice(first, min(n, first + rows)) for first in range(0, n, max(1, rows))):
        own = x[: part.stop - part.start]
        run_pair_products(of, users[part], items[part], own)
        run_head_scores(product(own), b1, w2, b2, scores[part], keep=False)
    return scores


@torch_operator("pair_scores")
def _pair_scores(tables: list[Tensor], users: Tensor, items: Tensor, head: list[Tensor]) -> Tensor:
    return _scores_of_pairs(Encoded(*tables), users, items, HeadParameters(*head))


@_pair_scores.register_fake
def _(tables: list[Tensor], users: Tensor, items: Tensor, head: list[Tensor]) -> Tensor:
    return head[0].new_empty(users.shape[0])


def pair_scores(tables: Tables, users: Tensor, items: Tensor, head: HeadParameters) -> Tensor:
    """Scores [n] of (users, items) [n]: w2 . relu(W1 ((e_u * e_i) concat (z_u * z_i)) + b1) + b2; no gradients.

    tables: e [U, d] and [I, d], z [U, k] and [I, k]. One pass makes the head's input and one reads its output, so that what remains
    is the matrix product. Raises TypeError, ValueError or IndexError for what does not fit.
    """
    _check_head(Encoded(*tables), users, items, head)
    return _pair_scores(list(tables), users, items, list(head))


def plain_pair_scores(tables: Tables, users: Tensor, items: Tensor, head: HeadParameters) -> Tensor:
    """The same of plain tensors that nobody watches, past torch's dispatcher: for the product itself."""
    of = Encoded(*tables)
    _check_head(of, users, items, head)
    return _scores_of_pairs(of, users, items, head)


def _check_head(of: Encoded, users: Tensor, items: Tensor, head: HeadParameters) -> None:
    e_u, k = of.user_table, check_pairs(of, users, items)
    check(head.W1, "W1", (None, e_u.shape[1] + k), like=e_u)
    for name, vector, shape in (("b1", head.b1, head.W1.shape[:1]), ("w2", head.w2, head.W1.shape[:1]), ("b2", head.b2, ())):
        check(vector, name, tuple(shape), like=e_u)
