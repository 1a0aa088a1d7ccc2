"""dropout: in place, drawn from a seed and an entry's place alone, so that the way back repeats it and nothing is stored."""

from __future__ import annotations

import torch
from torch import Tensor

from ._check import check, native_name, stream_of
from .native import native


def threshold_of(p: float) -> int:
    """What an entry's 32 bits have to reach to be kept, when it is dropped with probability p."""
    return min(round(p * 2**32), 2**32 - 1)


def scale_of(p: float) -> float:
    """What a kept entry is multiplied by, so that the mean stays."""
    return 2**32 / (2**32 - threshold_of(p))


@torch.library.custom_op("pyexplain::dropout", mutates_args=("x",))
def _dropout(x: Tensor, p: float, seed: int, first: int) -> None:
    run_dropout(x, p, seed, first)


@_dropout.register_fake
def _(x: Tensor, p: float, seed: int, first: int) -> None:
    return None


def run_dropout(x: Tensor, p: float, seed: int, first: int = 0) -> None:
    """dropout_ without its checks and torch's dispatch, for callers that know what they pass."""
    getattr(native(), native_name("dropout", x))(
        x=x.data_ptr(), n=x.numel(), first=first, seed=seed, threshold=threshold_of(p), scale=scale_of(p), **stream_of(x)
    )


def dropout_(x: Tensor, p: float, seed: int, first: int = 0) -> None:
    """Set entries of x [n, m] to zero with probability p in 0..1 (1 excluded), and scale the others, in place.

    seed in 0..2^63-1; first: the place of the first entry in the draws of this seed, so that parts of a matrix may be handed in by
    themselves. The same seed gives the same entries on every device. Gradients go the same way: call it on the gradient. Raises
    TypeError or ValueError for a wrong dtype, shape or stride, and for numbers out of range.
    """
    check(x, "x", (None, None))
    if not 0 <= p < 1:
        raise ValueError(f"p: wanted a probability from 0 to below 1, got {p}")
    if not (0 <= seed < 2**63 and first >= 0):
        raise ValueError(f"seed: wanted 0..2^63-1 with first at least 0, got {seed} and {first}")
    _dropout(x, p, seed, first)
