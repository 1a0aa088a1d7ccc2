"""JSON under any names and layouts, Python literals, SNAP blocks: found by name or as told, in bounded memory."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path

import pytest

from pyexplain.errors import DataError, UsageError

from . import made

NAMED = {
    "yelp": {"review_id": "r", "user_id": "u", "business_id": "i", "stars": 4.0, "text": "Good.", "date": "2014-05-14 00:00:00"},
    "goodreads": {
        "user_id": "u", "book_id": "i", "rating": 4, "review_text": "Good.", "date_added": "Wed May 14 00:00:00 +0000 2014",
    },
    "steam": {"username": "u", "product_id": "i", "recommend": 4, "text": "Good.", "date": "2014-05-14"},
    "movielens": {"userId": "u", "movieId": "i", "rating": 4.0, "review": "Good.", "timestamp": 1_400_025_600},
    "google local": {"user_id": "u", "gmap_id": "i", "rating": 4, "text": "Good.", "time": 1_400_025_600_000, "name": "Somebody"},
    "google local of 2018": {
        "gPlusUserId": "u", "gPlusPlaceId": "i", "rating": 4.0, "reviewText": "Good.", "unixReviewTime": 1_400_025_600,
    },
    "tripadvisor": {
        "author": {"id": "u", "username": "x"}, "offering_id": "i", "ratings": {"overall": 4.0, "service": 5.0}, "text": "Good.",
        "date": "May 14, 2014",
    },
}  # fmt: skip


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("layout", ["lines", "array", "indented array", "indented objects", "literals"])
def test_records_that_people_have(tmp_path: Path, name: str, layout: str) -> None:
    records = [NAMED[name], {**NAMED[name], "extra": None}]
    texts = {
        "lines": "\n".join(map(json.dumps, records)),
        "array": json.dumps(records),
        "indented array": json.dumps(records, indent=2),
        "indented objects": "\n".join(json.dumps(record, indent=2) for record in records),
        "literals": "\n".join(map(repr, records)),
    }
    path = tmp_path / "a.json"
    path.write_text(texts[layout] + "\n")
    found = made.frame(made.source(path))
    assert found.iloc[0].tolist() == ["u", "i", 4.0, "Good.", 1_400_025_600]
    assert len(found) == 2


def test_python_literals_with_u_are_read_and_nothing_is_run(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    line = "{u'user_id': u'u', u'item_id': u'i', u'rating': 5, u'text': u'It\\'s good \\\\d.'}\n"
    path.write_text(line * 200 + "{'user_id': __import__('os').abort(), 'item_id': 'i', 'rating': 5}\n")
    with pytest.raises(DataError, match="no Python literal of plain values") as caught:
        made.frame(made.source(path))
    assert caught.value.where == f"{path}:201"
    found = made.source(path, skip_bad=True)
    assert made.frame(found)["text"].unique().tolist() == ["It's good \\d."]
    assert any("nothing is run" in line for line in found.report.assumed)


def test_keys_as_told_also_inside_others(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    record = {"reviewer": {"id": "u", "age": 3}, "thing": {"code": {"ean": "i"}}, "points": {"all": 4}, "words": "Good."}
    path.write_text(json.dumps(record) + "\n")
    told = {"user": "reviewer.id", "item": "thing.code.ean", "rating": "points.all", "text": "words"}
    assert made.frame(made.source(path, columns=told)).iloc[0].tolist() == ["u", "i", 4.0, "Good.", -1]
    with pytest.raises(UsageError, match=r"no column 'reviewer\.name' for user"):
        made.frame(made.source(path, format="json", columns={**told, "user": "reviewer.name"}))
    with pytest.raises(UsageError, match="no 'users' to name"):
        made.frame(made.source(path, columns={"users": "reviewer.id"}))


def test_keys_as_told_for_a_format_that_is_known_by_name(tmp_path: Path) -> None:
    path = made.amazon(tmp_path / "a.json", {**made.GOOD, "reviewerName": "somebody"})
    assert made.frame(made.source(path, columns={"user": "reviewerName"})).iloc[0].tolist()[:3] == ["somebody", "i1", 5.0]


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "tsv", "parquet"])
def test_told_columns_count_when_the_format_is_looked_for(tmp_path: Path, suffix: str) -> None:
    import pandas as pd

    path = tmp_path / f"a.{suffix}"
    frame = pd.DataFrame([{"who": "u", "what": "i", "how": 4, "Words ": "Good."}])
    if suffix == "parquet":
        frame.to_parquet(path)
    elif suffix == "jsonl":
        frame.to_json(path, orient="records", lines=True)
    else:
        frame.to_csv(path, index=False, sep="\t" if suffix == "tsv" else ",")
    told = {"user": "who", "item": "what", "rating": "how", "text": "words"}
    assert made.frame(made.source(path, columns=told)).iloc[0].tolist() == ["u", "i", 4.0, "Good.", -1]


def test_a_file_that_lacks_a_column_says_which(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Clothing ID,Age,Review Text,Rating\n1,30,Good.,5\n")
    with pytest.raises(DataError, match="there is no column for user; the file has Clothing ID, Age") as caught:
        made.source(path)
    assert made.advises(caught.value, "--columns")


def test_a_product_title_is_nobodys_opinion(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("user,item,title,rating,text\nu,i,Terrible Things: a novel,5,Good.\n")
    found = made.source(path)
    assert made.frame(found)["text"].tolist() == ["Good."]
    assert any("title is taken as the item's name" in line for line in found.report.assumed)
    assert made.frame(made.source(path, columns={"summary": "title"}))["text"].tolist() == ["Terrible Things: a novel\nGood."]


@pytest.mark.parametrize("beside", ["helpful_vote", "product_title", "Recommended IND"])
def test_a_title_is_the_writers_where_other_columns_show_it(tmp_path: Path, beside: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"user_id,item_id,title,rating,text,{beside}\nu,i,Fine,5,Good.,1\n")
    assert made.frame(made.source(path))["text"].tolist() == ["Fine\nGood."]


def test_an_array_is_streamed_whatever_its_size(tmp_path: Path) -> None:
    path = tmp_path / "a.json.gz"
    record = json.dumps({"user_id": "u", "item_id": "i", "rating": 4, "text": "word " * 2000})
    with gzip.open(path, "wt", compresslevel=1) as file:
        file.write("[" + record + f", {record}" * 3999 + "]")  # one line of 40 MB
    source = made.source(path, chunk=100)
    tracemalloc.start()
    try:
        kept = sum(len(chunk) for chunk in source.chunks())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert kept == 4000
    assert peak < 15_000_000


def test_a_broken_object_of_an_array_is_named_with_its_line_and_skipped(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    good = json.dumps({"user_id": "u", "item_id": "i", "rating": 4, "text": "Good."})
    path.write_text("[\n" + ",\n".join([good] * 100 + [good.replace('"i"', "i")] + [good] * 99) + "\n]\n")
    with pytest.raises(DataError, match="broken JSON") as caught:
        made.frame(made.source(path))
    assert caught.value.where == f"{path}:102"
    found = made.source(path, skip_bad=True)
    assert len(made.frame(found)) == 199
    assert found.report.bad == {"broken JSON": 1}


def test_a_text_that_is_missing_or_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    texts = ['"Good."', "NaN", "null", '["One.", "Two."]', '{"a": 1}', "7"]
    path.write_text("".join(f'{{"user_id": "u", "item_id": "i", "rating": 4, "text": {text}}}\n' for text in texts))
    found = made.source(path)
    assert made.frame(found)["text"].tolist() == ["Good.", "", "", "One.\nTwo.", "", ""]
    assert found.report.notes["text that is not a text, left out"] == 2


def test_snap_blocks(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    one = "beer/name: Terrible Ale\nbeer/beerId: i\nreview/overall: 4\nreview/time: 1400000000\n"
    one += "review/profileName: u\nreview/text: Good:\nvery.\n"
    two = "product/productId: i\nproduct/title: Bad Thing\nreview/userId: u\nreview/score: 4.0\n"
    two += "review/summary: Fine\nreview/text: Good.\n"
    path.write_text(one + "\n" + one.replace(": u", ": v"))
    found = made.frame(made.source(path))
    assert found.values.tolist() == [[user, "i", 4.0, "Good:\nvery.", 1_400_000_000] for user in ("u", "v")]
    path.write_bytes(two.encode() + b"\n\n" + two.replace("Good.", "Caf\xe9.").encode("latin1"))
    source = made.source(path)
    assert made.frame(source)["text"].tolist() == ["Fine\nGood.", "Fine\nCaf\ufffd."]
    assert source.report.notes["line with bytes that are not UTF-8"] == 1


def test_a_file_of_mentions_is_told_from_reviews(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("user_id,item_id,rating,feature,sentiment\nu,i,5,screen,1\n")
    with pytest.raises(DataError, match="looks like mentions-csv, which holds mentions") as caught:
        made.source(path)
    assert "data import" in caught.value.hint


@pytest.mark.parametrize("cut", ["]", "\n]", ",\n]"])
def test_an_array_that_is_cut_between_two_objects_is_not_taken_for_whole(tmp_path: Path, cut: str) -> None:
    path = tmp_path / "reviews.json"
    whole = "[" + ",\n".join([json.dumps(NAMED["yelp"]), json.dumps({**NAMED["yelp"], "user_id": "v"})])
    path.write_text(whole + cut)
    assert len(made.frame(made.source(path))) == 2
    path.write_text(whole)
    with pytest.raises(DataError, match="ends inside its array"):
        made.frame(made.source(path))
