"""Attention spread over all P features, softmax(q W'), and what it adds to gradients: dense products, a few hundred rows at a time.

On the processor what is made of that many rows stays in the cache and in memory that is used again: with whole matrices, asking the
system for their memory cost as much as the products. The gradient of the words is one product: in parts it would be read and
written for each.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from ..ops import matrix_product, rows_at_once
from ..ops.attention import AttentionGradients

ROWS_AT_ONCE = 512


class Room:
    """Memory that is used again and again; grown where it is too small."""

    def __init__(self, like: Tensor) -> None:
        self._kept = like.new_empty(0)

    def of(self, rows: int, width: int) -> Tensor:
        """[rows, width], not filled; what was handed out before is written over."""
        size = rows * width
        if self._kept.numel() < size:
            self._kept = self._kept.new_empty(size + size // 8)
        return self._kept[:size].view(rows, width)


class Spread:
    """softmax(queries @ words') [n, P], in memory that the next forward writes over. Not for two threads at once."""

    def __init__(self, words: Tensor) -> None:
        self._room = Room(words)

    def forward(self, queries: Tensor, words: Tensor) -> Tensor:
        """For queries [n, d] and words [P, d]."""
        self.shares = self._room.of(len(queries), len(words))
        for part in _parts(queries):
            torch.softmax(matrix_product(queries[part], words.t()), dim=1, out=self.shares[part])
        return self.shares

    def backward(self, queries: Tensor, words: Tensor, found: AttentionGradients, to_words: Tensor) -> Tensor:
        """Takes shares * means away from the gradient of every energy: in found.queries [n, d], which is changed, and in what is
        returned, to_words [P, d] less that."""
        across = words.t().contiguous()  # as products want it
        for part in _parts(queries):
            shares, means = self.shares[part], found.means[part, None]
            found.queries[part].addcmul_(matrix_product(shares, across.t()), means, value=-1)
        return to_words.sub_(_turned_product(self.shares, queries * found.means[:, None]))


def _turned_product(a: Tensor, b: Tensor) -> Tensor:
    """a' @ b. What is turned is copied before it is multiplied, so it is the narrower of the two."""
    return matrix_product(a.t(), b) if a.shape[1] <= b.shape[1] else matrix_product(b.t(), a).t()


def _parts(rows: Tensor) -> Iterator[slice]:
    size = rows_at_once(len(rows), ROWS_AT_ONCE, rows)
    return (slice(at, at + size) for at in range(0, len(rows), size))
