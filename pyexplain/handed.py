"""Whether what a plugin was handed is the same afterwards, cheaply: nothing large is copied.

Arrays of data sets and of what metrics see are read-only views. Frames are looked at by their memory: pandas writes into a copy of
a column where somebody else holds it too, so a column that lies elsewhere was written to, and what was there before is put back.
Tensors in main memory have a checksum (of a large one, of rows spread over it), others the count of changes that torch keeps.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pandas as pd

from .data.types import Dataset

if TYPE_CHECKING:
    from torch import Tensor

LARGE = 1 << 20  # bytes of a tensor from which on only some of its rows are looked at
ROWS = 64
FRAMES = ("evidence", "heldout")
WRITES_COPY = int(pd.__version__.split(".")[0]) >= 3  # before, a copy that shares its memory is written to as well


class HandedData:
    """The frames and the report of a data set while a plugin has it. whole: the arrays too, whose hash takes a while."""

    def __init__(self, data: Dataset, whole: bool = False) -> None:
        self._data, self._whole = data, whole
        self._frames = {name: getattr(data, name).copy(deep=not WRITES_COPY) for name in FRAMES}
        self._report = as_text(data.report)

    def change(self) -> str:
        """What was written to, "" if nothing was. Frames are as before in any case."""
        changed = [name for name, kept in self._frames.items() if not _same(getattr(self._data, name), kept)]
        for name in changed:
            object.__setattr__(self._data, name, self._frames[name])
        if changed:
            return f"the {' and the '.join(changed)} of the data set"
        if as_text(self._data.report) != self._report:
            return "the report of the data set"
        return "the data set" if self._whole and self._data.compute_fingerprint() != self._data.fingerprint else ""


class HandedTensors:
    """Tensors while a plugin has them."""

    def __init__(self, tensors: Iterable[Tensor]) -> None:
        self._tensors = list(tensors)
        self._before = [_mark(tensor) for tensor in self._tensors]

    def changed(self) -> bool:
        """Whether one of them was written to."""
        return [_mark(tensor) for tensor in self._tensors] != self._before


def _same(now: pd.DataFrame, kept: pd.DataFrame) -> bool:
    if now is kept:
        return True
    if not (now.columns.equals(kept.columns) and now.index.equals(kept.index)):
        return False
    return all(_same_column(now.iloc[:, at], kept.iloc[:, at]) for at in range(kept.shape[1]))


def _same_column(now: pd.Series, kept: pd.Series) -> bool:
    place = _place(now)
    return (place is not None and place == _place(kept)) or now.equals(kept)


def _place(column: pd.Series) -> object:
    """Where the cells of a column lie in memory; None where that cannot be asked."""
    cells: Any = column.array
    if hasattr(cells, "_pa_array"):  # text, which Arrow never writes into: another text is another array
        chunks = cells._pa_array.chunks
        return [[buffer and buffer.address for buffer in chunk.buffers()] + [chunk.offset, len(chunk)] for chunk in chunks]
    if isinstance(column.dtype, pd.CategoricalDtype):
        return None
    return column.to_numpy().__array_interface__["data"][0], column.dtype, len(column)


def as_text(thing: object) -> str:
    """Plain containers, to be compared with what they are later."""
    return json.dumps(thing, default=repr)


def _mark(tensor: Tensor) -> tuple[int, int]:
    """The count of changes (of a tensor of inference mode there is none), and a checksum of what can be written to from outside."""
    return 0 if tensor.is_inference() else tensor._version, _checksum(tensor)


def _checksum(tensor: Tensor) -> int:
    import torch

    if tensor.device.type != "cpu" or torch.compiler.is_compiling():
        return 0
    try:
        cells = tensor.detach()
        if cells.ndim and cells.numel() * cells.element_size() > LARGE:
            cells = cells[torch.linspace(0, len(cells) - 1, min(len(cells), ROWS)).long()]
        return zlib.crc32(cells.contiguous().reshape(-1).view(torch.uint8).numpy().data)
    except RuntimeError:  # inside torch.func, where nothing can be asked of a value
        return 0
