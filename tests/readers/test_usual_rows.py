"""Records that are checked many at once come out as they do one by one, whatever they hold; and what is said of them too."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyexplain.errors import DataError
from pyexplain.readers.base import ReadOptions
from pyexplain.readers.read_log import ReadLog, ReadReport
from pyexplain.readers.review_rows import NO_RATING, ReviewRows
from pyexplain.readers.usual_rows import Values, usual
from pyexplain.readers.values import NO_TIME
from tests.readers import made

IDS = st.one_of(st.sampled_from(["u1", "b 2", "", " ", None, 7, 7.0, 7.5, True]), st.text(max_size=3))
RATINGS = st.sampled_from([1, 5.0, 3, 4.5, 0, -1.0, 6, "4", "4,5", True, None, math.nan, math.inf, 10**400, NO_RATING])
TEXTS = st.sampled_from(["Good.", "", None, ["a", "b"], math.nan, 3])
TIMES = st.sampled_from([0, 5.9, 1_400_000_000, NO_TIME, -2, math.nan, 10**12, "later", None, True])
USUAL = st.tuples(
    st.sampled_from(["u", "v", 3]), st.just("i"), st.sampled_from([1, 4.0]), st.just("Fine."), st.just(9), st.just("Yes")
)
RECORDS = st.lists(st.one_of(USUAL, st.tuples(IDS, IDS, RATINGS, TEXTS, TIMES, TEXTS)), max_size=12)
OPTIONS = st.builds(
    ReadOptions,
    skip_bad=st.booleans(),
    find_scale=st.booleans(),
    unrated=st.sampled_from([None, 1.0]),
    thumbs=st.booleans(),
    without_rating=st.sampled_from(["error", "drop", "liked"]),
    chunk=st.integers(1, 5),
    now=st.just(1_500_000_000.0),
)


def taken(records: list[tuple[Any, ...]], options: ReadOptions, pieces: int) -> tuple[object, ...]:
    """The chunks, what was counted and the ratings met; or the error. pieces: records that come together, 0: each by itself."""
    log = ReadLog(options.skip_bad)
    rows, chunks = ReviewRows("f", options, log), []
    try:
        for start in range(0, len(records), max(1, pieces)):
            some = records[start : start + max(1, pieces)]
            if pieces:
                columns = Values(*map(list, zip(*some, strict=True)))
                chunks += rows.add_all(range(start, start + len(some)), columns)
            else:
                rows.add(start, *some[0])
                chunks += [rows.take()] if rows.full else []
    except DataError as error:
        return (str(error),)
    found: list[pd.DataFrame] = [chunk.frame for chunk in [*chunks, rows.take()]]
    report: ReadReport = log.report()
    ratings = (sorted(log.ratings.counts.items()), log.ratings.total, log.ratings.thumbs)  # counts have no order
    return [frame.to_dict("list") for frame in found], [str(f.dtypes.to_dict()) for f in found], report, ratings


@given(records=RECORDS, options=OPTIONS, pieces=st.integers(1, 13))
def test_many_at_once_are_as_one_by_one(records: list[tuple[Any, ...]], options: ReadOptions, pieces: int) -> None:
    assert str(taken(records, options, pieces)) == str(taken(records, options, 0))


def test_usual_records_are_taken_together() -> None:
    """Else the comparison above would compare a way with itself."""
    values = Values(["u", 3], ["i", "i"], [1, 4.5], ["Good.", None], [0, 7.9], [None, "Yes"])
    found = usual(values, (1.0, 5.0), 9.0, None)
    assert found is not None
    user, item, rating, text, time = found
    assert (user, item, rating.tolist(), text, time.tolist()) == (["u", 3], ["i", "i"], [1.0, 4.5], ["Good.", "Yes\n"], [0, 7])
    for bad in (values._replace(user=["", "u"]), values._replace(rating=[1, 6]), values._replace(time=[NO_TIME, 1])):
        assert usual(bad, (1.0, 5.0), 9.0, None) is None
    assert usual(values, (1.0, 5.0), 7.0, None) is None
    assert usual(values, (1.0, 5.0), 9.0, 1.0) is None


@pytest.mark.parametrize("bad", ['{"a": 1},{"b": 2}', '{"reviewerID": "u", ', "[1]", "7"])
def test_a_broken_line_is_said_behind_what_stands_before_it(tmp_path: Path, bad: str) -> None:
    """Lines are parsed a block at a time, yet the first fault is told, and those that are skipped keep their order."""
    line = {"reviewerID": "u", "asin": "i", "overall": 5.0, "reviewText": "Good.", "unixReviewTime": 9}
    path = tmp_path / "reviews.jsonl"
    path.write_text("\n".join([json.dumps(line), json.dumps(line | {"overall": 77}), bad, json.dumps(line), ""]), encoding="utf-8")
    with pytest.raises(DataError, match="rating 77"):
        made.frame(made.source(path))
    source = made.source(path, skip_bad=True, max_bad=1.0)
    assert len(made.frame(source)) == 2
    assert [example.split(":")[1] for example in source.report.examples] == ["2", "3"]
