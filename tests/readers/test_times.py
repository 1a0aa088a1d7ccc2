"""Every usual form of a time is the same moment; what has none comes back to be rejected."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyexplain.errors import DataError
from pyexplain.readers import seconds

from . import made

MOMENT = 1_400_111_600  # 2014-05-14 23:53:20 UTC
DAY = 1_400_025_600


@pytest.mark.parametrize(
    "text",
    [
        "1400111600", 1_400_111_600, 1_400_111_600_000, "1400111600000", 1.4001116e15, 1_400_111_600_000_000_000,
        "2014-05-14 23:53:20", "2014-05-14T23:53:20Z", "2014-05-14T16:53:20-07:00", "2014-05-15T01:53:20+02:00",
        "2014/05/14 23:53:20",
        "Wed May 14 16:53:20 -0700 2014", "Wed May 14 23:53:20 2014", "Wed, 14 May 2014 23:53:20 GMT", "14 May 2014 23:53:20",
        "May 14, 2014 23:53:20", "14.05.2014 23:53:20", "05 14, 2014 23:53:20",
    ],
)  # fmt: skip
def test_a_moment(text: object) -> None:
    assert float(seconds(text)) == MOMENT


@pytest.mark.parametrize(
    "text",
    [
        "2014-05-14",
        "20140514",
        "05 14, 2014",
        "5 14, 2014",
        "May 14, 2014",
        "14 May 2014",
        "14th May 2014",
        "14-May-2014",
        "14.5.2014",
    ],
)
def test_a_day_is_its_beginning(text: str) -> None:
    assert float(seconds(text)) == DAY


@pytest.mark.parametrize(
    "text",
    ["14/05/2014", "yesterday", "31.02.2014", "", "May 2014", "9" * 500, "Wed May 99 2014", "1_400_111_600", "1_400_111_600_000"],
)
def test_what_has_no_known_form_is_unchanged(text: str) -> None:
    assert seconds(text) == text


def test_a_form_that_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("user,item,rating,date\nu,i,5,14/05/2014\n")
    with pytest.raises(DataError, match="'14/05/2014' is not a number, nor a date") as caught:
        made.frame(made.source(path))
    assert caught.value.where == f"{path}:2"
    assert made.advises(caught.value, "--date-format")
    assert made.frame(made.source(path, date_format="%d/%m/%Y"))["time"].tolist() == [DAY]
    assert made.frame(made.source(path, columns={"time": "-"}))["time"].tolist() == [-1]
