"""Extraction: the hand-made sentences, what is learned and from what, the user's control, and thin data."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from pyexplain.data.types import Reviews
from pyexplain.errors import DataError, UsageError
from pyexplain.extraction.english import english
from pyexplain.extraction.extract import Extractor, extract_mentions
from pyexplain.extraction.language import Language
from pyexplain.extraction.learn import learn_lexicon
from pyexplain.extraction.lexicon import ExtractOptions, Lexicon
from pyexplain.extraction.tokens import clean, sentences

from .handmade import handmade, taught


def reviews(*said: tuple[str, float], times: int = 1) -> Reviews:
    """One review a (text, stars), each `times` over, by users of their own."""
    rows = [(f"u{n}-{k}", f"i{n}", float(stars), text, n) for n, (text, stars) in enumerate(said) for k in range(times)]
    return Reviews(pd.DataFrame(rows, columns=["user", "item", "rating", "text", "time"]))


def learned(*said: tuple[str, float], times: int = 20, **options: object) -> Lexicon:
    return learn_lexicon([reviews(*said, times=times)], ExtractOptions(**{"min_pair": 1, **options}))  # type: ignore[arg-type]


def found(lexicon: Lexicon, text: str) -> list[tuple[str, str, float]]:
    return [mention[:3] for mention in Extractor(lexicon).mentions_of(text)]


@pytest.fixture(scope="module")
def by_phenomenon() -> dict[str, Counter[str]]:
    """phenomenon -> right, extra, missing triples."""
    extractor = Extractor(taught())
    counts: dict[str, Counter[str]] = {}
    for sentence in handmade():
        count = counts.setdefault(sentence.phenomenon, Counter())
        got = [mention[:3] for mention in extractor.mentions_of(sentence.text)]
        hits = [any((f, side) == (g, s) and o in words for g, words, s in sentence.wanted) for f, o, side in got]
        reached = [any((f, side) == (g, s) and o in words for f, o, side in got) for g, words, s in sentence.wanted]
        count.update(right=sum(reached), extra=len(hits) - sum(hits), missing=len(reached) - sum(reached), sentences=1)
    return counts


def f1(count: Counter[str]) -> float:
    return 2 * count["right"] / max(1, 2 * count["right"] + count["extra"] + count["missing"])


def test_handmade_sentences_as_a_whole(by_phenomenon: dict[str, Counter[str]]) -> None:
    total = sum(by_phenomenon.values(), Counter())
    assert total["sentences"] >= 150
    assert f1(total) >= 0.9, total


@pytest.mark.parametrize(
    "phenomenon",
    ["plain", "negation", "contrast", "two features", "one feature, two opinions", "comparative", "question", "hypothetical",
     "intensifier", "context", "spelling", "long", "pronoun"],
)  # fmt: skip
def test_handmade_sentences_by_phenomenon(by_phenomenon: dict[str, Counter[str]], phenomenon: str) -> None:
    assert f1(by_phenomenon[phenomenon]) >= 0.8, by_phenomenon[phenomenon]


def test_sentences_that_say_nothing_give_nothing(by_phenomenon: dict[str, Counter[str]]) -> None:
    assert by_phenomenon["nothing"]["extra"] <= 1


CORPUS = [
    ("The battery life is great.", 5), ("Poor battery life.", 1), ("The screen is sharp and the price is fair.", 5),
    ("A dull screen.", 2), ("Great screens.", 5), ("I love the price.", 4), ("The price is terrible.", 1),
    ("It came on a Tuesday with the mail.", 3),
]  # fmt: skip


def test_features_are_learned_with_phrases_and_plurals() -> None:
    lexicon = learned(*CORPUS)
    names = {feature.name: feature for feature in lexicon.features}
    assert {"battery life", "screen", "price"} <= set(names)
    assert "battery" not in names
    assert "tuesday" not in names  # nobody gives an opinion on it
    assert set(names["screen"].forms) == {"screen", "screens"}
    assert names["screen"].count == 60


def test_sides_come_from_the_stars() -> None:
    said = [("High quality.", 5), ("High noise.", 1), ("Great sound.", 5), ("Awful sound.", 1)]
    features = dict.fromkeys(("quality", "noise", "sound"), ())
    lexicon = learned(*said, features=features)
    assert found(lexicon, "High quality but high noise.") == [("quality", "high", 1.0), ("noise", "high", -1.0)]
    assert english().opinions["high"] == 0


def test_the_stars_do_not_overrule_a_clear_word() -> None:
    lexicon = learned(("Terrible sound.", 5), ("Great sound.", 5), ("Bad sound.", 1), features={"sound": ()})
    assert found(lexicon, "Terrible sound.") == [("sound", "terrible", -1.0)]


def test_opinion_words_are_extended_from_the_corpus() -> None:
    said = [(f"The strap is {how} {word}.", 5) for how in ("very", "so", "too") for word in ("grippy", "sturdy")]
    assert "grippy" not in english().opinions
    assert learned(*said, features={"strap": ()}).opinions["grippy"] > 0


def test_nothing_but_the_reviews_given_is_learned_from() -> None:
    one = learned(*CORPUS)
    other = learned(*CORPUS[:-2])
    assert one.to_json() != other.to_json()
    assert learned(*CORPUS).to_json() == one.to_json()


def test_rare_pairs_are_left_out_where_asked() -> None:
    said = [("Great sound.", 5)] * 9 + [("Clear sound.", 5)]
    lexicon = learned(*said, times=1, min_pair=5, features={"sound": ()})
    assert found(lexicon, "Great sound. Clear sound. Lovely sound.") == [("sound", "great", 1.0)]
    assert len(found(learned(*said, times=1, min_pair=1, features={"sound": ()}), "Clear sound. Lovely sound.")) == 2


def test_the_user_decides_about_features() -> None:
    own = learned(*CORPUS, features={"display": ("screen", "screens"), "cost": ("price",)})
    assert [f.name for f in own.features] == ["display", "cost"]
    assert found(own, "Great screens, great cost.") == [("display", "great", 1.0), ("cost", "great", 1.0)]
    stopped = learned(*CORPUS, stop_features=("Screen",))
    assert not {"screen", "screens"} & {f.name for f in stopped.features}
    merged = learned(*CORPUS, merge=(("price", "screen", "screens"),))
    assert found(merged, "The screen is great.") == [("price", "great", 1.0)]
    apart = learned(*CORPUS, merge_plurals=False)
    assert {"screen", "screens"} <= {f.name for f in apart.features}
    assert len(learned(*CORPUS, max_features=2).features) == 2
    assert {f.name for f in learned(*CORPUS, min_count=41).features} == {"screen", "price"}


def test_a_vocabulary_must_make_sense() -> None:
    with pytest.raises(DataError, match="'screen' stands for 'display' and for 'glass'"):
        learned(*CORPUS, features={"display": ("screen",), "glass": ("screen",)})
    with pytest.raises(DataError, match="the feature list is empty"):
        learned(*CORPUS, features={})
    with pytest.raises(UsageError, match="min_count must be at least 1"):
        ExtractOptions(min_count=0)


def test_thin_reviews_are_an_explained_error() -> None:
    with pytest.raises(DataError, match="no feature is judged in 500 training reviews, of 160; the most judged one is in"):
        learned(*CORPUS, min_count=500)
    with pytest.raises(DataError, match="none of the 20 training reviews has a text"):
        learned(("", 5))
    with pytest.raises(DataError, match="none of the 0 training reviews"):
        learn_lexicon([])


def test_a_lexicon_survives_its_file(tmp_path: Path) -> None:
    lexicon = taught()
    lexicon.save(tmp_path / "lexicon.json")
    again = Lexicon.load(tmp_path / "lexicon.json")
    assert again.to_json() == lexicon.to_json()
    text = "High quality, but the noise is high."
    assert found(again, text) == found(lexicon, text) != []


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": 9}', '{"schema": 1, "features": 3}', "not json"])
def test_a_damaged_lexicon_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(DataError) as caught:
        Lexicon.load(tmp_path / "a.json")
    assert "a.json" in caught.value.where


def test_any_number_of_processes_gives_the_same() -> None:
    lexicon = learned(*CORPUS)
    chunks = [reviews(*CORPUS[k:], ("Great screen and awful price.", 3)) for k in range(4)]
    alone, together = (list(extract_mentions(chunks, lexicon, workers=n)) for n in (1, 2))
    assert len(alone) == len(together) == 4
    for one, other in zip(alone, together, strict=True):
        pd.testing.assert_frame_equal(one.frame, other.frame)
    assert len(alone[0]) > 5


def test_chunks_do_not_change_what_is_learned() -> None:
    whole = reviews(*CORPUS, times=30)
    pieces = [Reviews(whole.frame.iloc[k : k + 7].reset_index(drop=True)) for k in range(0, len(whole), 7)]
    for limit in (1000, 50):  # 50: every fourth or eighth review is kept, whatever the chunks
        options = ExtractOptions(min_count=1, learn_reviews=limit)
        assert learn_lexicon([whole], options).to_json() == learn_lexicon(pieces, options).to_json()
    assert learn_lexicon([whole], options).reviews <= 50


def test_sentences_and_tags_of_web_pages() -> None:
    lexicon = taught()
    text = "Great sound.<br />The lid leaks &amp; the pump isn&#39;t great.Nice case (see amazon.com)\nUgly cord"
    sentences = [mention[3] for mention in Extractor(lexicon).mentions_of(text)]
    assert sentences == ["Great sound.", "The lid leaks & the pump isn't great.", "The lid leaks & the pump isn't great.",
                         "Nice case (see amazon.com)", "Ugly cord"]  # fmt: skip


def test_a_quote_is_not_cut_in_the_middle_of_a_name() -> None:
    text = "The J.B.'s are a great band. Robert F. Kennedy has a nice voice. And so do I. Ugly cord, made in the U.S.A. today"
    wanted = [
        "The J.B. 's are a great band.",
        "Robert F. Kennedy has a nice voice.",
        "And so do I.",
        "Ugly cord, made in the U.S.A. today",
    ]
    assert [sentence.strip() for sentence in sentences(clean(text))] == wanted


GERMAN = {
    "name": "german", "opinions": {"gut": 0.8, "guter": 0.8, "schlecht": -0.8, "schlechter": -0.8},
    "negators": ["nicht", "kein"], "linking": ["ist", "sind"], "determiners": ["der", "die", "das", "ein", "kein"],
    "contrast": ["aber"], "conjunctions": ["und"], "degree": ["sehr"], "intensifiers": ["sehr"], "plurals": [["en", ""]],
}  # fmt: skip


def test_another_language_by_its_lexicon(tmp_path: Path) -> None:
    (tmp_path / "german.json").write_text(json.dumps(GERMAN))
    language = Language.load(tmp_path / "german.json")
    said = [("Der Klang ist gut.", 5), ("Das Gehäuse ist sehr schlecht.", 1), ("Ein guter Klang.", 5), ("Das Gehäuse ist gut.", 4)]
    lexicon = learned(*said, language=language)
    assert {feature.name for feature in lexicon.features} == {"klang", "gehäuse"}
    assert found(lexicon, "Der Klang ist nicht gut, aber das Gehäuse ist sehr gut.") == [
        ("klang", "gut", -1.0),
        ("gehäuse", "gut", 1.0),
    ]


def test_a_broken_language_is_refused(tmp_path: Path) -> None:
    for content, says in (
        ({"opinion": {}}, "unknown parts opinion"),
        ({"opinions": {"a": 3}}, "expected -1..1"),
        ([], "one JSON object"),
    ):
        (tmp_path / "a.json").write_text(json.dumps(content))
        with pytest.raises(DataError, match=says):
            Language.load(tmp_path / "a.json")


def test_words_of_another_are_not_corrected_to_ours() -> None:
    said = [*CORPUS, ("The price is pricey and the screed is great.", 5)]
    lexicon = learned(*said, features={"screen": (), "price": ()})
    assert found(lexicon, "The screed is great.") == []  # often seen, so a word of its own
    assert found(lexicon, "The scren is great.") == [("screen", "great", 1.0)]
    assert found(replace(lexicon, correct_spelling=False), "The scren is great.") == []


def test_rare_misspellings_are_neither_features_nor_words_of_their_own() -> None:
    said = [("Great battery.", 5), ("Awful battery.", 1)] * 500 + [("Great batetry.", 5)] * 4 + [("Great battrey.", 5)] * 40
    lexicon = learned(*said, times=1, min_count=3)
    assert {feature.name for feature in lexicon.features} == {"battery", "battrey"}  # the second one too often for a slip
    assert found(lexicon, "Awful batetry.") == [("battery", "awful", -1.0)]
