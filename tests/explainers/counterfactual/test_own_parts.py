"""Linear margins within the user's own features: at once, to the bit what the stages of the general solver find."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
import torch

from plugins.hybrid import Hybrid
from pyexplain.data.sparse import SparseRows
from pyexplain.explainers import SolverSettings, solve, solve_margin
from pyexplain.explainers.counterfactual import affine
from pyexplain.explainers.counterfactual.affine import Stages, solve_affine
from pyexplain.explainers.counterfactual.settings import Box
from pyexplain.explainers.counterfactual.working_set import own_features
from pyexplain.margin import margin as margin_module
from pyexplain.margin.margin import Margin
from pyexplain.recommenders import RunOptions

from ...worlds import small_world
from ..toys import all_pairs

OWN = SolverSettings(own="only")


def asked(n: int = 300) -> Margin:
    data = small_world().with_kinds(("word", "history"))
    recommender = Hybrid(Hybrid.Config(epochs=1, dim=4))
    recommender.prepare(data, RunOptions())
    return Margin.of(recommender, data, *all_pairs(data, n))


@pytest.mark.parametrize("some", [False, True])
def test_what_the_stages_find(some: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    margin = asked()
    allowed = np.arange(margin.data.n_features) % 3 > 0 if some else None
    found = solve_affine(margin, OWN, allowed)
    tangent, box = margin.affine.tangent(), Box.of(margin.data, allowed)
    rows = box.own(margin.features)
    stages = Stages(tangent, OWN, box, margin.there, own_features(tangent, rows, box), int(rows.counts.max()))
    change, proved = stages.run()
    assert 20 < (np.diff(found.change.offsets) > 0).sum() < len(margin)
    np.testing.assert_array_equal(found.change.dense(), change.dense())
    np.testing.assert_array_equal(found.proved, proved)
    np.testing.assert_array_equal(found.margin.numpy(), tangent.value.numpy())
    slopes = margin.slopes
    assert slopes is not None
    np.testing.assert_allclose(found.carried.values, (margin.features.values * slopes)[box.falling(margin.features)], atol=1e-5)
    monkeypatch.setattr(affine, "solve_own_parts", lambda *_: None)
    assert solve_affine(margin, OWN, allowed) is None  # it was this that solved it


def test_a_margin_at_hand_is_solved_as_its_pairs_are_and_keeps_its_slopes() -> None:
    margin = asked(60)
    assert margin.slopes is not None
    rows = np.array([7, 3, 3, 20])
    part = margin.select(rows)
    np.testing.assert_array_equal(vars(part)["slopes"], Margin.of(margin.recommender, margin.data, part.pairs, part.against).slopes)
    found = solve_margin(part, OWN)
    wanted = solve(margin.recommender, margin.data, part.pairs, part.against, OWN)
    np.testing.assert_array_equal(found.weights.dense(), wanted.weights.dense())
    assert found.change is not None
    assert wanted.change is not None
    np.testing.assert_array_equal(found.change.dense(), wanted.change.dense())
    given = solve_margin(part, OWN, weights=wanted.change)
    assert given.weights is wanted.change


@pytest.mark.parametrize("some", [False, True])
def test_over_very_many_features_slopes_do(some: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same changes and proofs without a map of all features, which would be as wide as there are features."""
    margin = asked()
    allowed = np.arange(margin.data.n_features) % 3 > 0 if some else None
    wanted = solve(margin.recommender, margin.data, margin.pairs, margin.against, OWN, allowed=allowed)
    monkeypatch.setattr(margin_module, "WIDE", 0)
    monkeypatch.setattr(type(margin.recommender), "user_side", lambda *_: pytest.fail("its user side was made"))
    found = solve(margin.recommender, margin.data, margin.pairs, margin.against, OWN, allowed=allowed)
    assert found.change is not None
    assert wanted.change is not None
    assert wanted.margin_before is not None
    assert wanted.margin_after is not None
    clear = np.minimum(np.abs(wanted.margin_before), np.abs(wanted.margin_after)) > 1e-5  # elsewhere rounding says who is ahead
    assert clear.mean() > 0.9
    np.testing.assert_allclose(found.change.dense()[clear], wanted.change.dense()[clear], atol=1e-4)
    np.testing.assert_array_equal(found.proved[clear], wanted.proved[clear])
    np.testing.assert_array_equal(found.valid[clear], wanted.valid[clear])
    assert found.valid.sum() > 20
    np.testing.assert_allclose(found.weights.dense()[clear], wanted.weights.dense()[clear], rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("own", ["first", "any"])
def test_over_very_many_features_others_may_change_too(own: Literal["first", "any"], monkeypatch: pytest.MonkeyPatch) -> None:
    """By slopes alone at least as many orders turn, and where both turn it costs no more."""
    margin = asked(200)
    settings = SolverSettings(own=own)
    wanted = solve(margin.recommender, margin.data, margin.pairs, margin.against, settings)
    monkeypatch.setattr(margin_module, "MOST_MAP", 0)
    monkeypatch.setattr(type(margin.recommender), "user_side", lambda *_: pytest.fail("its user side was made"))
    found = solve(margin.recommender, margin.data, margin.pairs, margin.against, settings)
    assert found.change is not None
    assert found.valid is not None
    assert wanted.change is not None
    assert wanted.valid is not None
    assert (found.valid | ~wanted.valid).mean() > 0.98  # elsewhere rounding says who is ahead
    assert found.valid.sum() > 60  # of about a hundred that are ahead
    prices = [settings.cost(torch.from_numpy(one.change.dense())).numpy()[found.valid & wanted.valid] for one in (found, wanted)]
    assert (prices[0] <= prices[1] * 1.001 + 1e-5).mean() > 0.98
    beyond = found.change.where(values_of(margin.features, found.change) == 0)
    assert len(beyond.values) > 0, "nothing beyond the user's own features was needed"


def values_of(rows: SparseRows, cells: SparseRows) -> np.ndarray:
    """What rows hold in the cells of others, [nnz]."""
    found: np.ndarray = rows.dense()[cells.row_indices(), cells.indices]
    return found


def test_gradients_over_very_many_features_are_the_slopes(monkeypatch: pytest.MonkeyPatch) -> None:
    margin = asked(30)
    value, gradient = margin.value_and_gradient()
    monkeypatch.setattr(margin_module, "MOST_MAP", 0)
    monkeypatch.setattr(margin_module, "CELLS_AT_ONCE", 3 * margin.data.n_features)
    monkeypatch.setattr(type(margin.recommender), "user_side", lambda *_: pytest.fail("its user side was made"))
    again = Margin.of(margin.recommender, margin.data, margin.pairs, margin.against).value_and_gradient()
    torch.testing.assert_close(again[0], value, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(again[1], gradient, atol=1e-4, rtol=1e-4)
