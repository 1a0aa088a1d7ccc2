"""A score as a function of what the user cares about, for networks that are linear in f_u before their relu."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from ..ops import matrix_product


@dataclass(frozen=True, eq=False)
class UserSide:
    """The score of pairs (u, i) as a function of f_u alone, where f_u enters linearly before the head's relu:

        score(f) = relu(constant + (gate * (f @ feature_map)) @ hidden_map.T) @ readout + bias

    constant [n, h], gate [n, k], feature_map [P, k], hidden_map [h, k], readout [h], bias scalar. `constant` does not depend
    on f_u, so a solver computes it once for a pair. ValueError where the shapes do not fit each other.
    """

    constant: Tensor
    gate: Tensor
    feature_map: Tensor
    hidden_map: Tensor
    readout: Tensor
    bias: Tensor

    def __post_init__(self) -> None:
        h, k = self.readout.numel(), self.feature_map.shape[-1]
        n = len(self.gate)
        wanted = {"constant": (n, h), "gate": (n, k), "hidden_map": (h, k), "readout": (h,), "bias": ()}
        for name, shape in wanted.items():
            if (found := tuple(getattr(self, name).shape)) != shape:
                raise ValueError(f"{name} is {list(found)}, expected {list(shape)}: readout is [{h}], feature_map [P, {k}], n {n}")

    @cached_property
    def linear(self) -> bool:
        """Whether nothing bends: two hidden units hold a number and its negative, and relu(x) - relu(-x) = x."""
        signs, units = self.readout.tolist() if self.readout.numel() == 2 else (), self.constant
        if signs != [1.0, -1.0]:
            return False
        return bool(torch.equal(self.hidden_map[0], -self.hidden_map[1]) and torch.equal(units[:, 0], -units[:, 1]))

    def select(self, rows: Tensor) -> UserSide:
        """The given rows."""
        return UserSide(self.constant[rows], self.gate[rows], self.feature_map, self.hidden_map, self.readout, self.bias)

    def score(self, latent: Tensor) -> Tensor:
        """[n], for latent = f @ feature_map [n, k]; no autograd."""
        return self.before(latent).clamp_min_(0) @ self.readout + self.bias

    def score_and_slope(self, latent: Tensor) -> tuple[Tensor, Tensor]:
        """score [n] and its gradient in latent [n, k], in as few passes over memory as torch allows; no autograd."""
        if self.linear:  # with its slope where both units are 0, too
            return self.score(latent), self.gate * self.hidden_map[0]
        hidden = self.before(latent).clamp_min_(0)
        score = hidden @ self.readout + self.bias
        return score, matrix_product(hidden.sign_().mul_(self.readout), self.hidden_map).mul_(self.gate)

    def before(self, latent: Tensor) -> Tensor:
        """What goes into the relu, [n, h]."""
        return matrix_product(self.gate * latent, self.hidden_map.T, self.constant)
