"""Networks whose numbers are drawn, so that a formula written by hand has something to tell apart."""

from __future__ import annotations

import torch
from torch import nn


def draw_parameters(network: nn.Module, scale: float = 1.0) -> None:
    """Every parameter from a normal distribution, each with a generator of its own."""
    with torch.no_grad():
        for number, part in enumerate(network.parameters()):
            part.copy_(torch.randn(part.shape, generator=torch.Generator().manual_seed(number)) * scale)
