"""From dense weights to the sparse rows that explanations hold."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..data.sparse import SparseRows


def sparse_weights(weights: npt.ArrayLike, keep: int | None = None) -> SparseRows:
    """Rows of the positive weights [n, P]; with `keep`, only the largest that many of each row (ties in feature order)."""
    dense = np.maximum(np.asarray(weights, dtype=np.float32), 0)
    if keep is not None and keep < dense.shape[1]:
        order = np.argsort(-dense, axis=1, kind="stable")[:, keep:]
        np.put_along_axis(dense, order, 0, axis=1)
    return SparseRows.from_dense(dense)
