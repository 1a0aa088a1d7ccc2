"""The weights of a counterfactual explanation: what each feature carries of the lead that the change makes good."""

from __future__ import annotations

from torch import Tensor

SMALLEST = 1e-6  # margins below this are ties: shares of them say nothing


def savings(low: Tensor, before: Tensor, gradient: Tensor) -> Tensor:
    """Weights [n, P] >= 0, larger = matters more: the saving of each feature.

    before [n]: the margin, i's lead over j; gradient [n, P]: its gradient at f; low [n, P]: -f where a feature may be taken away.
    The saving of a feature is the share of the lead that taking it away whole would bring, max(0, g_k f_k) / margin, to first
    order; 1 = all of it. A feature that the change makes larger speaks for j and carries nothing: it is in the change alone.
    Rows without anything to turn around are 0.
    """
    return (gradient * -low).clamp_min_(0) / before.clamp_min(SMALLEST)[:, None] * (before > 0)[:, None]
