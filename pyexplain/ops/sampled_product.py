"""sampled_product: a matrix product where sparse rows have entries, and nowhere else."""

from __future__ import annotations

import torch
from torch import Tensor

from ..data.sparse import TensorRows
from .groups import check_rows
from .native import Kernel, Operator, check

ENTRIES_AT_ONCE = 4096  # of the twin: what is gathered on the way stays small


def _native(kernel: Kernel, left: Tensor, right: Tensor, rows: TensorRows) -> Tensor:
    out = torch.empty_like(rows.values)
    offsets, columns = rows.offsets, rows.indices
    kernel(left=left, right=right, offsets=offsets, columns=columns, out=out, n=len(left), k=left.shape[1])
    return out


def _twin(left: Tensor, right: Tensor, rows: TensorRows) -> Tensor:
    owner, out = rows.row_numbers(), torch.empty_like(rows.values)
    for part in (slice(at, at + ENTRIES_AT_ONCE) for at in range(0, len(out), ENTRIES_AT_ONCE)):
        out[part] = (right[rows.indices[part]] * left[owner[part]]).sum(dim=1)
    return out


run_sampled_product = Operator("sampled_product", _native, _twin)


def sampled_product(left: Tensor, right: Tensor, rows: TensorRows) -> Tensor:
    """Entries of left @ right.T [n, P] beside those of sparse rows [n, P], [nnz]; left [n, k], right [P, k]; no autograd.

    Each costs k multiplications, however large P is. Raises TypeError, ValueError or IndexError for what does not fit.
    """
    check(left, "left", (None, None))
    check(right, "right", (None, left.shape[1]), like=left)
    check_rows(rows, "rows", len(right), left, len(left))
    return run_sampled_product(left, right, rows)
