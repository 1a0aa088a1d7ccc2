"""Any bytes at any reader of items give titles or an error that explains itself. PYEXPLAIN_FUZZ_SECONDS=600 runs it for longer."""

from __future__ import annotations

import gzip
import os
import random
import time
from pathlib import Path

import pandas as pd
import pytest

from pyexplain.plugins import readers_items
from pyexplain.preparation.item_files import read_titles
from pyexplain.readers import Reader, ReadLog, ReadOptions
from pyexplain.registry import Registered, Registry

from .families import damaged
from .test_fuzz import explained
from .test_items import FORMS, IDS

SECONDS = float(os.environ.get("PYEXPLAIN_FUZZ_SECONDS", 3))


def seeds(folder: Path) -> list[bytes]:
    texts = [text.encode() for text in FORMS.values()]
    pd.DataFrame({"item_id": IDS, "title": ["One", "", None, "Four"]}).to_parquet(folder / "seed.parquet")
    return [*texts, *map(gzip.compress, texts[:2]), (folder / "seed.parquet").read_bytes()]


def throw(data: bytes, folder: Path, registry: Registry) -> None:
    path = folder / "data"
    path.write_bytes(data)
    for skip_bad in (False, True):
        for cls in readers_items.pyexplain_readers():
            options, log = ReadOptions(skip_bad=skip_bad, chunk=3), ReadLog(skip_bad)

            def attempt(cls: type[Reader] = cls, options: ReadOptions = options, log: ReadLog = log) -> None:
                kept = sum(len(chunk) for chunk in cls().read_items(path, options, log))
                assert kept == log.kept <= log.read

            explained(attempt)
        explained(lambda: read_titles([path], registry, IDS, options))  # noqa: B023  (called at once)


def items_registry() -> Registry:
    classes = readers_items.pyexplain_readers()
    return Registry(tuple(Registered("reader", cls.name, cls, "pyexplain", cls.name) for cls in classes), ())


def test_changed_files_are_read_or_explained(tmp_path: Path) -> None:
    sound, chance = seeds(tmp_path), random.Random(7)
    end, count = time.monotonic() + SECONDS, 0
    while time.monotonic() < end or count < 50:
        throw(damaged(chance.choice(sound), chance), tmp_path, items_registry())
        count += 1
    print(f"{count} files thrown at {len(readers_items.pyexplain_readers())} readers of items")


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_cut_files_are_read_or_explained(tmp_path: Path, share: float) -> None:
    for data in seeds(tmp_path):
        throw(data[: int(share * len(data))], tmp_path, items_registry())
