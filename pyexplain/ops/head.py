"""The head w2 . relu(W1 x + b1) + b2, forward and backward: three matrix products, the rest in one pass each."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ._check import check, native_name
from .native import native
from .products import matrix_product


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
        self._hidden = W1.new_empty(0)

    def forward(self, x: Tensor) -> Tensor:
        """Scores [n] of x [n, n_in]; x must stay as it is until backward."""
        h, n_in = self.W1.shape
        check(x, "x", (None, n_in), like=self.W1)
        n = x.shape[0]
        self._x, self._scores = x, x.new_empty(n)
        self._hidden = matrix_product(x, self.W1.t())
        if x.is_cuda:
            self._hidden.add_(self.b1).relu_()
            return torch.mv(self._hidden, self.w2, out=self._scores).add_(self.b2)
        vectors = {"b1": self.b1, "w2": self.w2, "b2": self.b2, "scores": self._scores}
        self._call("head_scores", vectors, n, h, keep=True)
        return self._scores

    def backward(self, grad: Tensor) -> HeadGradients:
        """Gradients from that of the last forward's scores, [n]."""
        n, h = self._hidden.shape
        check(grad, "grad", (n,), like=self.W1)
        _, b1, w2, b2 = self._grads
        if grad.is_cuda:
            torch.mv(self._hidden.t(), grad, out=w2)
            torch.mul(grad[:, None], self._hidden.sign_() * self.w2, out=self._hidden)
            torch.sum(self._hidden, 0, out=b1)
        else:
            self._call("head_gradients", {"grad": grad, "w2": self.w2, "grad_w2": w2, "grad_b1": b1}, n, h)
        torch.sum(grad, 0, out=b2)
        W1, x = matrix_product(self._hidden.t(), self._x), matrix_product(self._hidden, self.W1)
        return HeadGradients(W1, b1, w2, b2, x)

    def _call(self, name: str, arrays: dict[str, Tensor], n: int, h: int, **more: bool) -> None:
        addresses = {key: array.data_ptr() for key, array in arrays.items()}
        getattr(native(), native_name(name, self._hidden))(hidden=self._hidden.data_ptr(), n=n, h=h, **more, **addresses)
