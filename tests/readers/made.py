"""Readers by name, and small made-up tables, for the tests of formats."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pandas as pd

from pyexplain.errors import PyexplainError
from pyexplain.plugins import (
    readers_amazon,
    readers_cornac,
    readers_entries,
    readers_json,
    readers_mentions,
    readers_paper,
    readers_recbole,
    readers_sentires,
    readers_snap,
    readers_tables,
)
from pyexplain.preparation.open import ReviewSource, open_reviews
from pyexplain.readers import MentionTable, Reader, ReadOptions
from pyexplain.registry import Registered, Registry

MODULES = (
    readers_amazon, readers_cornac, readers_entries, readers_json, readers_mentions, readers_paper, readers_recbole,
    readers_sentires, readers_snap, readers_tables,
)  # fmt: skip
NOW = 1_700_000_000.0
GOOD = {"reviewerID": "u1", "asin": "i1", "overall": 5.0, "reviewText": "Great sound.", "unixReviewTime": 1_400_000_000}


def readers() -> dict[str, type[Reader]]:
    """Every reader of ours, by name; straight from the modules, so that no installation is needed."""
    return {cls.name: cls for module in MODULES for cls in module.pyexplain_readers()}


def registry() -> Registry:
    """The same as a registry."""
    return Registry(tuple(Registered("reader", name, cls, "pyexplain", name) for name, cls in readers().items()), ())


def amazon(path: Path, *records: dict[str, object], good: int = 0) -> Path:
    """A file in the 2014 format: these records, then `good` sound ones of users of their own."""
    sound = [{**GOOD, "reviewerID": f"g{k}"} for k in range(good)]
    text = "".join(json.dumps(record) + "\n" for record in [*records, *sound])
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def source(path: Path, *, format: str = "auto", **options: object) -> ReviewSource:
    """The opened file."""
    return open_reviews([path], registry(), format, ReadOptions(now=NOW, **options))  # type: ignore[arg-type]


def frame(found: ReviewSource) -> pd.DataFrame:
    """All its reviews."""
    return pd.concat([chunk.frame for chunk in found.chunks()], ignore_index=True)


def small_table() -> MentionTable:
    """Four pairs, one of them without mentions; names of two words, an opinion that is not known, both sides."""
    pairs = [("ann", "a 1", 5.0, 1_400_000_000, "train"), ("ann", "b", 2.0, 1_400_000_001, "test"),
             ("Bob", "b", 4.0, 1_400_000_002, "train"), ("Bob", "a 1", 3.5, 1_400_000_003, "valid")]  # fmt: skip
    said = [("ann", "a 1", "battery life", "long", 1.0, "A long battery life."), ("ann", "a 1", "screen", "", -1.0, ""),
            ("ann", "b", "screen", "dim", -1.0, "Dim, sadly."), ("Bob", "b", "screen", "very bright", 0.5, "Ünïcode.")]  # fmt: skip
    mentions = ["user", "item", "feature", "opinion", "sentiment", "sentence"]
    return MentionTable(
        pd.DataFrame(pairs, columns=["user", "item", "rating", "time", "split"]), pd.DataFrame(said, columns=mentions)
    )


def advises(error: PyexplainError, command: str, python: str = "") -> bool:
    """The hint holds what is typed on the command line, and in Python what is written there [default: the option's name]."""
    name, space, value = command.partition(" ")
    spoken = python or (name.removeprefix("--").replace("-", "_") if name.startswith("--") else name) + space + value
    return command in error.on_command_line()[2] and spoken in error.hint and (command not in error.hint or spoken == command)
