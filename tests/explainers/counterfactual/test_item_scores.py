"""Scores of several items over very many features: by slopes alone those of the map of all features, and what is solved by them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from plugins.hybrid import Hybrid
from pyexplain.data.events import Events
from pyexplain.errors import RunError
from pyexplain.explainers.counterfactual.item_scores import LinearScores, SlopedScores, item_scores
from pyexplain.explainers.counterfactual.until import Until, solve_until
from pyexplain.explainers.influences import Influences
from pyexplain.margin import margin as margin_module
from pyexplain.recommenders import RunOptions, additive_model

from ...worlds import small_world
from ..toys import all_pairs

DATA = small_world().with_kinds(("word", "history"))


def made() -> Hybrid:
    recommender = Hybrid(Hybrid.Config(epochs=1, dim=4))
    recommender.prepare(DATA, RunOptions())
    return recommender


def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if there were very many features."""
    monkeypatch.setattr(margin_module, "MOST_MAP", 0)
    monkeypatch.setattr(Hybrid, "user_side", lambda *_: pytest.fail("its user side was made"))


def test_scores_and_slopes_are_those_of_the_map(monkeypatch: pytest.MonkeyPatch) -> None:
    rng, users = np.random.default_rng(0), np.arange(12)
    items = rng.integers(0, DATA.n_items, (12, 3))
    columns = np.stack([rng.permutation(DATA.n_features)[:6] for _ in users])
    asked = made(), users, items, DATA.user_features.select(users), columns, 2**20
    by_map = item_scores(*asked)
    assert isinstance(by_map, LinearScores)
    narrow(monkeypatch)
    by_slopes = item_scores(*asked)
    assert isinstance(by_slopes, SlopedScores)
    delta = torch.from_numpy(rng.normal(size=columns.shape).astype(np.float32))
    for one, other in ((by_map, by_slopes), (by_map.select(torch.tensor([4, 1])), by_slopes.select(torch.tensor([4, 1])))):
        part = delta[: len(other.start)]
        torch.testing.assert_close(other.scores(part), one.scores(part), atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(other.slopes(part), one.slopes(part), atol=1e-5, rtol=1e-4)
    assert by_slopes.slopes(delta).abs().sum() > 0


@pytest.mark.parametrize("until", ["first", "leaves-top-3"])
def test_what_is_reached_by_the_map_is_reached_by_slopes(until: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pairs, against = all_pairs(DATA, 60)
    wanted = solve_until(made(), DATA, pairs, against, Until.parse(until))
    narrow(monkeypatch)
    found = solve_until(made(), DATA, pairs, against, Until.parse(until))
    assert found.valid is not None
    assert wanted.valid is not None
    assert wanted.valid.sum() > 5
    assert (found.valid == wanted.valid).mean() > 0.95  # elsewhere rounding says who is ahead


def test_a_map_of_all_features_that_is_too_large_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """By those who work on latent vectors, such as influences; what is left goes by slopes."""
    monkeypatch.setattr(additive_model, "MOST_MAP", 1000)
    with pytest.raises(RunError, match=r"features into as many latent ones would take[\s\S]*another explainer"):
        Influences.of(made(), Events.of(DATA), np.arange(3), 0.1)
