"""Rankings and explanations from frames: there and back, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pyexplain.data.types import Dataset
from pyexplain.errors import DataError
from pyexplain.evaluation.evaluate import Plan, measure_ranking
from pyexplain.evaluation.frames import explanations_from_frame, ranking_from_frame
from pyexplain.evaluation.ranking import candidate_ranking
from pyexplain.evaluation.scoring import BatchScorer
from pyexplain.metrics.base import MetricInput
from tests.metrics.toys import DotRecommender, all_metrics, toy_data
from tests.worlds import small_world

DATA = toy_data([[3.0, 2, 0], [0, 1, 1]], [[1.0, 1, 0], [0, 0, 1]], test=[(0, 0)])


def lines(*rows: tuple[object, ...], columns: str = "user item feature weight") -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns.split())


def test_a_ranking_there_and_back() -> None:
    data: Dataset = small_world()
    plan = Plan(tuple(cls() for cls in all_metrics().values()))
    ranking = candidate_ranking(DotRecommender(data), data)
    frame = ranking.to_frame(data)
    assert frame.columns.tolist() == ["user", "item", "score"]
    again = ranking_from_frame(frame.sample(frac=1, random_state=0), data)
    figures = [[e.value for e in measure_ranking(r, data, plan, "x")] for r in (ranking, again)]
    assert figures[0] == pytest.approx(figures[1])


def test_explanations_keep_their_order_and_their_empty_rows() -> None:
    frame = lines(
        ("u1", "i1", "f2", 0.5), ("u0", "i0", "f1", 2.0), ("u1", "i1", "f0", 1.0), ("u0", "", "f0", 3.0), ("u0", "i1", "", 0)
    )
    found = explanations_from_frame(frame, DATA, "theirs")
    assert found.users.tolist() == [1, 0, 0, 0]
    assert found.items.tolist() == [1, 0, -1, 1]
    assert found.weights.dense().tolist() == [[1, 0, 0.5], [0, 2, 0], [3, 0, 0], [0, 0, 0]]
    assert found.against is None
    assert found.change is None


def test_counterfactuals_of_a_file_are_asked_again() -> None:
    """f_u (3, 2, 0) becomes (0, 2, 3): item 1 overtakes item 0."""
    columns = "user item feature weight against from to"
    frame = lines(("u0", "i0", "f0", 3.0, "i1", 3.0, 0.0), ("u0", "i0", "f2", 3.0, "i1", 0.0, 3.0), columns=columns)
    found = explanations_from_frame(frame, DATA, "theirs")
    given = MetricInput(DATA, explanations=found, scores=BatchScorer(DotRecommender(DATA), 3))
    assert all_metrics()["validity"]().measure(given, "theirs").value == 1
    assert all_metrics()["l1-mean"]().measure(given, "theirs").value == 6


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (lines(("u0", "i0", "f0", 1.0)).drop(columns="weight"), "lack the columns weight"),
        (lines(("u9", "i0", "f0", 1.0)), "unknown user 'u9'"),
        (lines(("u0", "i0", "fx", 1.0)), "unknown feature"),
        (lines(("u0", "i0", "f0", 1.0), ("u0", "i0", "f0", 2.0)), "names a feature twice"),
        (lines(("", "i0", "f0", 1.0)), "without a user"),
        (
            lines(("u0", "i0", "f0", 1.0, "i1"), ("u0", "i0", "f1", 1.0, "i0"), columns="user item feature weight against"),
            "two other items",
        ),
    ],
)
def test_what_is_refused(frame: pd.DataFrame, message: str) -> None:
    with pytest.raises(DataError, match=message):
        explanations_from_frame(frame, DATA, "theirs")


def test_a_ranking_that_lists_an_item_twice() -> None:
    frame = lines(("u0", "i0", 1.0), ("u0", "i0", 2.0), columns="user item score")
    with pytest.raises(DataError, match="twice"):
        ranking_from_frame(frame, DATA)
    assert np.array_equal(ranking_from_frame(frame[:1], DATA).items, [[0]])
