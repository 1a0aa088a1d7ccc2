"""VECF: attention and both losses by the formulas; regions that users look at are found, and reviews help to find them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from pyexplain import RunOptions
from pyexplain.data.attributes import with_attributes
from pyexplain.data.sparse import SparseRows
from pyexplain.data.types import Dataset
from pyexplain.plugins.vecf import VECF, RegionsSeen
from pyexplain.recommenders import Term

from ..worlds import small_world
from .drawn import draw_parameters
from .planted import found_share, planted_aspects


def with_regions(data: Dataset, has: np.ndarray) -> Dataset:
    """Each item's attributes are its regions."""
    names = [f"region: {k}" for k in range(has.shape[1])]
    return with_attributes(data, names, SparseRows.from_dense(has.astype(np.float32))).with_kinds(["word", "attribute"])


DATA = with_regions(small_world(), np.random.default_rng(2).random((small_world().n_items, 5)) < 0.5)
REGIONS, WORDS = DATA.features.of_kind("attribute"), DATA.features.of_kind("word")


def drawn() -> VECF:
    made = VECF(VECF.Config(dim=3, hidden=4, review_weight=0.4, weight_decay=0.2))
    made.prepare(DATA, RunOptions(seed=4))
    draw_parameters(made.network)
    return made


def test_scores_attention_and_losses_are_the_formulas() -> None:
    made = drawn()
    net = {name: part.detach().double().numpy() for name, part in made.network.named_parameters()}
    f_i = DATA.item_features.dense()

    def seen(user: int, item: int) -> tuple[np.ndarray, np.ndarray]:
        own = [k for k in REGIONS if f_i[item, k] > 0]
        hidden = np.maximum((net["users"][user] @ net["of_users"]) * (net["regions"][own] @ net["of_regions"]), 0)
        alpha = np.exp(hidden @ net["out"])
        alpha = alpha / alpha.sum() if len(own) else alpha
        whole = np.zeros(DATA.n_features)
        whole[own] = alpha
        return whole, whole @ net["regions"]

    def score(user: int, item: int) -> float:
        return float(net["users"][user] @ (net["items"][item] + seen(user, item)[1]) + net["bias"][item, 0])

    users, items = (torch.from_numpy(column.copy()) for column in DATA.train[:9].T)
    others = (items + 3) % DATA.n_items
    pairs = list(zip(users.tolist(), items.tolist(), others.tolist(), strict=True))
    np.testing.assert_allclose(made.scores(users, items), [score(u, i) for u, i, _ in pairs], rtol=1e-4, atol=1e-5)
    explainer = RegionsSeen()
    explainer.fit(made, DATA, RunOptions())
    found = explainer.explain(DATA.train[:9]).weights.dense()
    np.testing.assert_allclose(found, [seen(u, i)[0] for u, i, _ in pairs], rtol=1e-4, atol=1e-6)
    order = np.log1p(np.exp([score(u, j) - score(u, i) for u, i, j in pairs])).mean()
    said, rows = [], 0.0
    for u, i, j in pairs:
        rows += (net["users"][u] ** 2).sum() + (net["items"][i] ** 2).sum() + (net["items"][j] ** 2).sum()
        frame = DATA.evidence[(DATA.evidence["user"] == u) & (DATA.evidence["item"] == i)]
        logits = np.tanh(net["users"][u] @ net["said_u"] + seen(u, i)[1] @ net["said_v"]) @ net["said"][WORDS].T
        chances = dict(zip(WORDS.tolist(), logits - np.log(np.exp(logits).sum()), strict=True))
        if len(frame):
            said.append(-np.mean([chances[int(k)] for k in frame["feature"]]))
    wanted = order + 0.4 * np.mean(said) + 0.2 * rows / 18
    assert float(made.loss(Term(users, items, others), torch.Generator()).detach()) == pytest.approx(wanted, rel=1e-4)


def looked_at(reviews: str, weight: float) -> float:
    """Planted: users care about two of ten regions, take items that have them, and write about what they care about; of what they
    look at, the share of the two that is among the first two. reviews: their own, or those of others ("swapped")."""
    data, cares = planted_aspects()
    words = data.features.names
    has = data.item_features.dense() > 0
    rng, frame = np.random.default_rng(4), data.evidence.copy()
    own = [rng.choice([k for k in cares[u] if has[i, k]] or cares[u]) for u, i in zip(frame["user"], frame["item"], strict=True)]
    frame["feature"] = own if reviews == "own" else rng.permutation(own)
    data = with_regions(replace(data, evidence=frame, stored=None), has)
    made = VECF(VECF.Config(dim=8, epochs=25, learning_rate=0.01, batch_size=256, patience=0, review_weight=weight))
    made.fit(data, RunOptions(seed=1))
    regions = data.features.of_kind("attribute")
    assert len(regions) == len(words)
    return found_share(made.attention(torch.arange(data.n_users)).numpy()[:, regions], cares)


def test_regions_that_users_look_at_are_found_and_reviews_help() -> None:
    """Chance is .2."""
    with_reviews = looked_at("own", 1.0)
    assert with_reviews > 0.7
    assert looked_at("own", 0.0) < with_reviews - 0.05
    assert looked_at("swapped", 1.0) < with_reviews - 0.1
