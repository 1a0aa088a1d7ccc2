"""KGAT: its score and losses by the formulas, a path carries what the walk does, and what users care about lies on the paths."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from pyexplain import RunOptions
from pyexplain.data.sparse import SparseRows
from pyexplain.data.types import Dataset
from pyexplain.plugins.kgat import KGAT
from pyexplain.plugins.kgat_paths import Paths
from pyexplain.recommenders import Term

from ..worlds import small_world
from .drawn import draw_parameters
from .planted import planted_aspects

DATA = small_world().with_kinds(["word", "history"])
WORDS, PAST = DATA.features.of_kind("word"), DATA.features.of_kind("history")
UNITS = [np.abs(rows.values[np.isin(rows.indices, WORDS)]).mean() for rows in (DATA.user_features, DATA.item_features)]


def drawn(**settings: object) -> KGAT:
    made = KGAT(KGAT.Config(dim=3, **settings))
    made.prepare(DATA, RunOptions(seed=4))
    draw_parameters(made.network)
    made.changed()
    return made


class ByHand:
    """The formulas, node by node."""

    def __init__(self, made: KGAT) -> None:
        self.net = {name: part.detach().double().numpy() for name, part in made.network.named_parameters()}
        f_i = DATA.item_features.dense().astype(float)
        self.item_shares = [
            self.shares(self.net["items"][i], {k: f_i[i, k] / UNITS[1] for k in WORDS}, "of_items") for i in range(DATA.n_items)
        ]
        self.items = np.stack([e + self.sum(s) for e, s in zip(self.net["items"], self.item_shares, strict=True)])

    def vector(self, feature: int) -> np.ndarray:
        """e_t."""
        at = np.flatnonzero(feature == PAST)
        return self.net["items"][at[0]] if len(at) else self.net["features"][feature]

    def shares(self, head: np.ndarray, held: dict[int, float], relations: str) -> dict[int, float]:
        """alpha_nt."""
        of_kind = {k: self.net[relations][2 if k in PAST else 0] for k in held}
        pull = {k: x * np.exp(self.vector(k) @ np.tanh(head + of_kind[k])) for k, x in held.items() if x}
        return {k: value / sum(pull.values()) for k, value in pull.items()}

    def sum(self, shares: dict[int, float]) -> np.ndarray:
        return sum((share * self.reached(k) for k, share in shares.items()), np.zeros(3))

    def reached(self, feature: int) -> np.ndarray:
        """h_t."""
        at = np.flatnonzero(feature == PAST)
        return self.items[at[0]] if len(at) else self.net["features"][feature]

    def of_user(self, user: int, without: int | None = None) -> dict[int, float]:
        """alpha_ut, with the item left out of the history where one is."""
        f_u = DATA.user_features.dense()[user].astype(float)
        held = {k: f_u[k] / (UNITS[0] if k in WORDS else 1) for k in range(len(f_u)) if without is None or k != PAST[without]}
        return self.shares(self.net["users"][user], held, "of_users")

    def score(self, user: int, item: int) -> float:
        h_u = self.net["users"][user] + self.sum(self.of_user(user))
        return float(h_u @ self.items[item] + self.net["bias"][item, 0])


def test_the_score_is_the_formula_and_linear_in_what_is_held() -> None:
    made = drawn()
    by_hand = ByHand(made)
    users, items = (torch.from_numpy(column.copy()) for column in DATA.test[:8].T)
    wanted = [by_hand.score(int(u), int(i)) for u, i in zip(users, items, strict=True)]
    np.testing.assert_allclose(made.scores(users, items), wanted, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(made.catalogue_scores(users)[torch.arange(8), items], wanted, rtol=1e-4, atol=1e-5)
    f_u = torch.from_numpy(DATA.user_features.select(users.numpy()).dense())
    f_i = torch.from_numpy(DATA.item_features.select(items.numpy()).dense())
    torch.testing.assert_close(made.scores(users, items, f_u, f_i), made.scores(users, items), atol=1e-4, rtol=1e-4)
    half, none = (made.scores(users, items, f_u * share) for share in (0.5, 0.0))
    torch.testing.assert_close(half, (made.scores(users, items) + none) / 2, atol=1e-4, rtol=1e-4)


def test_gradients_ask_of_all_features_and_agree_with_what_is_held() -> None:
    """Where gradients are asked for all P columns are looked at, elsewhere the cells that are there."""
    made = drawn()
    users, items = (torch.from_numpy(column.copy()) for column in DATA.test[:8].T)
    f_u = torch.from_numpy(DATA.user_features.select(users.numpy()).dense() * 0.7)
    f_i = torch.from_numpy(DATA.item_features.select(items.numpy()).dense() * 0.6)
    plain = made.scores(users, items, f_u, f_i)
    asked = made.scores(users, items, f_u.requires_grad_(), f_i.requires_grad_())
    torch.testing.assert_close(plain, asked.detach(), atol=1e-5, rtol=1e-5)
    for side, features in enumerate((f_u, f_i)):
        (slope,) = torch.autograd.grad(asked.sum(), features, retain_graph=True)
        column = int(WORDS[2])
        moved = [f_u.detach().clone(), f_i.detach().clone()]
        moved[side][:, column] += 1
        torch.testing.assert_close(made.scores(users, items, *moved) - plain, slope[:, column], atol=1e-4, rtol=1e-3)
        assert (slope[:, column] != 0).all()


def test_a_path_carries_what_the_walk_does() -> None:
    """u - k - a - i: alpha_uk alpha_ia h_k . e_a; u - a - i: alpha_ua alpha_ia |e_a|^2."""
    made = drawn()
    by_hand, explainer = ByHand(made), Paths()
    explainer.fit(made, DATA, RunOptions())
    found = 0
    for user, item in DATA.test[:6].tolist():
        steps, carried = explainer.paths(user, item)
        mine, its = by_hand.of_user(user), by_hand.item_shares[item]
        for (t, a), value in zip(steps.tolist(), carried, strict=True):
            wanted = mine[t] * its[a] * (by_hand.reached(t) @ by_hand.net["features"][a])
            assert value == pytest.approx(wanted, rel=1e-3, abs=1e-5)
            k = np.flatnonzero(t == PAST)
            assert t == a if not len(k) else DATA.item_features.dense()[k[0], a] > 0
            found += 1
        best: dict[int, float] = {}
        for (t, _), value in zip(steps.tolist(), carried, strict=True):
            best[t] = max(best.get(t, 0.0), float(value))
        weights = explainer.explain(np.array([[user, item]])).weights.dense()[0]
        assert {int(t): pytest.approx(weights[t], rel=1e-5) for t in np.flatnonzero(weights)} == {
            t: v for t, v in best.items() if v > 0
        }
    assert found > 20


def test_the_losses_are_the_formulas_with_the_pair_out_of_the_history() -> None:
    made = drawn(kg_weight=0.0, weight_decay=0.3)
    data = replace(DATA, evidence=DATA.evidence[:0])  # no words come with a pair: its item alone leaves
    made.read(data, RunOptions())
    from pyexplain.data import Events

    made.events = Events.of(data)
    made.keys = np.repeat(np.arange(data.n_users), np.diff(made.events.offsets)) * data.n_items + made.events.items
    by_hand, leads, rows = ByHand(made), [], 0.0
    users, items = (torch.from_numpy(column.copy()) for column in DATA.train[:9].T)
    others = (items + 3) % DATA.n_items
    for u, i, j in zip(users.tolist(), items.tolist(), others.tolist(), strict=True):
        h_u = by_hand.net["users"][u] + by_hand.sum(by_hand.of_user(u, without=i))
        leads.append(h_u @ (by_hand.items[i] - by_hand.items[j]) + by_hand.net["bias"][i, 0] - by_hand.net["bias"][j, 0])
        rows += sum((by_hand.net[name][n] ** 2).sum() for name, n in (("users", u), ("items", i), ("items", j)))
    found = float(made.loss(Term(users, items, others), torch.Generator()).detach())
    assert found == pytest.approx(np.log1p(np.exp(-np.array(leads))).mean() + 0.3 * rows / 18, rel=1e-4)


def test_what_an_item_holds_is_drawn_near_by_the_translation() -> None:
    """Item 0 holds word 0 alone, and there are two words: -log s(|e + r - e_1|^2 - |e + r - e_0|^2)."""
    made = drawn()
    held = np.zeros(DATA.item_features.shape, np.float32)
    held[0, WORDS[0]] = 1
    made.of_items = made.of_items._replace(
        rows=SparseRows.from_dense(held).tensors(), columns=[torch.from_numpy(WORDS[:2]), made.of_items.columns[1]]
    )
    by_hand = {name: part.detach().double().numpy() for name, part in made.network.named_parameters()}
    head = by_hand["items"][0] + by_hand["of_items"][0]
    near, far = (((head - by_hand["features"][k]) ** 2).sum() for k in WORDS[:2])
    found = float(made.translation(torch.tensor([0, 1]), torch.Generator()).detach())
    assert found == pytest.approx(np.log1p(np.exp(near - far)), rel=1e-4)


def on_the_path(data: Dataset, cares: np.ndarray) -> float:
    """Of pairs whose item has one aspect, of three, that the user cares about: share whose strongest path ends in it."""
    data = data.with_kinds(["word", "history"])
    made = KGAT(KGAT.Config(dim=8, epochs=25, learning_rate=0.01, batch_size=256, patience=0))
    made.fit(data, RunOptions(seed=1))
    explainer = Paths()
    explainer.fit(made, data, RunOptions())
    has, hits = data.item_features.dense() > 0, []
    for user, item in data.test[:150].tolist():
        own = [a for a in cares[user].tolist() if has[item, a]]
        steps, carried = explainer.paths(user, item)
        if len(own) == 1 and len(np.unique(steps[:, 1])) > 1:
            hits.append(steps[carried.argmax(), 1] == own[0])
    assert len(hits) > 30
    return float(np.mean(hits))


def test_what_users_care_about_lies_on_the_strongest_path() -> None:
    """Planted; chance is a third. Where items have the aspects of others, chance is what is left."""
    data, cares = planted_aspects()
    assert on_the_path(data, cares) > 0.6
    order = np.random.default_rng(1).permutation(data.n_items)
    swapped = SparseRows.from_dense(data.item_features.dense()[order])
    assert on_the_path(replace(data, item_features=swapped), cares) < 0.5
