"""Explanations without what nobody is told of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..data.types import Dataset
from .types import Explanations

NOTE = "the change found rests on what is not said"


def without_unsaid(found: Explanations, data: Dataset) -> Explanations:
    """The same explanations without weights of, and sentences about, features that nobody is told of (data.unsaid). A change that
    touches one is none: told in part, it would not be true."""
    hidden = data.unsaid
    if hidden is None:
        return found
    left_out = hidden.tolist()
    written = (
        None if found.sentences is None else tuple(tuple(s for s in row if not left_out[s.feature]) for row in found.sentences)
    )
    told = replace(found, weights=found.weights.where(~hidden[found.weights.indices]), sentences=written)
    changes = found.counterfactual
    if changes is None:
        return told
    touched = np.zeros(len(found), dtype=bool)
    touched[changes.change.row_indices()[hidden[changes.change.indices]]] = True
    if not touched.any():
        return told
    notes = found.notes or ("",) * len(found)
    said = tuple(NOTE if hides else note for note, hides in zip(notes, touched.tolist(), strict=True))
    kept = changes.change.where(~touched[changes.change.row_indices()])
    valid = None if changes.valid is None else changes.valid & ~touched
    proved = None if changes.proved is None else changes.proved & ~touched
    return replace(told, counterfactual=replace(changes, change=kept, valid=valid, proved=proved), notes=said)
