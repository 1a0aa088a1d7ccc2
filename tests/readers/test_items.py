"""Files that say what items are called: every kind is found by looking, ids are matched, and all is counted."""

from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd
import pytest

from pyexplain import DataError, UsageError
from pyexplain.preparation.item_files import ItemFile, ItemTitles, read_titles
from pyexplain.readers import ReadOptions
from pyexplain.registry import load_registry

from ..shared import SHARED, needs
from . import made

IDS = ("a1", "a2", "a3", "a4")
WANTED = {"a1": "Rosin, dark", "a2": "Tom & Jerry's strings", "a3": "Ünïque"}
FORMS = {
    "table.csv": 'item_id,title,price\na1,"Rosin, dark",3\na2,Tom &amp; Jerry\'s strings,\na3,Ünïque,1\na4,,1\nzz,Else,2\n',
    "table.tsv": "Item ID\tProduct Name\na1\tRosin, dark\na2\tTom & Jerry's  strings\na3\tÜnïque\na4\t\nzz\tElse\n",
    "movies.csv": 'movieId,title,genres\na1,"Rosin, dark",A|B\na2,Tom & Jerry\'s strings,C\na3,Ünïque,C\na4,,C\nzz,Else,C\n',
    "ml.item": (
        "item_id:token\tmovie_title:token_seq\trelease_year:token\na1\tRosin, dark\t1\na2\tTom & Jerry's strings\t2\n"
        'a3\tÜnïque\t3\na4\t\t4\nzz\t"Else\t5\n'
    ),
    "meta2014.json": (
        "{'asin': 'a1', 'title': \"Rosin, dark\", 'related': {'also_bought': ['x', 'y']}}\n"
        "{'asin': 'a2', 'title': \"Tom &amp; Jerry's strings\", 'price': 1.5}\n"
        "{'asin': 'a3', 'title': 'Ünïque'}\n{'asin': 'a4', 'imUrl': 'u'}\n{'title': 'Else \\d', 'asin': 'zz'}\n"
    ),
    "meta2018.json": (
        '{"category": [], "asin": "a1", "title": "Rosin, dark", "tech1": {"title": "no"}}\n'
        '{"asin": "a2", "title": "Tom &amp; Jerry\'s strings"}\n{"asin": "a3", "title": "\\u00dcn\\u00efque\\u202e"}\n'
        '{"asin": "a4", "title": ""}\n{"asin": "zz", "title": "Else"}\n'
    ),
    "meta2023.jsonl": (
        '{"main_category": "M", "title": "Rosin, dark", "parent_asin": "a1", "asin": "other"}\n'
        '{"title": "Tom & Jerry\'s strings", "parent_asin": "a2"}\n{"title": "Ünïque", "parent_asin": "a3"}\n'
        '{"title": null, "parent_asin": "a4"}\n{"title": "Else", "parent_asin": "zz"}\n'
    ),
}


def titles(*files: ItemFile, ids: tuple[str, ...] = IDS, **options: object) -> ItemTitles:
    return read_titles(files, load_registry(strict=True), ids, ReadOptions(**options))  # type: ignore[arg-type]


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("name", FORMS)
def test_every_kind_is_found_by_looking(tmp_path: Path, name: str, packed: bool) -> None:
    path = tmp_path / "items"  # the name says nothing
    path.write_bytes(gzip.compress(FORMS[name].encode()) if packed else FORMS[name].encode())
    found = titles(path)
    assert found.titles == WANTED
    assert found.seen == set(IDS)
    assert {key: found.to_json(IDS)[key] for key in ("read", "titled", "untitled", "not_in_dataset", "duplicates")} == {
        "read": 5, "titled": 3, "untitled": 1, "not_in_dataset": 1, "duplicates": 0,
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["Parquet", "data frame"])
def test_parquet_and_data_frames_numbers_and_gaps(tmp_path: Path, kind: str) -> None:
    frame = pd.DataFrame({"Movie ID": [1.0, 2.0, None], "name": ["One", None, "Nobody"], "extra": [[1], [2], [3]]})

    def source(rows: pd.DataFrame) -> ItemFile:
        rows.to_parquet(tmp_path / "items.parquet")
        return rows if kind == "data frame" else tmp_path / "items.parquet"

    found = titles(source(frame.iloc[:2]), ids=("1", "2"))
    assert (found.titles, found.seen) == ({"1": "One"}, {"1", "2"})
    with pytest.raises(DataError, match="item id is empty"):
        titles(source(frame), ids=("1", "2"))


def test_arrays_of_objects_and_utf_16_are_read_too(tmp_path: Path) -> None:
    array, wide = tmp_path / "a.json", tmp_path / "w.csv"
    array.write_text('[\n {"asin": "a1", "title": "One"},\n {"asin": "a2",\n  "title": "Two"}\n]\n')
    wide.write_text("sep=;\nitem_id;title\na1;One\na2;Two\n", encoding="utf-16")
    for path in (array, wide):
        assert titles(path).titles == {"a1": "One", "a2": "Two"}


def test_more_broken_lines_may_be_let_pass(tmp_path: Path) -> None:
    path = tmp_path / "items.json"
    path.write_text('{"asin": "a1", "title": "One"}\n{"asin"\n')
    with pytest.raises(DataError, match="1 of 2 records are broken"):
        titles(path, skip_bad=True)
    assert titles(path, skip_bad=True, max_bad=0.5).titles == {"a1": "One"}


