"""Counterfactuals: known answers, and what must hold for every answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from pyexplain.errors import UsageError
from pyexplain.explainers.counterfactual.settings import SolverSettings
from pyexplain.explainers.counterfactual.solve import solve
from pyexplain.explainers.types import Explanations

from ...worlds import small_world
from ..toys import Linear, Relu, all_pairs, world_with

ANY = SolverSettings(own="any")
PAIR, OTHER = np.array([[0, 0]]), np.array([1])


def change(found: Explanations) -> np.ndarray:
    assert found.change is not None
    return found.change.dense()


def test_a_linear_score_has_the_change_worked_out_by_hand() -> None:
    """f_u = (4, 2, 0), g = (3, 1, -1): margin 14 has to fall by 14.05. Feature 0 pulls hardest and can give 12; the other two
    share the remaining 2.05."""
    data = world_with([[4, 2, 0]])
    found = solve(Linear(data, [[3, 1], [0, 0, 1]]), data, PAIR, OTHER, ANY)
    assert found.margin_before == pytest.approx([14])
    assert found.margin_after == pytest.approx([-0.05], abs=1e-3)
    assert change(found)[0, :4] == pytest.approx([-4, -1.025, 1.025, 0], abs=1e-3)
    assert found.valid is not None
    assert found.valid.all()


def test_weights_are_the_share_of_the_lead_that_each_feature_carries() -> None:
    """i leads by 12 + 2 = 14. Feature 2, which the user never wrote about, has to grow: it is in the change alone."""
    data = world_with([[4, 2, 0]])
    found = solve(Linear(data, [[3, 1], [0, 0, 1]]), data, PAIR, OTHER, ANY)
    assert change(found)[0, 2] > 0
    assert found.weights.dense()[0, :4] == pytest.approx([12 / 14, 2 / 14, 0, 0])
    assert found.named(0, 1) == [0, 1, 2]  # a change is told whole


def test_what_speaks_for_the_other_item_carries_nothing() -> None:
    """i leads by 3 * 4 - 2 = 10: without feature 1 it would lead by more. It grows in the change all the same."""
    data = world_with([[4, 2, 0]])
    found = solve(Linear(data, [[3, 0], [0, 1]]), data, PAIR, OTHER, SolverSettings(l1=0, own="only"))
    assert change(found)[0, 1] > 0
    assert found.weights.dense()[0, :3] == pytest.approx([1.2, 0, 0])


def test_own_features_come_first_and_others_only_where_those_do_not_do() -> None:
    """Margin 8 - 0: feature 2, not of the user, pulls hardest, but taking away feature 0 alone turns the order around."""
    data = world_with([[4, 2, 0]])
    model = Linear(data, [[2, 0], [0, 1, 9]])
    assert change(solve(model, data, PAIR, OTHER, ANY))[0, 2] > 0
    for own in ("first", "only"):
        found = change(solve(model, data, PAIR, OTHER, SolverSettings(own=own)))
        assert found[0, 2] == 0
        assert found[0, 0] < 0
    hard = Linear(data, [[3, 1], [0, 0, 1]])  # own features alone bring the margin to 0, not below
    assert change(solve(hard, data, PAIR, OTHER, SolverSettings(own="first")))[0, 2] > 0
    only = solve(hard, data, PAIR, OTHER, SolverSettings(own="only"))
    assert only.valid is not None
    assert not only.valid[0]
    assert only.margin_after == pytest.approx([0], abs=1e-5)


def test_what_cannot_be_turned_around_stays_with_the_smallest_margin_and_a_note() -> None:
    """All that helps is taking both features away, and that leaves a tie."""
    data = world_with([[4, 2, 0]])
    found = solve(Linear(data, [[3, 1]]), data, PAIR, OTHER, ANY)
    assert found.valid is not None
    assert found.notes is not None
    assert not found.valid[0]
    assert found.margin_after == pytest.approx([0], abs=1e-5)
    assert "no allowed change" in found.notes[0]


def test_who_prefers_the_other_already_needs_no_change() -> None:
    data = world_with([[4, 2, 0]])
    found = solve(Linear(data, [[0, 0], [1, 0]]), data, PAIR, OTHER, ANY)
    assert found.margin_before == pytest.approx([-4])
    assert len(found.weights.indices) == 0
    assert found.notes is not None
    assert "already" in found.notes[0]


def test_only_allowed_features_change() -> None:
    data = world_with([[4, 2, 0]])
    allowed = np.ones(data.n_features, dtype=bool)
    allowed[1] = False
    found = solve(Linear(data, [[3, 1], [0, 0, 1]]), data, PAIR, OTHER, ANY, allowed=allowed)
    assert change(found)[0, :3] == pytest.approx([-4, 0, 2.05], abs=1e-3)
    found = solve(Relu(small_world()), small_world(), *all_pairs(small_world(), 200), ANY, allowed=allowed)
    assert len(found.weights.indices) > 0
    assert (change(found)[:, 1] == 0).all()


def test_the_items_side_reduces_what_the_user_mentioned() -> None:
    """f_i = (3, 4, 2), weights (1, 2, 5), R(u, j) = 0, margin 21; the user wrote about features 0 and 1 only, which give 11.
    With weights (1, 6, 0), margin 27: feature 1 pulls hardest and gives 24, feature 0 the other 3.05 of which it can give 3."""
    data = world_with([[4, 2, 0]], [[3, 4, 2], [0]])
    found = solve(Linear(data, [], [[1, 2, 5]]), data, PAIR, OTHER, side="item")
    assert found.valid is not None
    assert not found.valid[0]
    assert found.margin_after == pytest.approx([10], abs=1e-4)
    found = solve(Linear(data, [[0.1], [0]], [[0, 6, 0]]), data, PAIR, OTHER, side="item")  # margin 24.4
    assert found.valid is not None
    assert not found.valid[0]
    found = solve(Linear(data, [[-0.1], [0]], [[0, 6, 0]]), data, PAIR, OTHER, side="item")  # margin 23.6
    assert found.side == "item"
    assert change(found)[0, :3] == pytest.approx([0, -23.65 / 6, 0], abs=1e-3)


def convex_optimum(g: np.ndarray, m: float, low: np.ndarray, high: np.ndarray, settings: SolverSettings) -> float:
    """The least cost of the linear problem, by a general solver on delta = up - down."""
    n = len(g)

    def cost(x: np.ndarray) -> float:
        return settings.l1 * x.sum() + settings.l2 * ((x[:n] - x[n:]) ** 2).sum()

    bounds = [(0, h) for h in high] + [(0, -v) for v in low]
    constraint = {"type": "ineq", "fun": lambda x: -settings.margin - m - g @ (x[:n] - x[n:])}
    done = minimize(cost, np.zeros(2 * n), bounds=bounds, constraints=[constraint], method="SLSQP", options={"maxiter": 500})
    assert done.success
    return float(done.fun)


def test_a_linear_score_is_solved_as_well_as_by_a_general_convex_solver() -> None:
    rng = np.random.default_rng(0)
    settings = SolverSettings(own="any")
    for _ in range(20):
        f, a = rng.uniform(0, 5, 8) * (rng.random(8) < 0.4), rng.normal(size=8)
        data = world_with([f.tolist()])
        model = Linear(data, [a.tolist()])
        m = float(a @ f)
        reachable = m + np.minimum(a * -f, a * (5 - f)).sum()
        if m <= 0 or reachable > -0.1:
            continue
        found = change(solve(model, data, PAIR, OTHER, settings))[0].astype(np.float64)
        cost = settings.l1 * np.abs(found).sum() + settings.l2 * (found**2).sum()
        assert cost <= convex_optimum(a, m, -f, 5 - f, settings) * (1 + 1e-3) + 1e-4


@pytest.fixture(scope="module", params=["fast", "autograd"])
def solved(request: pytest.FixtureRequest) -> tuple[Relu, np.ndarray, np.ndarray, Explanations]:
    data = small_world()
    model = Relu(data, fast=request.param == "fast")
    pairs, against = all_pairs(data, 300)
    return model, pairs, against, solve(model, data, pairs, against)


def margins(model: Relu, pairs: np.ndarray, against: np.ndarray, features: np.ndarray) -> np.ndarray:
    users, items, others = torch.from_numpy(pairs[:, 0].copy()), torch.from_numpy(pairs[:, 1].copy()), torch.from_numpy(against)
    f = torch.from_numpy(features)
    with torch.no_grad():
        margin: np.ndarray = (model.scores(users, items, f) - model.scores(users, others, f)).numpy()
    return margin


Solved = tuple[Relu, np.ndarray, np.ndarray, Explanations]


def test_reported_changes_flip_when_the_model_is_asked(solved: Solved) -> None:
    model, pairs, against, found = solved
    f = small_world().user_features.dense()[pairs[:, 0]]
    assert found.margin_before == pytest.approx(margins(model, pairs, against, f), abs=1e-5)
    assert found.margin_after == pytest.approx(margins(model, pairs, against, f + change(found)), abs=1e-5)
    assert found.margin_after is not None
    assert (found.valid == ((found.margin_before > 0) & (found.margin_after < 0))).all()
    assert found.valid is not None
    assert found.valid[found.margin_before > 0].mean() > 0.9


def test_changes_stay_in_the_box(solved: Solved) -> None:
    _, pairs, _, found = solved
    f = small_world().user_features.dense()[pairs[:, 0]]
    assert ((f + change(found)) >= -1e-6).all()
    assert ((f + change(found)) <= 5 + 1e-6).all()


def test_no_change_can_be_left_out(solved: Solved) -> None:
    model, pairs, against, found = solved
    f, delta = small_world().user_features.dense()[pairs[:, 0]], change(found)
    assert found.valid is not None
    for column in range(delta.shape[1]):
        touched = found.valid & (delta[:, column] != 0)
        without = delta.copy()
        without[:, column] = 0
        assert (margins(model, pairs, against, f + without)[touched] >= -1e-5).all()


def test_the_order_of_the_batch_does_not_matter(solved: Solved) -> None:
    model, pairs, against, found = solved
    order = np.random.default_rng(1).permutation(len(pairs))
    again = solve(model, small_world(), pairs[order], against[order])
    assert change(again) == pytest.approx(change(found)[order], abs=2e-3)
    assert again.notes == found.select(order).notes


def test_a_pair_alone_gets_what_it_gets_among_others(solved: Solved) -> None:
    model, pairs, against, found = solved
    for row in range(0, len(pairs), 25):
        alone = solve(model, small_world(), pairs[row : row + 1], against[row : row + 1])
        assert change(alone)[0] == pytest.approx(change(found)[row], abs=2e-3)


def test_a_small_memory_gives_the_same_in_more_batches(solved: Solved) -> None:
    model, pairs, against, found = solved
    calls: list[tuple[int, int]] = []
    data = small_world()
    row = 4 * data.n_features
    small = solve(model, data, pairs, against, max_memory=2000 * row, progress=lambda _, done, total: calls.append((done, total)))
    assert len(calls) > 2
    assert calls[-1] == (len(pairs), len(pairs))
    assert change(small) == pytest.approx(change(found), abs=2e-3)


def test_both_ways_to_a_gradient_lead_to_changes_that_cost_the_same() -> None:
    """Looking at the steepest features first ends in another local minimum now and then, a little dearer in the mean."""
    data = small_world()
    pairs, against = all_pairs(data, 100, seed=3)
    one, two = (solve(Relu(data, fast=fast), data, pairs, against) for fast in (True, False))
    assert np.array_equal(one.valid, two.valid)
    costs = [(np.abs(found) + 0.1 * found**2).sum(axis=1) for found in (change(one), change(two))]
    assert np.isclose(*costs, atol=2e-2).mean() >= 0.9
    assert costs[0].mean() <= 1.03 * costs[1].mean()


def test_no_pairs_no_rows() -> None:
    data = small_world()
    found = solve(Relu(data), data, np.zeros((0, 2), dtype=np.int64), np.zeros(0, dtype=np.int64))
    assert len(found) == 0
    assert found.weights.shape == (0, data.n_features)


def test_a_user_without_features_is_said_to_be_cold() -> None:
    data = world_with([[0]])
    found = solve(Relu(data), data, PAIR, OTHER)
    assert found.notes is not None
    assert "nothing is known" in found.notes[0]


@pytest.mark.parametrize("wrong", [{"solver": "guess"}, {"own": "some"}, {"l2": 0.0}, {"margin": -1.0}])
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        replace(SolverSettings(), **wrong)  # type: ignore[arg-type]
