"""Texts of other scripts: where sentences and clauses end, what a word is, and that sides come out right."""

from __future__ import annotations

import pandas as pd
import pytest

from pyexplain.data.types import Reviews
from pyexplain.extraction.extract import Extractor
from pyexplain.extraction.language import Language
from pyexplain.extraction.learn import learn_lexicon
from pyexplain.extraction.lexicon import ExtractOptions
from pyexplain.extraction.tokens import asks, clean, sentences, tokens

from ..readers import made
from ..shared import SHARED, needs
from .test_extraction import reviews

CHINESE = Language("chinese", {"很好": 1.0, "很差": -1.0}, negators=frozenset({"不"}), contrast=frozenset({"但"}))
PARTS = ("音质", "电池", "价格")


def split(text: str) -> list[str]:
    return [sentence.strip() for sentence in sentences(clean(text))]


@pytest.mark.parametrize("mark", list("。！？；｡…؟۔؛।॥።፧፨։។།．") + ["？！", "。。", "!!", "。」", "…”"])
def test_a_mark_of_any_script_ends_a_sentence(mark: str) -> None:
    assert split(f"音质 很好{mark}电池 很差") == [f"音质 很好{mark}", "电池 很差"]
    assert split(f"Nice sound{mark} Bad cable") == [f"Nice sound{mark}", "Bad cable"]


def test_a_full_width_stop_does_not_part_a_number() -> None:
    assert split("４．５ 很好") == ["４．５ 很好"]


@pytest.mark.parametrize(
    ("mark", "plain"), [("，", ","), ("、", ","), ("،", ","), ("：", ":"), ("（", "("), ("）", ")"), ("／", "/")]
)
def test_marks_within_a_sentence_are_those_known_here(mark: str, plain: str) -> None:
    assert tokens(f"音质{mark}电池") == tokens(f"音质{plain}电池") == ["音质", plain, "电池"]


@pytest.mark.parametrize("mark", list("?？؟՞፧"))
def test_a_question_of_any_script_states_nothing(mark: str) -> None:
    assert asks(f"音质 很好{mark}")
    assert not asks("音质 很好。")


def test_vowel_signs_and_accents_belong_to_their_word() -> None:
    assert tokens("बैटरी अच्छी है।") == ["बैटरी", "अच्छी", "है"]
    assert tokens("cafe\u0301 noir") == ["cafe\u0301", "noir"]


@pytest.mark.parametrize("gap", ["", " "])
def test_sides_are_right_in_segmented_chinese(gap: str) -> None:
    said = [(f"{part} {how}{gap}。", stars) for part in PARTS for how, stars in (("很好", 5), ("很差", 1))]
    options = ExtractOptions(features=dict.fromkeys(PARTS, ()), language=CHINESE, min_pair=1)
    extractor = Extractor(learn_lexicon([reviews(*said, times=5)], options))
    text = f"音质 很好{gap}。电池 很差{gap}！价格 很好{gap}？ 价格 很差，音质 很好；电池 很好{gap}。"
    assert [mention[:3] for mention in extractor.mentions_of(text)] == [
        ("音质", "很好", 1.0), ("电池", "很差", -1.0), ("价格", "很差", -1.0), ("音质", "很好", 1.0), ("电池", "很好", 1.0),
    ]  # fmt: skip
    assert extractor.mentions_of(text)[1][3] == f"电池 很差{gap}！"  # the sentence whole


NAMES = {
    "音质": "sound", "线材": "cable", "电池": "battery", "价格": "price", "外壳": "case", "屏幕": "screen",
    "klang": "sound", "kabel": "cable", "akku": "battery", "preis": "price", "gehäuse": "case", "bildschirm": "screen",
}  # fmt: skip


@needs("cases")
@pytest.mark.parametrize(("name", "language"), [("zh_seg.jsonl", "zh.json"), ("de.jsonl", "de.json")])
def test_sides_of_made_up_reviews_in_other_languages(name: str, language: str) -> None:
    cases = SHARED / "cases"
    truth = pd.read_csv(cases / "00-base" / "truth.csv").drop(columns="rating")
    texts = Reviews(made.frame(made.source(cases / "14-chinese" / name)))
    options = ExtractOptions(features=dict.fromkeys(NAMES, ()), language=Language.load(cases / "14-chinese" / language), min_pair=1)
    found = Extractor(learn_lexicon([texts], options)).mentions(texts).frame
    sides = {(u, i, NAMES[f], int(s)) for u, i, f, s in found[["user", "item", "feature", "sentiment"]].itertuples(index=False)}
    assert sides == set(truth.itertuples(index=False, name=None))
