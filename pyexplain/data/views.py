"""The few steps of sparse rows that numpy and torch spell differently, and the parts in which long arrays are looked at. torch is
imported where a tensor is at hand or wanted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import torch
    from torch import Tensor


BLOCK = 2**18  # numbers that are worked on together


def blocks(count: int, size: int = BLOCK) -> Iterator[slice]:
    """Parts of 0..count - 1, for what need not be looked at all at once."""
    return (slice(start, min(count, start + size)) for start in range(0, count, size))


def as_before(numbers: npt.NDArray[Any], part: slice) -> npt.NDArray[np.bool_]:
    """Which numbers of a part of an array are the same as the one before; the first of the array has none before."""
    before = numbers[max(0, part.start - 1) : part.stop]
    same = before[1:] == before[:-1]
    return same if part.start else np.append(np.zeros(min(1, len(before)), np.bool_), same)


def offsets_of(counts: Any) -> Any:
    """[n + 1]: where each of n rows begins that store so many entries, and where the last one ends."""
    host = on_host(counts)
    if host is not None:
        out = np.zeros(host.shape[0] + 1, dtype=np.int64)
        np.cumsum(host, out=out[1:])
        return in_form_of(counts, out)
    running = counts.cumsum(0)
    before = running.new_zeros(counts.shape[0] + 1)  # torch's len() is slow
    before[1:] = running
    return before


def row_of_each(counts: Any, total: int) -> Any:
    """The row of each entry [total]."""
    host = on_host(counts)
    if host is not None:
        return in_form_of(counts, np.repeat(np.arange(len(host), dtype=np.int64), host))
    import torch

    return torch.repeat_interleave(torch.arange(counts.shape[0], device=counts.device), counts, output_size=total)


def places_of(starts: Any, offsets: Any, counts: Any) -> Any:
    """Where entries stand whose rows begin at starts [n], counted row after row; offsets: those of counts."""
    host = on_host(counts)
    if host is not None:
        begins, ends = on_host(starts), on_host(offsets)
        return in_form_of(counts, np.arange(ends[-1]) + np.repeat(begins - ends[:-1], host))
    import torch

    shift = torch.repeat_interleave(starts - offsets[:-1], counts)
    return shift.add_(torch.arange(shift.shape[0], device=shift.device))


def on_host(array: Any) -> Any:
    """The same numbers as a numpy array where they lie, if that is on the host; None elsewhere. A small step of numpy costs a third
    of one of torch, a large one no more."""
    if isinstance(array, np.ndarray):
        return array
    import torch

    plain = type(array) is torch.Tensor and array.device.type == "cpu" and not array.requires_grad
    return array.numpy() if plain else None


def in_form_of(array: Any, found: Any) -> Any:
    """found as it is, or as a tensor where `array` is one."""
    if isinstance(array, np.ndarray) or not isinstance(found, np.ndarray):
        return found
    import torch

    return torch.from_numpy(found)


def like(array: Any, indices: Any) -> Any:
    """Row numbers in the form of the rows' own arrays."""
    return np.asarray(indices, dtype=np.int64) if isinstance(array, np.ndarray) else indices


def joined(parts: list[Any]) -> Any:
    """One array of several."""
    if isinstance(parts[0], np.ndarray):
        return np.concatenate(parts)
    import torch

    return torch.cat(parts)


def shared(array: npt.NDArray[Any]) -> Tensor:
    """A tensor on an array's memory. torch knows no read-only tensors, and warns of such arrays: who gets one must not write."""
    import torch

    if array.flags.writeable:
        return torch.from_numpy(array)
    return torch.from_numpy(np.asarray(_Alias(array)) if array.size else array.copy())  # numpy takes no alias of nothing


def moved(array: Any, device: torch.device | str) -> Tensor:
    """The same numbers as a tensor there; from the host to a GPU nobody waits for them."""
    import torch

    tensor: Tensor = shared(array) if isinstance(array, np.ndarray) else array
    if torch.device(device).type == "cuda" and tensor.device.type == "cpu":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)


class _Alias:
    """The memory of an array as if it could be written; keeps the array."""

    def __init__(self, array: npt.NDArray[Any]) -> None:
        address = array.__array_interface__["data"][0]
        self.array, self.__array_interface__ = array, array.__array_interface__ | {"data": (address, False)}
