"""first_entries: the k largest entries of each row, for lists of items that are made where the scores are."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from .native import Kernel, Operator


class First(NamedTuple):
    """places [n, k], the largest first, of equal ones the first; -1 where there are fewer. values [n, k] beside them, -inf there.
    strange [n]: how many entries of a row are NaN or infinite; where there are some, the rest is of no use. On the host."""

    places: Tensor
    values: Tensor
    strange: Tensor


def _native(kernel: Kernel, scores: Tensor, offsets: Tensor, columns: Tensor, k: int) -> First:
    """In one launch and one copy."""
    (n, width), like = scores.shape, scores
    whole = torch.empty(n * (k + 1) * 8 + n * k * like.element_size(), dtype=torch.uint8, device=like.device)
    places, strange, values = _parts(whole, n, k, like.dtype)
    left_out = {"offsets": offsets, "columns": columns}
    kernel(scores=scores, **left_out, places=places, strange=strange, values=values, n=n, width=width, k=k)
    places, strange, values = _parts(whole.cpu(), n, k, like.dtype)
    return First(places.view(n, k), values.view(n, k), strange)


def _parts(whole: Tensor, n: int, k: int, dtype: torch.dtype) -> tuple[Tensor, Tensor, Tensor]:
    numbers = whole[: n * (k + 1) * 8].view(torch.int64)
    return numbers[: n * k], numbers[n * k :], whole[n * (k + 1) * 8 :].view(dtype)


def _twin(scores: Tensor, offsets: Tensor, columns: Tensor, k: int) -> First:
    """By sorting whole rows."""
    strange = (~scores.isfinite()).sum(dim=1)
    row = torch.repeat_interleave(torch.arange(len(scores), device=scores.device), offsets.diff(), output_size=len(columns))
    scores[row, columns] = -torch.inf
    values, places = (part[:, :k] for part in scores.sort(dim=1, descending=True, stable=True))
    there = values > -torch.inf
    return First(torch.where(there, places, -1).cpu(), values.cpu().contiguous(), strange.cpu())


run_first_entries = Operator("first_entries", _native, _twin)
