"""Cornac's sentiment files (Salah et al., JMLR 2020): `user,item,aspect:opinion:sentiment,...`, one review a line.

They hold no ratings: these are taken from a file of `user item rating [time]` lines in the same folder where there is one, else
every pair counts as liked, which the report says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pyexplain import DataError, hookimpl
from pyexplain.readers import (
    NO_TIME,
    MentionParts,
    MentionRows,
    MentionTable,
    Reader,
    ReadLog,
    ReadOptions,
    decoded,
    head_of,
    lines,
    seconds,
    write_atomically,
)

TUPLES = re.compile(r"^[^,]+,[^,]+(,[^,:]*:[^,:]*:[+-]?[0-9.]+)+$")
RATING = re.compile(r"^[^\t,]+[\t,][^\t,]+[\t,]\d+(\.\d+)?([\t,]\d+)?$")
LONGEST = 1 << 16  # characters of a line that detection looks at


class Cornac(Reader):
    """A file of tuples, or a folder that holds one, perhaps with ratings beside it."""

    name = "cornac"
    kind = "mentions"
    description = "Cornac tuples: user,item,aspect:opinion:sentiment,... (ratings from a user-item-rating file in the same folder)"

    def detect(self, path: Path, head: bytes) -> bool:
        """Lines of tuples; in a folder, exactly one such file."""
        return len(_of_kind(path, TUPLES)) == 1 if path.is_dir() else _is(head, TUPLES)

    def read_mentions(self, path: Path, options: ReadOptions, log: ReadLog) -> MentionTable:
        """See Reader.read_mentions."""
        file = path
        ratings: dict[tuple[str, str], tuple[str, object]] | None = None
        if path.is_dir():
            files, beside = _of_kind(path, TUPLES), _of_kind(path, RATING)
            if len(files) != 1:
                hint = "Give the file itself, or a folder with one."
                raise DataError(f"the folder holds {len(files)} files of tuples, expected one", where=str(path), hint=hint)
            file = files[0]
            ratings = _ratings(beside[0], log) if len(beside) == 1 else None
            if ratings is not None:
                log.say(f"ratings are those of {beside[0].name}")
        if ratings is None:
            log.say("no ratings: every pair counts as liked (they are read from a folder with one file of user, item, rating)")
        found = MentionRows(str(file), options, log)
        for number, line in lines(file, log):
            text = decoded(line, file, number, log)
            if text is not None:
                _add(found, number, text, ratings, log)
        return found.table()

    def write(self, table: MentionTable, path: Path) -> None:
        """`path` gets the tuples; ratings and times go to a file beside it, `<stem>.ratings.txt`, tab-separated.

        Commas and colons in names become spaces, since the format has no way to quote them.
        """
        _write(MentionParts.of(table), path)

    def write_parts(self, parts: MentionParts, path: Path) -> None:
        """See Reader.write_parts."""
        if self.writes_as(Cornac):
            _write(parts, path)
        else:
            super().write_parts(parts, path)


def _write(parts: MentionParts, path: Path) -> None:
    ratings = path.with_name(f"{path.stem}.ratings.txt")
    write_atomically(path, lambda temporary: _fill(temporary, map(_tuples, parts.tables())))
    write_atomically(ratings, lambda temporary: _fill(temporary, map(_rated, parts.tables())))


def _tuples(table: MentionTable) -> list[str]:
    said: dict[tuple[str, str], list[str]] = {}
    m: Any  # the columns of a frame have no types
    for m in table.mentions.itertuples(index=False):
        said.setdefault((m.user, m.item), []).append(f"{_bare(m.feature)}:{_bare(m.opinion)}:{m.sentiment:g}")
    return [",".join([_bare(user), _bare(item), *rest]) for (user, item), rest in said.items()]


def _rated(table: MentionTable) -> list[str]:
    pairs: Iterable[Any] = table.interactions.itertuples(index=False)
    return [f"{_bare(p.user)}\t{_bare(p.item)}\t{p.rating:g}" + (f"\t{p.time}" if p.time >= 0 else "") for p in pairs]


def _fill(path: Path, parts: Iterable[list[str]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for text in parts:
            file.writelines(line + "\n" for line in text)


def _bare(text: str) -> str:
    return " ".join(re.sub(r"[,:\s]+", " ", text).split())


def _is(head: bytes, pattern: re.Pattern[str]) -> bool:
    """Whether the first whole lines all look so."""
    whole = head.decode("utf-8", "replace").removeprefix("\ufeff").split("\n")
    first = [line.strip() for line in whole[:5] if line.strip()]
    return bool(first) and all(len(line) < LONGEST and pattern.match(line) for line in first[: max(1, len(first) - 1)])


def _of_kind(folder: Path, pattern: re.Pattern[str]) -> list[Path]:
    files = [path for path in sorted(folder.iterdir()) if path.is_file() and path.stat().st_size]
    return [path for path in files if _is(head_of(path), pattern)]


def _ratings(path: Path, log: ReadLog) -> dict[tuple[str, str], tuple[str, object]]:
    ratings: dict[tuple[str, str], tuple[str, object]] = {}
    for number, line in lines(path, log):
        text = decoded(line, path, number, log)
        cells = re.split(r"[\t,]", text or "")
        if len(cells) not in (3, 4):
            log.read += 1
            log.reject("broken rating", "not user, item, rating[, time]", f"{path}:{number}", "Repair or remove the line.")
            continue
        ratings[cells[0], cells[1]] = (cells[2], seconds(cells[3]) if len(cells) == 4 else NO_TIME)
    return ratings


def _add(
    found: MentionRows, number: int, text: str, ratings: dict[tuple[str, str], tuple[str, object]] | None, log: ReadLog
) -> None:
    cells = text.split(",")
    triples = [cell.split(":") for cell in cells[2:]]
    if len(cells) < 2 or any(len(triple) != 3 for triple in triples):
        log.read += 1
        hint = "Expected: user,item,aspect:opinion:sentiment,..."
        log.reject("not tuples", "a part that is not aspect:opinion:sentiment", f"{found.file}:{number}", hint)
        return
    user, item = cells[0].strip(), cells[1].strip()
    rating, time = (None, NO_TIME) if ratings is None else ratings.get((user, item), ("", NO_TIME))
    pair = found.pair(number, user, item, rating, time)
    for feature, opinion, sentiment in triples if pair is not None else []:
        found.mention(number, pair or 0, feature, sentiment, opinion)


@hookimpl
def pyexplain_readers() -> list[type[Reader]]:
    """The format."""
    return [Cornac]
