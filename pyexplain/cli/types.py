"""Types of options: nothing that a person types may reach the library as a number without bounds or a name that no file has.

`bounded` puts them in place of click's own in every command, so that an option that somebody adds is held to the same.
"""

from __future__ import annotations

import math
import os
import re
from pathlib import Path
from typing import Any

import click

from ..errors import UsageError
from ..limits import MAX_COUNT, MAX_SEED, max_workers

OTHER_FILES = {".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".xls", ".xlsx", ".html", ".db", ".sqlite", ".gz", ".zip"}


class Whole(click.IntRange):
    """A whole number in low..high, written with the digits 0 to 9."""

    name = "integer"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number; wrong use otherwise."""
        if isinstance(value, str) and not re.fullmatch(r"\s*[+-]?[0-9]{1,40}\s*", value, re.ASCII):
            self.fail(f"{value[:40]!r} is not a whole number in {self.min}..{self.max}.", param, ctx)
        found: int = super().convert(value, param, ctx)
        return found


class Workers(Whole):
    """Threads or processes: 1 up to 4 per core of this machine (at least 64)."""

    def __init__(self) -> None:
        super().__init__(1, MAX_COUNT)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number, within what the machine stands; wrong use otherwise."""
        found, most = super().convert(value, param, ctx), max_workers()
        if found > most:
            self.fail(f"{found} is more than {most}, the most on this machine (4 per core, at least 64).", param, ctx)
        return found


class Number(click.ParamType):  # type: ignore[type-arg]
    """A finite number in low..high."""

    name = "float"

    def __init__(self, low: float = -1e15, high: float = 1e15) -> None:
        self.low, self.high = low, high

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number; wrong use otherwise."""
        try:
            found = math.nan if "_" in str(value) or not str(value).isascii() else float(value)
        except (ValueError, OverflowError):
            found = math.nan
        if not self.low <= found <= self.high:
            self.fail(f"{value!r} is not a number in {self.low:g}..{self.high:g}.", param, ctx)
        return found


class Size(click.ParamType):  # type: ignore[type-arg]
    """Bytes of memory, as in 512M or 2G."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Bytes; wrong use otherwise."""
        from ..memory import parse_size

        try:
            return value if isinstance(value, int) else parse_size(str(value), "")
        except UsageError as error:
            self.fail(f"{error.what}. {error.hint}", param, ctx)


class Text(click.types.StringParamType):
    """A text without zero characters; empty only where that says something."""

    def __init__(self, may_be_empty: bool = False) -> None:
        self.may_be_empty = may_be_empty

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The text; wrong use otherwise."""
        found = str(super().convert(value, param, ctx))
        if "\0" in found:
            self.fail("it holds a zero character.", param, ctx)
        if not found.strip() and not self.may_be_empty:
            self.fail("it is empty.", param, ctx)
        return found


class Place(click.Path):
    """A path; an empty one, which Python takes for the present folder, is refused."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path; wrong use otherwise."""
        if not str(value).strip():
            self.fail("it is empty.", param, ctx)
        if "\0" in str(value):
            self.fail("it holds a zero character.", param, ctx)
        if os.path.basename(os.path.abspath(value)) == "" and param is not None and param.name == "out":
            self.fail("it is the root of the file system.", param, ctx)
        if os.path.basename(value) in ("", ".", ".."):  # a name is needed to put something beside it
            value = os.path.abspath(value)
        return super().convert(value, param, ctx)


class ParquetFile(Place):
    """The path of a Parquet file that is written: the name of another kind of file is refused, before anything is computed."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path; wrong use otherwise."""
        found = super().convert(value, param, ctx)
        if found.suffix.lower() in OTHER_FILES:
            self.fail(
                f"{value} is not the name of a Parquet file, which is written. Name it {found.with_suffix('.parquet').name}; "
                "pandas.read_parquet(...) reads it, and to_csv, to_json and to_excel of the frame write other kinds.",
                param,
                ctx,
            )
        return found


SEED = Whole(0, MAX_SEED)
WORKERS = Workers()
SIZE = Size()
PARQUET_FILE = ParquetFile()


def bounded(command: click.Command) -> click.Command:
    """The same command, and those below it, with the types above in place of click's."""
    for param in command.params:
        param.type = _strict(param.type, param.default == "")
    for below in getattr(command, "commands", {}).values():
        bounded(below)
    return command


def _strict(kind: Any, may_be_empty: bool) -> Any:
    if isinstance(kind, (Whole, Number, Text, Place)):
        return kind
    if isinstance(kind, click.IntRange) or kind is click.INT:
        low, high = getattr(kind, "min", None), getattr(kind, "max", None)
        return Whole(-MAX_COUNT if low is None else int(low), MAX_COUNT if high is None else int(high))
    if isinstance(kind, click.FloatRange) or kind is click.FLOAT:
        low, high = getattr(kind, "min", None), getattr(kind, "max", None)
        return Number(-1e15 if low is None else low, 1e15 if high is None else high)
    if isinstance(kind, click.Path):
        return Place(kind.exists, kind.file_okay, kind.dir_okay, kind.writable, kind.readable, path_type=kind.type)
    return Text(may_be_empty) if kind is click.STRING else kind
