"""SAERS: scores, attention, losses and maps by the formulas; what users care about is found, and where it shows."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
import torch

from pyexplain import RunOptions
from pyexplain.data.attributes import with_attributes
from pyexplain.data.build import assign_parts, build_dataset
from pyexplain.data.settings import Settings
from pyexplain.data.sparse import SparseRows
from pyexplain.data.types import Dataset
from pyexplain.plugins.saers import SAERS, AttributesSeen
from pyexplain.recommenders import Term

from ..worlds import small_world
from .drawn import draw_parameters
from .planted import found_share


def with_parts(data: Dataset, has: np.ndarray, shows: np.ndarray) -> Dataset:
    """Items with attributes has [I, A] and regions shows [I, R]."""
    names = [*(f"cut: {k}" for k in range(has.shape[1])), *(f"region: {k}" for k in range(shows.shape[1]))]
    rows = SparseRows.from_dense(np.concatenate([has, shows], axis=1).astype(np.float32))
    made = with_attributes(data, names, rows)
    return made.with_kinds(made.kinds)


RNG = np.random.default_rng(2)
WORDS = small_world()
PICTURED = with_parts(WORDS, RNG.random((WORDS.n_items, 4)) < 0.4, RNG.random((WORDS.n_items, 6)) < 0.4)


def drawn(data: Dataset) -> SAERS:
    made = SAERS(SAERS.Config(dim=3, hidden=4, attribute_weight=0.4, weight_decay=0.2))
    made.prepare(data, RunOptions(seed=4))
    draw_parameters(made.network)
    made.changed()
    return made


class ByHand:
    """The formulas, item by item, the maps by torch's own gradients."""

    def __init__(self, made: SAERS, data: Dataset) -> None:
        self.data, self.net = data, {name: part.detach().double() for name, part in made.network.named_parameters()}
        self.numbers = {name: part.numpy() for name, part in self.net.items()}
        region = np.array([name.startswith("region: ") for name in data.features.names])
        self.attributes = np.flatnonzero(~region)
        self.regions = np.flatnonzero(region) if region.any() else self.attributes

    def own(self, item: int, among: np.ndarray, without: int | None = None) -> list[int]:
        """without: a user whose review is not read."""
        frame = self.data.evidence[self.data.evidence["item"] == item]
        held = [int(k) for k, x in zip(*self.data.item_features.row(item), strict=True) if k in among and x > 0]
        return [k for k in held if without is None or set(frame["user"][frame["feature"] == k]) != {without}]

    def see(self, item: int, without: int | None = None) -> tuple[np.ndarray, dict[int, np.ndarray], dict[int, np.ndarray]]:
        """Logits [P], maps over the item's regions and v, by attribute."""
        net, regions = self.net, self.own(item, self.regions, without)
        A = torch.relu(net["regions"][regions] @ net["channels"] + net["level"]).requires_grad_()
        z = A.mean(dim=0) if regions else torch.zeros(3, dtype=torch.float64)
        logits = net["classes"] @ torch.relu(z @ net["inner"] + net["inner_level"][0]) + net["rare"][:, 0]
        maps, vectors = {}, {}
        for a in self.own(item, self.attributes, without):
            shares = np.zeros(len(regions))
            if regions:
                (slope,) = torch.autograd.grad(logits[a], A, retain_graph=True)
                found = torch.relu(A.detach() @ slope.mean(dim=0)).numpy()
                shares = found / found.sum() if found.sum() > 0 else shares
            maps[a], vectors[a] = shares, shares @ A.detach().numpy()
        return logits.detach().numpy(), maps, vectors

    def cares(self, user: int, item: int, without: int | None = None) -> dict[int, float]:
        own, net = self.own(item, self.attributes, without), self.numbers
        hidden = np.maximum((net["users"][user] @ net["asks"]) * net["semantic"][own], 0)
        pull = np.exp(hidden @ net["out"])
        return dict(zip(own, pull / pull.sum(), strict=True))

    def added(self, user: int, item: int, without: int | None = None) -> np.ndarray:
        """v_ui [dim]."""
        vectors, cares = self.see(item, without)[2], self.cares(user, item, without)
        return sum((share * vectors[a] for a, share in cares.items()), np.zeros(3))

    def score(self, user: int, item: int, without: int | None = None) -> float:
        net = self.numbers
        return float(net["users"][user] @ (net["items"][item] + self.added(user, item, without)) + net["bias"][item, 0])


