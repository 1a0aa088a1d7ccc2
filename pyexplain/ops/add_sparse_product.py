"""add_sparse_product: a product of two matrices of sparse rows, added to one that is dense."""

from __future__ import annotations

from torch import Tensor

from ..data.sparse import TensorRows
from .add_at import add_at
from .groups import check_rows
from .native import Kernel, Operator, check


def _native(kernel: Kernel, out: Tensor, rows: TensorRows, others: TensorRows) -> Tensor:
    fields: dict[str, Tensor] = {}
    for name, part in (("rows", rows), ("others", others)):
        fields |= {f"{name}_offsets": part.offsets, f"{name}_indices": part.indices, f"{name}_values": part.values}
    n, p = out.shape
    kernel(**fields, out=out, n=n, p=p)
    return out


def _twin(out: Tensor, rows: TensorRows, others: TensorRows) -> Tensor:
    reached = others.select(rows.indices)
    owner, entry = rows.row_indices(), reached.row_indices()
    places, added = owner[entry] * out.shape[1] + reached.indices, rows.values[entry] * reached.values
    add_at(out.view(-1), places, added)
    return out


run_add_sparse_product = Operator("add_sparse_product", _native, _twin)


def add_sparse_product(out: Tensor, rows: TensorRows, others: TensorRows) -> Tensor:
    """out [n, P] += rows [n, M] @ others [M, P], in place; returned. No autograd. Raises TypeError, ValueError or IndexError for
    what does not fit."""
    check(out, "out", (None, None))
    check_rows(others, "others", out.shape[1], out)
    check_rows(rows, "rows", others.n_rows, out, len(out))
    return run_add_sparse_product(out, rows, others)
