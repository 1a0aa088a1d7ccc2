"""What kinds of features carry: by hand, on a profile of two words, an attribute and a liked item."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pyexplain.data.sparse import SparseRows
from pyexplain.data.types import Dataset
from pyexplain.data.vocabulary import Vocabulary
from pyexplain.evaluation.scoring import BatchScorer
from pyexplain.explainers.types import Explanations
from pyexplain.metrics.base import MetricInput
from tests.metrics.toys import DotRecommender, all_metrics, explanations, toy_data

METRICS = {name: cls for name, cls in all_metrics().items() if cls.group == "kinds"}
KINDS = ("word", "word", "attribute", "history")


def told(*kinds: str) -> Dataset:
    """One user with f_u = 1, 2, 3, 1, an item that has 1 of each but the attribute, where it is worse than nothing, and an item
    that has nothing."""
    data = toy_data([[1, 2, 3, 1]], [[1, 1, -0.5, 1], [0, 0, 0, 0]])
    return replace(data, features=Vocabulary([f"f{n}" for n in range(4)], "feature", kinds=kinds or None))


def given(data: Dataset, change: list[float]) -> MetricInput:
    """Why item 0 and not item 1: the lead is 1 + 2 - 1.5 + 1 = 2.5."""
    found: Explanations = explanations(data, [(0, 0)], [[1.0, 1.0, 0.0, 1.0]])
    found = replace(found, against=np.array([1]), change=SparseRows.from_dense(np.array([change], dtype=np.float32)))

    return MetricInput(data, explanations=found, scores=BatchScorer(DotRecommender(data), 4))


@pytest.mark.parametrize(("kind", "lost"), [("word", 1.0), ("attribute", 0.0), ("history", 0.4)])
def test_the_share_of_the_lead_that_a_kind_carries(kind: str, lost: float) -> None:
    """Without words -.5 is left: all is lost. Without the attribute the lead grows. Without history 1.5 of 2.5 stays."""
    assert METRICS[f"lead-{kind}"]().measure(given(told(*KINDS), [0, 0, 0, 0]), "x").value == pytest.approx(lost)


@pytest.mark.parametrize(("kind", "share"), [("word", 2 / 3), ("attribute", 0.0), ("history", 1 / 3)])
def test_what_a_change_touches(kind: str, share: float) -> None:
    assert METRICS[f"changed-{kind}"]().measure(given(told(*KINDS), [-1, -2, 0, -1]), "x").value == pytest.approx(share)


def test_a_change_of_nothing_is_not_judged() -> None:
    assert not len(METRICS["changed-word"]().values(given(told(*KINDS), [0, 0, 0, 0])))


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda m: m.name)
def test_in_a_data_set_of_one_kind_there_is_nothing_to_tell_apart(metric: type) -> None:
    assert not len(metric().values(given(told(), [-1, 0, 0, 0])))
