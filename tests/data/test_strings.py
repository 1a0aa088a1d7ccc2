"""Texts in Arrow's column: a sequence as a tuple of them is, whatever they are, and however they lie."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from pyexplain.data.lookup import STEP, Lookup
from pyexplain.data.room import Room
from pyexplain.data.strings import BLOCK, TEXT, Strings, joined

ODD = (
    "",
    "a",
    "a\0",
    "a\0b",
    "ab",
    "é",
    "e\u0301",
    "Z",
    "音楽",
    "\U0001f469\u200d\U0001f3a4",
    "\uffff",
    "\x1b[31m",
    " ",
    "x" * 200_000,
)


def shuffled(texts: tuple[str, ...], seed: int = 0) -> tuple[str, ...]:
    return tuple(texts[at] for at in np.random.default_rng(seed).permutation(len(texts)))


@pytest.mark.parametrize("texts", [(), ("",), ODD, tuple(map(str, range(BLOCK + 1)))])
def test_it_is_the_tuple_of_its_texts(texts: tuple[str, ...]) -> None:
    found = Strings(iter(texts))
    assert found == texts
    assert texts == found
    assert found == Strings(texts)
    assert found != (*texts, "more")
    assert (len(found), tuple(found), hash(found), repr(found)) == (len(texts), texts, hash(texts), repr(texts))
    assert (found[1:3], found[::-1], found + ("x",), ("x",) + found) == (texts[1:3], texts[::-1], (*texts, "x"), ("x", *texts))
    assert joined([found, ("x",), found]) == (*texts, "x", *texts)
    for number in {0, len(texts) - 1, np.int64(len(texts) // 2), -1} if texts else ():
        assert found[number] == texts[number]
    with pytest.raises(IndexError):
        found[len(texts)]


def test_pieces_and_slices_are_put_together_where_the_room_says(tmp_path: Path) -> None:
    whole = pa.array([*ODD, *ODD], TEXT)
    pieces = pa.chunked_array([whole[3:9], whole[:0], pa.array(["short"]).cast(TEXT), whole[10:]])
    wanted = (*ODD[3:9], "short", *ODD[10:], *ODD)
    for room in (Room(8, tmp_path), Room()):
        assert Strings(pieces, room) == wanted
    assert Strings(whole[2:4]) == ODD[2:4]
    assert Strings(pa.array(["small", "offsets"], pa.string())) == ("small", "offsets")
    assert Strings.of_frame(pd.Series(ODD, dtype="category")) == ODD
    assert pd.DataFrame({"a": Strings(ODD).column_of_frame()})["a"].tolist() == list(ODD)


@pytest.mark.parametrize("none", [None, 7, "\ud83d", ["a"]])
def test_what_is_no_text_is_refused(none: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        Strings(["a", none])  # type: ignore[list-item]
    with pytest.raises((TypeError, ValueError)):
        Strings.of_frame(pd.Series(["a", none], dtype="object"))


@pytest.mark.parametrize("count", [0, 1, 2, STEP - 1, STEP, STEP + 1, 3 * STEP])
@pytest.mark.parametrize("ordered", [True, False])
def test_each_is_found_where_a_table_of_all_says(count: int, ordered: bool) -> None:
    texts = (*ODD, *(f"u{number}" for number in range(count)))[-count:] if count else ()
    texts = tuple(sorted(texts)) if ordered else shuffled(texts)
    known, lookup = {text: number for number, text in enumerate(texts)}, Lookup(Strings(texts))
    assert (lookup.ascending, lookup.twice()) == (list(texts) == sorted(texts), 0)
    assert ordered or count < STEP or not lookup.ascending
    asked = [*texts, *ODD, "u", "u1x", "zz", "\ud83d"]
    for text in asked:
        assert lookup.all_of(text) == ([known[text]] if text in known else [])
    wanted = [known.get(text, -1) for text in asked]
    assert lookup.each(asked).tolist() == wanted
    assert lookup.each(asked[:-1]).tolist() == wanted[:-1]
    assert lookup.each([*texts, None]).tolist() == [*range(count), -1]  # type: ignore[list-item]


def test_many_are_found_as_one_is() -> None:
    texts = shuffled(tuple(f"u{number}" for number in range(10_000)))
    lookup = Lookup(Strings(texts))
    for count in (3, 5_000):
        assert lookup.each([*texts[:count], "none"]).tolist() == [*range(count), -1]


def test_equals_are_counted_and_all_found() -> None:
    texts = ("b", "a", "b", *(f"c{number}" for number in range(STEP)), "b", "a")
    lookup = Lookup(Strings(texts))
    assert (lookup.twice(), lookup.all_of("b"), lookup.all_of("a")) == (3, [0, 2, STEP + 3], [1, STEP + 4])
    assert lookup.each(["a", "b"]).tolist() == [1, 0]


@pytest.mark.parametrize("texts", [tuple(sorted(ODD)), ODD, ()])
@pytest.mark.parametrize("last", ["~", "\U0010ffff", "!", "b"])
def test_one_more_is_found_without_sorting_all_again(texts: tuple[str, ...], last: str) -> None:
    grown = Strings([*texts, last])
    found, wanted = Lookup(Strings(texts)).with_last(grown), Lookup(grown)
    assert found.ascending == wanted.ascending
    assert found.order.tolist() == wanted.order.tolist()
    assert [found.all_of(text) for text in grown] == [[number] for number in range(len(grown))]


def test_no_string_is_made_of_what_nobody_asks_for() -> None:
    """200,000 names as Python's are 12 MB, and 10 more in a table of them."""
    column = pa.array([f"user-{number:08d}" for number in range(200_000)], TEXT)
    tracemalloc.start()
    try:
        lookup = Lookup(Strings(column))
        assert lookup.twice() == 0
        assert lookup.all_of("user-00123456") == [123_456]
        assert lookup.each(["user-00000007"] * 10_000).tolist() == [7] * 10_000
        assert lookup.texts[-1] == "user-00199999"
        assert sum(len(text) for text in lookup.texts) == 13 * 200_000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4e6
