"""Files as people have them (the shared cases, where they are): ids, counts and mentions are those of the base."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from pyexplain.data.types import Dataset
from pyexplain.errors import DataError, PyexplainError
from pyexplain.extraction.language import Language
from pyexplain.extraction.lexicon import ExtractOptions
from pyexplain.preparation.prepare import extract, import_data, prepare
from pyexplain.preparation.settings import PrepareOptions
from pyexplain.readers import MentionTable, ReadOptions, ReadReport

from ..shared import SHARED, needs
from . import made

CASES = SHARED / "cases"
pytestmark = needs("cases")
EVERY = ExtractOptions(min_count=1, min_pair=1)  # a made-up file of 98 reviews: whatever is said once counts


def options(split: str = "random", **read: Any) -> PrepareOptions:
    known: dict[str, Any] = {"find_scale": True, "now": made.NOW} | read
    return PrepareOptions("case", split=split, read=ReadOptions(**known), extract=EVERY)


def extracted(case: str, **read: Any) -> tuple[MentionTable, ReadReport]:
    return extract([CASES / case], options(**read), made.registry())


def truth() -> pd.DataFrame:
    return pd.read_csv(CASES / "00-base" / "truth.csv", dtype={"user": str, "item": str})


def sides(mentions: pd.DataFrame) -> dict[tuple[str, float], int]:
    """(feature, side) -> how often."""
    counts: dict[tuple[str, float], int] = mentions.groupby(["feature", "sentiment"]).size().to_dict()
    return counts


def opposite(counts: dict[tuple[str, float], int]) -> dict[tuple[str, float], int]:
    return {(feature, -side): count for (feature, side), count in counts.items()}


SAME = [
    "00-base/reviews.jsonl", "01-yelp/yelp_academic_dataset_review.json", "03-steam/steam_01.csv", "03-steam/steam_reviews.json",
    "03-steam/steam_thumbs.csv", "04-half-stars/movielens_reviews.csv", "05-beeradvocate/beer.txt", "05-beeradvocate/hundred.csv",
    "05-beeradvocate/ten.csv", "06-tsv-stray-quote/amazon_reviews_us.tsv", "06-tsv-stray-quote/usual_names.tsv", "08-excel/bom.csv",
    "08-excel/sep.csv", "09-text/br.jsonl", "09-text/br_noperiod.jsonl", "09-text/bullets.jsonl", "09-text/caps.jsonl",
    "09-text/ellipsis.jsonl", "09-text/emoji.jsonl", "09-text/long.csv", "09-text/long.jsonl", "13-clothing/notext.csv",
    "13-clothing/dup_header.csv", "13-clothing/product_title.csv", "13-clothing/with_user.csv", "15-amazon2018/a2023.jsonl",
    "15-amazon2018/reviews_array.json",
]  # fmt: skip


@pytest.mark.parametrize("case", SAME)
def test_who_said_what_of_what_is_as_in_the_base(case: str) -> None:
    table, read = extracted(case)
    assert (read.read, read.kept, read.bad, read.dropped) == (98, 98, {}, {})
    said = ["user", "item", "feature", "sentiment"]
    found = table.mentions[said].sort_values(said).reset_index(drop=True)
    expected = truth()[said].sort_values(said).reset_index(drop=True)
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)


@pytest.mark.parametrize("case", ["04-half-stars/movielens_reviews.csv", "05-beeradvocate/hundred.csv", "05-beeradvocate/ten.csv"])
def test_the_same_pairs_are_liked_on_any_scale(case: str) -> None:
    base, found = (prepare([CASES / path], options(), made.registry()) for path in ("00-base/reviews.jsonl", case))
    assert [len(part) for part in (found.train, found.valid, found.test)] == [len(p) for p in (base.train, base.valid, base.test)]
    assert found.settings.max_rating == 5, "the values of features stay in the same box"
    assert found.user_features.values.max() <= 5


@pytest.mark.parametrize("case", ["09-text/curly.jsonl", "09-text/isnt.jsonl", "09-text/straight_not.jsonl"])
def test_what_is_negated_says_the_opposite(case: str) -> None:
    assert sides(extracted(case)[0].mentions) == opposite(sides(truth()))


GERMAN = {"klang": "sound", "kabel": "cable", "akku": "battery", "preis": "price", "gehäuse": "case", "bildschirm": "screen"}
CHINESE = {"音质": "sound", "线材": "cable", "电池": "battery", "价格": "price", "外壳": "case", "屏幕": "screen"}


@pytest.mark.parametrize(("file", "words", "names"), [("de.jsonl", "de.json", GERMAN), ("zh_seg.jsonl", "zh.json", CHINESE)])
def test_other_languages_say_the_same(file: str, words: str, names: dict[str, str]) -> None:
    folder = CASES / "14-chinese"
    features = dict.fromkeys((folder / "features.txt").read_text("utf-8").split(), ()) if names is CHINESE else None
    told = replace(EVERY, language=Language.load(folder / words), features=features)
    table, read = extract([folder / file], replace(options(), extract=told), made.registry())
    assert (read.read, read.kept, read.bad, read.dropped) == (98, 98, {}, {})
    said = ["user", "item", "feature", "sentiment"]
    found = table.mentions[said].astype({"feature": "str"}).replace({"feature": names}).sort_values(said).reset_index(drop=True)
    pd.testing.assert_frame_equal(found, truth()[said].sort_values(said).reset_index(drop=True), check_dtype=False)


@pytest.mark.parametrize("case", ["07-ids/ids.csv", "07-ids/ids.jsonl"])
def test_ids_are_intact(case: str) -> None:
    table, _ = extracted(case)
    assert sides(table.mentions) == sides(truth())
    assert {"0000031887", "31887", "NA", "null"} <= set(table.interactions["user"])
    assert {"12.0", "true", "0001"} <= set(table.interactions["item"])


def test_unrated_rows_are_dropped_and_counted() -> None:
    table, read = extracted("02-goodreads/goodreads.csv")
    assert (read.read, read.kept, read.dropped) == (98, 88, {"not rated": 10})
    rated = truth().merge(table.interactions[["user", "item"]], on=["user", "item"])
    assert sides(table.mentions) == sides(rated)
    assert any("0 is taken as 'not rated'" in line for line in read.assumed)
    assert extracted("02-goodreads/goodreads.csv", find_scale=False, min_rating=0.0)[1].kept == 98


def test_duplicates_and_missing_texts() -> None:
    assert extracted("15-amazon2018/dups.json")[1].dropped == {"duplicate of a later review": 20}
    assert extracted("15-amazon2018/nan_text.json")[1].notes["without text"] == 10


REFUSED = [
    ("08-excel/cp1252.csv", "not UTF-8", "iconv -f cp1252"),
    ("08-excel/german.csv", "'14/05/2014' is not a number, nor a date", "--date-format"),
    ("13-clothing/clothing.csv", "there is no column for user", "--columns"),
    ("15-amazon2018/meta.json", "there is no column for user, rating", "--columns"),
    ("15-amazon2018/a2023_5core.csv", "has a text", "text column"),
    ("18-cer/cer.txt", "looks like cer, which holds mentions", "data import"),
]


@pytest.mark.parametrize(("case", "what", "hint"), REFUSED)
def test_what_cannot_be_read_says_what_to_do(case: str, what: str, hint: str) -> None:
    with pytest.raises(DataError, match=what) as caught:
        extracted(case)
    assert made.advises(caught.value, hint)


def test_a_german_spreadsheet_with_its_form_of_dates() -> None:
    table, read = extracted("08-excel/german.csv", date_format="%d/%m/%Y")
    assert sides(table.mentions) == sides(truth())
    assert read.kept == 98


@pytest.mark.parametrize("split", ["random", "leave-last", "temporal"])
@pytest.mark.parametrize("case", ["all_one", "one", "two_each"])
def test_users_with_one_or_two_reviews(case: str, split: str) -> None:
    data = prepare([CASES / "16-one-review-users" / f"{case}.jsonl"], options(split), made.registry())
    said = " ".join(data.report["read"]["assumed"])  # type: ignore[index]
    for part, word in ((data.valid, "validation"), (data.test, "test")):
        assert (f"the {word} part is empty" in said) == (not len(part))


@pytest.mark.parametrize("split", ["leave-last", "temporal"])
def test_a_split_by_time_needs_times(split: str) -> None:
    with pytest.raises(PyexplainError, match="have no time"):
        prepare([CASES / "17-time" / "notime.csv"], options(split), made.registry())


def imported(case: str, format: str, **read: Any) -> Dataset:
    known: dict[str, Any] = {"find_scale": True} | read
    told = PrepareOptions("case", format=format, read=ReadOptions(**known))
    return import_data(CASES / case, told, made.registry())


def test_cornac_with_ratings_without_some_and_with_other_sentiments() -> None:
    with pytest.raises(DataError, match="rating is missing") as caught:
        imported("11-cornac", "cornac")
    assert made.advises(caught.value, "--without-rating drop", 'without_rating="drop"')
    dropped = imported("11-cornac", "cornac", without_rating="drop").report["read"]
    assert (dropped["read"], dropped["kept"], dropped["dropped"]) == (98, 87, {"not rated": 11})  # type: ignore[index]
    whole, scores = imported("11b-cornac-full", "cornac"), imported("11c-cornac-scores", "cornac")
    assert set(scores.evidence["sentiment"]) == set(whole.evidence["sentiment"]) == {-1.0, 1.0}
    assert "sentiments lie between -2 and 2: divided by 2" in scores.report["read"]["assumed"]  # type: ignore[index]


@pytest.mark.parametrize("file", ["reviews_p2.pickle", "reviews_p4.pickle"])
def test_peter_with_and_without_its_fold(file: str) -> None:
    data = imported(f"10-peter/{file}", "sentires-guide", fold="1")
    read = data.report["read"]
    assert (read["read"], read["kept"]) == (98, 98)  # type: ignore[index]
    assert "the split is fold 1" in read["assumed"]  # type: ignore[index]
    assert data.settings.split == "given"
    assert len(data.test) <= 10  # those of its ten that are liked
    assert imported(f"10-peter/{file}", "sentires-guide").settings.split == "random"


def test_peter_with_numbers_of_numpy() -> None:
    assert imported("10-peter/reviews_numpy.pickle", "auto").report["read"]["read"] == 98  # type: ignore[index]


def test_cer() -> None:
    table = imported("18-cer/cer.txt", "cer")
    assert len(table.train) + len(table.valid) + len(table.test) == 98
