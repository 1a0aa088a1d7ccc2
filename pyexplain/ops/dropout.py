"""dropout: in place, drawn from a seed and an entry's place alone, so that the way back repeats it and nothing is stored."""

from __future__ import annotations

from itertools import accumulate
from typing import NamedTuple

import torch
from torch import Tensor

from ._torch_operator import torch_operator
from .native import Kernel, Operator, check, check_numbers, check_whole


def threshold_of(p: float) -> int:
    """What an entry's 32 bits have to reach to be kept, when it is dropped with probability p."""
    return min(round(p * 2**32), 2**32 - 1)


def scale_of(p: float) -> float:
    """What a kept entry is multiplied by, so that the mean stays."""
    return 2**32 / (2**32 - threshold_of(p))


def dropout_seed(generator: torch.Generator) -> int:
    """The next seed of dropout in 0..2^63-2, from the generator of an epoch."""
    return int(torch.randint(2**63 - 1, (), generator=generator, device=generator.device))


def _native(kernel: Kernel, x: Tensor, p: float, seed: int, first: int = 0) -> None:
    kernel(x=x, n=x.numel(), first=first, seed=seed, threshold=threshold_of(p), scale=scale_of(p))


def _twin(x: Tensor, p: float, seed: int, first: int = 0) -> None:
    """The finaliser of MurmurHash3 over place and seed, in 64-bit numbers cut to 32; see csrc/dropout.hpp."""
    low = 0xFFFFFFFF
    place = torch.arange(first, first + x.numel(), device=x.device) & low
    h = (place * 0x9E3779B1 + (seed & low)) & low
    h = ((h ^ (h >> 16)) * 0x85EBCA6B) & low
    h = h ^ (seed >> 32)
    h = ((h ^ (h >> 13)) * 0xC2B2AE35) & low
    kept = ((h ^ (h >> 16)) >= threshold_of(p)).view(x.shape)
    x.copy_(torch.where(kept, x * scale_of(p), 0))


run_dropout = Operator("dropout", _native, _twin)


def _terms(kernel: Kernel, x: Tensor, p: float, seeds: list[int] | Tensor, ends: list[int]) -> None:
    """x [2n, width], the last of ends being n; see Drawn. seeds may be a tensor [terms] where x lies."""
    there = seeds if isinstance(seeds, Tensor) else None
    drawn = {"seeds": torch.tensor(seeds) if there is None else None, "ends": torch.tensor(ends)}  # read on the host
    kernel(x=x, **drawn, there=there, terms=len(seeds), width=x.shape[1], threshold=threshold_of(p), scale=scale_of(p))


def _terms_twin(x: Tensor, p: float, seeds: list[int] | Tensor, ends: list[int]) -> None:
    half = len(x) // 2
    for seed, begin, end in zip(seeds.tolist() if isinstance(seeds, Tensor) else seeds, [0, *ends], ends, strict=False):
        _twin(x[begin:end], p, seed)
        _twin(x[half + begin : half + end], p, seed, first=(end - begin) * x.shape[1])


run_dropout_terms = Operator("dropout_terms", _terms, _terms_twin)


class Drawn(NamedTuple):
    """Dropout with probability p on x [2n, m] of a batch's terms, whose sizes sum to n: the preferred items of all terms, then the
    others. A term's draws run from its seed through its own rows, those of preferred items first."""

    p: float
    seeds: list[int] | Tensor  # a tensor where x lies, for a step that is recorded
    sizes: list[int]

    def drop(self, x: Tensor) -> None:
        """In place, on x or on its gradient."""
        run_dropout_terms(x, self.p, self.seeds, self.ends())

    def ends(self) -> list[int]:
        """Of each half, the row behind each term."""
        return list(accumulate(self.sizes))


@torch_operator("dropout", mutates=("x",))
def _dropout(x: Tensor, p: float, seed: int, first: int) -> None:
    run_dropout(x, p, seed, first)


@_dropout.register_fake
def _(x: Tensor, p: float, seed: int, first: int) -> None:
    return None


def dropout_(x: Tensor, p: float, seed: int, first: int = 0) -> None:
    """Set entries of x [n, m] to zero with probability p in 0..1 (1 excluded), and scale the others, in place.

    seed in 0..2^63-1; first: the place of the first entry in the draws of this seed, so that parts of a matrix may be handed in by
    themselves. The same seed gives the same entries on every device. Gradients go the same way: call it on the gradient. Raises
    TypeError or ValueError for a wrong dtype, shape or stride, and for numbers out of range.
    """
    check(x, "x", (None, None))
    check_numbers(p=p)
    check_whole(first=first)
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise TypeError(f"seed: wanted a whole number, got {type(seed).__name__}")
    if not 0 <= p < 1:
        raise ValueError(f"p: wanted a probability from 0 to below 1, got {p}")
    if not (0 <= seed < 2**63 and first >= 0):
        raise ValueError(f"seed: wanted 0..2^63-1 with first at least 0, got {seed} and {first}")
    _dropout(x, p, seed, first)
