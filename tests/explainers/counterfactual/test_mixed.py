"""Changes across kinds: history goes whole or not at all; where the margin is linear, what is found is the cheapest there is."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import torch
from torch import Tensor

from pyexplain.data.settings import user_strength
from pyexplain.data.types import Dataset
from pyexplain.explainers.counterfactual.mixed import Mixed, cheapest_mixed, one_by_one, solve_mixed
from pyexplain.explainers.counterfactual.problem import FLIPPED
from pyexplain.explainers.counterfactual.restricted import Restricted
from pyexplain.explainers.counterfactual.settings import SolverSettings
from pyexplain.explainers.counterfactual.solve import solve
from pyexplain.explainers.types import Explanations
from pyexplain.margin.affine import LinearMargin
from pyexplain.margin.margin import Margin
from pyexplain.ops import counterfactual_step
from pyexplain.recommenders.base import Recommender

from ...worlds import small_world
from ..toys import Additive, Relu, all_pairs

UNIT = float(user_strength(1, 5.0))
OWN = SolverSettings(own="only")


def drawn(n: int, s: int, seed: int) -> tuple[Restricted, Tensor]:
    """Linear margins of n rows and s features, about half of which go whole (from 1 to 0); some bring nothing."""
    g = torch.Generator().manual_seed(seed)
    whole = torch.rand(n, s, generator=g) < 0.5
    has = torch.where(whole, 1.0, 1 + 4 * torch.rand(n, s, generator=g))
    slope = torch.randn(n, s, generator=g) + 0.5
    start = 3 * torch.rand(n, generator=g) * s**0.5 + 0.1
    return Restricted(LinearMargin(start, slope), -has, torch.where(whole, 0, 5 - has)), whole


def cheapest(problem: Restricted, whole: Tensor, settings: SolverSettings, row: int) -> float:
    """The least cost of a row by trying every set of whole ones, with the cheapest change of the others; inf: there is none."""
    part, mine = problem.select(torch.tensor([row])), whole[row]
    margin, g = part.margin_and_gradient(torch.zeros(1, len(mine)))
    at, best = mine.nonzero()[:, 0].tolist(), float("inf")
    price, gamma = settings.l1 * UNIT + settings.l2 * UNIT**2, max(settings.margin, -2 * FLIPPED)
    for size in range(len(at) + 1):
        for chosen in combinations(at, size):
            left = margin - g[:, list(chosen)].sum(dim=1)  # each is 1, and goes to 0
            cost = 0.0
            if float(left) >= 2 * FLIPPED:  # the others have to do what is left, with something to spare
                low, high = (box.masked_fill(mine[None], 0) for box in (part.low, part.high))
                if float((-torch.where(g > 0, g * low, g * high)).sum()) < float(left) + gamma:
                    continue
                cost = float(counterfactual_step(g.contiguous(), -left - gamma, low, high, settings.l1, settings.l2)[1])
            best = min(best, price * size + cost)
    return best


@pytest.mark.parametrize("settings", [SolverSettings(), SolverSettings(l1=0.2, l2=1.0), SolverSettings(margin=0, l2=1e-4)])
@pytest.mark.parametrize("s", [1, 4, 9])
def test_a_mixture_is_the_cheapest_of_all_sets_where_the_margin_is_linear(s: int, settings: SolverSettings) -> None:
    problem, whole = drawn(40, s, s)
    mixed = Mixed(problem, torch.where(whole, UNIT, 1.0), whole)
    margin, g = mixed.margin_and_gradient(torch.zeros(40, s))
    c = -max(settings.margin, -2 * FLIPPED) - margin
    found = cheapest_mixed(mixed, g, c, settings)
    wanted = [cheapest(problem, whole, settings, row) for row in range(40)]
    flipped = mixed.margin(found) < FLIPPED / 2
    assert flipped.tolist() == np.isfinite(wanted).tolist()
    assert 0 < int(flipped.sum()) < 40 or s > 1
    assert settings.cost(found)[flipped].tolist() == pytest.approx([w for w in wanted if np.isfinite(w)], rel=1e-3, abs=1e-4)
    taken = whole & (found != 0)
    assert torch.equal(found[taken], mixed.low[taken])
    assert bool(((found >= mixed.low - 1e-6) & (found <= mixed.high + 1e-6)).all())


def test_history_alone_is_the_smallest_set() -> None:
    """Up to 15 entries of history: by trying all sets of one fewer."""
    g = torch.Generator().manual_seed(3)
    gain = torch.randn(60, 15, generator=g)
    problem = Restricted(LinearMargin(8 * torch.rand(60, generator=g) + 0.1, gain), -torch.ones(60, 15), torch.zeros(60, 15))
    every = torch.ones(60, 15, dtype=torch.bool)
    found = solve_mixed(problem, every, UNIT, SolverSettings(), bends=False)
    assert torch.equal(found, solve_mixed(problem, every, UNIT, SolverSettings()))  # searched for all the same
    assert bool(((found == 0) | (found == -1)).all())
    margin, sizes = problem.margin(found), (found != 0).sum(dim=1)
    start = problem.margin(torch.zeros(60, 15))
    assert torch.equal(margin < FLIPPED, start - gain.clamp_min(0).sum(dim=1) < FLIPPED)
    assert len(sizes[margin < FLIPPED].unique()) > 3
    for row in (margin < FLIPPED).nonzero()[:, 0].tolist():
        fewer = combinations(range(15), int(sizes[row]) - 1)
        assert min(float(start[row] - gain[row, list(chosen)].sum()) for chosen in fewer) >= FLIPPED


def test_what_bends_is_gone_on_with_one_by_one() -> None:
    """max(0, x0) + max(0, x1) - max(0, x0 + x1 - 3) style margins are not at hand here: the slope of a feature that brings nothing
    is 0, and the others go in the order of what they can do, each once."""
    problem = Mixed(
        Restricted(LinearMargin(torch.tensor([3.0]), torch.tensor([[1.0, 0, 2, -1]])), -torch.ones(1, 4), torch.zeros(1, 4)),
        torch.ones(1, 4),
        torch.ones(1, 4, dtype=torch.bool),
    )
    x, margin = one_by_one(problem, torch.zeros(1, 4))
    assert x.tolist() == [[-1, 0, -1, 0]]
    assert margin.tolist() == [0]


def world() -> Dataset:
    return small_world().with_kinds(("word", "history"))


def own_cost(found: Explanations, data: Dataset, settings: SolverSettings) -> np.ndarray:
    assert found.change is not None
    history = np.array([kind == "history" for kind in data.features.kinds or ()])
    scaled = np.abs(found.change.dense()) * np.where(history, UNIT, 1)
    return settings.l1 * scaled.sum(axis=1) + settings.l2 * (scaled**2).sum(axis=1)


@pytest.mark.parametrize("model", [Additive, Relu])
@pytest.mark.parametrize("own", ["only", "first", "any"])
def test_history_is_only_taken_away_and_whole(model: type, own: str) -> None:
    data = world()
    recommender: Recommender = model(data)
    pairs, against = all_pairs(data, 200)
    found = solve(recommender, data, pairs, against, SolverSettings(own=own))
    assert found.change is not None
    assert found.valid is not None
    column, value = found.change.indices, found.change.values
    history = data.features.where_kind("history")
    assert history is not None
    assert set(value[history[column]].tolist()) == {-1.0}
    assert bool((~history[column]).any())
    has = data.user_features.select(pairs[:, 0]).dense()[found.change.row_indices(), column]
    assert bool((has[history[column]] == 1).all())
    assert bool(((has + value >= -1e-6) & (has + value <= 5 + 1e-6)).all())
    assert found.margin_before is not None
    assert found.valid[found.margin_before > 0.01].mean() > (0.6 if own == "only" else 0.95)


def test_within_own_columns_nothing_cheaper_is_there_where_the_margin_is_linear() -> None:
    """The whole way through solve(), against trying every set of history, for rows of up to 15 own columns."""
    data = world()
    recommender = Additive(data)
    pairs, against = all_pairs(data, 400)
    few = data.user_features.counts[pairs[:, 0]] <= 15
    pairs, against = pairs[few][:150], against[few][:150]
    found = solve(recommender, data, pairs, against, OWN)
    margin = Margin.of(recommender, data, pairs, against)
    costs, rows, history = own_cost(found, data, OWN), margin.features, data.features.where_kind("history")
    assert found.valid is not None
    assert found.margin_before is not None
    assert history is not None
    gradient, seen, proved = margin.value_and_gradient()[1], 0, 0
    for row in np.flatnonzero(found.margin_before > 1e-3).tolist():
        columns, values = rows.row(row)
        has = torch.from_numpy(values.copy())[None]
        whole = torch.from_numpy(history[columns])[None]
        slope = gradient[row, torch.from_numpy(columns.copy())][None]
        start = torch.from_numpy(found.margin_before[row : row + 1])
        problem = Restricted(LinearMargin(start, slope), -has, torch.where(whole, 0, (5 - has).clamp_min(0)))
        wanted = cheapest(problem, whole, OWN, 0)
        assert bool(found.valid[row]) == np.isfinite(wanted)
        if np.isfinite(wanted):
            seen += 1
            assert costs[row] <= wanted * 1.001 + 1e-3  # less, where taking back found room in what there was to spare
        if found.proved is not None and found.proved[row]:
            proved += 1
            assert not np.isfinite(wanted) or costs[row] == pytest.approx(wanted, rel=1e-3, abs=1e-3)
    assert seen > 50
    assert proved > 0.9 * np.count_nonzero(found.margin_before > 1e-3)


def test_where_the_margin_bends_sets_are_seldom_larger_than_the_smallest() -> None:
    """Not proved there; against all sets of fewer entries of history, by the recommender's own margin."""
    data = small_world().with_kinds(("history",))
    recommender = Relu(data)
    pairs, against = all_pairs(data, 300)
    found = solve(recommender, data, pairs, against, OWN)
    assert found.valid is not None
    assert found.change is not None
    margin, larger, seen = Margin.of(recommender, data, pairs, against), 0, 0
    for row in np.flatnonzero(found.valid & (found.change.counts > 1)).tolist():
        own, size = margin.features.row(row)[0], int(found.change.counts[row])
        tried = [chosen for fewer in range(1, size) for chosen in combinations(own.tolist(), fewer)]
        delta = torch.zeros(len(tried), data.n_features)
        for number, chosen in enumerate(tried):
            delta[number, list(chosen)] = -1
        reached = margin.affine.select(torch.full((len(tried),), row)).value(delta)
        larger, seen = larger + bool((reached < FLIPPED).any()), seen + 1
    assert seen > 30
    assert larger <= 0.1 * seen
