"""What reading assumed and left out is said in the terminal; the options of reading count."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import pyexplain as px

from .conftest import good, run

SAID = ("The sound is great. The price is bad.", "The cable is great.", "The price is great. The cable is bad.")


def table(path: Path, ratings: tuple[object, ...], header: str = "User ID,Item ID,Title,Rating,Review Text") -> Path:
    rows = [f"u{k % 12},i{k % 7},Terrible sound: a novel,{ratings[k % len(ratings)]},{SAID[k % 3]}" for k in range(84)]
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def said(*words: object) -> str:
    return " ".join(good(*words).output.split())


def test_what_was_assumed_is_said(tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", (0, 5, 10, 8, 9, 7, 2))
    words = said("data", "prepare", path, "--out", tmp_path / "d")
    assert "Note: columns: user = User ID, item = Item ID, rating = Rating, text = Review Text." in words
    assert "Note: column Title is taken as the item's name, not as an opinion" in words
    assert "Note: ratings go from 0 to 10." in words
    assert "Note: liked are ratings from 7 on." in words
    assert words.count("Note:") == said("data", "report", tmp_path / "d").count("Note:"), "kept in the report"
    data = px.load_dataset(tmp_path / "d")
    assert (data.settings.lowest_rating, data.settings.highest_rating, data.settings.min_rating) == (0, 10, 7)
    assert data.settings.max_rating == 5
    assert data.user_features.values.max() <= 5
    assert not data.evidence["sentence"].str.contains("novel").any()


def test_of_an_extraction_too(tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", ("True", "False", "True"))
    words = said("data", "extract", path, "--out", tmp_path / "out.csv")
    assert "Read 84 records, kept 84; dropped: none." in words
    assert "Note: ratings are 1 and 0, thumbs up and down." in words
    counts = json.loads(good("data", "extract", path, "--out", tmp_path / "out.csv", "--json").stdout)
    assert counts["read"]["scale"] == [0, 1]


def test_records_without_a_rating_are_left_out_and_counted(tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", (5, "", 4, 3, 4))
    result = run("data", "prepare", str(path), "--out", str(tmp_path / "d"))
    assert result.exit_code == 1
    assert "--without-rating drop" in result.output
    words = said("data", "prepare", path, "--without-rating", "drop", "--out", tmp_path / "d")
    assert "Read 84 records, kept 67; dropped: 17 not rated." in words


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--rating-scale", "5..1"), "not a scale LOW..HIGH"),
        (("--rating-scale", "1..5", "--max-rating", "5"), "the scale of ratings is given twice"),
        (("--max-rating", "1"), "scale of ratings is empty"),
        (("--min-rating", "6"), "no rating reaches 6"),
        (("--max-bad", "2"), "--max-bad"),
        (("--columns", "users=User ID"), "there is no 'users' to name"),
        (("--columns", "user=Nobody"), "there is no column 'Nobody' for user"),
        (("--split", "temporal"), "have no time"),
        (("--without-rating", "sometimes"), "--without-rating"),
    ],
)
def test_wrong_use_is_told(tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    path = table(tmp_path / "a.csv", (5, 1, 4, 3, 4))
    result = run("data", "prepare", str(path), "--format", "csv", "--out", str(tmp_path / "d"), *words)
    assert result.exit_code == 2, result.output
    assert says in " ".join(result.output.split())
    assert not (tmp_path / "d").exists()


def test_the_old_name_of_the_top_goes_on_working(tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", (5, 1, 4, 3, 4))
    good("data", "prepare", path, "--max-rating", "10", "--min-rating", "4", "--out", tmp_path / "d")
    settings = px.load_dataset(tmp_path / "d").settings
    assert (settings.lowest_rating, settings.highest_rating, settings.min_rating, settings.max_rating) == (1, 10, 4, 5)


def test_a_fold_is_for_formats_that_have_them(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("user_id,item_id,rating,feature,sentiment\nu,i,5,screen,1\n")
    result = run("data", "import", "mentions-csv", str(path), "--fold", "1", "--out", str(tmp_path / "d"))
    assert result.exit_code == 2
    assert "has no folds" in result.output
