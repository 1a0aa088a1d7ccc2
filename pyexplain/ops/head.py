"""head_scores, head_gradients: the head w2 . relu(W1 x + b1) + b2, forward and backward: three matrix products, and the rest in one
pass each. pair_scores: the same of many pairs whose encodings are all at hand, for evaluation."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ._torch_operator import torch_operator
from .dropout import Drawn
from .kept_head import KeptRoom, multiplies_kept, run_kept_head, run_kept_head_backward
from .native import Kernel, Operator, check, rows_at_once
from .pair_products import Encoded, check_pairs, run_pair_products
from .products import matrix_product, repeated_product

ROWS_AT_ONCE = 512  # what the head reads and what it makes of that stay in the processor's cache


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


run_head_scores = Operator("head_scores", _scores, _scores_twin)
run_head_gradients = Operator("head_gradients", _gradients, _gradients_twin)


class HeadGradients(NamedTuple):
    """Gradients of W1 [h, n_in], b1 [h], w2 [h], b2 [], and of x [n, n_in]."""

    W1: Tensor
    b1: Tensor
    w2: Tensor
    b2: Tensor
    x: Tensor


class HeadPasses:
    """Forward and backward for one head; parameters are read at every call. What is returned lies in buffers that the next call
    writes over. Not for two threads at once. Raises TypeError or ValueError for what does not fit.
    """

    def __init__(self, W1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor) -> None:
        check(W1, "W1", (None, None))
        for name, vector, shape in (("b1", b1, W1.shape[:1]), ("w2", w2, W1.shape[:1]), ("b2", b2, ())):
            check(vector, name, tuple(shape), like=W1)
        self.W1, self.b1, self.w2, self.b2 = (p.detach() for p in (W1, b1, w2, b2))
        self._grads = [torch.empty_like(p) for p in (self.W1, self.b1, self.w2, self.b2)]
        self._room = KeptRoom(self.W1, self.b1, self.w2, self.b2)
        self._scores = W1.new_empty(0)

    def forward(self, x: Tensor, drawn: Drawn | None = None) -> Tensor:
        """Scores [n] of x [n, n_in], after dropout where some is drawn; x may be written over, and must stay as it then is until
        backward."""
        h, n_in = self.W1.shape
        check(x, "x", (None, n_in), like=self.W1)
        self._x, self._drawn, self._scores = x, drawn, x.new_empty(x.shape[0])
        self._kept = drawn is not None and multiplies_kept(drawn.p, len(x), self.W1)
        if drawn is not None and self._kept:
            run_kept_head(x, drawn, self._room, self._scores)
            return self._scores
        if drawn is not None:
            drawn.drop(x)
        self._hidden = matrix_product(x, self.W1.t())
        run_head_scores(self._hidden, self.b1, self.w2, self.b2, self._scores, keep=True)
        return self._scores

    def backward(self, grad: Tensor) -> HeadGradients:
        """Gradients from that of the last forward's scores, [n]; that of x is 0 where it was dropped."""
        check(grad, "grad", (len(self._scores),), like=self.W1)
        W1, b1, w2, b2 = self._grads
        if self._kept:
            torch.sum(grad, 0, out=b2)
            x = self._room.buffer("grad_x", self._x.numel())[: self._x.numel()].view(self._x.shape)
            run_kept_head_backward(grad, self._room, W1, b1, w2, x)
            return HeadGradients(W1, b1, w2, b2, x)
        run_head_gradients(self._hidden, grad, self.w2, w2, b1, b2)
        W1, x = matrix_product(self._hidden.t(), self._x), matrix_product(self._hidden, self.W1)
        if self._drawn is not None:
            self._drawn.drop(x)
        return HeadGradients(W1, b1, w2, b2, x)

    def backward_to_input(self, grad: Tensor) -> Tensor:
        """That of x alone, after a forward without dropout: one matrix product less."""
        check(grad, "grad", (len(self._scores),), like=self.W1)
        if self._drawn is not None:
            raise ValueError("drawn: wanted a forward without dropout, got one with some")
        _, b1, w2, b2 = self._grads
        run_head_gradients(self._hidden, grad, self.w2, w2, b1, b2)
        return matrix_product(self._hidden, self.W1)


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
