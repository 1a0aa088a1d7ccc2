"""What a network gives is looked at where it is asked: a wrong shape is told as what it is, before numbers are made of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ..errors import PluginError


def decoded(
    network: Any, users: Tensor, items: Tensor, user_latent: Tensor, item_latent: Tensor, generator: torch.Generator | None
) -> Tensor:
    """Scores [n] of the network's decode(); PluginError for any other shape."""
    found = network.decode(users, items, user_latent, item_latent, generator)
    if not isinstance(found, Tensor) or found.shape != users.shape:
        raise _wrong(network.decode, found, f"a score of each pair, shape ({len(users)},)")
    scores: Tensor = found
    return scores


def encoded(encode: Callable[[Tensor, Any], Tensor], indices: Tensor, rows: Any) -> Tensor:
    """What an encoder gives of users or items, [n, k]; PluginError for any other shape."""
    found = encode(indices, rows)
    if not isinstance(found, Tensor) or found.ndim != 2 or len(found) != len(indices):
        raise _wrong(encode, found, f"a tensor of shape ({len(indices)}, k)")
    return found


def _wrong(method: Any, found: object, wanted: str) -> PluginError:
    """The error that names the network, its method, what came and what was wanted."""
    shape = f"a tensor of shape {tuple(found.shape)}" if isinstance(found, Tensor) else type(found).__name__
    return PluginError(
        f"{getattr(method, '__name__', 'it')}() gave {shape}, wanted {wanted}",
        where=f"network {type(getattr(method, '__self__', method)).__name__}",
        hint="What each method of a network gives: docs/plugins.md.",
    )
