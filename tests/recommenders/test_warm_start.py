"""A warm start: known rows by id whatever their numbers, new ones by hand, and what does not fit is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

import pyexplain as px
from pyexplain.recommenders import Recommender
from pyexplain.recommenders.warm_start import WarmStart
from pyexplain.registry import load_registry
from pyexplain.testing.worlds import Renumbering, renumbered
from tests.worlds import grown_world, small_world

REGISTRY = load_registry(strict=True)
ABLE = [name for name, cls in REGISTRY.classes("recommender").items() if cls.tables]
SMALL = {"dim": 6, "hidden": 5, "hidden_dim": 5, "factors": 5, "patience": 0, "batch_size": 64}


def train(name: str, data: px.Dataset, epochs: int = 2, **more: object) -> px.Run:
    known = REGISTRY.get("recommender", name).Config.model_fields
    keys = {key: value for key, value in (SMALL | {"epochs": epochs}).items() if key in known}
    return px.train(data, baseline=name, registry=REGISTRY, settings=keys, **more)  # type: ignore[arg-type]


def start_of(run: px.Run) -> WarmStart:
    return WarmStart(run.method, run.recommender.state(), run.data.users, run.data.items, run.data.features)


def fresh(run: px.Run, data: px.Dataset) -> Recommender:
    made: Recommender = type(run.recommender)(run.recommender.config)
    made.prepare(data, px.RunOptions(seed=9))
    return made


def test_most_methods_can_be_started_from_a_run() -> None:
    assert {"hybrid", "vbpr", "car", "cnr", "nar", "ncf", "fism", "mult-vae", "lightgcn", "bpr-mf"} <= set(ABLE)


@pytest.mark.parametrize("name", ABLE)
def test_the_same_data_under_other_numbers_gets_the_same_scores(name: str) -> None:
    run = train(name, small_world())
    new = Renumbering.drawn(run.data)
    data = renumbered(run.data, new)
    made = fresh(run, data)
    made.load_state(start_of(run).state_for(made.state(), made.tables, data))
    pairs = run.data.test
    wanted = run.recommender.scores(*torch.from_numpy(pairs.copy()).unbind(1))
    found = made.scores(*torch.from_numpy(new.pairs(pairs)).unbind(1))
    torch.testing.assert_close(found, wanted, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("name", ABLE)
def test_every_table_is_said_to_be_of_somebody(name: str) -> None:
    data = grown_world()
    run = train(name, data, kinds=["word", "history"])
    sizes = {"users": data.n_users, "items": data.n_items, "features": run.data.n_features, "readable": data.n_features}
    state, tables = run.recommender.state(), run.recommender.tables
    assert set(tables) <= set(state)
    for key, value in state.items():
        length = len(value) if value.dim() else 0
        assert (length == sizes[tables[key]]) if key in tables else (length not in set(sizes.values())), key


def test_new_rows_start_at_the_mean_of_those_with_their_features() -> None:
    """A new item's features f0 (weight 5 of 8) and f1 (3), nobody likes it: items a and b have f0, b and c have f1."""
    data = grown_world()
    item, before = data.n_items - 1, small_world()
    rows = data.item_features.dense()
    rows[:] = 0
    rows[0, 0], rows[1, 0], rows[1, 1], rows[2, 1], rows[item, 0], rows[item, 1] = 1, 3, 2, 2, 5, 3
    data = replace(data, item_features=px.data.SparseRows.from_dense(rows), train=data.train[data.train[:, 1] != item])
    trained = torch.arange(before.n_items * 2, dtype=torch.float32).view(-1, 2)
    start = WarmStart("toy", {"t": trained}, before.users, before.items, before.features)
    found = start.state_for({"t": torch.full((data.n_items, 2), -1.0)}, {"t": "items"}, data)["t"]
    assert torch.equal(found[: before.n_items], trained)
    a, b, c = trained[:3]
    torch.testing.assert_close(found[item], (5 * (a + 3 * b) / 4 + 3 * (b + c) / 2) / 8)


def test_a_new_user_starts_from_those_who_like_the_same_and_a_stranger_as_in_a_new_model() -> None:
    before, data = small_world(), grown_world()
    old, new, stranger = 0, data.n_users - 2, data.n_users - 1
    empty = px.data.SparseRows.empty(data.user_features.shape)
    pairs = np.array([[old, 3], [new, 3], [1, 4]])
    data = replace(data, user_features=empty, train=pairs)
    trained = torch.arange(before.n_users * 2, dtype=torch.float32).view(-1, 2)
    start = WarmStart("toy", {"t": trained}, before.users, before.items, before.features)
    found = start.state_for({"t": torch.full((data.n_users, 2), -1.0)}, {"t": "users"}, data)["t"]
    assert torch.equal(found[new], trained[old])
    assert found[stranger].tolist() == [-1, -1]


def test_biases_of_new_items_are_those_of_items_liked_as_often() -> None:
    before, data = small_world(), grown_world()
    new = data.n_items - 1
    pairs = np.array([[user, item] for item, n in ((0, 4), (1, 4), (2, 9), (new, 4)) for user in range(n)])
    data = replace(data, train=pairs)
    start = WarmStart("toy", {"b": torch.arange(before.n_items).float()}, before.users, before.items, before.features)
    found = start.state_for({"b": torch.zeros(data.n_items)}, {"b": "items"}, data)["b"]
    assert found[new] == 0.5  # items 0 and 1
    assert torch.equal(found[: before.n_items], start.state["b"])


@pytest.mark.parametrize("name", ["vbpr", "lightgcn", "mult-vae", "fism"])
def test_a_grown_data_set_is_trained_on_from_there(name: str) -> None:
    run = train(name, small_world(), epochs=30)
    warm = train(name, grown_world(), warm_start=run)
    cold = train(name, grown_world())
    assert warm.history[0]["loss"] < cold.history[0]["loss"]
    facts = warm.trained.warm_start
    assert facts is not None
    assert (facts.users, facts.items) == (small_world().n_users, small_world().n_items)
    assert facts.dataset == small_world().fingerprint
    assert cold.trained.warm_start is None


def test_held_out_pairs_that_it_had_learned_are_counted() -> None:
    data = small_world()
    run = train("vbpr", data)
    moved = replace(data, train=np.concatenate([data.train[5:], data.test]), test=data.train[:5], stored=None)
    facts = start_of(run).facts(None, run.data, moved)
    assert facts.heldout == 5
    assert start_of(run).facts(None, run.data, run.data).heldout == 0


@pytest.mark.parametrize(
    ("method", "keys", "said"),
    [("ncf", {}, "ncf"), ("vbpr", {"dim": 7}, "widths"), ("ease", {}, "ease"), ("vbpr", {"hidden": 4}, "widths")],
)
def test_what_does_not_fit_is_refused(method: str, keys: dict[str, object], said: str) -> None:
    run = train("vbpr" if method != "ease" else "ease", small_world())
    with pytest.raises(px.UsageError, match=said):
        px.train(grown_world(), baseline=method, warm_start=run, settings=keys)


def test_settings_kinds_and_method_are_those_of_the_run(tmp_path: object) -> None:
    run = px.train(small_world(), explainer="hybrid", kinds=["history"], dim=5, epochs=2)
    warm = px.train(grown_world(), warm_start=run)
    assert warm.method == "hybrid"
    assert warm.data.kinds == ("history",)
    assert warm.recommender.config == run.recommender.config
    assert px.train(grown_world(), warm_start=run, epochs=1).recommender.config.epochs == 1
