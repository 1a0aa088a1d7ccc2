"""Every way in which a file can be broken is an error that says what, where and what to do; skip_bad counts what it can."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import pickle
import zipfile
from pathlib import Path

import pytest

from pyexplain.errors import DataError
from pyexplain.preparation.item_files import read_titles
from pyexplain.preparation.open import find_reader, open_mentions
from pyexplain.readers import ReadLog, ReadOptions
from pyexplain.registry import load_registry

from . import made


def failure(path: Path, **options: object) -> DataError:
    with pytest.raises(DataError) as caught:
        made.frame(made.source(path, **options))
    assert str(path) in caught.value.where
    assert caught.value.hint
    return caught.value


def packed(*names: str) -> bytes:
    """A zip archive of files of these names."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as into:
        for name in names:
            into.writestr(name, "user,item,rating,text\nu,i,5,good\n")
    return archive.getvalue()


def test_missing_file(tmp_path: Path) -> None:
    assert "no such file" in failure(tmp_path / "nothing.json").what


def test_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made.amazon(tmp_path / "a.json", made.GOOD)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # permissions alone do not stop the superuser
    assert "Permission denied" in failure(path).what


@pytest.mark.parametrize("content", [b"", gzip.compress(b"", mtime=0)])
def test_empty_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(content)
    assert "empty" in failure(path).what


def test_binary_file(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"\x7fELF\0\0\1" * 100)
    assert "binary file of no known format" in failure(path).what


@pytest.mark.parametrize(
    ("content", "what", "todo"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a picture (PNG)", "text or Parquet"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "a picture (JPEG)", "text or Parquet"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "a picture (WebP)", "text or Parquet"),
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF document", "text or Parquet"),
        (packed("reviews.csv"), "a zip archive", "Unpack it"),
        (packed("[Content_Types].xml", "xl/workbook.xml"), "a document of Excel or Word", "as CSV"),
        (packed("mimetype", "content.xml"), "a document of LibreOffice", "as CSV"),
        (gzip.compress(bytes(257) + b"ustar\x0000" + bytes(247), mtime=0), "a tar archive", "Unpack it"),
        (bz2.compress(b"user,item,rating\n"), "packed by bzip2", "gzip"),
        (lzma.compress(b"user,item,rating\n"), "packed by xz", "gzip"),
        (b"\x28\xb5\x2f\xfd\x04\0", "packed by zstd", "gzip"),
        (b"SQLite format 3\0\x10\0", "a database of SQLite", "as CSV"),
        (pickle.dumps({"user": 1}), "a pickle", "could run code"),
        (b"\n<!DOCTYPE html>\n<html><body>Not found</body></html>\n", "a web page", "fetch the file again"),
        (b'<?xml version="1.0"?>\n<reviews/>\n', "an XML file", "CSV"),
    ],
)
def test_a_file_that_is_none_of_reviews_is_called_what_it_is(tmp_path: Path, content: bytes, what: str, todo: str) -> None:
    path = tmp_path / "reviews.json"
    path.write_bytes(content)
    error = failure(path)
    assert error.what.startswith("this is ")
    assert what in error.what
    assert todo in error.hint
    assert "amazon" not in error.hint  # a list of all formats helps nobody here
    with pytest.raises(DataError) as of_items:
        read_titles([path], load_registry(), ["i"])
    assert of_items.value.what == error.what


