"""Each format: found by its look, read, and what can be written comes back the same."""

from __future__ import annotations

import gzip
import json
import pickle
from pathlib import Path

import pandas as pd
import pytest

from pyexplain.errors import DataError, UsageError
from pyexplain.preparation.open import find_reader, open_mentions
from pyexplain.readers import MentionTable, ReadOptions

from ..shared import SHARED, needs
from . import made

NEW = {
    "user_id": "u1",
    "parent_asin": "i1",
    "asin": "x",
    "rating": 4,
    "title": "Fine",
    "text": "Nice.",
    "timestamp": 1_600_000_000_500,
}


def test_amazon_2014_with_and_without_gzip_gives_the_same(tmp_path: Path) -> None:
    plain, packed = (made.amazon(tmp_path / name, made.GOOD, good=3) for name in ("a.json", "b.json.gz"))
    one, two = made.frame(made.source(plain)), made.frame(made.source(packed))
    pd.testing.assert_frame_equal(one, two)
    assert one.iloc[0].tolist() == ["u1", "i1", 5.0, "Great sound.", 1_400_000_000]


def test_amazon_2018_without_text_is_kept_and_counted(tmp_path: Path) -> None:
    bare = {key: value for key, value in made.GOOD.items() if key != "reviewText"}
    found = made.source(made.amazon(tmp_path / "a.json", bare))
    assert made.frame(found)["text"].tolist() == [""]
    assert found.report.notes["without text"] == 1


