"""RecBole's atomic files (Zhao et al., CIKM 2021): a header of `name:type`, cells between tabs, sequences between spaces.

`recbole` reads interactions, with a review text where there is one. `recbole-mentions` reads and writes interactions whose columns
feature:token_seq, opinion:token_seq and sentiment:float_seq hold the mentions of each, in step; RecBole loads them as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pyexplain import DataError, hookimpl
from pyexplain.data import Reviews
from pyexplain.readers import (
    NO_RATING,
    NO_TIME,
    Columns,
    MentionRows,
    MentionTable,
    Reader,
    ReadLog,
    ReadOptions,
    ReviewRows,
    find_columns,
    head_of,
    rows,
    seconds,
    write_atomically,
)

INTERACTION = ("user", "item", "rating")
MENTION = ("user", "item", "rating", "feature", "sentiment")
TYPED = re.compile(r"^[^:\t]+:(token|float|token_seq|float_seq)$")
NOTHING = "-"  # stands for an opinion or a split that is not known: RecBole has no empty token


class RecBole(Reader):
    """Interactions: user_id, item_id, rating, and optionally timestamp and a text."""

    name = "recbole"
    kind = "reviews"
    description = "RecBole .inter (user_id:token, item_id:token, rating:float[, timestamp:float, review:token_seq])"
    sample = (
        b"user_id:token\titem_id:token\trating:float\ttimestamp:float\treview:token_seq\n"
        b"u1\ti1\t5\t1400000000\tgood soup\nu2\ti1\t2\t1400000001\tcold soup\nu2\ti2\t4\t1400000002\tfine\n"
    )

    def detect(self, path: Path, head: bytes) -> bool:
        """A typed header without columns of mentions."""
        names = _names(head)
        return "user_id" in names and "item_id" in names and "feature" not in names

    def read(self, path: Path, options: ReadOptions, log: ReadLog) -> Iterator[Reviews]:
        """See Reader.read. Without a rating column every interaction counts as liked."""
        columns = _columns(path, options, INTERACTION[:2])
        if "rating" not in columns.at:
            log.say("there is no column of ratings: every pair counts as liked")
        found = ReviewRows(str(path), options, log)
        for line, cells in rows(path, "\t", log, quoting=False, wanted=columns.count):
            rating = columns.value(cells, "rating", NO_RATING)
            text = columns.value(cells, "text", "")
            found.add(line, columns.value(cells, "user"), columns.value(cells, "item"), rating, text, _time(cells, columns))
            if found.full:
                yield found.take()
        yield found.take()


class RecBoleMentions(Reader):
    """Interactions with the mentions of each in three sequences."""

    name = "recbole-mentions"
    kind = "mentions"
    description = "RecBole .inter with feature:token_seq, opinion:token_seq, sentiment:float_seq"

    def detect(self, path: Path, head: bytes) -> bool:
        """A typed header with columns of mentions."""
        names = _names(head)
        return "user_id" in names and "feature" in names and "sentiment" in names

    def read_mentions(self, path: Path, options: ReadOptions, log: ReadLog) -> MentionTable:
        """See Reader.read_mentions. Words of a name are joined by underscores in the file."""
        columns = _columns(path, options, MENTION)
        found = MentionRows(str(path), options, log)
        for line, cells in rows(path, "\t", log, quoting=False, wanted=columns.count):
            split = columns.value(cells, "split", "")
            user, item, rating = (columns.value(cells, name) for name in INTERACTION)
            pair = found.pair(line, user, item, rating, _time(cells, columns), "" if split == NOTHING else split)
            if pair is not None:
                _add_mentions(found, line, pair, cells, columns, log)
        return found.table()

    def write(self, table: MentionTable, path: Path) -> None:
        """An .inter file; sentences are left out, they are no tokens. DataError for an id that holds a tab."""
        pairs, mentions = table.interactions, table.mentions
        said = dict(iter(mentions.groupby(["user", "item"], sort=False)))
        lines = ["user_id:token\titem_id:token\trating:float\ttimestamp:float\tsplit:token"]
        lines[0] += "\tfeature:token_seq\topinion:token_seq\tsentiment:float_seq"
        pair: Any  # the columns of a frame have no types
        for pair in pairs.itertuples(index=False):
            group = said.get((pair.user, pair.item), mentions.iloc[:0])
            sequences = [
                " ".join(map(_token, group["feature"])),
                " ".join(map(_token, group["opinion"])),
                " ".join(f"{side:g}" for side in group["sentiment"]),
            ]
            cells = [pair.user, pair.item, f"{pair.rating:g}", str(pair.time), pair.split or NOTHING, *sequences]
            if any("\t" in cell or "\n" in cell for cell in cells):
                raise DataError(f"user {pair.user!r} or item {pair.item!r} holds a tab", where=str(path), hint="Rename it.")
            lines.append("\t".join(cells))
        text = "\n".join(lines) + "\n"
        write_atomically(path, lambda temporary: _fill(temporary, text))


def _fill(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _token(text: str) -> str:
    return "_".join(text.split()) or NOTHING


def _names(head: bytes) -> list[str]:
    """Column names of a typed header; none where the file does not begin with one."""
    first = head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].strip(b"\r").decode("utf-8", "replace").split("\t")
    return [cell.split(":")[0] for cell in first] if all(TYPED.match(cell) for cell in first) else []


def _columns(path: Path, options: ReadOptions, wanted: tuple[str, ...]) -> Columns:
    names = _names(head_of(path))
    if not names:
        hint = "Wanted, between tabs: user_id:token item_id:token rating:float."
        raise DataError("the first line is no header of name:type", where=f"{path}:1", hint=hint)
    return find_columns(names, options.columns, wanted, f"{path}:1")


def _time(cells: list[str], columns: Columns) -> object:
    time = columns.value(cells, "time", NO_TIME)
    return NO_TIME if time == str(NO_TIME) else seconds(time)


def _add_mentions(found: MentionRows, line: int, pair: int, cells: list[str], columns: Columns, log: ReadLog) -> None:
    features, sides = (columns.value(cells, name).split() for name in ("feature", "sentiment"))
    opinions = columns.value(cells, "opinion", "").split() or [NOTHING] * len(features)
    if not len(features) == len(sides) == len(opinions):
        what = f"{len(features)} features, {len(opinions)} opinions and {len(sides)} sentiments"
        log.reject("sequences out of step", what, f"{found.file}:{line}", "The three must be of one length.")
        return
    for feature, opinion, side in zip(features, opinions, sides, strict=True):
        word = "" if opinion == NOTHING else opinion.replace("_", " ")
        found.mention(line, pair, feature.replace("_", " "), side, word)


@hookimpl
def pyexplain_readers() -> list[type[Reader]]:
    """Interactions with and without mentions."""
    return [RecBole, RecBoleMentions]