def test_text_of_no_known_format(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Dear diary,\nnothing happened.\n")
    error = failure(path)
    assert "text file of no known format" in error.what
    assert "amazon" in error.hint


def test_file_of_another_format_than_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("user_id,item_id,rating\nu,i,5\n")
    error = failure(path, format="amazon")
    assert "broken JSON" in error.what
    assert error.where.endswith(":1")


def test_gzip_that_ends_early(tmp_path: Path) -> None:
    path = tmp_path / "a.json.gz"
    lines = "".join(json.dumps({**made.GOOD, "reviewerID": f"u{k}", "reviewText": f"Nr. {k * 7919}"}) + "\n" for k in range(3000))
    path.write_bytes(gzip.compress(lines.encode())[:-2000])
    error = failure(path)
    assert "ends early" in error.what
    assert int(error.where.rsplit(":", 1)[1]) > 1000
    found = made.source(path, skip_bad=True)
    assert len(made.frame(found)) > 1000
    assert found.report.bad == {"damaged gzip": 1}


def test_gzip_damaged_in_its_head(tmp_path: Path) -> None:
    path = tmp_path / "a.json.gz"
    path.write_bytes(b"\x1f\x8b" + b"\xff" * 50)
    assert "cannot be unpacked" in failure(path).what


# name, what replaces the good line, what the message says; each stands in line 3 of 202.
BROKEN = [
    ("broken JSON", b'{"reviewerID": "u", "asin": ', "broken JSON"),
    ("not an object", b"[1, 2, 3]", "instead of an object"),
    ("not UTF-8", b'{"reviewerID": "u", "asin": "i", "overall": 5, "unixReviewTime": 1, "reviewText": "caf\xe9"}', "byte 0xe9"),
]
FIELDS = [
    ("rating missing", {"overall": None}, "rating is missing"),
    ("rating not a number", {"overall": "five"}, "'five' is not a number"),
    ("rating not a number", {"overall": True}, "'True' is not a number"),
    ("rating outside the scale", {"overall": 0.0}, "outside 1..5"),
    ("rating outside the scale", {"overall": 5.5}, "outside 1..5"),
    ("rating outside the scale", {"overall": float("inf")}, "outside 1..5"),
    ("rating missing", {"overall": float("nan")}, "rating is missing"),
    ("time missing", {"unixReviewTime": None}, "time is missing"),
    ("time not a number", {"unixReviewTime": "today"}, "'today' is not a number"),
    ("time not a number", {"unixReviewTime": float("inf")}, "not a number"),
    ("time in the future", {"unixReviewTime": made.NOW + 200_000}, "in the future"),
    ("time out of range", {"unixReviewTime": -5}, "before 1970"),
    ("empty id", {"reviewerID": ""}, "user id is empty"),
    ("empty id", {"asin": "  "}, "item id is empty"),
    ("empty id", {"asin": None}, "item id is empty"),
    ("empty id", {"reviewerID": ["u"]}, "no text"),
]
BROKEN += [(name, json.dumps({**made.GOOD, **change}).encode(), says) for name, change, says in FIELDS]


@pytest.mark.parametrize(("reason", "line", "says"), BROKEN)
def test_bad_line_is_named_or_counted(tmp_path: Path, reason: str, line: bytes, says: str) -> None:
    good = made.amazon(tmp_path / "good.json", good=201).read_bytes().split(b"\n")[:-1]
    path = tmp_path / "a.json"
    path.write_bytes(b"\n".join([*good[:2], line, *good[2:]]))
    error = failure(path)
    assert says in error.what
    assert error.where == f"{path}:3"
    assert made.advises(error, "--skip-bad")
    found = made.source(path, skip_bad=True)
    assert len(made.frame(found)) == 201
    assert found.report.bad == {reason: 1}
    assert found.report.read == 202
    assert found.report.examples[0].startswith(f"{path}:3: ")


def test_more_than_one_percent_bad_is_an_error_even_when_skipped(tmp_path: Path) -> None:
    path = made.amazon(tmp_path / "a.json", *[{**made.GOOD, "overall": 9}] * 3, good=200)
    error = failure(path, skip_bad=True)
    assert "3 of 203 records are broken (3 rating outside the scale)" in error.what
    found = made.source(made.amazon(tmp_path / "b.json", *[{**made.GOOD, "overall": 9}] * 2, good=200), skip_bad=True)
    assert len(made.frame(found)) == 200


def test_another_scale_of_ratings(tmp_path: Path) -> None:
    path = made.amazon(tmp_path / "a.json", {**made.GOOD, "overall": 9})
    assert made.frame(made.source(path, max_rating=10.0))["rating"].tolist() == [9.0]


def test_duplicates_leave_the_latest(tmp_path: Path) -> None:
    again = [{**made.GOOD, "overall": stars, "unixReviewTime": time} for stars, time in ((1, 100), (2, 300), (3, 200), (2, 300))]
    found = made.source(made.amazon(tmp_path / "a.json", *again, good=2))
    kept = found.interactions()
    assert kept["rating"].tolist() == [2.0, 5.0, 5.0]
    assert kept["row"].tolist() == [3, 4, 5]
    assert found.report.dropped == {"duplicate of a later review": 3}
    assert (found.report.read, found.report.kept) == (6, 3)


def test_half_of_a_surrogate_pair_is_replaced(tmp_path: Path) -> None:
    path = made.amazon(tmp_path / "a.json", {**made.GOOD, "reviewText": "x\ud83dy"}, good=1)
    assert made.frame(made.source(path))["text"].tolist() == ["x?y", "Great sound."]


def test_json_nested_without_end(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(made.GOOD) + "\n" + "[" * 100_000)
    assert "broken JSON" in failure(path).what


def test_gzip_of_several_streams_and_padding(tmp_path: Path) -> None:
    one, two = (json.dumps({**made.GOOD, "reviewerID": user}).encode() + b"\n" for user in ("u", "v"))
    path = tmp_path / "a.json.gz"
    path.write_bytes(gzip.compress(one) + gzip.compress(two) + b"\0" * 512)
    assert made.frame(made.source(path))["user"].tolist() == ["u", "v"]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("u,i,5", "3 cells instead of 4"),
        ("u,i,5,x,y", "5 cells instead of 4"),
        ("u,i,many,x", "'many' is not a number"),
        (",i,5,x", "user id is empty"),
    ],
)
def test_bad_rows_of_csv(tmp_path: Path, row: str, says: str) -> None:
    path = tmp_path / "a.csv"
    good = "".join(f"u{k},i,5,fine\n" for k in range(150))
    path.write_text(f"user_id,item_id,rating,text\n{good}{row}\n")
    error = failure(path)
    assert says in error.what
    assert error.where == f"{path}:152"
    assert len(made.frame(made.source(path, skip_bad=True))) == 150


