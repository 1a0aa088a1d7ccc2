"""Names, their numbers and their titles."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pyexplain import load_dataset, save_dataset
from pyexplain.data.titles import clean_title, shortened
from pyexplain.data.vocabulary import Vocabulary
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
