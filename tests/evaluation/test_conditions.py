"""Conditions of a comparison: what is one, when it holds, and that none can pass unseen."""

from __future__ import annotations

import pytest

from pyexplain.errors import UsageError
from pyexplain.evaluation.conditions import Condition
from pyexplain.evaluation.differences import FigureDifference
from pyexplain.evaluation.statistics import Interval

FIGURES = (
    FigureDifference("ranking", "ndcg@10", "higher", 0.5, 0.4, Interval(-0.1, -0.15, -0.05), 9),
    FigureDifference("agreement", "ndcg@10", "higher", 0.5, 0.49, Interval(-0.01, -0.05, 0.03), 9),
    FigureDifference("faithfulness", "deletion", "lower", 0.2, 0.3, Interval(0.1, 0.05, 0.15), 9),
    FigureDifference("statements", "leaving", "higher", None, 1.0, None, 0),
)
SHARES = {"lists.overlap": 0.6, "reasons.overlap": None}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("ranking.ndcg@10 worse", True),
        ("agreement.ndcg@10 worse", False),
        ("deletion worse", True),
        ("ranking.ndcg@10 < -0.05", True),
        ("ranking.ndcg@10<-.2", False),
        ("deletion > 5e-2", True),
        ("lists.overlap < 0.8", True),
        ("lists.overlap > 0.8", False),
    ],
)
def test_when_a_condition_holds(text: str, holds: bool) -> None:
    found = Condition.parse(text).holds(FIGURES, SHARES)
    assert (found is not None) == holds


@pytest.mark.parametrize(
    "text", ["", "worse", "ndcg@10", "ndcg@10 <", "ndcg@10 < x", "ndcg@10 = 1", "ndcg@10 < 1e999", "a worse b", "\0 < 1"]
)
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no "):
        Condition.parse(text)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("hit@10 worse", "no figure"),
        ("ndcg@10 worse", "several figures"),
        ("leaving worse", "cannot be compared"),
        ("lists.overlap worse", "cannot be worse"),
        ("reasons.overlap < 1", "could not be measured"),
    ],
)
def test_a_check_that_cannot_fail_is_an_error(text: str, what: str) -> None:
    with pytest.raises(UsageError, match=what):
        Condition.parse(text).holds(FIGURES, SHARES)
