"""The report of an extraction: its counts, its examples, and its doubts."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from pyexplain.errors import DataError
from pyexplain.extraction.extract import Extractor
from pyexplain.extraction.lexicon import ExtractOptions
from pyexplain.extraction.report import extraction_report
from pyexplain.preparation.options import extract_options

from .test_extraction import learned, reviews

SAID = [("Great sound.", 5), ("Awful sound.", 1), ("High noise.", 1), ("High noise, sadly.", 2), ("Nothing here.", 3)]


def mentions() -> tuple[pd.DataFrame, int, object]:
    lexicon = learned(*SAID, features={"sound": (), "noise": (), "noises": ()})
    given = reviews(*SAID, times=20)
    return Extractor(lexicon).mentions(given).frame, len(given), lexicon


def test_counts_examples_and_pairs() -> None:
    found, count, lexicon = mentions()
    report = extraction_report(count, found, lexicon)
    assert (report.reviews, report.reviews_with_a_mention) == (100, 80)
    assert report.coverage == len(found) / 100
    assert report.features["sound"] == 40
    assert report.examples["sound"] == "Awful sound."
    pair = next(p for p in report.pairs if (p.feature, p.opinion) == ("sound", "great"))
    assert (pair.count, pair.mentions, pair.example) == (20, 20, "Great sound.")
    assert report.to_json()["pairs"][0]["feature"] in report.features


def test_an_example_shows_the_word_as_it_stands_and_says_where_it_never_does() -> None:
    """ "can't go wrong with" beside the polarity of "wrong" reads as a mistake of the extraction, and is none."""
    said = [*SAID, ("The wrong sound, sadly enough.", 1), ("Never a wrong sound.", 5), ("Not a bad noise.", 5), ("A bad sound.", 1)]
    lexicon = learned(*said, features={"sound": (), "noise": (), "noises": ()})
    given = reviews(*said, times=20)
    report = extraction_report(len(given), Extractor(lexicon).mentions(given).frame, lexicon)
    pairs = {(p.opinion, p.feature): p for p in report.pairs}
    both, never = pairs["wrong", "sound"], pairs["bad", "noise"]
    assert (both.mentions, both.turned, both.example) == (40, 20, "The wrong sound, sadly enough.")
    assert (never.mentions, never.turned, never.example) == (20, 20, "Not a bad noise.")
    assert pairs["great", "sound"].turned == 0


def test_what_was_merged_marked_and_left_out_is_listed() -> None:
    said = [
        (f"The {name} is {how}.", stars)
        for name in ("price", "cost", "costs", "strap")
        for how, stars in (("great", 5), ("bad", 1))
    ]
    said += [("A great deal.", 5), ("A bad deal.", 1)]
    lexicon = learned(*said)
    found = Extractor(lexicon).mentions(reviews(*said, times=20)).frame
    report = extraction_report(
        200, found, replace(lexicon, features=tuple(replace(f, product=f.name == "strap") for f in lexicon.features))
    )
    assert list(report.merged.values()) in ([["price"]], [["cost"]])
    assert report.products == ("strap",)
    assert report.left_out == {"deal": "evaluations"}
    assert report.to_json()["merged"] == report.merged


def test_options_of_the_vocabulary_as_they_are_typed() -> None:
    told = extract_options({"keep": "deal, Good Luck", "no_merge_synonyms": True})
    assert (told.keep, told.merge_synonyms) == (("deal", "good luck"), False)
    assert extract_options({"keep": "", "no_merge_synonyms": False}) == ExtractOptions()


def test_doubts() -> None:
    found, count, lexicon = mentions()
    doubts = " ".join(extraction_report(count, found, lexicon).look_at)
    assert "makes up 50% of all mentions" in doubts
    assert "good and bad about as often: sound" in doubts
    assert "noise and noises" in doubts
    assert "only 4.0% of the reviews" in " ".join(extraction_report(count * 20, found, lexicon).look_at)


def test_the_order_of_reviews_changes_nothing() -> None:
    found, count, lexicon = mentions()
    shuffled = found.sample(frac=1, random_state=0).reset_index(drop=True)
    assert extraction_report(count, found, lexicon) == extraction_report(count, shuffled, lexicon)


def test_nothing_found_is_an_explained_error() -> None:
    found, count, lexicon = mentions()
    with pytest.raises(DataError, match="none of 100 reviews says anything about any of the 3 features"):
        extraction_report(count, found.iloc[:0], lexicon)
