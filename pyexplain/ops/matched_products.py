"""matched_products, matched_slopes: weighted products of sparse rows, column by column, and their slope in the weights."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ..data.sparse import TensorRows
from .add_at import add_at
from .groups import check_rows
from .native import Kernel, Operator, check, check_range


class Matched(NamedTuple):
    """Pairs [n] of a row of one and a row of two, both over the same P columns."""

    one: TensorRows
    two: TensorRows
    one_chosen: Tensor
    two_chosen: Tensor

    def fields(self) -> dict[str, Tensor | int]:
        """As the native functions name them."""
        found: dict[str, Tensor | int] = {"one_chosen": self.one_chosen, "two_chosen": self.two_chosen, "n": len(self.one_chosen)}
        for name, rows in (("one", self.one), ("two", self.two)):
            found |= {f"{name}_offsets": rows.offsets, f"{name}_indices": rows.indices, f"{name}_values": rows.values}
        return found

    def check(self, n_columns: int, like: Tensor) -> None:
        """Raise TypeError, ValueError or IndexError unless everything fits together."""
        for name in ("one", "two"):
            rows, chosen = getattr(self, name), getattr(self, f"{name}_chosen")
            check_rows(rows, name, n_columns, like)
            check(chosen, f"{name}_chosen", tuple(self.one_chosen.shape), like=like, dtype=torch.int64)
            check_range(chosen, f"{name}_chosen", rows.n_rows)

    def matches(self, n_columns: int) -> tuple[Tensor, Tensor, Tensor]:
        """Of each column that both rows of a pair store: the pair, the column, and the product of the values."""
        a, b = self.one.select(self.one_chosen), self.two.select(self.two_chosen)
        keys, others = (rows.row_indices() * n_columns + rows.indices for rows in (a, b))
        if len(others) == 0:
            return keys[:0], keys[:0], a.values[:0]
        place = torch.searchsorted(others, keys).clamp_(max=len(others) - 1)
        there = others[place] == keys
        found = keys[there]
        return found // n_columns, found % n_columns, a.values[there] * b.values[place[there]]


def _products(kernel: Kernel, of: Matched, weights: Tensor) -> Tensor:
    out = weights.new_empty(len(of.one_chosen))
    kernel(**of.fields(), weights=weights, out=out)
    return out


def _products_twin(of: Matched, weights: Tensor) -> Tensor:
    pair, column, product = of.matches(len(weights))
    return add_at(weights.new_zeros(len(of.one_chosen)), pair, weights[column] * product)


def _slopes(kernel: Kernel, of: Matched, slopes: Tensor, n_columns: int) -> Tensor:
    gradient = slopes.new_zeros(n_columns)
    kernel(**of.fields(), slopes=slopes, gradient=gradient)
    return gradient


def _slopes_twin(of: Matched, slopes: Tensor, n_columns: int) -> Tensor:
    pair, column, product = of.matches(n_columns)
    return add_at(slopes.new_zeros(n_columns), column, slopes[pair] * product)


run_matched_products = Operator("matched_products", _products, _products_twin)
run_matched_slopes = Operator("matched_slopes", _slopes, _slopes_twin)


def matched_products(one: TensorRows, two: TensorRows, one_chosen: Tensor, two_chosen: Tensor, weights: Tensor) -> Tensor:
    """Sum over k of weights[k] * one[r, k] * two[s, k] [n], of the rows r in one_chosen [n] and s in two_chosen [n].

    one, two: sparse rows over the P columns of weights [P]. No gradients. Raises TypeError, ValueError or IndexError for what does
    not fit.
    """
    of = Matched(one, two, one_chosen.contiguous(), two_chosen.contiguous())
    check(weights, "weights", (None,))
    of.check(len(weights), weights)
    return run_matched_products(of, weights)


def matched_slopes(
    one: TensorRows, two: TensorRows, one_chosen: Tensor, two_chosen: Tensor, slopes: Tensor, n_columns: int
) -> Tensor:
    """Sum over n of slopes[n] * one[r_n, k] * two[s_n, k] [P]: the gradient of matched_products' weights, for slopes [n] of its
    results. The same bits for any number of threads. Raises as matched_products does."""
    of = Matched(one, two, one_chosen.contiguous(), two_chosen.contiguous())
    check(slopes, "slopes", tuple(one_chosen.shape))
    of.check(n_columns, slopes)
    return run_matched_slopes(of, slopes, n_columns)
