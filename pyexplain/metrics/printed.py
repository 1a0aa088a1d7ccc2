"""What was printed of explanations, read back from its JSON documents: each statement as numbers of the data set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..data.kinds import WORD
from ..data.sparse import SparseRows
from ..data.types import Dataset

Int = npt.NDArray[np.int64]
KINDS = ("reason", "contrast", "flip", "replacement", "leaving", "evidence", "size", "sentence")
UNKNOWN = -1


@dataclass(frozen=True)
class Line:
    """One printed statement. row: of the document. user, item (in front), other (behind), feature: numbers, UNKNOWN where there is
    none or the data set does not know the name. change: (feature, from, to) of each changed value. side: whose features change."""

    row: int
    kind: str
    user: int
    item: int
    other: int
    feature: int
    change: tuple[tuple[int, float, float], ...] = ()
    side: str = "user"
    why_not: bool = False
    text: str = ""
    quote: Mapping[str, Any] | None = None
    count: tuple[int, int] | None = None


def read_lines(said: Sequence[Mapping[str, Any]], data: Dataset) -> list[Line]:
    """Every statement of the documents, in their order."""
    return [line for row, document in enumerate(said) for line in _of(row, document, data)]


def _of(row: int, document: Mapping[str, Any], data: Dataset) -> Iterator[Line]:
    user = _number(data.users, document.get("user"))
    for said in document.get("statements") or ():
        count = said.get("count")
        yield Line(
            row,
            str(said.get("kind")),
            user,
            _number(data.items, said.get("item")),
            _number(data.items, said.get("other")),
            _feature(said.get("feature"), data),
            tuple((_feature(c, data), float(c["from"]), float(c["to"])) for c in said.get("change") or ()),
            str(document.get("side", "user")),
            bool(document.get("why_not", False)),
            str(said.get("text", "")),
            said.get("quote"),
            None if count is None else (int(count[0]), int(count[1])),
        )


def _number(names: Any, name: object) -> int:
    return int(names.indices([str(name)])[0]) if name is not None else UNKNOWN


def _feature(named: Mapping[str, Any] | None, data: Dataset) -> int:
    if named is None:
        return UNKNOWN
    return int(data.features.indices([str(named.get("name"))], str(named.get("kind", WORD)))[0])


@dataclass(frozen=True, eq=False)
class Lines:
    """Statements as columns [n], and the feature rows [n, P] that their changes lead to."""

    lines: Sequence[Line]

    def column(self, name: str) -> Int:
        """A number of each line: row, user, item, other or feature."""
        return np.fromiter((getattr(line, name) for line in self.lines), dtype=np.int64, count=len(self.lines))

    def some(self, chosen: npt.NDArray[np.generic]) -> Lines:
        """The lines of these numbers [m]."""
        return Lines([self.lines[int(number)] for number in chosen.tolist()])

    def changed(self, base: SparseRows, rows: Int) -> SparseRows:
        """Rows `rows` [n] of base with the values that each line says they would have to have."""
        now = [dict(zip(*(a.tolist() for a in base.row(int(row))), strict=True)) for row in rows]
        for values, line in zip(now, self.lines, strict=True):
            values.update({feature: to for feature, _, to in line.change})
        cells = [(n, feature, value) for n, values in enumerate(now) for feature, value in values.items() if feature != UNKNOWN]
        table = np.array(cells, dtype=np.float64).reshape(-1, 3)
        return SparseRows.from_triples(table[:, 0], table[:, 1], table[:, 2], (len(self.lines), base.n_columns))

    def starts_from(self, base: SparseRows, rows: Int, top: float) -> npt.NDArray[np.bool_]:
        """Whether each line [n] changes something it knows, from the values that are there, to values within 0..top."""
        held = []
        for line, row in zip(self.lines, rows, strict=True):
            now = dict(zip(*(a.tolist() for a in base.row(int(row))), strict=True))
            known = line.change and all(feature != UNKNOWN for feature, _, _ in line.change)
            same = all(abs(now.get(feature, 0.0) - before) <= SAME for feature, before, _ in line.change)
            held.append(bool(known) and same and all(-SAME <= to <= top + SAME for _, _, to in line.change))
        return np.array(held, dtype=bool)


SAME = 1e-4  # a printed value is that of the data within so much
