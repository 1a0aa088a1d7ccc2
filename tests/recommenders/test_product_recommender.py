"""What the network of eq. (5) starts from, and normalised features: settings that VBPR, CER, CAR and CNR share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import pyexplain as px
from pyexplain.data import SparseRows
from pyexplain.recommenders import FeatureProductConfig, FeatureProductNetwork, FeatureProductRecommender
from pyexplain.recommenders.forms import declared
from pyexplain.recommenders.networks import of_length_one
from pyexplain.registry import load_registry
from pyexplain.testing import RecommenderContract

from ..worlds import small_world

METHODS = {
    name: cls
    for name, cls in load_registry(strict=True).classes("recommender").items()
    if issubclass(cls, FeatureProductRecommender)
}
PAPER: dict[str, object] = {"map_init": "separate", "user_mean": 0.0, "normalize": "both"}


def network(**keys: object) -> FeatureProductNetwork:
    return FeatureProductNetwork.of(small_world(), FeatureProductConfig(dim=16, **keys), 0)  # type: ignore[arg-type]


def test_the_four_methods_with_this_network_share_the_keys() -> None:
    assert set(METHODS) == {"vbpr", "cer", "car", "cnr"}
    for cls in METHODS.values():
        assert set(PAPER) <= set(cls.Config.model_fields)
        config = cls().config
        assert (config.map_init, config.user_mean, config.normalize) == ("equal", 1.0, "none")


def test_maps_start_equal_but_for_scale_or_are_drawn_apart() -> None:
    def cosine(one: FeatureProductNetwork) -> float:
        return torch.nn.functional.cosine_similarity(one.user_map.weight, one.item_map.weight).mean().item()

    assert cosine(network()) == pytest.approx(1)
    assert abs(cosine(network(map_init="separate"))) < 0.3
    assert torch.equal(network(map_init="separate").user_map.weight, network().user_map.weight)


def test_embeddings_of_users_start_around_what_is_asked_for() -> None:
    at_one, at_zero = network().user_embedding, network(user_mean=0.0).user_embedding
    assert at_zero.mean().item() == pytest.approx(0, abs=0.05)
    torch.testing.assert_close(at_one, at_zero + 1)


@pytest.mark.parametrize("normalize", ["user", "both"])
def test_normalised_features_by_hand(normalize: str) -> None:
    """f = (3, 0, 4, 0, ...): f / 5, sparse or dense; a row of zeros stays."""
    made = network(normalize=normalize)
    dense = torch.zeros(2, 8)
    dense[0, 0], dense[0, 2] = 3, 4
    rows = SparseRows.from_dense(dense.numpy()).tensors()
    users, W, V = torch.arange(2), made.user_map.weight, made.item_map.weight
    wanted = torch.stack([0.6 * W[0] + 0.8 * W[2], torch.zeros(16)])
    items = torch.stack([0.6 * V[0] + 0.8 * V[2], torch.zeros(16)]) * (1 if normalize == "both" else 5)
    for given in (dense, rows):
        torch.testing.assert_close(made.encode_users(users, given), wanted)
        torch.testing.assert_close(made.encode_items(users, given), items)
    assert declared(made) is None, "not linear in f_u: no shortcut may be taken"


def test_the_gradient_of_a_normalised_row_is_finite_where_it_is_zero() -> None:
    rows = torch.zeros(1, 3, requires_grad=True)
    of_length_one(rows).sum().backward()  # type: ignore[union-attr]
    assert rows.grad is not None
    assert rows.grad.isfinite().all()


@pytest.mark.parametrize("name", sorted(METHODS))
def test_each_method_holds_its_promises_as_the_paper_draws_it(name: str) -> None:
    class Paper(RecommenderContract):
        cls = METHODS[name]
        settings = PAPER

    found = {check: Paper.judge(check) for check in Paper.checks()}
    failed = {check: said.reason for check, said in found.items() if said.status not in ("passed", "skipped")}
    assert not failed


def test_a_method_with_normalised_users_is_explained_by_autograd_and_kept_on_disk(tmp_path: Path) -> None:
    data = small_world()
    data_path = tmp_path / "data"
    px.data.save_dataset(data, data_path)
    keys = {"dim": 8, "epochs": 8, "warmup_epochs": 2, "direction": "maximize", "counterfactual_weight": 0.1, **PAPER}
    run = px.train(data_path, explainer="cnr", settings=keys)
    assert "linear-user-side" not in run.recommender.offers
    assert "linear-user-side" in METHODS["cnr"]().offers, "of others nothing changes"
    found = run.explainer().explain(data.train[:20])
    assert found.valid is not None
    assert found.valid.mean() > 0.5
    run.save(tmp_path / "run")
    again = px.load_run(tmp_path / "run")
    assert again.recommender.offers == run.recommender.offers
    users, items = (torch.from_numpy(c.copy()) for c in data.train.T)
    np.testing.assert_array_equal(again.recommender.scores(users, items), run.recommender.scores(users, items))
