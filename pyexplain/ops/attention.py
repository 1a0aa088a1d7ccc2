"""attention, attention_backward: attention over the features of sparse rows (paper, equations (2) and (3)), and the way back."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

from ..data.sparse import TensorRows
from .add_at import add_at
from .groups import RowGroups, group_numbers
from .native import Kernel, Operator


class Attended(NamedTuple):
    """queries q [n, d], words w [P, d], rows: f, n sparse rows over P; spread [n, P]: the attention of each row over all features;
    without it, it is a softmax of q . w over the row's own features, those whose value is 0 left out."""

    queries: Tensor
    words: Tensor
    rows: TensorRows
    spread: Tensor | None


class AttentionGradients(NamedTuple):
    """Of queries [n, d], and of the words that the rows have, [groups, d]; means m [n]: with `spread`, what is still to be taken
    away from the gradient of every energy is spread * m."""

    queries: Tensor
    words: Tensor
    means: Tensor


def _fields(of: Attended) -> dict[str, Any]:
    offsets, indices, values = of.rows
    named = {"rows_offsets": offsets, "rows_indices": indices, "rows_values": values}
    n, d = of.queries.shape
    return named | {"queries": of.queries, "words": of.words, "spread": of.spread, "n": n, "d": d, "n_words": len(of.words)}


def _forward(kernel: Kernel, of: Attended) -> tuple[Tensor, Tensor]:
    """The attention of each entry, and z [n, d], the sum of attention * f * w over the entries of each row."""
    shares, sums = torch.empty_like(of.rows.values), torch.empty_like(of.queries)
    kernel(**_fields(of), shares=shares, sums=sums)
    return shares, sums


def _forward_twin(of: Attended) -> tuple[Tensor, Tensor]:
    row, word, values = of.rows.row_indices(), of.rows.indices, of.rows.values
    shares = _softmax(of, row) if of.spread is None else of.spread[row, word]
    terms = (shares * values)[:, None] * of.words[word]
    return shares, add_at(torch.zeros_like(of.queries), row, terms)


def _softmax(of: Attended, row: Tensor) -> Tensor:
    energy = (of.queries[row] * of.words[of.rows.indices]).sum(dim=1)
    energy = energy.masked_fill(of.rows.values == 0, -torch.inf)
    most = energy.new_full((len(of.queries),), -torch.inf).scatter_reduce(0, row, energy, "amax")
    risen = (energy - most[row]).exp().nan_to_num(0.0)
    return risen / add_at(energy.new_zeros(len(of.queries)), row, risen)[row].clamp_min(1e-30)


def _backward(kernel: Kernel, of: Attended, shares: Tensor, grad: Tensor, words: RowGroups, rows: Tensor) -> AttentionGradients:
    """From grad [n, d] of z. words: the entries by feature; rows: the row of each entry."""
    n, d = of.queries.shape
    found = AttentionGradients(torch.empty_like(of.queries), grad.new_empty(len(words.rows), d), grad.new_empty(n))
    kernel(
        **_fields(of),
        shares=shares,
        sums=None,
        grad=grad,
        words_rows=words.rows,
        words_starts=words.starts,
        words_order=words.order,
        words_n=len(words.rows),
        entry_rows=rows,
        slopes=torch.empty_like(shares),
        means=found.means,
        grad_queries=found.queries,
        grad_words=found.words,
    )
    return found


def _backward_twin(of: Attended, shares: Tensor, grad: Tensor, words: RowGroups, rows: Tensor) -> AttentionGradients:
    word, mixed = of.words[of.rows.indices], shares * of.rows.values
    slopes = mixed * (word * grad[rows]).sum(dim=1)
    means = add_at(grad.new_zeros(len(grad)), rows, slopes)
    slopes = slopes - shares * means[rows] if of.spread is None else slopes
    to_queries = add_at(torch.zeros_like(grad), rows, slopes[:, None] * word)
    parts = slopes[:, None] * of.queries[rows] + mixed[:, None] * grad[rows]
    to_words = add_at(grad.new_zeros(len(words.rows), grad.shape[1]), group_numbers(words), parts[words.order])
    return AttentionGradients(to_queries, to_words, means)


run_attention = Operator("attention", _forward, _forward_twin)
run_attention_backward = Operator("attention_backward", _backward, _backward_twin)
