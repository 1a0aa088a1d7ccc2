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
from pyexplain.registry import Registry, load_registry


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load_registry(strict=True)


@pytest.fixture(scope="module")
def world(built_in: Path) -> tuple[px.Dataset, Truth]:
    return px.load_dataset(built_in), read_truth(built_in.with_name("reviews"))


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


@pytest.fixture(scope="module")
def runs(world: tuple[px.Dataset, Truth], registry: Registry) -> dict[str, px.Run]:
    return {name: px.train(world[0], explainer=name, registry=registry, dim=64, epochs=30) for name in ("cnr", "nar")}


# a change names what it needs and no more: over the liked items of a user fewer features than an attribution names
@pytest.mark.parametrize(
    ("name", "on", "times"),
    [("cnr", "cnr", 2.5), ("gradient-input", "cnr", 3), ("integrated-gradients", "cnr", 3), ("nar", "nar", 3)],
)
def test_explanations_find_what_users_care_about(
    name: str, on: str, times: float, world: tuple[px.Dataset, Truth], runs: dict[str, px.Run]
) -> None:
    data, truth = world
    everyone = np.arange(data.n_users)
    ours, popular = (hits(runs[on].explainer(n).explain_users(everyone), data, truth) for n in (name, "popularity"))
    assert ours >= times * popular, f"{ours:.3f} against {popular:.3f}"


def of_named(found: Explanations, data: px.Dataset, truth: Truth) -> tuple[float, float]:
    """Share of the named features that the user cares about, and how many a pair names."""
    named = found.weights.where(found.weights.values > 0)
    pairs = zip(found.users[named.row_indices()].tolist(), named.indices.tolist(), strict=True)
    return float(np.mean([data.features[f] in truth.cares[data.users[u]] for u, f in pairs])), len(named.indices) / len(found)


@pytest.mark.parametrize("measure", ["abs-delta", "flip-share", "delta"])
def test_what_a_change_names_is_what_users_care_about_and_the_signed_one_names_what_has_to_grow(
    measure: str, world: tuple[px.Dataset, Truth], runs: dict[str, px.Run]
) -> None:
    data, truth = world
    pairs = data.test[:400]
    found = runs["cnr"].explainer("cnr", {"weights": measure}).explain(pairs)
    cared, each = of_named(found, data, truth)
    popular, _ = of_named(runs["cnr"].explainer("popularity", {"keep": 5}).explain(pairs), data, truth)
    assert found.change is not None
    if measure == "delta":  # the paper's order: what would have to grow, which the user never wrote about or which speaks for j
        assert cared < 2.5 * popular, f"{cared:.3f} against {popular:.3f}"
        assert each < 0.7 * len(found.change.indices) / len(found)
    else:
        assert cared >= 3 * popular, f"{cared:.3f} against {popular:.3f}"
        assert each == pytest.approx(len(found.change.indices) / len(found), rel=0.02)


@pytest.mark.parametrize("name", ["cnr", "nar"])
def test_the_ranking_finds_what_users_care_about(name: str, runs: dict[str, px.Run]) -> None:
    run = runs[name]
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
