"""Settings of the counterfactual solvers."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from ...errors import UsageError

SOLVERS = ("linearized", "adam")
OWN = ("first", "only", "any")


@dataclass(frozen=True)
class SolverSettings:
    """l1, l2: weights of ||delta||_1 and ||delta||_2^2. margin: gamma, by how much the other item has to win. own: whether only
    features that the user writes about may change ("only"), are tried first ("first"), or are nothing special ("any"); what a
    user never wrote about cannot have been a reason. steps: of the linearised solver. adam_steps, adam_rate, xi: of the
    published one (paper, section 5.1.4)."""

    solver: str = "linearized"
    own: str = "first"
    l1: float = 1.0
    l2: float = 0.1
    margin: float = 0.05
    steps: int = 25
    adam_steps: int = 200
    adam_rate: float = 0.1
    xi: float = 0.001
    seed: int = 0

    def __post_init__(self) -> None:
        if self.solver not in SOLVERS:
            raise UsageError(f"unknown solver {self.solver!r}", where="solver", hint=f"Known: {', '.join(SOLVERS)}.")
        if self.own not in OWN:
            raise UsageError(f"unknown choice {self.own!r}", where="own", hint=f"Known: {', '.join(OWN)}.")
        if self.l2 <= 0 or self.l1 < 0 or self.margin < 0:
            raise UsageError(f"wanted l1 >= 0, l2 > 0, margin >= 0; got {self.l1}, {self.l2}, {self.margin}", where="solver")

    def cost(self, delta: Tensor) -> Tensor:
        """l1 ||delta||_1 + l2 ||delta||_2^2, [n]."""
        return self.l1 * delta.abs().sum(dim=1) + self.l2 * delta.square().sum(dim=1)
