"""`data import` holds few mentions at a time: the same data set whatever fits into memory, and however they are cut."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pyexplain.cli import main
from pyexplain.data.build import _coded
from pyexplain.data.room import Room
from pyexplain.data.store import save_dataset
from pyexplain.errors import DataError
from pyexplain.preparation.prepare import import_data
from pyexplain.preparation.settings import PrepareOptions
from pyexplain.readers import MentionRows, MentionTable, ReadLog, ReadOptions
from pyexplain.registry import load_registry

WORDS = [f"word-{number}" for number in range(30)]


def write_mentions(path: Path, pairs: int, each: int) -> Path:
    rng = np.random.default_rng(0)
    lines = ["user_id,item_id,rating,timestamp,feature,opinion,sentiment,sentence"]
    for pair in range(pairs):
        whose = f"u{pair // 6},i{(pair * 7) % 23},{rng.integers(1, 6)},{1_500_000_000 + pair}"
        for word in rng.choice(len(WORDS), each):
            side = rng.choice([-1, 1])
            lines.append(f"{whose},{WORDS[word]},fine,{side},The {WORDS[word]} of pair {pair} is as it is.")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def imported(path: Path, out: Path, room: Room) -> dict[str, bytes]:
    data = import_data(path, PrepareOptions("x", room=room), load_registry(only="reader"))
    save_dataset(data, out)
    return {file.name: file.read_bytes() for file in out.iterdir()}


def test_the_same_bytes_whatever_fits_into_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, place = write_mentions(tmp_path / "m.csv", 300, 4), tmp_path / "room"
    place.mkdir()
    whole = imported(path, tmp_path / "whole", Room())
    monkeypatch.setattr("pyexplain.readers.kept_mentions.BATCH", 7)
    monkeypatch.setattr("pyexplain.data.said.BLOCK", 5)
    assert imported(path, tmp_path / "cut", Room(8, place)) == whole
    assert not list(place.iterdir())


def test_memory_does_not_grow_with_the_mentions(tmp_path: Path) -> None:
    """40,000 mentions of 400 pairs, as Python's objects, are more than 16 MB; beside what is there of 4,000 of them."""
    registry, peaks = load_registry(only="reader"), []
    for each in (10, 100):
        path = write_mentions(tmp_path / f"{each}.csv", 400, each)
        tracemalloc.start()
        try:
            import_data(path, PrepareOptions("x", room=Room(2**20, tmp_path)), registry)
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    assert peaks[1] < peaks[0] + 6e6


def test_the_command_takes_a_bound(tmp_path: Path) -> None:
    path = write_mentions(tmp_path / "m.csv", 300, 4)
    for bound in ("1K", "2G"):
        words = ["data", "import", "mentions-csv", str(path), "--out", str(tmp_path / bound / "d"), "--max-memory", bound]
        with pytest.raises(SystemExit) as left:
            main(words)
        assert left.value.code == 0
    one, other = ({path.name: path.read_bytes() for path in (tmp_path / name / "d").iterdir()} for name in ("1K", "2G"))
    assert one == other
    assert [path.name for path in (tmp_path / "1K").iterdir()] == ["d"]


def taken(sides: list[float | str], room: Room, skip_bad: bool = True) -> tuple[MentionTable, ReadLog]:
    """Mentions of three pairs, of which the last comes again and takes the place of the first."""
    log = ReadLog(skip_bad, 1.0)
    rows = MentionRows("file", ReadOptions(room=room, chunk=2, skip_bad=skip_bad), log)
    for line, user in enumerate("aba", 1):
        pair = rows.pair(line, user, "i", 5, line)
        assert pair == line - 1
        for side in sides:
            rows.mention(line, pair, f"word{line}", side, "\ud83d", f"{user} says")
    return rows.table(), log


@pytest.mark.parametrize("room", [Room(8), Room()])
def test_sentiments_beyond_are_a_scale_or_mistakes(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pyexplain.readers.kept_mentions.BATCH", 2)
    scaled, log = taken([-4, 2, 0.5], room)
    assert scaled.mentions["sentiment"].tolist() == [-1, 0.5, 0.125] * 2
    assert scaled.mentions[["user", "feature", "opinion"]].drop_duplicates().to_numpy().tolist() == [
        ["b", "word2", "?"],
        ["a", "word3", "?"],
    ]
    assert log.assumed == ["sentiments lie between -4 and 4: divided by 4"]
    assert (log.kept, dict(log.dropped)) == (2, {"duplicate of a later review": 1})
    found, log = taken([1, 3, -0.5], room)  # on one side alone
    assert found.mentions["sentiment"].tolist() == [1, -0.5] * 2
    assert log.bad == {"bad sentiment": 3}
    assert log.examples == [f"file:{line}: sentiment '3' is not a number in -1..1" for line in (1, 2, 3)]
    with pytest.raises(DataError, match="'3.0' is not a number in -1..1") as error:
        taken(["1", "3.0"], room, skip_bad=False)
    assert error.value.where == "file:1"


def test_names_in_pieces_are_numbered_as_in_one() -> None:
    names = pd.Series(["b", "a", None, "b"], dtype="str")
    for column in (names, pd.concat([names] * 3, ignore_index=True), names[:0], names.astype("category"), names.astype(object)):
        codes, texts = _coded(column)
        assert [None if code < 0 else texts[int(code)] for code in codes] == [None if pd.isna(n) else n for n in column]


def test_options_of_reading_say_where_mentions_go(tmp_path: Path) -> None:
    assert ReadOptions().room == Room()
    assert replace(ReadOptions(), room=Room(8, tmp_path)).on(ReadOptions().scale).room == Room(8, tmp_path)
