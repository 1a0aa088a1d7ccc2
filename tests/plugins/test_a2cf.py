"""A2CF: completion fills what was hidden, both stages by hand, and what is told is where the item beats the other one."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch

import pyexplain as px
from pyexplain import RunOptions
from pyexplain.data.sparse import SparseRows
from pyexplain.plugins.a2cf import A2CF, BeatsTheSubstitute
from pyexplain.recommenders import Term

from ..explainers.toys import world_with
from ..worlds import small_world
from .drawn import draw_parameters
from .planted import planted_aspects

DATA = small_world()


def relu_layers(side: object, rows: np.ndarray) -> np.ndarray:
    """The table of the first stage in numpy, [n, P]."""
    parts = {name: value.detach().double().numpy() for name, value in side.named_parameters()}  # type: ignore[attr-defined]
    n, P = len(rows), len(parts["columns"])
    hidden = np.concatenate([np.repeat(parts["rows"][rows], P, axis=0), np.tile(parts["columns"], (n, 1))], axis=1)
    for layer in range(2):
        hidden = np.maximum(hidden @ parts[f"weights.{layer}"] + parts[f"biases.{layer}"], 0) + hidden
    return (hidden @ parts["out"] + parts["offset"]).reshape(n, P)


def drawn() -> A2CF:
    made = A2CF(A2CF.Config(dim=4, sharpness=0.7, weight_decay=0.3))
    made.prepare(DATA, RunOptions(seed=1))
    draw_parameters(made.network, 0.5)
    made.completed()
    return made


def test_both_stages_are_the_formulas() -> None:
    made = drawn()
    net = made.network
    rows = [data.dense().astype(float) for data in (DATA.user_features, DATA.item_features)]
    guesses = [
        np.clip(relu_layers(side, np.arange(len(own))), 0, 5) for side, own in zip((net.of_users, net.of_items), rows, strict=True)
    ]
    A, B = (np.where(own != 0, own, guess) for own, guess in zip(rows, guesses, strict=True))
    np.testing.assert_allclose(made.filled().cares, A, atol=1e-4)
    np.testing.assert_allclose(made.filled().qualities, B, atol=1e-4)
    p, q, b, m, g = (net.get_parameter(k).detach().double().numpy() for k in ("users", "items", "bias", "alike", "gain"))
    alpha = np.exp(0.7 * A) / np.exp(0.7 * A).sum(axis=1, keepdims=True)

    def score(user: int, item: int, without: int | None = None) -> float:
        liked = [k for k in DATA.train[DATA.train[:, 0] == user, 1] if k != without]
        past = (B[liked] - B.mean(axis=0)).sum(axis=0) / max(1, len(liked))
        return float(p[user] @ q[item] + (g * alpha[user] + m[:, 0] * past) @ B[item] + b[item, 0])

    users, items = (torch.from_numpy(column.copy()) for column in DATA.train[:10].T)
    wanted = [score(int(u), int(i)) for u, i in zip(users, items, strict=True)]
    np.testing.assert_allclose(made.scores(users, items), wanted, rtol=1e-4)
    table = made.catalogue_scores(users)[torch.arange(10), items]
    np.testing.assert_allclose(table, wanted, rtol=1e-4)
    others = (items + 3) % DATA.n_items
    leads = [score(int(u), int(i), int(i)) - score(int(u), int(j), int(i)) for u, i, j in zip(users, items, others, strict=True)]
    penalty = (p[users] ** 2).sum() + (q[items] ** 2).sum() + (q[others] ** 2).sum()
    found = made.loss(Term(users, items, others), torch.Generator())
    assert float(found.detach()) == pytest.approx(np.log1p(np.exp(-np.array(leads))).mean() + 0.3 * penalty / 20, rel=1e-4)


@cache
def hidden_cells() -> tuple[px.Dataset, np.ndarray, np.ndarray]:
    """Users of four groups who care about their group's attributes alone (5 there, 1 elsewhere); 40 % of the cells are hidden."""
    data, rng = small_world(n_users=120, n_features=16), np.random.default_rng(2)
    group = np.arange(data.n_users) % 4
    whole = np.where(np.arange(data.n_features)[None] % 4 == group[:, None], 5.0, 1.0)
    hidden = rng.random(whole.shape) < 0.4
    return replace(data, user_features=SparseRows.from_dense(np.where(hidden, 0, whole))), whole, hidden


