"""CNR: the alternation of solving and training, eq. (9)."""

from itertools import pairwise

import pytest

import pyexplain as px
from pyexplain.registry import load_registry

from ..worlds import small_world

CNR = load_registry(strict=True).get("recommender", "cnr")


@pytest.mark.parametrize(
    ("epochs", "warmup", "rounds", "made"),
    [(50, 5, 20, 20), (12, 2, 10, 10), (9, 2, 4, 4), (6, 2, 20, 4), (6, 2, 0, 0), (3, 5, 20, 0)],
)
def test_as_many_rounds_as_asked_for_at_most_one_an_epoch(epochs: int, warmup: int, rounds: int, made: int) -> None:
    model = CNR(CNR.Config(epochs=epochs, warmup_epochs=warmup, rounds=rounds))
    model.prepare(small_world(), px.RunOptions())
    objective, solved = model.objective(small_world(), px.RunOptions()), []
    objective._solve_round = lambda: solved.append(epoch)
    for epoch in range(1, epochs + 1):
        objective.begin_epoch(epoch)
    assert len(solved) == made
    assert not solved or solved[0] == warmup + 1
    gaps = [later - earlier for earlier, later in pairwise([*solved, epochs + 1])]
    assert not gaps or max(gaps) - min(gaps) <= 1, "spread evenly"
