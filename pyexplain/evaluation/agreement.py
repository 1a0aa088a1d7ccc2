"""Agreement of explanations with what people wrote: the explanation's first features against the true ones; paper, eq. (10)."""

from __future__ import annotations

import numpy as np

from .base import MetricInput
from .named import in_rows, named_features
from .places import Places
from .truth import true_features


def find_agreement(given: MetricInput) -> Places:
    """Hits of the named features. Rows without a ground truth cannot be judged; rows that name nothing are, with no hit.

    Among equal weights a true feature comes last. Features of weight 0 or less are not named, so no fallback order scores.
    """
    assert given.explanations is not None
    explained, k = given.explanations, given.k
    truth = true_features(given.data, explained.users, explained.items)
    named = named_features(explained.weights, k, last_of_equals=truth)
    hits = np.zeros((len(explained), k), dtype=bool)
    hits[named.rows, named.places] = in_rows(truth, named.rows, named.features)
    true = np.diff(truth.offsets)
    judged = true > 0
    return Places(explained.users[judged], hits[judged], true[judged])
