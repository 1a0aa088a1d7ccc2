"""What a person waits for is measured by calls that the library has: a part of `explain --all` is made and written."""

from __future__ import annotations

import pyexplain as px
from benchmarks.waiting import WARM, median_ms, pairs_a_second

from ..worlds import small_world


def test_a_part_is_made_and_written() -> None:
    run = px.train(small_world(), explainer="cnr", dim=4, epochs=1)
    assert pairs_a_second(run, 12) > 0


def test_the_first_are_asked_and_not_counted() -> None:
    asked: list[str] = []
    assert median_ms(asked.append, [str(number) for number in range(WARM + 2)]) >= 0
    assert len(asked) == WARM + 2
