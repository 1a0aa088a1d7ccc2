"""Names, their numbers and their titles."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pyexplain import load_dataset, save_dataset
from pyexplain.data.room import Room
from pyexplain.data.strings import Strings
from pyexplain.data.titles import clean_title, shortened
from pyexplain.data.vocabulary import FEW, Vocabulary
from pyexplain.errors import DataError
from tests.worlds import small_world


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("Tom &amp; Jerry", "Tom & Jerry"),
        ("Tom &amp;amp; Jerry &quot;Gold&quot;", 'Tom & Jerry "Gold"'),
        ("&am\x00p;lt;b&amp;amp;gt;", "<b>"),
        ("  a\t b\n\u00a0c  ", "a b c"),
        ("\x1b[31mred\x07", "[31mred"),
        ("abc\u202e\u2066def\ufeff", "abcdef"),
        ("&#27;[2J&#8238;x", "[2Jx"),
        ("Noël – 音楽 👩\u200d🎤", "Noël – 音楽 👩\u200d🎤"),
        ("\u200d \u202e", ""),
        ("half \ud83d pair", "half pair"),
    ],
)
def test_titles_are_cleaned(raw: str, clean: str) -> None:
    assert clean_title(raw) == clean
    assert clean_title(clean) == clean


def test_only_what_is_shown_is_cut() -> None:
    long = "Wireless headphones with a very long name " * 5
    vocabulary = Vocabulary(["a"], "item", [long])
    assert vocabulary.title("a") == long.strip()
    assert shortened(long, 20) == "Wireless headphones…"
    assert shortened("x" * 30, 20) == "x" * 19 + "…"
    assert shortened("short", 20) == "short"


def test_a_title_is_given_by_name_and_the_id_stands_in() -> None:
    items = Vocabulary(["a", "b", "c"], "item").with_titles({"a": "First", "b": " ", "z": "Nobody"})
    assert items.titles == ("First", "", "")
    assert [items.title(name) for name in items.names] == ["First", "b", "c"]
    assert Vocabulary(["a"], "item").titles is None
    assert Vocabulary(["a"], "item").title("a") == "a"
    with pytest.raises(DataError, match="unknown item"):
        items.title("z")
    with pytest.raises(DataError, match="2 titles for 1"):
        Vocabulary(["a"], "item", ["x", "y"])


def test_titles_change_no_fingerprint_and_are_kept_with_the_data_set(tmp_path: Path) -> None:
    data = small_world()
    titled = replace(data, items=data.items.with_titles({data.items[0]: "Number &amp; zero"}))
    assert titled.fingerprint == data.fingerprint
    save_dataset(titled, tmp_path / "d")
    read = load_dataset(tmp_path / "d")
    assert read.items.titles == titled.items.titles
    assert read.items.title(data.items[0]) == "Number & zero"
    assert read.users.titles is None


def test_a_name_is_unique_within_its_kind_and_asked_for_with_it() -> None:
    features = Vocabulary(["sound", "sound", "price"], "feature", kinds=["word", "attribute", "word"])
    assert (features.index("price"), features.index("sound", "attribute"), features.kind_of(1)) == (2, 1, "attribute")
    assert "sound" in features
    assert "smell" not in features
    with pytest.raises(DataError, match=r"'sound' is there as word, attribute"):
        features.index("sound")
    with pytest.raises(DataError, match="unknown feature 'price'"):
        features.index("price", "history")
    assert features.indices(["sound", "x"], "attribute").tolist() == [1, -1]
    assert features.indices(["sound", "price"]).tolist() == [0, 2]
    with pytest.raises(DataError, match="occur twice"):
        Vocabulary(["a", "a"], "feature", kinds=["word", "word"])
    with pytest.raises(DataError, match="2 kinds for 1 features"):
        Vocabulary(["a"], "feature", kinds=["word", "word"])
    with pytest.raises(DataError, match="unknown kind"):
        Vocabulary(["a"], "feature", kinds=["smell"])


def test_vocabularies_of_words_are_what_they_were_and_kinds_tell_others_apart() -> None:
    words = Vocabulary(["a", "b"], "feature")
    assert Vocabulary(["a", "b"], "feature", kinds=["word", "word"]).kinds is None
    assert words.fingerprint == "8fb20ef63ced4145"
    prints = {Vocabulary(["a", "b"], "feature", kinds=k).fingerprint for k in (["word", "history"], ["history", "word"])}
    assert len(prints | {words.fingerprint}) == 3
    assert (words.index("a", "word"), words.kind_of(0)) == (0, "word")


def test_ids_that_are_whole_numbers_are_found_by_numbers() -> None:
    users = Vocabulary(["7", "x"], "user")
    assert [users.index(one) for one in ("7", 7, np.int64(7))] == [0, 0, 0]  # type: ignore[arg-type]
    for strange in (7.0, None, True, ["7"]):
        with pytest.raises(DataError, match="is no id"):
            users.index(strange)  # type: ignore[arg-type]
    with pytest.raises(DataError, match="unknown user '8'"):
        users.index(8)  # type: ignore[arg-type]


def test_chosen_names_keep_titles_and_kinds() -> None:
    chosen = Vocabulary(["a", "b", "c"], "feature", ["A", "", "C"], ["word", "history", "word"]).select([2, 1])
    assert (chosen.names, chosen.titles, chosen.kinds) == (("c", "b"), ("C", ""), ("word", "history"))


def test_names_are_any_texts_and_looked_up_as_they_were() -> None:
    odd = ["", "a\0b", "é", "音楽", "\U0001f469\u200d\U0001f3a4", "x" * 100_000, "A", "a"]
    users = Vocabulary(odd, "user")
    assert users.names == tuple(odd)
    assert [users.index(name) for name in odd] == list(range(len(odd)))
    assert users.indices([*odd, "none"]).tolist() == [*range(len(odd)), -1]
    assert users.fingerprint == hashlib.sha256("".join(f"{name}\0" for name in odd).encode()).hexdigest()[:16]
    assert users.select([3, 0]).names == ("音楽", "")
    assert users.with_name("none").indices(["none", *odd]).tolist() == [len(odd), *range(len(odd))]
    with pytest.raises(DataError, match="1 user names occur twice"):
        users.with_name("A")
    with pytest.raises(DataError, match="2 user names occur twice"):
        Vocabulary([*odd, "", "A"], "user")
    for none in ("\ud83d", None, 7):
        with pytest.raises(DataError, match="a user name is no text"):
            Vocabulary(["a", none], "user")  # type: ignore[list-item]
    with pytest.raises(DataError, match="unknown user"):
        users.index("\ud83d")


def test_near_names_are_told_of_few_and_of_many() -> None:
    few = Vocabulary(["sound", "price"], "feature")
    with pytest.raises(DataError) as error:
        few.index("suond")
    assert str(error.value.hint).startswith("The nearest known: sound. 2 are known;")
    many = Vocabulary([f"user{number}" for number in range(FEW + 1)], "user")
    with pytest.raises(DataError) as error:
        many.index("user12x")
    assert str(error.value.hint).startswith("The nearest known: user12")
    with pytest.raises(DataError) as error:
        many.index("nobody")
    assert str(error.value.hint).startswith("20,001 are known;")


def test_kinds_and_titles_follow_the_names_of_a_view() -> None:
    words = Vocabulary(["b", "a"], "feature", ["", "An A"])
    items = Vocabulary([f"i{number}" for number in range(300)] + ["a"], "item")
    both = Vocabulary.of_kinds([("word", words), ("history", items)])
    assert both.names == ("b", "a", *items.names)
    assert both.titles == ("", "An A", *[""] * 301)
    assert (both.index("a", "word"), both.index("a", "history"), both.index("i299")) == (1, 302, 301)
    assert both.indices(["a", "b", "i0"], "history").tolist() == [302, -1, 2]
    assert both.indices([*items.names, "b"], "history").tolist() == [*range(2, 303), -1]
    assert both.indices(["a"], "smell").tolist() == [-1]
    with pytest.raises(DataError, match="'a' is there as word, history"):
        both.index("a")


def test_a_large_vocabulary_lies_beside_memory_and_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = small_world()
    save_dataset(data, tmp_path / "d")
    monkeypatch.setattr("pyexplain.data.store.Room", lambda: Room(8, tmp_path))
    read = load_dataset(tmp_path / "d")
    assert (read.users.names, read.items.names, read.fingerprint) == (data.users.names, data.items.names, data.fingerprint)

    monkeypatch.setattr("pyexplain.data.store.Strings.of_frame", without_room(Strings.of_frame))
    assert load_dataset(tmp_path / "d").users.names == data.users.names


def without_room(of_frame: Callable[..., Strings]) -> Callable[..., Strings]:
    """A disk that has no room."""

    def full(column: pd.Series, *room: Room) -> Strings:
        if room:
            raise DataError("no space is left")
        return of_frame(column)

    return full
