"""A statement's JSON is that of its dictionary, letter by letter."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyexplain.statements.types import REGISTERS, Change, Named, Quote, Statement

TEXT = st.text(max_size=20) | st.sampled_from(['"', "\\", "\u2028", "\x00\n", "ü“”", "😀", "</script>"])
NUMBER = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, -0.0, 1e-7, 5.0])
NAMED = st.builds(Named, TEXT, TEXT, TEXT)
STATEMENT = st.builds(
    Statement,
    st.sampled_from(["reason", "flip", "size"]),
    TEXT,
    st.none() | NAMED,
    TEXT,
    st.none() | TEXT,
    st.lists(st.builds(Change, NAMED, NUMBER, NUMBER), max_size=3).map(tuple),
    st.none() | st.builds(Quote, TEXT, TEXT, TEXT, NUMBER, st.booleans()),
    st.none() | st.tuples(st.integers(), st.integers()),
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault
@given(STATEMENT, st.sampled_from(REGISTERS))
def test_as_of_the_dictionary(statement: Statement, register: str) -> None:
    wanted = json.dumps(statement.to_dict(register), ensure_ascii=False, allow_nan=False)  # type: ignore[arg-type]
    assert statement.to_json(register) == wanted  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_json_does_not_have_is_refused(value: float) -> None:
    said = Statement("flip", "x", change=(Change(Named("word", "price"), 0.0, value),))
    with pytest.raises(ValueError, match="JSON"):
        said.to_json()
