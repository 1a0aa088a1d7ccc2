"""Rankings under attack: the step by hand on a model that is linear in f_u, the box, who is attacked, and what is kept."""

from dataclasses import replace

import numpy as np
import pytest
import torch

import pyexplain as px
from pyexplain.evaluation.attack import LENGTH, _gradient_step, _pull, _random_step, attacked_rankings, moved_features
from pyexplain.evaluation.ranking import candidate_ranking
from pyexplain.measuring import evaluate
from pyexplain.metrics import MetricInput
from pyexplain.present.evaluation_tables import evaluation_tables
from pyexplain.registry import load_registry

from ..metrics.toys import DotRecommender
from ..worlds import small_world

REGISTRY = load_registry(strict=True)
DATA = small_world()
KEPT = {name: cls() for name, cls in REGISTRY.classes("metric").items() if cls.group in ("ndcg_kept", "orders_kept")}


class Dot(DotRecommender):
    offers = frozenset({"scores", "gradients"})


class Blind(DotRecommender):
    """Does not look at f_u."""

    def scores(self, users, items, user_features=None, item_features=None):  # type: ignore[no-untyped-def]
        return items.float()


def given(recommender: px.recommenders.Recommender, others: list[px.recommenders.Recommender] | None = None) -> MetricInput:
    attacked = attacked_rankings(recommender, others or [], DATA, "test", 0)
    return MetricInput(DATA, 10, ranking=candidate_ranking(recommender, DATA), attacked=attacked)


def test_the_pull_on_each_score_is_the_gradient_of_the_mean_over_pairs() -> None:
    scores = torch.randn(9, dtype=torch.float64, requires_grad=True)
    rows, relevant = torch.tensor([0, 0, 0, 0, 1, 1, 1, 2, 2]), torch.tensor([1, 0, 1, 0, 0, 1, 0, 1, 1], dtype=torch.bool)
    loss = torch.zeros((), dtype=torch.float64)
    for row in (0, 1):
        mine = rows == row
        loss = loss + torch.nn.functional.softplus(scores[mine & ~relevant][None] - scores[mine & relevant][:, None]).mean()
    loss.backward()  # type: ignore[no-untyped-call]
    assert torch.allclose(_pull(scores.detach(), rows, relevant, 3), scores.grad)


def test_the_step_is_as_long_as_said_and_makes_the_loss_larger() -> None:
    model, lists = Dot(DATA), DATA.test_candidates
    step = _gradient_step(model, DATA, lists)
    f_u, f_i = DATA.user_features.select(lists.users).dense(), DATA.item_features.dense()
    for row in range(len(lists)):
        there = lists.items[row] >= 0
        items, positive = lists.items[row][there], lists.relevant[row][there]
        pairs = f_i[items[~positive]][None] - f_i[items[positive]][:, None]  # slope of s_n - s_p, as scores are f_u . f_i
        by_hand = ((1 / (1 + np.exp(-(pairs @ f_u[row]))))[..., None] * pairs).mean(axis=(0, 1))
        assert np.allclose(step[row], LENGTH * by_hand / np.linalg.norm(by_hand), atol=1e-4)
    assert np.allclose(np.linalg.norm(_random_step(lists, DATA, 0), axis=1), LENGTH)
    assert not np.allclose(_random_step(lists, DATA, 0), _random_step(lists, DATA, 1))


def test_moved_features_stay_in_their_box() -> None:
    moved = moved_features(np.array([[0, 4.5, 2]], np.float32), np.array([[-1, 2, 1]], np.float32), 5.0)
    assert moved.tolist() == [[0, 5, 3]]


def test_an_attack_takes_more_than_chance_and_a_model_that_does_not_look_keeps_all() -> None:
    model, blind = Dot(DATA), Blind(DATA)
    found = given(model, [Dot(DATA), blind])
    assert set(found.attacked or {}) == {"random", "white-box", "transfer:1"}, "who offers no gradient attacks nobody"
    values = {name: metric.measure(found, "x").value for name, metric in KEPT.items()}
    assert values["ndcg-kept-white-box"] < values["ndcg-kept-random"]
    assert values["orders-kept-white-box"] < values["orders-kept-random"] < 1
    assert values["orders-kept-transfer"] == pytest.approx(values["orders-kept-white-box"]), "the same model attacks"
    kept = given(blind)
    assert set(kept.attacked or {}) == {"random"}
    for name, metric in KEPT.items():
        value = metric.measure(kept, "x").value
        assert value == pytest.approx(1) if name.endswith("random") else np.isnan(value)


def test_shares_by_hand() -> None:
    ranking = candidate_ranking(Dot(DATA), DATA)
    same = MetricInput(DATA, 10, ranking=ranking, attacked={"random": ranking})
    turned = MetricInput(DATA, 10, ranking=ranking, attacked={"random": replace(ranking, scores=-ranking.scores)})
    assert KEPT["orders-kept-random"].measure(same, "x").value == 1
    assert KEPT["ndcg-kept-random"].measure(same, "x").value == pytest.approx(1)
    assert KEPT["orders-kept-random"].measure(turned, "x").value == 0
    half = MetricInput(DATA, 10, ranking=ranking, attacked={"transfer:1": ranking, "transfer:2": turned.attacked["random"]})  # type: ignore[index]
    assert KEPT["orders-kept-transfer"].measure(half, "x").value == pytest.approx(0.5)


def test_evaluate_shows_it_where_it_is_asked_for() -> None:
    runs = [
        px.train(DATA, baseline=name, registry=REGISTRY, settings={"dim": 8, "epochs": 2, "batch_size": 32, "patience": 0})
        for name in ("vbpr", "ncf")
    ]
    assert "ndcg_kept" not in evaluate(*runs).to_dict()["runs"][0]
    report = evaluate(*runs, attack=True)
    vbpr, ncf = report.to_dict()["runs"]
    assert set(vbpr["ndcg_kept"]) == {"white-box@10", "random@10", "transfer@10"}
    assert set(vbpr["orders_kept"]) == {"white-box", "random", "transfer"}
    assert vbpr["ndcg_kept"]["transfer@10"] is None, "the other run offers no gradients"
    assert ncf["orders_kept"]["transfer"] == pytest.approx(1)
    assert vbpr["intervals"]["orders_kept"]["white-box"]["low"] < vbpr["orders_kept"]["white-box"]
    assert vbpr["controls"]["item-popularity"]["orders_kept"]["random"] == pytest.approx(1)
    assert any("under attack" in str(part) for part in evaluation_tables(report))
    assert report.to_dict()["runs"][0]["ndcg_kept"] == evaluate(*runs, attack=True).to_dict()["runs"][0]["ndcg_kept"]
