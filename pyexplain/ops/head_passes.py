"""A head's passes in training, there and back, by one of two ways: three matrix products, or the products of what dropout kept.

Which is taken depends on the processor, the rate of dropout and the size alone (docs/native.md has what was measured), so the same
machine gives the same bits. PYEXPLAIN_DROPOUT=kept or =dense chooses by hand.
"""

from __future__ import annotations

import os
from typing import NamedTuple

import torch
from torch import Tensor

from ..errors import UsageError
from .dropout import Drawn
from .head import run_head_gradients, run_head_scores
from .kept_head import KeptRoom, run_kept_head, run_kept_head_backward
from .native import check, native
from .products import matrix_product

CHOICES = ("auto", "kept", "dense")
WIDE = ("avx512", "avx2")  # instruction sets whose registers hold a panel; measured, see docs/native.md
RATE, FEWEST = 0.5, 2**20  # of dropout, and multiplications of one dense product, from which on it is faster than those


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


def multiplies_kept(p: float, rows: int, W1: Tensor) -> bool:
    """Whether a head W1 [h, k] is to multiply so many rows by what dropout at rate p kept alone. UsageError for an unknown
    PYEXPLAIN_DROPOUT."""
    chosen, on_processor = _choice(), W1.device.type == "cpu"
    if chosen != "auto" or not on_processor:
        return chosen == "kept" and on_processor
    return p >= RATE and rows * W1.numel() >= FEWEST and native().instruction_set() in WIDE


def _choice() -> str:
    chosen = os.environ.get("PYEXPLAIN_DROPOUT", "auto")
    if chosen not in CHOICES:
        raise UsageError(f"unknown choice {chosen!r}", where="PYEXPLAIN_DROPOUT", hint=f"Known: {', '.join(CHOICES)}.")
    return chosen
