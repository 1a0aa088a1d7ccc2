"""From several corners of the box, feature by feature."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from pyexplain.explainers.counterfactual.corners import feature_by_feature, from_everywhere


@dataclass(frozen=True, eq=False)
class Valley:
    """worst(x) = 1 - x0 x1, in the box -1..2: below 0 where both are large, or both small enough; flat at 0 in every direction."""

    low: Tensor
    high: Tensor

    def select(self, rows: Tensor) -> Valley:
        return Valley(self.low[rows], self.high[rows])

    def worst(self, delta: Tensor) -> Tensor:
        return 1 - delta[:, 0] * delta[:, 1]


def valley(n: int) -> Valley:
    return Valley(-torch.ones(n, 2), 2 * torch.ones(n, 2))


def test_one_feature_at_a_time_does_not_leave_a_flat_place() -> None:
    found, worst = feature_by_feature(valley(1), torch.zeros(1, 2), torch.ones(1))
    assert found.tolist() == [[0, 0]]
    assert worst.tolist() == [1]


def test_from_a_corner_it_does() -> None:
    """From the low end (-1, -1), where it is 0: feature 0 up makes it larger, so the high end is where it is reached."""
    found, worst = from_everywhere(valley(3), torch.zeros(3, 2), torch.ones(3), torch.zeros(3, 2))
    assert found.tolist() == [[2, 2]] * 3
    assert worst.tolist() == [-3] * 3


def test_what_is_reached_already_stays() -> None:
    start = torch.tensor([[2.0, 1], [0, 0]])
    found, worst = from_everywhere(valley(2), start, valley(2).worst(start), torch.zeros(2, 2))
    assert found[0].tolist() == [2, 1]
    assert worst.tolist() == [-1, -3]
