"""On the built-in data the planted truth is found: by the extraction, by the ranking, and by the explanations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import pyexplain as px
from pyexplain.data.demo import Truth, read_truth, write_demo
from pyexplain.evaluation.evaluate import Plan, evaluate_ranking
from pyexplain.evaluation.oracle import Oracle
from pyexplain.explainers.types import Explanations
from pyexplain.preparation.prepare import prepare
from pyexplain.preparation.settings import PrepareOptions
from pyexplain.registry import Registry, load_registry


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load_registry(strict=True)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, registry: Registry) -> tuple[px.Dataset, Truth]:
    folder = tmp_path_factory.mktemp("demo")
    path = write_demo(folder)
    return prepare([path], PrepareOptions("demo"), registry), read_truth(folder)


def hits(found: Explanations, data: px.Dataset, truth: Truth) -> float:
    """Share of the top 5 features that the user cares about."""
    shares = []
    for user, row in zip(found.users, found.top(5), strict=True):
        cared = truth.cares[data.users[user]]
        shares.append(np.mean([f >= 0 and data.features[f] in cared for f in row]))
    return float(np.mean(shares))


def test_the_generator_gives_the_same_bytes_for_the_same_seed(tmp_path: Path) -> None:
    one, two, other = (write_demo(tmp_path / str(k), users=30, items=20, seed=s).read_bytes() for k, s in enumerate((0, 0, 1)))
    assert one == two
    assert one != other


def test_mentions_that_were_planted_are_found(world: tuple[px.Dataset, Truth]) -> None:
    data, truth = world
    columns = data.evidence[["user", "item", "feature", "sentiment"]].itertuples(index=False)
    found = {(data.users[u], data.items[i], data.features[f], 1 if s > 0 else -1) for u, i, f, s in columns}
    reviewed = {(data.users[u], data.items[i]) for u, i in data.train}
    planted = {m for m in truth.mentions if (m[0], m[1]) in reviewed}
    found = {m for m in found if (m[0], m[1]) in reviewed}
    precision, recall = len(found & planted) / len(found), len(found & planted) / len(planted)
    assert precision > 0.9
    assert 2 * precision * recall / (precision + recall) >= 0.9


@pytest.mark.parametrize("name", ["cnr", "nar"])
def test_ranking_and_explanations_find_what_users_care_about(
    name: str, world: tuple[px.Dataset, Truth], registry: Registry
) -> None:
    data, truth = world
    run = px.train(data, explainer=name, registry=registry, dim=64, epochs=30)
    everyone = np.arange(data.n_users)
    ours, popular = (hits(run.explainer(n).explain_users(everyone), data, truth) for n in (name, "popularity"))
    assert ours >= 3 * popular, f"{ours:.3f} against {popular:.3f}"
    document = px.evaluate(run).to_dict()["runs"][0]
    assert document["ranking"]["ndcg@10"] >= 1.5 * document["controls"]["item-popularity"]["ranking"]["ndcg@10"]


def test_the_oracle_shows_how_far_there_is_to_go(world: tuple[px.Dataset, Truth], registry: Registry) -> None:
    data, truth = world
    plan = Plan(tuple(cls() for cls in registry.classes("metric").values()))
    ndcg = {e.metric: e.value for e in evaluate_ranking(Oracle(truth, data), data, plan)}["ndcg@10"]
    assert 0.74 < ndcg < 0.76
    shuffled = Truth(truth.features, dict(zip(truth.cares, reversed(truth.cares.values()), strict=True)), *_rest(truth))
    other = {e.metric: e.value for e in evaluate_ranking(Oracle(shuffled, data), data, plan)}["ndcg@10"]
    assert other < ndcg / 2


def _rest(truth: Truth) -> tuple[dict[str, dict[str, float]], dict[str, float], frozenset[tuple[str, str, str, int]]]:
    return truth.qualities, truth.popularity, truth.mentions
