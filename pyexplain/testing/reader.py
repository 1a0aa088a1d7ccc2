"""The conformance kit of readers."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from ..data.types import ITEM_COLUMNS, MENTION_COLUMNS, REVIEW_COLUMNS
from ..errors import DataError, UsageError
from ..readers.base import MentionTable, Reader, ReadOptions
from ..readers.read_log import ReadLog
from .configured import NAME
from .contract import Broken, Contract, Skip

METHODS = {"reviews": "read", "mentions": "read_mentions", "dataset": "read_dataset", "items": "read_items"}
COLUMNS = {"reviews": REVIEW_COLUMNS, "items": ITEM_COLUMNS}
NOISE = 40
NO_SAMPLE = "no sample: give the reader, or the contract, a `sample`"


class ReaderContract(Contract):
    """Every promise of a reader; a subclass sets `cls`, and may give a sample.

    sample: bytes of a small sound file of the format, in a file called `sample_name`; default: the `sample` of the reader.
    Without one, and for a reader that writes, the file that it writes itself is the sample.
    """

    cls: ClassVar[type[Any]]
    sample: ClassVar[bytes | None] = None
    sample_name: ClassVar[str] = "sample.txt"

    def reader(self) -> Reader:
        """An instance."""
        made: Reader = self.cls()
        return made

    def read(self, path: Path) -> pd.DataFrame:
        """All that the reader makes of a file: reviews, items or mentions as one table."""
        reader, log = self.reader(), ReadLog(False)
        if reader.kind in COLUMNS:
            parts = [chunk.frame for chunk in getattr(reader, METHODS[reader.kind])(path, ReadOptions(chunk=7), log)]
            return pd.concat(parts) if parts else pd.DataFrame(columns=list(COLUMNS[reader.kind]))
        if reader.kind == "mentions":
            return reader.read_mentions(path, ReadOptions(), log).mentions
        return reader.read_dataset(path, "check").evidence

    def check_says_what_it_is(self) -> None:
        """name is a plain word, kind is one of four, and there is a line that describes the format."""
        if not NAME.fullmatch(self.cls.name) or self.cls.kind not in METHODS or not self.cls.description.strip():
            raise Broken(f"name {self.cls.name!r}, kind {self.cls.kind!r}, description {self.cls.description!r}")

    def check_gives_the_method_of_its_kind(self) -> None:
        """The reading method that fits `kind` is there, and those of the other kinds say that they are not."""
        if getattr(self.cls, METHODS[self.cls.kind]) is getattr(Reader, METHODS[self.cls.kind]):
            raise Broken(f"kind is {self.cls.kind!r}, but {METHODS[self.cls.kind]}() is missing")
        for kind, name in METHODS.items():
            if kind == self.cls.kind or getattr(self.cls, name) is not getattr(Reader, name):
                continue
            arguments = (Path("x"), "x") if kind == "dataset" else (Path("x"), ReadOptions(), ReadLog(False))
            try:
                getattr(self.reader(), name)(*arguments)
            except UsageError:
                continue
            raise Broken(f"{name}() of a format of {self.cls.kind} does not say so")

    def check_detect_does_not_claim_noise(self) -> None:
        """detect() answers yes or no to anything, and no to nothing and to noise: the first reader that says yes gets the file."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "file"
            for head in (b"", b"\n", *_noise()):
                path.write_bytes(head)
                if self.reader().detect(path, head) is not False:
                    raise Broken(f"claims a file that begins with {head[:20]!r}")

    def check_missing_file_is_explained(self) -> None:
        """A file that is not there is a DataError."""
        self._refused(partial(self.read, Path("no") / "such" / "file"), "a missing file", must=True)

    def check_broken_files_are_explained(self) -> None:
        """Noise, nothing, and a damaged gzip are a DataError, or give nothing; no other exception comes out."""
        packed = gzip.compress(b"x" * 1000)[:-12]
        with tempfile.TemporaryDirectory() as folder:
            for number, content in enumerate((b"", packed, *_noise())):
                path = Path(folder) / f"broken{number}"
                path.write_bytes(content)
                self._refused(partial(self.read, path), f"a file that begins with {content[:20]!r}")

    def check_sample_is_read(self) -> None:
        """The sample is detected and read: the columns of its kind, at least one row, the same at every reading."""
        with tempfile.TemporaryDirectory() as folder:
            path = self._sample(Path(folder))
            head = path.read_bytes()[:4096] if path.is_file() else b""
            if not self.reader().detect(path, head):
                raise Broken("does not detect its own sample")
            found, again = self.read(path), self.read(path)
            wanted = COLUMNS.get(self.cls.kind, MENTION_COLUMNS)
            if lacking := [column for column in wanted if column not in found.columns]:
                raise Broken(f"lacks the columns {', '.join(lacking)}")
            if not len(found):
                raise Broken("reads no row of its own sample")
            if not found.reset_index(drop=True).equals(again.reset_index(drop=True)):
                raise Broken("read twice, other rows")

    def check_chunks_do_not_matter(self) -> None:
        """Reviews and items come in chunks of at most `options.chunk`, and are the same however large the chunks are."""
        if self.cls.kind not in COLUMNS:
            raise Skip("does not hold reviews or items")
        with tempfile.TemporaryDirectory() as folder:
            path = self._sample(Path(folder))
            found = []
            for size in (1, 2, 1000):
                reading = getattr(self.reader(), METHODS[self.cls.kind])(path, ReadOptions(chunk=size), ReadLog(False))
                chunks = [part.frame for part in reading]
                if (longest := max(map(len, chunks), default=0)) > size:
                    raise Broken(
                        f"gives {longest} {self.cls.kind} at a time, asked for {size} at most: a large file would fill the memory"
                    )
                found.append(pd.concat(chunks, ignore_index=True))
            if not found[0].equals(found[-1]) or not found[1].equals(found[-1]):
                raise Broken(f"other {self.cls.kind} in smaller chunks")

    def check_cut_sample_is_explained(self) -> None:
        """The sample cut off anywhere is a DataError, or gives the rows that are whole; no other exception comes out."""
        with tempfile.TemporaryDirectory() as folder:
            whole = self._sample(Path(folder))
            if not whole.is_file():
                raise Skip("the sample is a folder")
            content = whole.read_bytes()
            for share in (0.1, 0.3, 0.5, 0.8, 0.95):
                path = whole.with_name(f"cut-{whole.name}")
                path.write_bytes(content[: int(share * len(content))])
                self._refused(partial(self.read, path), f"its sample cut off at {share:.0%}")

    def check_what_is_written_is_read_again(self) -> None:
        """Mentions that are written come back: who, of what, which feature, which side. Skipped where nothing is written."""
        table = _table()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / self.sample_name
            try:
                self.reader().write(table, path)
            except UsageError as refusal:
                raise Skip(f"cannot be written: {refusal.what}") from None
            if self.cls.kind != "mentions":
                raise Skip("writes, but reads no mentions")
            found = self.read(path)
        keys = ["user", "item", "feature"]
        wanted = {(*map(str, row), np.sign(s)) for *row, s in table.mentions[[*keys, "sentiment"]].itertuples(index=False)}
        got = {(*map(str, row), np.sign(s)) for *row, s in found[[*keys, "sentiment"]].itertuples(index=False)}
        if wanted != got:
            raise Broken(f"{len(wanted - got)} mentions are lost, {len(got - wanted)} are new, of {len(wanted)}")

    def _sample(self, folder: Path) -> Path:
        path = folder / self.sample_name
        content = self.sample if self.sample is not None else self.cls.sample
        if content is not None:
            path.write_bytes(content)
            return path
        try:
            self.reader().write(_table(), path)
        except UsageError:
            raise Skip(NO_SAMPLE) from None
        if self.cls.kind != "mentions":
            raise Skip(NO_SAMPLE)
        return path

    @staticmethod
    def _refused(act: Callable[[], object], what: str, must: bool = False) -> None:
        try:
            act()
        except (DataError, UsageError):
            return
        except Exception as error:  # the reader may let anything through
            raise Broken(f"{what} raises {type(error).__name__}: {error}") from error
        if must:
            raise Broken(f"{what} is no error")


def _noise() -> list[bytes]:
    rng = np.random.default_rng(0)
    return [rng.bytes(int(size)) for size in rng.integers(1, 400, NOISE)]


def _table() -> MentionTable:
    """Ten reviews by five people of four things, with two features."""
    rows = [(f"u{k % 5}", f"i{k % 4}", float(1 + k % 5), 1_500_000_000 + k, "") for k in range(10)]
    said = [
        (u, i, f"feature{k % 2}", "good" if k % 3 else "bad", 1.0 if k % 3 else -1.0, f"Sentence {k}.")
        for k, (u, i, *_) in enumerate(rows)
    ]
    return MentionTable(
        pd.DataFrame(rows, columns=["user", "item", "rating", "time", "split"]), pd.DataFrame(said, columns=list(MENTION_COLUMNS))
    )
