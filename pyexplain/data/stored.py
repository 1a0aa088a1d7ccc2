"""What the files of a data set must hold, looked at before anything is made of them: they may come from somebody else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..errors import DataError
from .checked import read_checked
from .formats import check_format
from .json_file import read_json
from .settings import Protocol, Settings
from .shards import read_tables
from .sparse import SparseRows
from .totals import MentionTotals, same_cells
from .types import Ancestor

AGAIN = "Make the data set again."
MENTIONS = ("user", "item", "feature", "opinion", "sentiment", "sentence")
_PAIRS, _ROWS = (
    dict.fromkeys(("train", "valid", "test"), ("int64", 2)),
    {"offsets": "int64", "indices": "int64", "values": "float32"},
)
_LISTS = {"users": ("int64", 1), "items": ("int64", 2), "relevant": ("bool", 2)}
ARRAYS: dict[str, tuple[str, int]] = (  # name: type, dimensions
    _PAIRS
    | {f"{side}_features.{name}": (kind, 1) for side in ("user", "item") for name, kind in _ROWS.items()}
    | {f"{part}_candidates.{name}": form for part in ("valid", "test") for name, form in _LISTS.items()}
)
# totals of mentions: where a side has them it has both arrays, and cells of its own unless they are those of its features
TOTALS = tuple({f"{side}_mentions.{name}": ("float32", 1) for name in ("counts", "sums")} for side in ("user", "item"))
CELLS = {f"{side}_mentions.{name}": ("int64", 1) for side in ("user", "item") for name in ("offsets", "indices")}


@dataclass(frozen=True)
class Summary:
    """dataset.json, as far as it is read back. fingerprint: of the data set that the arrays give."""

    name: str
    protocol: Protocol
    fingerprint: str
    settings: Settings
    report: dict[str, Any]
    lineage: tuple[Ancestor, ...] = ()
    format: int = 1


def read_summary(path: Path) -> Summary:
    """dataset.json with its types checked; DataError that names the file and the key."""
    check_format(read_json(path, hint=AGAIN), str(path))
    return read_checked(path, Summary, AGAIN)


def rows_of(arrays: Mapping[str, np.ndarray], name: str, n_columns: int) -> SparseRows:
    """The sparse rows of this name."""
    offsets, indices, values = (arrays[f"{name}.{part}"] for part in ("offsets", "indices", "values"))
    return SparseRows(offsets, indices, values, n_columns)


def totals_of(arrays: Mapping[str, np.ndarray], side: str, like: SparseRows) -> MentionTotals | None:
    """The totals of mentions of a side, "user" or "item"; None where the arrays hold none. Where they have no cells of their own,
    they are in those of `like`."""
    name = f"{side}_mentions"
    if f"{name}.counts" not in arrays:
        return None
    offsets, indices = (arrays.get(f"{name}.{part}", getattr(like, part)) for part in ("offsets", "indices"))
    counts, sums = (SparseRows(offsets, indices, arrays[f"{name}.{part}"], like.n_columns) for part in ("counts", "sums"))
    return MentionTotals(counts, sums)


def totals_arrays(totals: MentionTotals | None, side: str, like: SparseRows) -> dict[str, np.ndarray]:
    """What `totals_of` reads."""
    if totals is None:
        return {}
    counts, name = totals.counts, f"{side}_mentions"
    own = {} if same_cells(counts, like) else {f"{name}.offsets": counts.offsets, f"{name}.indices": counts.indices}
    return own | {f"{name}.counts": counts.values, f"{name}.sums": totals.sums.values}


def check_arrays(arrays: Mapping[str, np.ndarray], path: Path) -> None:
    """DataError where an array is missing, or has another type or number of dimensions than those of a data set."""
    wanted = ARRAYS | {name: form for side in TOTALS if any(name in arrays for name in side) for name, form in side.items()}
    wanted |= {name: form for name, form in CELLS.items() if name in arrays}
    for name, (kind, dimensions) in wanted.items():
        found = arrays.get(name)
        if found is None:
            raise DataError(f"there is no array {name}", where=str(path), hint=AGAIN)
        if found.dtype != kind or found.ndim != dimensions:
            what = f"{name} is {found.dtype} {list(found.shape)}, expected {kind} in {dimensions} dimensions"
            raise DataError(what, where=str(path), hint=AGAIN)


def read_mentions(folder: Path, files: Sequence[str], sizes: Mapping[str, int]) -> pd.DataFrame:
    """A table of mentions, in one file or several, its numbers inside the vocabularies; sizes: of users, items, features.

    An item of -1 is none, as in the published tables. DataError that names the file and the column.
    """
    frame, path = read_tables(folder, files, MENTIONS), folder / files[0]
    for column, size in sizes.items():
        values = frame[column].to_numpy()
        least = -1 if column == "item" else 0
        if values.dtype.kind != "i" or (len(values) and (values.min() < least or values.max() >= size)):
            raise DataError(
                f"the column {column} holds something else than numbers {least}..{size - 1}", where=str(path), hint=AGAIN
            )
    sentiment = frame["sentiment"].to_numpy()
    if sentiment.dtype.kind != "f" or not np.isfinite(sentiment).all():
        raise DataError("the column sentiment holds something else than finite numbers", where=str(path), hint=AGAIN)
    for column in ("opinion", "sentence"):
        if len(frame) and not pd.api.types.is_string_dtype(frame[column]):
            raise DataError(f"the column {column} holds something else than text", where=str(path), hint=AGAIN)
    return frame
