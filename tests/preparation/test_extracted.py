"""Mentions that are told part by part are those that are told at once, and so are the files that are written of them."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from pyexplain.boundary import guarded_class
from pyexplain.data.room import Room
from pyexplain.data.said import SaidInReviews
from pyexplain.plugins import readers_mentions
from pyexplain.preparation import extracted
from pyexplain.preparation.extracted import Extracted
from pyexplain.readers.base import MentionParts, MentionTable, Reader
from tests.readers import made

COUNT = 60
TEXTS = dict.fromkeys(("user", "item", "feature", "opinion", "sentence"), "str")


def interactions() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    names = {name: pd.Categorical([f"{name}{n}" for n in rng.permutation(COUNT)]) for name in ("user", "item")}
    part = pd.Categorical(rng.choice(["train", "test", "unused"], COUNT))
    return pd.DataFrame({**names, "rating": 4.0, "time": np.arange(COUNT), "part": part})


def found(room: Room) -> tuple[Extracted, pd.DataFrame]:
    """Reviews with many mentions, and long rows of such without any; and the mentions as a table."""
    pairs, rng = interactions(), np.random.default_rng(1)
    rows = np.flatnonzero(pairs["part"] != "unused")
    of = np.sort(rng.choice(rows[10:30], 90))
    table = pd.DataFrame(
        {
            **{name: pairs[name].iloc[of].astype("str").to_numpy() for name in ("user", "item")},
            "feature": rng.choice(["sound", "strap"], 90),
            "opinion": rng.choice(["", "gréat"], 90),
            "sentiment": rng.choice([-1.0, 0.5], 90),
            "sentence": [f"Number {n}." for n in range(90)],
        }
    ).astype(TEXTS)
    return Extracted(pairs, rows, SaidInReviews.of(table, of, room)), table


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_parts_are_the_whole(size: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(extracted, "PART", size)
    monkeypatch.setattr(SaidInReviews.blocks, "__defaults__", (7,))
    of, table = found(Room(8, tmp_path))
    parts = of.parts()
    for _ in range(2):
        tables = [*parts.tables()]
        assert len(tables) == -(-len(of.rows) // size)
        for one in tables:
            assert set(zip(one.mentions["user"], one.mentions["item"], strict=True)) <= {
                *zip(one.interactions["user"], one.interactions["item"], strict=True)
            }
    whole = parts.whole()
    pd.testing.assert_frame_equal(whole.mentions, table)
    pairs = of.interactions.iloc[of.rows].reset_index(drop=True)
    assert whole.interactions["split"].tolist() == pairs["part"].tolist()
    for name in ("user", "item", "rating", "time"):
        assert whole.interactions[name].tolist() == pairs[name].tolist()
    assert parts.timed
    assert not Extracted(of.interactions.assign(time=-1), of.rows, of.said).parts().timed


def content(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


@pytest.mark.parametrize("timed", [True, False])
@pytest.mark.parametrize(
    ("format", "file"),
    [
        ("mentions-csv", "a.csv"),
        ("mentions-csv", "a.csv.gz"),
        ("mentions-csv", "a.parquet"),
        ("cornac", "a.txt"),
        ("fact", "a.entry"),
    ],
)
def test_files_do_not_show_the_parts(format: str, file: str, timed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    of, _ = found(Room())
    if not timed:
        of = Extracted(of.interactions.assign(time=-1), of.rows, of.said)
    writer: Reader = made.readers()[format]()
    written = []
    for size in (1000, 4):
        monkeypatch.setattr(extracted, "PART", size)
        folder = tmp_path / str(size)
        folder.mkdir()
        writer.write_parts(of.parts(), folder / file)
        written.append({path.name: content(path) for path in folder.iterdir()})
    assert written[0] == written[1]
    assert (b"timestamp" in written[0][file]) == (timed and format == "mentions-csv")
    writer.write(of.parts().whole(), tmp_path / file)
    assert content(tmp_path / file) == written[0][file]


def test_row_groups_are_full_however_the_parts_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers_mentions, "ROW_GROUP", 10)
    of, _ = found(Room())
    whole = of.parts().whole()

    def cut(size: int) -> Iterator[MentionTable]:
        monkeypatch.setattr(extracted, "PART", size)
        return of.parts().tables()

    for size in (2, 1000):
        made.readers()["mentions-csv"]().write_parts(MentionParts(True, lambda size=size: cut(size)), tmp_path / "a.parquet")  # type: ignore[misc]
        file = pq.ParquetFile(tmp_path / "a.parquet")
        sizes = [file.metadata.row_group(number).num_rows for number in range(file.num_row_groups)]
        silent = len(of.rows) - whole.mentions[["user", "item"]].drop_duplicates().shape[0]
        assert sum(sizes) == 90 + silent
        assert set(sizes[:-1]) == {10}
        assert 0 < sizes[-1] <= 10


@pytest.mark.parametrize("format", ["mentions-csv", "cornac"])
def test_who_writes_otherwise_than_a_format_writes_parts_so_too(format: str, tmp_path: Path) -> None:
    class Counted(made.readers()[format]):  # type: ignore[misc]
        def write(self, table: MentionTable, path: Path) -> None:
            super().write(table, path)
            path.write_text(f"{len(table.mentions)} mentions\n{path.read_text()}")

    of, _ = found(Room())
    for number, cls in enumerate((Counted, guarded_class(Counted, "reader", "other", "counted"))):
        cls().write_parts(of.parts(), tmp_path / f"{number}.txt")
        assert (tmp_path / f"{number}.txt").read_text().startswith("90 mentions\n")
