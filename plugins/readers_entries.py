"""Entry files of explainable recommenders that learn from Sentires: MTER, FacT and CER, one review a line.

MTER (Wang et al., SIGIR 2018): `user,item,rating,feature:sentiment feature:sentiment ...`, all numbers.
FacT (Tao et al., SIGIR 2019): `user,item,rating,feature sentiment feature sentiment ...`, all numbers.
Names come from maps (`number=name...`) in the same folder, found by "usermap", "itemmap" and "featuremap" in their file names.
CER (Tan et al., CIKM 2021): `user@item@|feature|opinion|+1:sentence||feature|opinion|-1:sentence`.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pyexplain import hookimpl
from pyexplain.readers import MentionRows, MentionTable, Reader, ReadLog, ReadOptions, decoded, lines, write_atomically

MTER_LINE = re.compile(r"^\d+,\d+,\d+(\.\d+)?,(\d+:[+-]?\d+(\.\d+)?( |$))+")
FACT_LINE = re.compile(r"^\d+,\d+,\d+(\.\d+)?,(\d+ [+-]?\d+(\.\d+)?( |$))+")
CER_LINE = re.compile(r"^[^@|]+@[^@|]+@.*\|[+-]?\d")
UNKNOWN = "-"  # stands for an opinion that is not known: nothing between two bars would end the segment
Named = tuple[str, str, str, str]  # feature, opinion, sentiment, sentence


class Entries(Reader):
    """Common to the three: a subclass says how a line looks, and takes it apart."""

    kind = "mentions"
    line: re.Pattern[str]
    wanted: str

    def detect(self, path: Path, head: bytes) -> bool:
        """The first line looks so."""
        first = head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0]
        return bool(self.line.match(first.decode("utf-8", "replace")))

    def read_mentions(self, path: Path, options: ReadOptions, log: ReadLog) -> MentionTable:
        """See Reader.read_mentions."""
        maps = {kind: _map(path, kind, log) for kind in ("user", "item", "feature")}
        found = MentionRows(str(path), options, log)
        for number, raw in lines(path, log):
            text = decoded(raw, path, number, log)
            if text is None or not self.line.match(text):
                log.read += 1
                if text is not None:
                    log.reject("not an entry", "the line is no entry", f"{path}:{number}", f"Expected: {self.wanted}.")
                continue
            user, item, rating, mentions = self.parts(text)
            pair = found.pair(number, maps["user"].get(user, user), maps["item"].get(item, item), rating)
            for feature, opinion, sentiment, sentence in mentions if pair is not None else ():
                found.mention(number, pair or 0, maps["feature"].get(feature, feature), sentiment, opinion, sentence)
        return found.table()

    @abstractmethod
    def parts(self, text: str) -> tuple[str, str, str | None, Iterable[Named]]:
        """User, item, rating (None: the format has none) and mentions of a line that matches."""

    def write(self, table: MentionTable, path: Path) -> None:
        """Numbered entries, and the three maps beside them (`<stem>.usermap` and so on)."""
        numbers = {kind: _numbers(names) for kind, names in _names(table).items()}
        said: dict[tuple[str, str], list[tuple[int, float]]] = {}
        m: Any  # the columns of a frame have no types
        for m in table.mentions.itertuples(index=False):
            said.setdefault((m.user, m.item), []).append((numbers["feature"][m.feature], m.sentiment))
        text = []
        p: Any
        for p in table.interactions.itertuples(index=False):
            if (p.user, p.item) in said:  # an entry without a feature cannot be told from a broken one
                start = f"{numbers['user'][p.user]},{numbers['item'][p.item]},{p.rating:g},"
                text.append(start + " ".join(self.cell(*mention) for mention in said[p.user, p.item]))
        _write(path, text)
        for kind, names in numbers.items():
            _write(path.with_name(f"{path.stem}.{kind}map"), [f"{number}={name}" for name, number in names.items()])

    def cell(self, feature: int, sentiment: float) -> str:
        """One mention of a numbered entry."""
        return f"{feature}:{sentiment:g}"


class Mter(Entries):
    """feature:sentiment."""

    name = "mter"
    description = "MTER entries: user,item,rating,feature:sentiment ... (names from maps in the same folder)"
    line = MTER_LINE
    wanted = "user,item,rating,feature:sentiment feature:sentiment ..."

    def parts(self, text: str) -> tuple[str, str, str | None, Iterable[Named]]:
        """See Entries."""
        user, item, rating, rest = text.split(",", 3)
        pairs = (cell.split(":") for cell in rest.split())
        return user, item, rating, [(pair[0], "", pair[-1], "") for pair in pairs]


class Fact(Entries):
    """Numbers alternate: feature, sentiment."""

    name = "fact"
    description = "FacT entries: user,item,rating,feature sentiment feature sentiment ... (names from maps in the same folder)"
    line = FACT_LINE
    wanted = "user,item,rating,feature sentiment feature sentiment ..."

    def parts(self, text: str) -> tuple[str, str, str | None, Iterable[Named]]:
        """See Entries."""
        user, item, rating, rest = text.split(",", 3)
        numbers = rest.split()
        return user, item, rating, [(f, "", s, "") for f, s in zip(numbers[::2], [*numbers[1::2], "none"], strict=False)]

    def cell(self, feature: int, sentiment: float) -> str:
        """See Entries."""
        return f"{feature} {sentiment:g}"


class Cer(Entries):
    """Names as they are, opinions and sentences too, but no ratings: every pair counts as liked, which the report says."""

    name = "cer"
    description = "CER lines: user@item@|feature|opinion|+1:sentence||feature|opinion|-1:sentence"
    line = CER_LINE
    wanted = "user@item@|feature|opinion|+1:sentence||..."

    def parts(self, text: str) -> tuple[str, str, str | None, Iterable[Named]]:
        """See Entries."""
        user, item, rest = text.split("@", 2)
        mentions = []
        for segment in rest.lstrip("@|").split("||"):
            said, _, sentence = segment.strip("|").partition(":")
            cells = [*said.split("|"), "", "", ""]
            if any(cells):
                mentions.append((cells[0], "" if cells[1] == UNKNOWN else cells[1], cells[2], sentence))
        return user, item, None, mentions

    def write(self, table: MentionTable, path: Path) -> None:
        """Pairs with mentions; bars and @ in names become spaces."""
        said: dict[tuple[str, str], list[str]] = {}
        m: Any  # the columns of a frame have no types
        for m in table.mentions.itertuples(index=False):
            cells = f"{_bare(m.feature)}|{_bare(m.opinion) or UNKNOWN}|{m.sentiment:+g}:{_bare(m.sentence)}"
            said.setdefault((m.user, m.item), []).append(cells)
        _write(path, [f"{_bare(user)}@{_bare(item)}@|{'||'.join(cells)}" for (user, item), cells in said.items()])


def _bare(text: str) -> str:
    return " ".join(re.sub(r"[@|\s]+", " ", text).split())


def _write(path: Path, text: list[str]) -> None:
    whole = "".join(line + "\n" for line in text)
    write_atomically(path, lambda temporary: _fill(temporary, whole))


def _fill(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _names(table: MentionTable) -> dict[str, Iterable[str]]:
    pairs = table.interactions
    return {"user": pairs["user"], "item": pairs["item"], "feature": table.mentions["feature"]}


def _numbers(names: Iterable[str]) -> dict[str, int]:
    return {name: number for number, name in enumerate(dict.fromkeys(names))}


def _map(path: Path, kind: str, log: ReadLog) -> dict[str, str]:
    """number -> name, from the one map of this kind beside the entries; empty where there is none."""
    there = path.parent.iterdir() if path.parent.is_dir() else ()
    beside = sorted(p for p in there if f"{kind}map" in p.name.lower() and p.is_file())
    own = [p for p in beside if p.name.startswith(path.stem)] or beside
    names: dict[str, str] = {}
    for number, line in lines(own[0], log) if own else ():
        text = decoded(line, own[0], number, log)
        key, equals, rest = (text or "").partition("=")
        if not equals:
            log.reject("broken map", "the line is not number=name", f"{own[0]}:{number}", "Repair or remove the line.")
        names[key] = rest.split("=")[0]
    return names


@hookimpl
def pyexplain_readers() -> list[type[Reader]]:
    """The three formats."""
    return [Cer, Fact, Mter]