@pytest.mark.parametrize(("epochs", "least", "most"), [(300, 0.0, 0.6), (0, 1.5, 9.0)])
def test_completion_finds_what_was_hidden(epochs: int, least: float, most: float) -> None:
    """Planted: root mean square error on hidden cells; the mean of an attribute's known cells has 1.7."""
    data, whole, hidden = hidden_cells()
    keys = {"completion_epochs": epochs, "completion_rate": 0.01, "completion_decay": 0.01}
    made = A2CF(A2CF.Config(dim=8, epochs=1, **keys))
    made.fit(data, RunOptions(seed=1))
    error = (made.filled().guessed_cares.numpy() - whole)[hidden]
    assert least <= np.sqrt((error**2).mean()) <= most
    np.testing.assert_array_equal(made.filled().cares.numpy()[~hidden], whole[~hidden].astype(np.float32))


def test_what_is_told_by_hand() -> None:
    """Item 0 is better than item 1 at attribute 0 (5 : 2) and 2 (4 : 3), worse at 1; the user cares about 2 most. Nobody wrote
    about attribute 3 of either."""
    data = world_with([[1, 1, 4]], [[5, 1, 4], [2, 5, 3]])
    made = A2CF(A2CF.Config(dim=2))
    made.prepare(data, RunOptions(seed=3))
    explainer = BeatsTheSubstitute()
    explainer.fit(made, data, RunOptions())
    found = explainer.explain(np.array([[0, 0]]), np.array([1])).weights.dense()[0]
    alpha = made.attention(torch.tensor([0])).numpy()[0]
    assert found[:4].tolist() == pytest.approx([alpha[0] * 3, 0, alpha[2] * 1, 0], rel=1e-4)
    assert alpha[2] / alpha[0] == pytest.approx(np.exp(3), rel=1e-4)
    backwards = explainer.explain(np.array([[0, 1]]), np.array([0])).weights.dense()[0]
    assert np.flatnonzero(backwards).tolist() == [1]
    completed = BeatsTheSubstitute(BeatsTheSubstitute.Config(completed=True))
    completed.fit(made, data, RunOptions())
    table = made.filled().qualities
    wanted = alpha * (table[0] - table[1]).clamp_min(0).numpy()
    assert completed.explain(np.array([[0, 0]]), np.array([1])).weights.dense()[0] == pytest.approx(wanted, rel=1e-3, abs=1e-6)


def told(sharpness: float) -> float:
    """Planted: users write twice about what they care about and once about the rest, items are good at three of ten attributes and
    bad at the others, 30 % of all cells are hidden. Share of pairs of which the first attribute that is told is what the user
    cares about: the item has it, the other does not."""
    data, cares = planted_aspects()
    rng = np.random.default_rng(3)
    words = np.full((data.n_users, data.n_features), 1.0)
    words[np.arange(data.n_users)[:, None], cares] = 4.0
    has = data.item_features.dense() > 0
    sides = [np.where(rng.random(v.shape) < 0.3, 0, v) for v in (words, np.where(has, 4.5, 1.2))]
    rows = dict(zip(("user_features", "item_features"), map(SparseRows.from_dense, sides), strict=True))
    data = replace(data, **rows)
    made = A2CF(A2CF.Config(dim=8, epochs=10, completion_epochs=60, completion_rate=0.01, sharpness=sharpness, batch_size=128))
    made.fit(data, RunOptions(seed=1))
    explainer = BeatsTheSubstitute()
    explainer.fit(made, data, RunOptions(seed=1))
    wanted = cares[data.test[:, 0]]
    own = (sides[1][data.test[:, 1]] > 2)[np.arange(len(wanted))[:, None], wanted].any(axis=1)
    lacking = ~has[np.arange(data.n_items)[:, None, None], wanted[None]].any(axis=2)  # [I, n]
    others = (lacking * rng.random(lacking.shape)).argmax(axis=0)
    weights = explainer.explain(data.test[own], others[own]).weights.dense()
    return float((weights.argmax(axis=1)[:, None] == wanted[own]).any(axis=1).mean())


def test_it_tells_where_the_item_beats_the_other_in_what_the_user_cares_about() -> None:
    """Planted; without attention on what users care about (sharpness 0) less is found."""
    with_attention, without = told(1.0), told(0.0)
    assert with_attention > 0.9
    assert without < 0.8


def test_it_learns_to_rank_by_completed_attributes() -> None:
    data = small_world(n_users=80)
    run = px.train(data, baseline="a2cf", dim=8, epochs=40, batch_size=64, learning_rate=0.01)
    found = px.evaluate(run).to_dict()["runs"][0]
    assert found["ranking"]["ndcg@10"] > found["controls"]["item-popularity"]["ranking"]["ndcg@10"] + 0.1
