"""From dense weights to the sparse rows that explanations hold."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..data.sparse import SparseRows


def sparse_weights(weights: npt.ArrayLike, keep: int | None = None, signed: bool = False) -> SparseRows:
    """Rows of the positive weights [n, P], or of all of them where `signed`: what is below 0 is not named, but a vector is
    told whole. With `keep`, only the largest that many of each row (ties in feature order)."""
    dense = np.array(weights, dtype=np.float32)
    if not signed:
        np.maximum(dense, 0, out=dense)
    if keep is not None and keep < dense.shape[1]:
        order = np.argsort(-dense, axis=1, kind="stable")[:, keep:]
        np.put_along_axis(dense, order, 0, axis=1)
    return SparseRows.from_dense(dense)
