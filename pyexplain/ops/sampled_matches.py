"""sampled_matches: weighted products of sparse rows where other sparse rows have entries, and nowhere else."""

from __future__ import annotations

from torch import Tensor

from ..data.sparse import TensorRows
from .groups import check_rows
from .matched_products import Matched, run_matched_products
from .native import Kernel, Operator, check


def _native(kernel: Kernel, rows: TensorRows, items: TensorRows, weights: Tensor, cells: TensorRows) -> Tensor:
    out = weights.new_empty(len(cells.indices))
    fields: dict[str, Tensor] = {"offsets": cells.offsets, "columns": cells.indices, "weights": weights, "out": out}
    for name, part in (("rows", rows), ("items", items)):
        fields |= {f"{name}_offsets": part.offsets, f"{name}_indices": part.indices, f"{name}_values": part.values}
    kernel(**fields, n=rows.n_rows, width=len(weights))
    return out


def _twin(rows: TensorRows, items: TensorRows, weights: Tensor, cells: TensorRows) -> Tensor:
    return run_matched_products.twin(Matched(rows, items, cells.row_indices(), cells.indices), weights)


run_sampled_matches = Operator("sampled_matches", _native, _twin)


def sampled_matches(rows: TensorRows, items: TensorRows, weights: Tensor, cells: TensorRows) -> Tensor:
    """Sum over k of weights[k] * rows[r, k] * items[c, k] of each stored cell (r, c) of cells [n, I], [nnz]; rows [n, P], items
    [I, P], weights [P]. No autograd. Raises TypeError, ValueError or IndexError for what does not fit."""
    check(weights, "weights", (None,))
    check_rows(rows, "rows", len(weights), weights)
    check_rows(items, "items", len(weights), weights)
    check_rows(cells, "cells", items.n_rows, weights, rows.n_rows)
    return run_sampled_matches(rows, items, weights, cells)
