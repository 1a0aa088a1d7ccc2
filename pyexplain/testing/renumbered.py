"""A state under other numbers of users, items and features."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from .worlds import Renumbering


def renumbered_state(state: Mapping[str, Tensor], new: Renumbering) -> dict[str, Tensor]:
    """Every axis that is as long as there are users, items or features is put in the order of the new numbers."""
    found = {}
    for name, tensor in state.items():
        for axis, size in enumerate(tensor.shape):
            if (indices := new.of(size)) is not None:
                tensor = tensor.index_select(axis, torch.from_numpy(np.argsort(indices)))
        found[name] = tensor
    return found