def test_amazon_2023_has_milliseconds_and_parent_asin(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(NEW) + "\n")
    assert made.frame(made.source(path)).iloc[0].tolist() == ["u1", "i1", 4.0, "Fine\nNice.", 1_600_000_000]
    assert made.frame(made.source(path, summary=False))["text"].tolist() == ["Nice."]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_csv_with_quoted_line_breaks(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "a.csv"
    header = delimiter.join(["user_id", "item_id", "rating", "timestamp", "text"])
    path.write_text(f'{header}\nu{delimiter}i{delimiter}4{delimiter}2014-02-28{delimiter}"One.\nTwo ""2""."\n')
    assert made.frame(made.source(path)).iloc[0].tolist() == ["u", "i", 4.0, 'One.\nTwo "2".', 1_393_545_600]


def test_csv_columns_as_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("who,what,stars,words\nu,i,3,Fine.\n")
    told = {"user": "who", "item": "what", "text": "words"}
    found = made.source(path, format="csv", columns=told)
    assert made.frame(found).iloc[0].tolist() == ["u", "i", 3.0, "Fine.", -1]
    with pytest.raises(UsageError, match="no column 'where'"):
        made.frame(made.source(path, format="csv", columns={**told, "user": "where"}))
    with pytest.raises(DataError, match="no column for user, item"):
        made.frame(made.source(path, format="csv"))


def test_parquet_reads_batches_and_dates(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    times = pd.to_datetime(["2014-02-28"] * 5)
    users = [f"u{k}" for k in range(5)]
    pd.DataFrame({"user": users, "item": "i", "rating": 5, "text": "Good.", "timestamp": times}).to_parquet(path)
    found = made.source(path, chunk=2)
    assert [len(chunk) for chunk in found.chunks()] == [2, 2, 1]
    assert made.frame(found)["time"].unique().tolist() == [1_393_545_600]


def test_recbole_interactions(tmp_path: Path) -> None:
    path = tmp_path / "a.inter"
    path.write_text('user_id:token\titem_id:token\trating:float\ttimestamp:float\nu\ti"x\t4\t1400000000.0\n')
    assert made.frame(made.source(path)).iloc[0].tolist() == ["u", 'i"x', 4.0, "", 1_400_000_000]


def told(table: MentionTable) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    pairs = table.interactions[["user", "item", "rating", "time", "split"]].itertuples(index=False, name=None)
    return sorted(pairs), sorted(table.mentions.itertuples(index=False, name=None))


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.parquet"])
def test_mentions_table_round_trip(tmp_path: Path, name: str) -> None:
    made.readers()["mentions-csv"]().write(made.small_table(), tmp_path / name)
    table, report = open_mentions(tmp_path / name, made.registry())
    assert told(table) == told(made.small_table())
    assert report.kept == 4


# What a format cannot hold is left out of what is compared: "sentence", "split", "time", "opinion"; pairs without mentions.
@pytest.mark.parametrize(
    ("format", "file", "lacks"),
    [
        ("recbole-mentions", "a.inter", {"sentence"}),
        ("cornac", "a.txt", {"sentence", "split", "silent"}),
        ("mter", "a.entry", {"sentence", "split", "time", "opinion", "silent"}),
        ("fact", "a.entry", {"sentence", "split", "time", "opinion", "silent"}),
        ("cer", "a.txt", {"split", "time", "silent", "rating"}),
    ],
)
def test_mentions_round_trip(tmp_path: Path, format: str, file: str, lacks: set[str]) -> None:
    table = made.small_table()
    made.readers()[format]().write(table, tmp_path / file)
    path = tmp_path if format == "cornac" else tmp_path / file
    found, report = open_mentions(path, made.registry())
    expected, mentions = table.interactions.copy(), table.mentions.copy()
    if "silent" in lacks:
        expected = expected.iloc[:3]
    blank = {"split": "", "time": -1, "rating": 5.0}
    expected = expected.assign(**{column: blank[column] for column in lacks & set(blank)})
    mentions = mentions.assign(**dict.fromkeys(lacks & {"sentence", "opinion"}, ""))
    assert told(found) == told(MentionTable(expected, mentions))
    assert ("without a rating, taken as liked" in report.notes) == ("rating" in lacks)


def test_mentions_folder_is_joined_by_review_id(tmp_path: Path) -> None:
    (tmp_path / "interactions.csv").write_text("review_id,user_id,item_id,rating,split\n0,u,i,5,train\n1,v,i,2,test\n")
    (tmp_path / "mentions.csv").write_text("review_id,feature,sentiment\n0,screen,1\n0,Screen,-1\n1,case,1\n")
    table, _ = open_mentions(tmp_path, made.registry())
    assert table.mentions[["user", "feature", "sentiment"]].values.tolist() == [
        ["u", "screen", 1.0],
        ["u", "screen", -1.0],
        ["v", "case", 1.0],
    ]
    assert table.interactions["split"].tolist() == ["train", "test"]


def test_of_a_pair_that_comes_twice_the_latest_is_kept_with_its_own_mentions(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    header = "user_id,item_id,rating,feature,sentiment,timestamp\n"
    path.write_text(header + "u,i,5,screen,1,200\nu,i,1,case,-1,100\nu,i,5,lens,1,200\n")
    table, report = open_mentions(path, made.registry())
    assert table.mentions["feature"].tolist() == ["screen", "lens"]
    assert report.dropped == {"duplicate of a later review": 1}
    assert report.kept == 1


REVIEWS = [
    {
        "user": "u",
        "item": "p",
        "rating": 5,
        "text": "Long battery life. Dim screen.",
        "sentence": [("screen", "dim", "Dim screen", -1)],
    },
    {"user": "v", "item": "p", "rating": 4, "text": "Nothing.", "template": ("screen", "bright", "Bright", 1)},
    {"user": "w", "item": "q", "rating": 3, "text": "Nothing at all."},
]


@pytest.mark.parametrize("packed", [True, False])
def test_sentires_guide_as_pickle_and_as_json_lines(tmp_path: Path, packed: bool) -> None:
    path = tmp_path / ("reviews.pickle" if packed else "reviews.jsonl")
    path.write_bytes(pickle.dumps(REVIEWS) if packed else "\n".join(map(json.dumps, REVIEWS)).encode())
    table, _ = open_mentions(path, made.registry())
    assert len(table) == 3
    assert table.mentions.values.tolist() == [
        ["u", "p", "screen", "dim", -1.0, "Dim screen"],
        ["v", "p", "screen", "bright", 1.0, "Bright"],
    ]


def fold(folder: Path, name: str = "1", **parts: str) -> Path:
    """reviews.pickle of twelve records and a fold beside it."""
    records = [{**REVIEWS[0], "user": f"u{k % 4}", "item": f"i{k}"} for k in range(12)]
    (folder / "reviews.pickle").write_bytes(pickle.dumps(records, 2))
    (folder / name).mkdir()
    for part, numbers in parts.items():
        (folder / name / f"{part}.index").write_text(numbers)
    return folder / "reviews.pickle"


def test_a_fold_is_used_when_it_is_asked_for(tmp_path: Path) -> None:
    path = fold(tmp_path, train="0 1 2 3 4 5", validation="6 7", test="8 9\n10")
    table, report = open_mentions(path, made.registry(), options=ReadOptions(fold="1"))
    assert table.interactions["split"].tolist() == ["train"] * 6 + ["validation"] * 2 + ["test"] * 3
    assert report.dropped == {"in no part of fold 1": 1}
    assert "the split is fold 1" in report.assumed
    table, report = open_mentions(tmp_path, made.registry())
    assert set(table.interactions["split"]) == {""}
    assert any("--fold 1 takes one" in line for line in report.assumed)


@pytest.mark.parametrize(
    ("parts", "what"),
    [
        ({"train": "0 1", "validation": "2"}, "a file of the fold is missing"),
        ({"train": "0 1", "validation": "2", "test": "12"}, "'12' is not a number of one of the 12 records"),
        ({"train": "0 1", "validation": "2", "test": "x"}, "'x' is not a number"),
        ({"train": "0 1", "validation": "1", "test": "3"}, "record 1 is in train too"),
    ],
)
def test_a_broken_fold_is_named(tmp_path: Path, parts: dict[str, str], what: str) -> None:
    with pytest.raises(DataError, match=what) as caught:
        open_mentions(fold(tmp_path, **parts), made.registry(), options=ReadOptions(fold="1"))
    assert ".index" in caught.value.where


def test_sentiments_beyond_one_are_a_scale_or_mistakes(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("".join(f"u{k},i{k % 3},screen:big:{2 if k % 2 else -4},case:red:1\n" for k in range(10)))
    table, report = open_mentions(path, made.registry())
    assert sorted(set(table.mentions["sentiment"])) == [-1.0, 0.25, 0.5]
    assert "sentiments lie between -4 and 4: divided by 4" in report.assumed
    path.write_text("".join(f"u{k},i{k % 3},screen:big:1\n" for k in range(400)) + "v,i,screen:big:3\n")
    with pytest.raises(DataError, match="sentiment '3' is not a number in -1..1") as caught:
        open_mentions(path, made.registry())
    assert caught.value.where == f"{path}:401"


def test_sentires_folder_finds_the_reviews_of_its_sentences(tmp_path: Path) -> None:
    (tmp_path / "x.lexicon").write_text("[1]\tbattery life|long\t1\t0\n[-1]\tscreen|dim\t1\t0\n")
    profile = "e\t1\tp\t2\nf\t\tbattery life\no\t\t\tlong\t1\nc\t\t\t\tLong battery life (1)\n"
    profile += "f\t\tscreen\no\t\t\tdim\t2\nc\t\t\t\tDim screen (1)\nc\t\t\t\tNo such words (1)\n"
    (tmp_path / "x.profile").write_text(profile)
    (tmp_path / "product2json.pickle").write_bytes(pickle.dumps({"p": REVIEWS[:2], "q": REVIEWS[2:]}))
    table, report = open_mentions(tmp_path, made.registry())
    assert table.mentions[["user", "feature", "opinion", "sentiment"]].values.tolist() == [
        ["u", "battery life", "long", 1.0],
        ["u", "screen", "dim", -1.0],
    ]
    assert report.notes["sentence found in no review"] == 1
    (tmp_path / "x.lexicon").unlink()
    with pytest.raises(DataError, match="no lexicon"):
        open_mentions(tmp_path, made.registry())


def test_unknown_name_and_wrong_kind_are_wrong_use(tmp_path: Path) -> None:
    path = made.amazon(tmp_path / "a.json", made.GOOD)
    with pytest.raises(UsageError, match="unknown reader 'amazn'"):
        find_reader(path, made.registry(), "amazn")
    with pytest.raises(UsageError, match="holds mentions"):
        find_reader(path, made.registry(), "cornac", ("reviews",))
    with pytest.raises(UsageError, match="cannot be written"):
        made.readers()["amazon"]().write(made.small_table(), tmp_path / "b")


SAMPLES = {
    "cornac_sentiment.txt": ("cornac", 4, 5),
    "fact_train.head": ("fact", 10, 38),
    "mter_entry.head": ("mter", 10, 35),
    "sentires_run_laptop.reviews.jsonl": ("sentires-guide", 20, 16),
}


@needs("formats")
@pytest.mark.parametrize("file", SAMPLES)
def test_samples_of_real_files(file: str) -> None:
    format, pairs, mentions = SAMPLES[file]
    path = SHARED / "formats" / file
    assert find_reader(path, made.registry()).name == format
    table, _ = open_mentions(path, made.registry(), options=ReadOptions())
    assert (len(table), len(table.mentions)) == (pairs, mentions)


@needs("cellphones")
def test_cell_phones_are_read_whole() -> None:
    table, report = open_mentions(SHARED / "cellphones", made.registry())
    assert (len(table), len(table.mentions), table.mentions["feature"].nunique()) == (75_407, 555_083, 101)
    assert (table.interactions["split"] == "test").sum() == 7_411
    assert not report.bad


@needs("reviews")
@pytest.mark.parametrize(
    ("file", "kept", "repeated"),
    [
        ("amazon2014_reviews_Musical_Instruments_5.json.gz", 10_261, 0),
        ("amazon2014_reviews_Digital_Music_5.partial.json.gz", 6_908, 0),
        ("amazon2018_All_Beauty_5.json.gz", 4_092, 1_177),
        ("amazon2018_Gift_Cards_5.json.gz", 2_965, 7),
    ],
)
def test_real_review_files(file: str, kept: int, repeated: int) -> None:
    found = made.source(SHARED / "reviews" / file)
    assert len(found.interactions()) == kept == found.report.kept
    assert found.report.dropped.get("duplicate of a later review", 0) == repeated


def test_wanted_rows_alone_are_handed_on(tmp_path: Path) -> None:
    path = made.amazon(tmp_path / "a.json.gz", good=10)
    found = made.source(path, chunk=4)
    wanted = found.interactions()["row"].to_numpy() % 3 == 0
    assert [user for chunk in found.chunks(wanted) for user in chunk.frame["user"]] == ["g0", "g3", "g6", "g9"]
    assert gzip.decompress(path.read_bytes()).count(b"\n") == 10


def test_the_columns_to_name_are_those_of_what_is_read(tmp_path: Path) -> None:
    """A table whose columns have other names: of mentions nobody is told to name a text."""
    path = tmp_path / "told.csv"
    path.write_text("customer,product,aspect,value\na,b,c,1\nd,e,f,-1\n")
    with pytest.raises(DataError, match="there is no column for rating, sentiment") as of_mentions:
        open_mentions(path, made.registry())
    assert '"sentiment": ...' in of_mentions.value.hint
    assert '"text"' not in of_mentions.value.hint
    with pytest.raises(DataError) as of_reviews:
        find_reader(path, made.registry())
    assert '"text": ...' in of_reviews.value.hint
