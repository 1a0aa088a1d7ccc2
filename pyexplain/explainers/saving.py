"""The weights of a counterfactual explanation: what each feature carries of the lead that the change makes good."""

from __future__ import annotations

import numpy as np
import torch

from ..data.sparse import SparseRows
from ..margin.affine import Tangent
from .problem import Problem

SMALLEST = 1e-6  # margins below this are ties: shares of them say nothing


def savings(problem: Problem, tangent: Tangent) -> SparseRows:
    """Weights [n, P] >= 0, larger = matters more: the saving of each feature.

    The saving of a feature is the share of the lead that taking it away whole would bring, max(0, g_k f_k) / margin, to first
    order; 1 = all of it; 0 where it may not be taken away. A feature that the change makes larger speaks for j and carries
    nothing: it is in the change alone. Rows without a lead to turn around are 0.
    """
    rows = problem.rows
    at = rows.row_numbers()
    cells = torch.from_numpy(at), torch.from_numpy(rows.indices)
    carried = (tangent.gradient[cells] * -problem.low[cells]).cpu().numpy()
    margin = tangent.value.cpu().numpy()[at]
    kept = (carried > 0) & (margin > 0)
    offsets = np.concatenate([[0], np.cumsum(np.bincount(at[kept], minlength=rows.n_rows))]).astype(np.int64)
    return SparseRows(offsets, rows.indices[kept], carried[kept] / np.maximum(margin[kept], np.float32(SMALLEST)), rows.n_columns)
