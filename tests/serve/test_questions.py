"""What is asked for is checked before anything is computed."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from pyexplain.serve.questions import LONGEST_NAME, ExplainQuestion, RecommendQuestion, SearchQuestion


@pytest.mark.parametrize("until", ["above", "first", "leaves-top-1", "leaves-top-9999"])
def test_what_may_be_reached(until: str) -> None:
    assert ExplainQuestion(user="u", item="i", until=until).until == until


@pytest.mark.parametrize("until", ["", "last", "leaves-top-", "leaves-top-0", "leaves-top-10000", "leaves-top-٣", "first\n"])
def test_what_may_not(until: str) -> None:
    with pytest.raises(ValidationError):
        ExplainQuestion(user="u", item="i", until=until)


@pytest.mark.parametrize(
    "strange", [{"user": ""}, {"user": "x" * (LONGEST_NAME + 1)}, {"k": 0}, {"other": 1}, {"for": "everybody"}]
)
def test_wrong_questions(strange: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RecommendQuestion(**{"user": "u", **strange})


def test_nothing_to_look_for_is_everything() -> None:
    assert SearchQuestion().search == ""
