"""CNR: the alternation of solving and training, eq. (9)."""

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch

import pyexplain as px
from pyexplain.data import SparseRows
from pyexplain.recommenders import Term
from pyexplain.recommenders.engine import TorchEngine
from pyexplain.recommenders.fused import FusedEngine
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


USER, ITEM, OTHER = 3, 5, 9  # a user, the item that is preferred, the other


def softplus(x: float) -> float:
    return math.log1p(math.exp(x))


def one_counterfactual(direction: str, **more: object) -> tuple[Any, Any, Term, SparseRows]:
    """A model, its objective with one counterfactual at f_u of user 7, and the batch."""
    data = small_world()
    model = CNR(CNR.Config(dim=6, dropout=0, direction=direction, counterfactual_weight=0.25, **more))
    model.prepare(data, px.RunOptions(seed=1))
    objective = model.objective(data, px.RunOptions())
    objective.triples, objective.rows = np.array([[USER, OTHER, ITEM]]), data.user_features.select([7])
    return model, objective, Term(*(torch.tensor([n]) for n in (USER, ITEM, OTHER))), objective.rows


def lead(model: Any, rows: SparseRows | None = None) -> float:
    """R(user, item) - R(user, other), at f_u or at other rows."""
    given = None if rows is None else rows.select([0, 0]).tensors()
    with torch.no_grad():
        scores = model.scores(torch.tensor([USER, USER]), torch.tensor([ITEM, OTHER]), given)
    return float(scores[0] - scores[1])


@pytest.mark.parametrize(("direction", "sign"), [("swap", 1), ("maximize", -1)])
def test_what_a_step_minimises_by_hand(direction: str, sign: int) -> None:
    """One triple, one counterfactual: softplus(-lead) + 0.25 softplus(sign lead at the changed row)."""
    for fused in (False, True):
        model, objective, batch, rows = one_counterfactual(direction)
        now, changed = lead(model), lead(model, rows)
        sides = model.model.user_rows, model.model.item_rows
        if fused:
            engine: Any = FusedEngine(model.model.form, *sides, model.config)
        else:
            engine = TorchEngine(model.model.network, *sides, model.model.n_features, model.config)
        loss = engine.step(batch, objective, torch.Generator().manual_seed(0))
        assert loss == pytest.approx(softplus(-now) + 0.25 * softplus(sign * changed), abs=1e-5)
        for _ in range(20):
            engine.step(batch, objective, torch.Generator().manual_seed(0))
        engine.flush()
        model.model.changed()
        assert lead(model) > now
        assert (lead(model, rows) - changed) * sign < 0, "swap turns the order at the changed row, maximize holds it"


def test_what_maximize_minimises_falls_where_the_loss_of_the_other_order_rises() -> None:
    leads = np.linspace(-4, 4, 9)
    of_other_order = np.array([softplus(x) for x in leads])  # L_cf
    np.testing.assert_allclose(-np.log1p(-np.exp(-of_other_order)), [softplus(-x) for x in leads], rtol=1e-9)
    assert (np.diff(of_other_order) > 0).all()


def test_weight_zero_is_no_term() -> None:
    for direction in ("swap", "maximize"):
        _, objective, batch, _ = one_counterfactual(direction)
        objective.config = CNR.Config(direction=direction, counterfactual_weight=0)
        assert len(list(objective.terms(batch, lambda: torch.zeros(0)))) == 1


def test_maximising_cannot_run_away() -> None:
    """One round, and a weight above 1: with - w L_cf itself, the loss would be below -1000 by the end."""
    keys = {"dim": 8, "epochs": 60, "batch_size": 32, "learning_rate": 0.01, "patience": 0}
    model = CNR(CNR.Config(direction="maximize", rounds=1, counterfactual_weight=2.0, **keys))
    history = model.fit(small_world(), px.RunOptions())
    assert all(0 < entry["loss"] < 5 for entry in history)
    assert history[-1]["auxiliary"] == 1
