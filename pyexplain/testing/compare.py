"""Comparisons that say what differs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from .contract import Broken

# Sums in another order differ by rounding; a mix-up of rows or columns differs by far more.
RELATIVE = 1e-3


def near(found: npt.ArrayLike, wanted: npt.ArrayLike, what: str) -> None:
    """Broken where two arrays differ by more than rounding, measured by the largest value wanted."""
    a, b = np.asarray(found, dtype=np.float64), np.asarray(wanted, dtype=np.float64)
    if a.shape != b.shape:
        raise Broken(f"{what}: shape {a.shape}, expected {b.shape}")
    if not a.size:
        return
    away = np.abs(a - b)
    if not (away <= RELATIVE * max(1e-6, float(np.abs(b).max()))).all():  # NaN is not near
        place = np.unravel_index(int(np.nanargmax(np.where(np.isnan(away), np.inf, away))), a.shape)
        raise Broken(f"{what}: {a[place]:.6g} at {tuple(map(int, place))}, expected {b[place]:.6g}")


def finite(found: npt.ArrayLike, what: str) -> None:
    """Broken where a value is NaN or infinite."""
    array = np.asarray(found, dtype=np.float64)
    if strange := int((~np.isfinite(array)).sum()):
        raise Broken(f"{what}: {strange} of {array.size} are not finite")


def same_states(found: Mapping[str, Tensor], wanted: Mapping[str, Tensor], what: str) -> None:
    """Broken where two states differ in any bit."""
    if found.keys() != wanted.keys():
        raise Broken(f"{what}: names {sorted(found)}, expected {sorted(wanted)}")
    for name, tensor in found.items():
        if tensor.shape != wanted[name].shape or tensor.dtype != wanted[name].dtype:
            raise Broken(f"{what}: {name} is {tensor.dtype} {tuple(tensor.shape)}, expected that of the other")
        if not torch.equal(tensor, wanted[name]):
            raise Broken(f"{what}: {name} differs")


def same_digests(after: Mapping[str, str], before: Mapping[str, str], who: str) -> None:
    """Broken where a part of a data set has changed."""
    if changed := [name for name, digest in before.items() if after[name] != digest]:
        raise Broken(f"{who} changed the data set: {', '.join(changed)}")
