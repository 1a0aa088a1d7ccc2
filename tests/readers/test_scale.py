"""The scale of ratings: as told, or as the ratings show it; what is not rated, thumbs, and who is bad on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyexplain.errors import DataError, UsageError
from pyexplain.readers import Scale

from . import made

HALVES = [k / 2 for k in range(1, 11)]


def written(path: Path, ratings: list[object]) -> Path:
    rows = "".join(f"u{k},i{k % 7},{rating},Good.\n" for k, rating in enumerate(ratings))
    path.write_text("user,item,rating,text\n" + rows)
    return path


@pytest.mark.parametrize(
    ("text", "liked"),
    [
        ("1..5", 4),
        ("0.5..5", 3.5),
        ("1..10", 7),
        ("0..10", 7),
        ("0..5", 4),
        ("0..1", 1),
        ("20..100", 68),
        ("0..100", 60),
        ("-1..1", 1),
    ],
)
def test_the_upper_two_fifths_are_liked(text: str, liked: float) -> None:
    assert Scale.parse(text).liked == pytest.approx(liked)


@pytest.mark.parametrize("text", ["", "5", "5..1", "1..1", "a..b", "1..inf", "nan..5", "1.2.3..5", "1..5..9", "1" * 400 + "..5"])
def test_what_is_no_scale(text: str) -> None:
    with pytest.raises(UsageError, match="scale"):
        Scale.parse(text)


@pytest.mark.parametrize(
    ("ratings", "scale"),
    [
        ([1, 2, 3, 4, 5] * 10, Scale()),
        (HALVES * 5, Scale(0.5, 5)),
        ([0, *HALVES] * 5, Scale(0, 5)),
        (list(range(1, 11)) * 5, Scale(1, 10)),
        (list(range(11)) * 5, Scale(0, 10)),
        ([20, 40, 60, 80, 100] * 10, Scale(20, 100)),
        ([0, 1, 2, 3, 4, 5] * 10, Scale(1, 5, unrated=0)),
        ([0, 1, 1] * 10, Scale(0, 1, thumbs=True)),
        (["True", "False"] * 10, Scale(0, 1, thumbs=True)),
        (["true"], Scale(0, 1, thumbs=True)),
    ],
)
def test_a_scale_that_the_ratings_show(tmp_path: Path, ratings: list[object], scale: Scale) -> None:
    source = made.source(written(tmp_path / "a.csv", ratings), find_scale=True)
    found = source.interactions()
    assert source.options.scale == scale
    zeros = sum(rating == 0 for rating in ratings) if scale.unrated == 0 else 0
    assert len(found) == len(ratings) - zeros
    assert source.report.dropped.get("not rated", 0) == zeros
    assert bool(source.report.assumed[1:]) == (scale != Scale()), "another scale than the usual one is said"
    assert found["rating"].between(scale.low, scale.high).all()


@pytest.mark.parametrize("strange", [9, 0, 5.5, "True", -3])
def test_a_few_strange_ratings_are_bad_and_make_no_scale(tmp_path: Path, strange: object) -> None:
    path = written(tmp_path / "a.csv", [5, 4, 3, 2, 1] * 50 + [strange])
    with pytest.raises(DataError, match="is outside 1..5|is not a number") as caught:
        made.source(path, find_scale=True).interactions()
    assert caught.value.where == f"{path}:252"
    source = made.source(path, find_scale=True, skip_bad=True)
    assert len(source.interactions()) == 250
    assert sum(source.report.bad.values()) == 1


def test_a_scale_that_is_not_clear_is_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", [-7, 3, 12, 44] * 10)
    with pytest.raises(DataError, match="rating -7 is outside 1..5") as caught:
        made.source(path, find_scale=True).interactions()
    assert made.advises(caught.value, "--rating-scale LOW..HIGH", "min_rating=LOW, max_rating=HIGH")
    assert len(made.source(path, min_rating=-10, max_rating=50).interactions()) == 40


def test_texts_are_read_on_the_scale_that_was_found(tmp_path: Path) -> None:
    """The rows of a reading with and one without the unrated are not mixed up."""
    source = made.source(written(tmp_path / "a.csv", [0, 5, 4] * 20), find_scale=True)
    kept = source.interactions()
    assert kept["row"].tolist() == list(range(40))
    assert sum(len(chunk) for chunk in source.chunks()) == 40
    assert len(made.frame(made.source(written(tmp_path / "a.csv", [0, 5, 4] * 20), find_scale=True))) == 40


@pytest.mark.parametrize(("what", "kept"), [("drop", 2), ("liked", 4)])
def test_records_without_a_rating(tmp_path: Path, what: str, kept: int) -> None:
    path = written(tmp_path / "a.csv", [5, "", "nan", 3])
    with pytest.raises(DataError, match="rating is missing") as caught:
        made.source(path).interactions()
    assert made.advises(caught.value, "--without-rating drop", 'without_rating="drop"')
    source = made.source(path, without_rating=what)
    assert len(source.interactions()) == kept
    assert source.report.dropped.get("not rated", 0) == 4 - kept


def test_more_may_be_bad_where_a_person_says_so(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", [5, 4, 9] * 10)
    with pytest.raises(DataError, match="more than 1 % cannot be skipped") as caught:
        made.source(path, skip_bad=True).interactions()
    assert made.advises(caught.value, "--max-bad")
    assert len(made.source(path, skip_bad=True, max_bad=0.4).interactions()) == 20
    with pytest.raises(DataError, match="more than 30 % cannot be skipped"):
        made.source(path, skip_bad=True, max_bad=0.3).interactions()


@pytest.mark.parametrize("written_as", ["1_0", " 1_0 ", "1_0,0", "1_0.0"])
def test_a_rating_that_is_a_number_in_python_alone_is_none(tmp_path: Path, written_as: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f'user,item,rating\nu,i,"{written_as}"\n')
    with pytest.raises(DataError, match="is not a number"):
        made.source(path, max_rating=10).interactions()
