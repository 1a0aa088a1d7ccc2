"""What a plugin's class inherits is known as inherited, also where its methods are watched."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

import pyexplain as px
from pyexplain.boundary import guarded_class
from pyexplain.explainers import Explainer
from pyexplain.given import gives
from pyexplain.preparation.prepare import writer_of
from pyexplain.readers import Reader
from pyexplain.recommenders import FeatureProductConfig, FeatureProductNetwork, Recommender
from pyexplain.registry import Registered, Registry, load_registry
from tests.worlds import small_world


class Mine(Recommender):
    """A declared network, and nothing of its own."""

    name = "mine"
    Config = FeatureProductConfig
    offers = frozenset({"scores", "gradients", "linear-user-side"})

    def build(self, data, seed):
        return FeatureProductNetwork.of(data, self.config, seed)


class Doubled(Mine):
    """Scores of its own."""

    def scores(self, *given):
        return 2 * super().scores(*given)


class Ready(Explainer):
    """Keeps something at fit() that no state holds."""

    name = "ready"
    comes_with = "vbpr"

    def fit(self, recommender, data, options):
        super().fit(recommender, data, options)
        self.kept = True

    def weigh(self, margin):
        assert self.kept
        return margin.features


class Reading(Reader):
    """Does not write."""

    name, kind = "reading", "mentions"

    def detect(self, path: Path, head: bytes) -> bool:
        return False


def watched(cls: type[Any], kind: str) -> type[Any]:
    return guarded_class(cls, kind, "acme", "mine")


def as_it_is(cls: type[Any], kind: str) -> type[Any]:
    return cls


@pytest.mark.parametrize("way", [as_it_is, watched])
def test_a_network_is_asked_by_its_form_and_scores_of_ones_own_are_not(way: Callable[[type, str], type]) -> None:
    data = small_world()
    for cls, own in ((Mine, False), (Doubled, True)):
        made = way(cls, "recommender")(FeatureProductConfig(dim=4))
        made.prepare(data, px.RunOptions())
        users = torch.arange(3)
        change = data.user_features.select([0, 1, 2]).tensors()
        assert gives(type(made), Recommender, "scores") == own
        assert (made.catalogue_scores(users) is None) == (made.most_lifted(users, change) is None) == own
        if own:
            with pytest.raises(px.UsageError, match="does not look at"):
                made.with_values(data)
        else:
            assert made.with_values(data) is not made


def test_an_explainer_without_a_state_is_made_ready_when_its_run_is_loaded(tmp_path: Path) -> None:
    known = load_registry(strict=True)
    vbpr = [one for one in known.found if (one.kind, one.name) == ("recommender", "vbpr")]
    registry = Registry((*vbpr, Registered("explainer", "ready", Ready, "acme", "ready")), ())
    run = px.train(small_world(), explainer="ready", epochs=1, dim=4, registry=registry)
    run.save(tmp_path / "run")
    loaded = px.load_run(tmp_path / "run", dataset=small_world(), registry=registry)
    assert type(loaded.explainer()).fit is not Ready.fit, "it is watched"
    user = loaded.data.users[0]
    item = loaded.recommend(user, 1)[0][0]
    assert loaded.explain(user, item).top(2) == run.explain(user, item).top(2)


def test_a_reader_that_does_not_write_is_none_to_write_with() -> None:
    one = Registered("reader", "reading", Reading, "acme", "reading")
    with pytest.raises(px.UsageError, match="cannot be written"):
        writer_of("reading", Registry((one,), ()))
