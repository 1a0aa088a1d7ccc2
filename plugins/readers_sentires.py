"""Output of Sentires (Zhang et al., SIGIR 2014), and the pickle that the Sentires guide makes of it.

sentires-guide: `reviews.pickle`, a list of dictionaries: user, item, rating, text, sentence = [(feature, opinion, sentence, score)]
(or template = one such tuple); the same as JSON lines. Of a pickle nothing is run.

sentires: a folder with Sentires' own files. A lexicon (`[1]<tab>feature|opinion<tab>...`) gives the side of each pair; profiles
give, for each product, features, opinions and the sentences they are from; since a profile knows no users, the reviews themselves
are needed too (`product2json.pickle` of the guide, or JSON lines of user, item, rating, text): each sentence is looked up in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from pyexplain import DataError, hookimpl
from pyexplain.readers import (
    NO_TIME,
    MentionRows,
    MentionTable,
    Reader,
    ReadLog,
    ReadOptions,
    decoded,
    head_of,
    lines,
    load_plain,
    looks_pickled,
)

PARTS = ("train", "validation", "test")
LEXICON_LINE = re.compile(r"^\[(-?1)\]\t([^|\t]+)\|([^|\t]+)")
COUNT = re.compile(r"\s*\((\d+)\)\s*$")
KEYS = ("user", "item", "rating")


class SentiresGuide(Reader):
    """A review a record, with its tuples."""

    name = "sentires-guide"
    takes_fold = True
    kind = "mentions"
    description = "reviews.pickle of the Sentires guide (read without running it), or the same as JSON lines"

    def detect(self, path: Path, head: bytes) -> bool:
        """A pickle, or a JSON line with user, item and rating under these names; a folder with reviews.pickle in it."""
        if path.is_dir():
            return (path / "reviews.pickle").is_file()
        if looks_pickled(head):
            return b"rating" in head and b"user" in head
        return head.lstrip()[:1] == b"{" and all(f'"{key}"'.encode() in head[:4096] for key in (*KEYS, "text"))

    def read_mentions(self, path: Path, options: ReadOptions, log: ReadLog) -> MentionTable:
        """See Reader.read_mentions. A file whose ratings all are one number outside the scale has none: pairs count as liked."""
        path = path / "reviews.pickle" if path.is_dir() else path
        records = list(_records(path, log))
        parts = _fold(path, len(records), options.fold, log)
        ratings = {rating for _, record in records if isinstance(rating := record.get("rating"), int | float)}
        unrated = len(ratings) == 1 and not options.min_rating <= min(ratings) <= options.max_rating
        found = MentionRows(str(path), options, log)
        for number, record in records:
            rating = None if unrated else record.get("rating", "")
            if parts is not None and number not in parts:
                log.read += 1
                log.dropped[f"in no part of fold {options.fold}"] += 1
                continue
            split = parts[number] if parts is not None else ""
            pair = found.pair(number, record.get("user"), record.get("item"), rating, NO_TIME, split)
            if pair is not None:
                _add_tuples(found, number, pair, record, log)
        return found.table()


def _fold(path: Path, count: int, name: str, log: ReadLog) -> dict[int, str] | None:
    """Number of a record (from 1) -> its part, from the fold `name` that lies beside the pickle as in PETER's data (Li, Zhang and
    Chen, ACL 2021): train.index, validation.index and test.index with numbers from 0, spaces between. None where none is asked."""
    if not name:
        there = sorted(folder.name for folder in path.parent.iterdir() if (folder / "train.index").is_file())
        if there:
            log.say(f"splits lie beside it ({', '.join(there[:5])}) and are not used; --fold {there[0]} takes one")
        return None
    folder = path.parent / name
    parts: dict[int, str] = {}
    for part in PARTS:
        file = folder / f"{part}.index"
        if not file.is_file():
            hint = f"Expected: {', '.join(f'{name}.index' for name in PARTS)}."
            raise DataError("a file of the fold is missing", where=str(file), hint=hint)
        for number in _numbers(file, count, log):
            if parts.setdefault(number + 1, part) != part:
                raise DataError(f"record {number} is in {parts[number + 1]} too", where=str(file), hint="Parts must not overlap.")
    log.say(f"the split is fold {name}")
    return parts


def _numbers(file: Path, count: int, log: ReadLog) -> Iterator[int]:
    for line, text in lines(file, log):
        for word in text.split():
            if not word.isdigit() or len(word) > 12 or int(word) >= count:
                what = f"{word[:40].decode('ascii', 'replace')!r} is not a number of one of the {count:,} records"
                raise DataError(what, where=f"{file}:{line}", hint="Numbers go from 0, spaces between.")
            yield int(word)


class Sentires(Reader):
    """A folder: lexicon, profiles, reviews."""

    name = "sentires"
    kind = "mentions"
    description = "a folder of Sentires: lexicon and profile files, with the reviews that they are from"

    def detect(self, path: Path, head: bytes) -> bool:
        """A folder with a profile."""
        return path.is_dir() and bool(_files(path)["profile"])

    def read_mentions(self, path: Path, options: ReadOptions, log: ReadLog) -> MentionTable:
        """See Reader.read_mentions. Sentences that no review of the product holds are counted in the report."""
        files = _files(path) if path.is_dir() else {"profile": [], "lexicon": [], "reviews": []}
        missing = [kind for kind in ("profile", "lexicon", "reviews") if not files[kind]]
        if missing:
            raise DataError(
                f"the folder holds no {' and no '.join(missing)}",
                where=str(path),
                hint="Expected: lexicon, profile, and reviews (product2json.pickle, or JSON lines of user, item, rating, text).",
            )
        sides = _lexicon(files["lexicon"], log)
        found = MentionRows(str(path), options, log)
        texts: dict[str, list[tuple[int, str]]] = {}
        for file in files["reviews"]:
            for number, record in _records(file, log):
                pair = found.pair(number, record.get("user"), record.get("item"), record.get("rating", ""))
                if pair is not None:
                    texts.setdefault(str(record["item"]), []).append((pair, str(record.get("text") or "")))
        for file in files["profile"]:
            _match(file, texts, sides, found, log)
        return found.table()


def _records(path: Path, log: ReadLog) -> Iterator[tuple[int, dict[str, Any]]]:
    """(number from 1, record) of a pickled list, a pickled dictionary of lists, or JSON lines."""
    if looks_pickled(head_of(path)):
        content = load_plain(path)
        if isinstance(content, dict):
            content = [record for records in content.values() if isinstance(records, list) for record in records]
        if not isinstance(content, list):
            raise DataError(f"the pickle holds a {type(content).__name__}, expected a list of reviews", where=str(path))
        items: Iterator[tuple[int, Any]] = iter(enumerate(content, 1))
    else:
        items = ((number, _parsed(line, path, number, log)) for number, line in lines(path, log))
    for number, record in items:
        if isinstance(record, dict):
            yield number, record
        else:
            log.read += 1
            if record is not None:
                what = f"a {type(record).__name__} instead of a review"
                log.reject("not a review", what, f"{path}:{number}", "Expected: user, item, rating, text, sentence.")


def _parsed(line: bytes, path: Path, number: int, log: ReadLog) -> Any:
    text = decoded(line, path, number, log)
    try:
        return None if text is None else from_json(text)
    except ValueError as error:
        log.reject("broken JSON", f"broken JSON: {error}", f"{path}:{number}", "Repair or remove the line.")
        return None


def _add_tuples(found: MentionRows, number: int, pair: int, record: dict[str, Any], log: ReadLog) -> None:
    said = record.get("sentence") or ([record["template"]] if record.get("template") else [])
    if not isinstance(said, list | tuple):
        said = [said]
    for entry in said:
        if isinstance(entry, list | tuple) and len(entry) == 4:
            feature, opinion, sentence, score = entry
            found.mention(number, pair, feature, score, opinion, sentence)
        else:
            hint = "Expected: (feature, opinion, sentence, score)."
            log.reject("not a tuple of four", f"{str(entry)[:60]!r} as a mention", f"{found.file}:{number}", hint)


def _files(folder: Path) -> dict[str, list[Path]]:
    """What each file of a folder is, by its first line."""
    files: dict[str, list[Path]] = {"profile": [], "lexicon": [], "reviews": []}
    for path in sorted(folder.iterdir()):
        if not path.is_file() or not path.stat().st_size:
            continue
        head = head_of(path)
        first = head.split(b"\n", 1)[0].decode("utf-8", "replace")
        if LEXICON_LINE.match(first):
            files["lexicon"].append(path)
        elif first.startswith("e\t") and b"\nf\t" in head:
            files["profile"].append(path)
        elif SentiresGuide().detect(path, head):
            files["reviews"].append(path)
    return files


def _lexicon(paths: list[Path], log: ReadLog) -> dict[tuple[str, str], int]:
    sides: dict[tuple[str, str], int] = {}
    for path in paths:
        for number, line in lines(path, log):
            text = decoded(line, path, number, log)
            entry = LEXICON_LINE.match(text or "")
            if entry is None:
                log.reject("broken lexicon", "the line is not [1]<tab>feature|opinion", f"{path}:{number}", "Repair the line.")
                continue
            sides[entry.group(2), entry.group(3)] = int(entry.group(1))
    return sides


def _match(
    path: Path,
    texts: dict[str, list[tuple[int, str]]],
    sides: dict[tuple[str, str], int],
    found: MentionRows,
    log: ReadLog,
) -> None:
    """Walk a profile (e: product, f: feature, o: opinion, c: sentence and how often) and find each sentence's reviews."""
    item = feature = opinion = ""
    for number, line in lines(path, log):
        kind, *cells = (decoded(line, path, number, log) or "").split("\t")
        if kind == "e":
            item = cells[1] if len(cells) > 1 else ""
        elif kind in ("f", "o") and any(cells):
            name = next(cell for cell in cells if cell)
            feature, opinion = (name, "") if kind == "f" else (feature, name)
        elif kind == "c" and any(cells):
            _place(number, cells[-1], (item, feature, opinion), texts, sides, found, log)
        else:
            log.reject("broken profile", "the line begins with none of e, f, o, c", f"{path}:{number}", "Repair the line.")


def _place(
    number: int,
    cell: str,
    place: tuple[str, str, str],
    texts: dict[str, list[tuple[int, str]]],
    sides: dict[tuple[str, str], int],
    found: MentionRows,
    log: ReadLog,
) -> None:
    item, feature, opinion = place
    times, sentence = COUNT.search(cell), COUNT.sub("", cell)
    side = sides.get((feature, opinion))
    holders = [pair for pair, text in texts.get(item, ()) if sentence in text][: int(times.group(1)) if times else 1]
    if side is None or not holders:
        log.notes["sentence of a pair that the lexicon lacks" if side is None else "sentence found in no review"] += 1
        return
    for pair in holders:
        found.mention(number, pair, feature, side, opinion, sentence)


@hookimpl
def pyexplain_readers() -> list[type[Reader]]:
    """The pickle, and Sentires' own files."""
    return [Sentires, SentiresGuide]