def test_columns_may_be_told(tmp_path: Path) -> None:
    table, lines, recbole = (tmp_path / name for name in ("t.csv", "l.jsonl", "r.item"))
    table.write_text("code,label,title\na1,Right,Wrong\n")
    lines.write_text('{"code": "a1", "label": "Right", "title": "Wrong"}\n')
    recbole.write_text("code:token\tlabel:token_seq\ttitle:token\na1\tRight\tWrong\n")
    for path in (table, lines, recbole, pd.read_csv(table)):
        assert titles(path, columns={"item": "code", "title": "label"}).titles == {"a1": "Right"}
        with pytest.raises(UsageError, match="no column 'kode'"):
            titles(path, columns={"item": "kode"})
        with pytest.raises(DataError, match="no column of item ids") as caught:
            titles(path)
        assert made.advises(caught.value, "--item-columns id=NAME", 'item_columns={"id": NAME}')


@pytest.mark.parametrize("name", ["table.csv", "ml.item", "meta2014.json"])
def test_a_file_without_titles_says_what_items_are_like_all_the_same(tmp_path: Path, name: str) -> None:
    path, frame = tmp_path / name, tmp_path / "plain.parquet"
    path.write_text(FORMS[name].replace("movie_title", "said").replace("title", "said"))
    pd.DataFrame({"item_id": ["a1", "a2"], "said": ["One", "Two"]}).to_parquet(frame)
    for source in (path, frame, pd.read_parquet(frame)):
        found = titles(source)
        assert found.titles == {}
        assert found.more["said"]["a1"]
        assert "items go by their ids" in " ".join(found.read.assumed)
    with pytest.raises(DataError, match="no column of item titles"):
        titles(pd.DataFrame({"item_id": ["a1"]}))  # nothing but ids says nothing


@pytest.mark.parametrize("name", ["table.csv", "ml.item", "meta2014.json"])
def test_a_file_of_other_items_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(FORMS[name])
    with pytest.raises(DataError, match="none of its 5 ids is an item") as caught:
        titles(path, ids=("b1", "b2"))
    assert "'a1'" in str(caught.value)
    assert "'b1'" in str(caught.value)


def test_the_second_file_may_be_the_wrong_one_too(tmp_path: Path) -> None:
    one, two = tmp_path / "1.csv", tmp_path / "2.csv"
    one.write_text("id,title\na1,One\n")
    two.write_text("id,title\na2,Two\n")
    assert titles(one, two).titles == {"a1": "One", "a2": "Two"}
    with pytest.raises(DataError, match="none of its 1 ids") as caught:
        titles(one, two, ids=("a1",))
    assert str(two) in str(caught.value)


def test_the_last_title_of_an_item_counts_and_duplicates_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_text("id,title\na1,Old\na2,Kept\na1,New\na2,\n")
    found = titles(path)
    assert found.titles == {"a1": "New", "a2": "Kept"}
    assert found.duplicates == 2
    counts = found.to_json(("a1", "a4"))  # what came of the data set afterwards has one of them, and one that the file lacks
    assert (counts["titled"], counts["untitled"], counts["not_in_dataset"]) == (1, 1, 1)


NESTED = "{'asin': 'a1', 'title': " + "[" * 50_000 + "]" * 50_000 + "}"
BROKEN = [
    "{'asin': 'a1', 'title': __import__('os').system('touch ran')}", "{'asin': 'a1', 'title': open('x')}", NESTED,
    "{'asin': 'a1', 'title': " + "-" * 100_000 + "1}", '{"asin": "a1", "title": ["x"]}', "[1, 2]", "{'asin', 'title'}", "{1: 2}",
    '{"asin": "", "title": "x"}', "{'asin': 'a1', 'title': '" + "x" * (1 << 20) + "'}", '{"asin": {"a": 1}, "title": "x"}', "\x00",
]  # fmt: skip


@pytest.mark.parametrize("line", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_line_is_named_or_counted_and_nothing_is_run(tmp_path: Path, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    sound = "".join(f"{{'asin': 's{k}', 'title': 'Sound {k}'}}\n" for k in range(150))
    path = tmp_path / "items.json"
    path.write_text(sound + line + "\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        titles(path, ids=("s1", "a1"))
    assert f"{path}:151" in str(caught.value)
    found = titles(path, ids=("s1", "a1"), skip_bad=True)
    assert sum(found.read.bad.values()) == 1
    assert found.titles == {"s1": "Sound 1"}
    assert not (tmp_path / "ran").exists()


def test_too_many_broken_lines_are_an_error_even_where_they_may_be_skipped(tmp_path: Path) -> None:
    path = tmp_path / "items.json"
    path.write_text("{'asin': 'a1', 'title': 'One'}\n{'asin'\n{'asin'\n")
    with pytest.raises(DataError, match="2 of 3 records are broken"):
        titles(path, skip_bad=True)


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01\x02binary", b"just words\n", gzip.compress(b"id,title\na1,One\n")[:-4]], ids=range(4)
)
def test_what_is_no_file_of_items_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "items"
    path.write_bytes(content)
    with pytest.raises(DataError, match="items"):
        titles(path)
    with pytest.raises(DataError, match="no such file"):
        titles(tmp_path / "none")


@needs("cellphones")
def test_titles_of_the_phones() -> None:
    known = pd.read_csv(SHARED / "cellphones" / "interactions.csv.gz", usecols=["item_id"], dtype=str)["item_id"].unique()
    found = titles(SHARED / "cellphones" / "items.csv.gz", ids=tuple(known))
    assert (len(found.titles), found.unknown) == (13_084, 0)
    assert not any("&amp;" in title for title in found.titles.values())
