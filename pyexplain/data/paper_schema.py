"""What each file of the paper authors' folder must hold, checked in one place: no wrong type inside reaches the arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import DataError
from .sparse import SparseRows
from .vocabulary import Vocabulary

Int = npt.NDArray[np.int64]
HINT = "The authors' folders hold dictionaries of plain numbers and names: fetch the file again, or repair what made it."


def vocabulary(content: Any, kind: str, where: Path) -> Vocabulary:
    """From name -> number, the numbers 0..n-1."""
    numbers = _entries(content, where)
    for name, number in numbers.items():
        if type(name) is not str or type(number) is not int or not name.encode("utf-8", "replace").decode() == name:
            raise _wrong(f"{_short(name)}: {_short(number)} is no name with a number", where)
    if not numbers or sorted(numbers.values()) != list(range(len(numbers))):
        raise _wrong(f"{kind} numbers are not 0..{len(numbers) - 1}", where)
    return Vocabulary(sorted(numbers, key=lambda name: numbers[name]), kind)


def feature_rows(content: Any, n_rows: int, n_columns: int, where: Path) -> SparseRows:
    """From row -> values, all of a row's; the non-zero ones, [n_rows, n_columns]. Rows that are not there are empty."""
    rows = _entries(content, where)
    found: dict[int, tuple[list[int], list[float]]] = {}
    for row, values in rows.items():
        if not _is_number(row, n_rows) or not isinstance(values, list | tuple):
            raise _wrong(f"{_short(row)} is no row of {n_rows} with a list of values", where)
        if len(values) != n_columns:
            raise _wrong(f"row {row} has {len(values)} values, expected {n_columns}", where)
        if not all(type(value) in (int, float) and abs(value) <= 1e30 for value in values):
            raise _wrong(f"row {row} holds something that is not a finite number", where)
        columns = [column for column, value in enumerate(values) if value]
        found[row] = columns, [float(values[column]) for column in columns]
    sizes = [len(found[row][0]) if row in found else 0 for row in range(n_rows)]
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    flat = [found[row] for row in sorted(found)]
    indices = np.array([column for columns, _ in flat for column in columns], dtype=np.int64)
    return SparseRows(offsets, indices, np.array([v for _, values in flat for v in values], dtype=np.float32), n_columns)


def lists_by_user(content: Any, n_users: int, n_items: int, where: Path) -> dict[int, list[int]]:
    """user -> numbers of items, in the order of users."""
    by_user = _entries(content, where)
    for user, items in by_user.items():
        if not _is_number(user, n_users) or not isinstance(items, list | tuple):
            raise _wrong(f"{_short(user)} is no user of {n_users} with a list of items", where)
        strange = [item for item in items if not _is_number(item, n_items)]
        if strange:
            raise _wrong(f"user {user} has {_short(strange[0])}, which is no item of {n_items}", where)
    return {user: list(by_user[user]) for user in sorted(by_user)}


def pairs_of(by_user: dict[int, list[int]], where: Path) -> Int:
    """The (user, item) pairs [n, 2]; DataError where there is none."""
    pairs = [(user, item) for user, items in by_user.items() for item in items]
    if not pairs:
        raise _wrong("it names no item of any user", where)
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def sentiments(content: Any, n_users: int, n_features: int, where: Path) -> Iterator[tuple[int, int, float]]:
    """(user, feature, sentiment) from user -> feature -> sentiment."""
    for user, row in _entries(content, where).items():
        if not _is_number(user, n_users) or not isinstance(row, dict):
            raise _wrong(f"{_short(user)} is no user of {n_users} with a dictionary of features", where)
        for feature, value in row.items():
            if not _is_number(feature, n_features) or type(value) not in (int, float) or not abs(value) <= 1e30:
                raise _wrong(f"user {user} has {_short(feature)}: {_short(value)}, which is no feature with a sentiment", where)
            yield user, feature, float(value)


def _entries(content: Any, where: Path) -> dict[Any, Any]:
    if not isinstance(content, dict):
        raise _wrong(f"it holds a {type(content).__name__}, expected a dictionary", where)
    return content


def _is_number(value: Any, count: int) -> bool:
    return type(value) is int and 0 <= value < count


def _short(value: Any) -> str:
    return repr(value)[:40] if isinstance(value, str | int | float | bool | None) else f"a {type(value).__name__}"


def _wrong(what: str, where: Path) -> DataError:
    return DataError(what, where=str(where), hint=HINT)