@pytest.mark.parametrize("data", [PICTURED, WORDS], ids=["regions", "words alone"])
def test_scores_and_maps_are_the_formulas(data: Dataset) -> None:
    made = drawn(data)
    by_hand = ByHand(made, data)
    users, items = (torch.from_numpy(column.copy()) for column in data.train[:9].T)
    wanted = [by_hand.score(u, i) for u, i in zip(users.tolist(), items.tolist(), strict=True)]
    np.testing.assert_allclose(made.scores(users, items), wanted, rtol=1e-4, atol=1e-5)
    f_i = torch.from_numpy(data.item_features.select(items.numpy()).dense())
    np.testing.assert_allclose(made.scores(users, items, None, f_i), wanted, rtol=1e-4, atol=1e-5)
    shown = 0
    for item in range(data.n_items):
        maps = by_hand.see(item)[1]
        found = made.where(item)
        assert not maps or list(found) == list(maps)
        for a, shares in maps.items():
            np.testing.assert_allclose(list(found[a].values())[: len(shares)], shares, rtol=1e-4, atol=1e-6)
            shown += len(shares) > 1 and 0 < shares.max() < 1
    assert shown > 20


@pytest.mark.parametrize("data", [PICTURED, WORDS], ids=["regions", "words alone"])
def test_losses_are_the_formulas_and_the_pairs_own_review_is_not_read(data: Dataset) -> None:
    """Nor is one review of the other item; the case is there."""
    made = drawn(data)
    by_hand, order, told, rows = ByHand(made, data), [], [], 0.0
    users, items = (torch.from_numpy(column.copy()) for column in data.train[:30].T)
    others = (items + 3) % data.n_items
    batch, hidden = Term(users, items, others), 0
    drawn_ones = made.without.reviews.drawn(others, torch.Generator().manual_seed(5))
    assert (made.without.reviews.keys[drawn_ones] % data.n_items == others).all()
    authors = (made.without.reviews.keys[drawn_ones] // data.n_items).tolist()
    for u, i, j, author in zip(users.tolist(), items.tolist(), others.tolist(), authors, strict=True):
        order.append(by_hand.score(u, j, author) - by_hand.score(u, i, u))
        for item, writer in ((i, u), (j, author)):
            logits, own = by_hand.see(item, writer)[0], by_hand.own(item, by_hand.attributes, writer)
            told.append(sum(np.log1p(np.exp(-logits[a] if a in own else logits[a])) for a in by_hand.attributes))
            hidden += len(own) < len(by_hand.own(item, by_hand.attributes))
            rows += (by_hand.numbers["items"][item] ** 2).sum() + (by_hand.added(u, item, writer) ** 2).sum()
        rows += (by_hand.numbers["users"][u] ** 2).sum()
    assert hidden > 3
    wanted = np.log1p(np.exp(order)).mean() + 0.4 * np.mean(told) + 0.2 * rows / 60
    assert float(made.loss(batch, torch.Generator().manual_seed(5)).detach()) == pytest.approx(wanted, rel=1e-4)


def test_what_is_told_is_what_is_cared_about_and_the_regions_that_show_it() -> None:
    made, data = drawn(PICTURED), PICTURED
    by_hand = ByHand(made, data)
    for by in ("attributes", "regions"):
        explainer = AttributesSeen(AttributesSeen.Config(by=by))
        explainer.fit(made, data, RunOptions())
        found = explainer.explain(data.test[:8]).weights.dense()
        for row, (user, item) in zip(found, data.test[:8].tolist(), strict=True):
            wanted, maps = np.zeros(data.n_features), by_hand.see(item)[1]
            for a, share in by_hand.cares(user, item).items():
                if by == "attributes":
                    wanted[a] = share
                else:
                    wanted[by_hand.own(item, by_hand.regions)] += share * maps[a]
            np.testing.assert_allclose(row, wanted, rtol=1e-4, atol=1e-6)


@cache
def wardrobe(swapped: bool = False, blind: bool = False, seed: int = 5) -> tuple[Dataset, np.ndarray, np.ndarray]:
    """90 items of four regions: region r of 27 shows attribute r % 9, an item has the attributes that its regions show; 120 users
    care about two attributes and take items that have them. swapped: items' regions are those of others; blind: users take what
    they like at random. The data set, what users care about [U, 2], and which attribute each region shows, by number [P]."""
    rng = np.random.default_rng(seed)
    shows = np.zeros((90, 27), dtype=bool)
    for item in shows:
        item[rng.permutation(9)[:4] + 9 * rng.integers(0, 3, 4)] = True
    has = shows.reshape(90, 3, 9).any(axis=1)
    cares = np.stack([rng.permutation(9)[:2] for _ in range(120)])
    rows = []
    for user in range(120):
        worth = rng.gumbel(0, 0.2, 90) + (0 if blind else has[:, cares[user]].sum(axis=1))
        rows += [(f"u{user:03}", f"i{item:03}", 5.0, int(rng.integers(1_000_000))) for item in np.argsort(-worth)[:14]]
    frame = pd.DataFrame(rows, columns=["user", "item", "rating", "time"])
    frame["part"] = assign_parts(frame, "random", seed, 4.0).to_numpy()
    data = build_dataset("wardrobe", frame, None, "heldout", Settings("generated", "random", seed, n_candidates=40))
    numbers = [int(name[1:]) for name in data.items.names]
    made = with_parts(data, has[numbers], (shows[rng.permutation(90)] if swapped else shows)[numbers])
    place = {name: number for number, name in enumerate(made.features.names)}
    shown_by = np.array([place[f"cut: {int(name.split(': ')[1]) % 9}"] for name in made.features.names])
    wanted = np.array([[place[f"cut: {a}"] for a in cares[int(name[1:])]] for name in made.users.names])
    return made, wanted, shown_by


def trained(data: Dataset) -> SAERS:
    """With a small penalty: the default one flattens attention here."""
    made = SAERS(SAERS.Config(dim=16, epochs=30, learning_rate=0.01, batch_size=256, patience=0, weight_decay=0.001))
    made.fit(data, RunOptions(seed=1))
    return made


def rightly_shown(made: SAERS, data: Dataset, shown_by: np.ndarray) -> float:
    """Share of maps that are largest at the region that shows the attribute; chance is a fourth."""
    hits = []
    for item in range(data.n_items):
        for a, regions in made.where(item).items():
            hits.append(shown_by[max(regions, key=lambda r: regions[r])] == a)
    return float(np.mean(hits))


def test_attributes_are_seen_where_they_show_and_what_users_care_about_is_found() -> None:
    """Planted: nobody says which region shows what. Chance is a fourth of the regions, and two of nine attributes."""
    data, cares, shown_by = wardrobe()
    made = trained(data)
    assert rightly_shown(made, data, shown_by) > 0.9
    assert found_share(made.attention(torch.arange(data.n_users)).numpy(), cares) > 0.5


def test_where_regions_are_those_of_others_or_users_do_not_care_nothing_is_found() -> None:
    """Chance is a ninth of the regions then, an item having any."""
    data, _, shown_by = wardrobe(swapped=True)
    assert rightly_shown(trained(data), data, shown_by) < 0.2
    data, cares, _ = wardrobe(blind=True)
    assert found_share(trained(data).attention(torch.arange(data.n_users)).numpy(), cares) < 0.35
