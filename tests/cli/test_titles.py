"""Titles through the command line: from a file of items into the data set, and counted in its report."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

import pyexplain as px
from pyexplain.data.demo import ITEMS_FILE
from pyexplain.data.demo_titles import demo_titles

from ..data.test_formats import folder_of
from .conftest import Made, good, run


@pytest.fixture(scope="session")
def titled(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small world once more, with its titles."""
    out = tmp_path_factory.mktemp("titled") / "data"
    good("data", "prepare", made.reviews, "--items", made.reviews.with_name(ITEMS_FILE), "--out", out, "--workers", 1)
    return out


def test_titles_come_with_the_data_set_and_change_nothing_else(made: Made, titled: Path) -> None:
    plain, with_titles = px.load_dataset(made.dataset), px.load_dataset(titled)
    assert with_titles.fingerprint == plain.fingerprint
    assert plain.items.titles is None
    assert with_titles.items.titles == tuple(demo_titles(40, 0)[int(name[1:])] for name in with_titles.items.names)


def test_the_report_says_how_many_have_one(made: Made, titled: Path, tmp_path: Path) -> None:
    few = tmp_path / "few.csv"
    few.write_text("id,title\nB000001,One\nB000002,\nB000001,Uno\nother,Else\n")
    n = px.load_dataset(titled).n_items
    assert f"Titles: {n} of {n} items have one, 0 have none" in good("data", "report", titled).output
    said = " ".join(good("data", "prepare", made.reviews, "--items", few, "--out", tmp_path / "few").output.split())
    assert f"Titles: 1 of {n} items have one, {n - 1} have none; 1 of 4 records are of items that the data set lacks" in said
    assert "1 of an item seen before (the last title counts)" in said
    assert "column id of" in said
    assert "is taken as the item's id; column title of" in said
    counts = json.loads(good("data", "report", tmp_path / "few", "--json").stdout)["report"]["items"]
    assert {key: counts[key] for key in ("titled", "not_in_dataset", "duplicates")} == {
        "titled": 1, "not_in_dataset": 1, "duplicates": 1,
    }  # fmt: skip
    assert "Titles:" not in good("data", "report", made.dataset).output


def test_imported_mentions_may_have_titles_too(made: Made, tmp_path: Path) -> None:
    mentions, items = tmp_path / "mentions.csv", tmp_path / "items.csv"
    good("data", "extract", made.reviews, "--out", mentions, "--workers", 1)
    items.write_text("code,label\nB000001,One\n")
    told = ["--items", items, "--item-columns", "id=code, title=label"]
    good("data", "import", "mentions-csv", mentions, *told, "--out", tmp_path / "data")
    assert px.load_dataset(tmp_path / "data").items.title("B000001") == "One"


@pytest.mark.parametrize(
    ("words", "said", "status"),
    [
        (["--items", "none.csv"], "there is no such file", 1),
        (["--items", "wrong.csv"], "none of its 1 ids is an item of the data set", 1),
        (["--items", "wrong.csv", "--item-columns", "uid=id"], "no 'uid' to name a column for", 2),
        (["--items", "wrong.csv", "--item-columns", "id"], "'id' is not name=column", 2),
        (["--item-columns", "id=asin"], "without a file of items", 2),
    ],
)
def test_a_wrong_file_of_items_ends_early(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str, status: int
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("wrong.csv").write_text("id,title\nother,Else\n")
    result = run("data", "prepare", str(made.reviews), *words, "--out", "out")
    assert (result.exit_code, said in result.output) == (status, True), result.output
    assert not Path("out").exists()


def test_the_file_of_items_is_never_the_output(made: Made, tmp_path: Path) -> None:
    items = tmp_path / "out" / "items.csv"
    items.parent.mkdir()
    items.write_text("id,title\nB000001,One\n")
    for place in (items, items.parent):
        assert run("data", "prepare", str(made.reviews), "--items", str(items), "--out", str(place)).exit_code == 1
    assert items.read_text() == "id,title\nB000001,One\n"
    assert list(items.parent.iterdir()) == [items]


def test_a_run_reads_the_titles_of_its_data_set(made: Made, titled: Path, tmp_path: Path) -> None:
    items = px.load_dataset(titled).items
    told = ["recommend", made.run, "--user", made.user, "--dataset", titled, "-k", 3]
    document = json.loads(good(*told, "--json").stdout)
    assert all(row["title"] == items.title(row["item"]) != row["item"] for row in document["items"])
    first = document["items"][0]
    assert f"{first['title']} ({first['item']})" in good(*told).output
    plain = json.loads(good(*told[:4], "-k", 3, "--json").stdout)
    assert [(row["item"], row["title"]) for row in plain["items"]] == [(row["item"], None) for row in document["items"]]
    page = tmp_path / "report.html"
    good("evaluate", made.run, "--dataset", titled, "--explanations", "--max-pairs", 5, "--report", page)
    assert sum(f"<h5>{items.title(name)} ({name})</h5>" in page.read_text() for name in items.names) > 1


def test_the_built_in_data_set_has_titles_and_an_older_one_is_made_anew(tmp_path: Path) -> None:
    from pyexplain.cli.demo import demo_dataset

    place = tmp_path / "demo"
    shutil.copytree(folder_of(1), place)
    data = px.load_dataset(demo_dataset(lambda label, done, total: None, place))
    assert data.n_users == 600
    assert data.items.titles == tuple(demo_titles(200, 0)[int(name[1:])] for name in data.items.names)


def test_rows_of_explain_all_have_titles_where_there_are_some(made: Made, titled: Path, tmp_path: Path) -> None:
    for name, data in (("plain", made.dataset), ("titled", titled)):
        out = tmp_path / f"{name}.parquet"
        good("explain", made.run, "--dataset", data, "--all", "-k", 1, "--out", out)
        rows, items = pd.read_parquet(out), px.load_dataset(data).items
        assert list(rows.columns[:4]) == ["user", "item", "title", "against"]
        assert rows["title"].tolist() == [items.title(item) if name == "titled" else "" for item in rows["item"]]
        assert rows["kind"].tolist() == ["word" if feature else "" for feature in rows["feature"]]