def test_damaged_parquet(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1" + b"\0" * 100)
    assert "Parquet file cannot be read" in failure(path).what


MENTIONS = [
    ("a.csv", "user_id,item_id,rating,feature,sentiment\nu,i,5,screen,3\n", "sentiment '3' is not a number in -1..1"),
    ("a.csv", "user_id,item_id,rating,feature,sentiment\nu,i,5,screen,0_1\n", "sentiment '0_1' is not a number in -1..1"),
    ("a.csv", "user_id,item_id,rating,feature,sentiment\nu,i,6,screen,1\n", "rating 6 is outside 1..5"),
    ("a.csv", "user_id,item_id,rating,feature,sentiment,split\nu,i,5,screen,1,later\n", "unknown split 'later'"),
    ("a.txt", "u,i,screen:big:1\nu,j,screen:big\n", "not aspect:opinion:sentiment"),
    ("a.entry", "0,0,5,0:1\n0,1,9,0:1\n", "rating 9 is outside 1..5"),
    ("a.entry", "0,0,5,0 1 0\n", "sentiment 'none' is not a number"),
    ("a.cer", "u@i@|screen|big|+7:Big.\n", "sentiment '+7' is not a number in -1..1"),
    (
        "a.inter",
        "user_id:token\titem_id:token\trating:float\tfeature:token_seq\tsentiment:float_seq\nu\ti\t5\ta b\t1\n",
        "2 features",
    ),
    ("a.jsonl", '{"user": "u", "item": "i", "rating": 5, "text": "", "sentence": [["screen", 1]]}\n', "as a mention"),
]


@pytest.mark.parametrize(("name", "text", "says"), MENTIONS)
def test_bad_lines_of_mentions(tmp_path: Path, name: str, text: str, says: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(DataError) as caught:
        open_mentions(path, made.registry(), find_format(path))
    assert says in caught.value.what
    assert str(path) in caught.value.where
    with pytest.raises(DataError):  # one of two is more than one percent
        open_mentions(path, made.registry(), find_format(path), options=ReadOptions(skip_bad=True))


def find_format(path: Path) -> str:
    names = {".entry": "mter", ".cer": "cer", ".txt": "cornac"}
    if "0 1 0" in path.read_text():
        return "fact"
    return names.get(path.suffix) or find_reader(path, made.registry()).name


def test_mentions_of_reviews_that_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "interactions.csv").write_text("review_id,user_id,item_id,rating\n0,u,i,5\n")
    (tmp_path / "mentions.csv").write_text("review_id,feature,sentiment\n7,screen,1\n")
    with pytest.raises(DataError, match="review '7' is not among the interactions"):
        open_mentions(tmp_path, made.registry())


def test_file_without_any_mention_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("user_id,item_id,rating,feature,sentiment\nu,i,5,,1\n")
    with pytest.raises(DataError, match="no mention of any feature"):
        open_mentions(path, made.registry())


def test_a_header_with_a_stray_carriage_return_is_explained(tmp_path: Path) -> None:
    """Found by fuzzing: the header has more columns when it is split at tabs than rows have when they are read."""
    path = tmp_path / "x.inter"
    header = b"user_id:token\titem_id:token\trating:float\tfeature:token_seq\tx:token\t\ry:token\tsentiment:float_seq\n"
    path.write_bytes(header + b"u\ti\t4\ta b\t1 -1\n")
    with pytest.raises(DataError, match="5 cells instead of 7"):
        load_registry().get("reader", "recbole-mentions")().read_mentions(path, ReadOptions(skip_bad=True), ReadLog(True))
