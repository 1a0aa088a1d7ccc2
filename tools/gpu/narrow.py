"""Counterfactual problems over a few features of each row, for the check of solve_narrow."""

from __future__ import annotations

import torch
from torch import Tensor

from pyexplain.ops import Chosen, HiddenLayer

ROWS, FEATURES, HIDDEN, MAPPED = 40, 60, 70, 8  # the last two: units of the head for one item, and what it reads of features


def problems(dtype: torch.dtype, to: torch.device) -> tuple[Chosen, HiddenLayer, Tensor, Tensor]:
    """Rows of 1 to 24 features, the layer they are seen from, and their box; a third of the rows has no room to change."""
    g = torch.Generator().manual_seed(0)

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=g, dtype=dtype)

    counts = torch.randint(1, 25, (ROWS,), generator=g)
    columns = torch.cat([torch.randperm(FEATURES, generator=g)[:n] for n in counts.tolist()])
    offsets = torch.cat([torch.zeros(1, dtype=torch.int64), counts.cumsum(0)])
    gates, readout = (normal(ROWS, MAPPED), normal(ROWS, MAPPED)), normal(HIDDEN)
    layer = HiddenLayer(
        normal(ROWS, 2 * HIDDEN) + 1, *gates, normal(FEATURES, MAPPED) / 3, normal(HIDDEN, MAPPED), torch.cat([readout, -readout])
    )
    room = 5 * torch.rand(len(columns), generator=g, dtype=dtype) * torch.repeat_interleave(torch.arange(ROWS) % 3 > 0, counts)
    chosen = Chosen(*(part.to(to) for part in (torch.randperm(ROWS, generator=g), offsets, columns)))
    return chosen, HiddenLayer(*(part.to(to) for part in layer)), -room.to(to), (5 * (room > 0) - room).to(to)
