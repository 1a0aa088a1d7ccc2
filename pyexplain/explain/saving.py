"""The weights of a counterfactual explanation: what each feature carries of the lead that the change makes good."""

from __future__ import annotations

import torch
from torch import Tensor

LAST = 1e-3  # a feature that has to grow is named after all that carry the lead; with less than this, so would those be
SMALLEST = 1e-6  # margins below this are ties: shares of them say nothing


def savings(low: Tensor, delta: Tensor, before: Tensor, gradient: Tensor) -> Tensor:
    """Weights [n, P] >= 0, larger = matters more: the saving of each feature.

    before [n]: the margin, i's lead over j; gradient [n, P]: its gradient at f; low [n, P]: -f where a feature may be taken away.
    The saving of a feature is the share of the lead that taking it away whole would bring, max(0, g_k f_k) / margin, to first
    order; 1 = all of it. A feature that carries nothing of the lead and is part of the change delta [n, P] has to grow: it speaks
    for j, and is named last, with LAST times its share of ||delta||_1. Rows without anything to turn around are 0.
    """
    carried = (gradient * -low).clamp_min_(0) / before.clamp_min(SMALLEST)[:, None]
    size = delta.abs()
    grown = LAST * size / size.sum(dim=1, keepdim=True).clamp_min(1e-30)
    return torch.where(carried > 0, carried, grown) * (before > 0)[:, None]
