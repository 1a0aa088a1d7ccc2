"""NRPA: both levels of attention by the formulas, the pair's own review is not read, what decides is attended to."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
import torch

from pyexplain import RunOptions
from pyexplain.data.build import assign_parts, build_dataset
from pyexplain.data.settings import Settings
from pyexplain.data.types import Dataset
from pyexplain.plugins.nrpa import NRPA, WordsAttended
from pyexplain.recommenders import Term

from ..worlds import small_world
from .drawn import draw_parameters

DATA = small_world()


def drawn() -> NRPA:
    made = NRPA(NRPA.Config(dim=3, weight_decay=0.2))
    made.prepare(DATA, RunOptions(seed=4))
    draw_parameters(made.network, 0.7)
    made.changed()
    return made


class ByHand:
    """The formulas, review by review, from the evidence."""

    def __init__(self, made: NRPA) -> None:
        self.net = {name: part.detach().double().numpy() for name, part in made.network.named_parameters()}

    def read(self, side: str, number: int, without: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """p or t [dim], and C [P]; without: the other side's number of a review that is not read."""
        column, other = ("user", "item") if side == "users" else ("item", "user")
        frame = DATA.evidence[DATA.evidence[column] == number]
        reader, texts, shares, pulls = self.net[side][number], [], [], []
        for key, review in frame.groupby(other):
            times = np.bincount(review["feature"], minlength=DATA.n_features)
            asked = reader @ self.net[f"of_words_{side}"] + self.net["all_words"][0]
            pull = times * np.exp(self.net["words"] @ asked)
            alpha = pull / pull.sum()
            text = alpha @ self.net["words"]
            asked = reader @ self.net[f"of_reviews_{side}"] + self.net["all_reviews"][0]
            if key != without:
                texts, shares, pulls = [*texts, text], [*shares, alpha], [*pulls, np.exp(text @ asked)]
        if not pulls:
            return np.zeros(3), np.zeros(DATA.n_features)
        beta = np.array(pulls) / np.sum(pulls)
        return beta @ np.array(texts), beta @ np.array(shares)

    def score(self, user: int, item: int, of_user: int | None = None, of_item: int | None = None) -> float:
        """of_user: the item whose review the user is read without; of_item: the user whose review the item is read without."""
        p, t = self.read("users", user, of_user)[0], self.read("items", item, of_item)[0]
        return float(p @ t + self.net["users"][user] @ self.net["items"][item] + self.net["bias"][item, 0])


def test_scores_and_attention_are_the_formulas() -> None:
    made = drawn()
    by_hand = ByHand(made)
    users, items = (torch.from_numpy(column.copy()) for column in DATA.test[:8].T)
    wanted = [by_hand.score(int(u), int(i)) for u, i in zip(users, items, strict=True)]
    np.testing.assert_allclose(made.scores(users, items), wanted, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(made.catalogue_scores(users)[torch.arange(8), items], wanted, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(made.attention(users)[0], by_hand.read("users", int(users[0]))[1], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(made.item_attention(items)[0], by_hand.read("items", int(items[0]))[1], rtol=1e-4, atol=1e-6)
    weights = dict(made.reviews(int(users[0])))
    assert sum(weights.values()) == pytest.approx(1)
    whole = by_hand.read("users", int(users[0]))[1]
    less = by_hand.read("users", int(users[0]), next(iter(weights)))[1]
    first = next(iter(weights.values()))  # C is beta of the first review times its alpha, and what is left of the others
    alpha = (whole - (1 - first) * less) / first
    assert alpha.min() > -1e-6
    assert alpha.sum() == pytest.approx(1, rel=1e-3)


def test_half_of_a_word_is_half_of_what_it_adds() -> None:
    made = drawn()
    users, items = (torch.from_numpy(column.copy()) for column in DATA.test[:8].T)
    f_u = torch.from_numpy(DATA.user_features.select(users.numpy()).dense())
    none, half, whole = (made.scores(users, items, f_u * share) for share in (0.0, 0.5, 1.0))
    torch.testing.assert_close(half, (none + whole) / 2)
    torch.testing.assert_close(whole, made.scores(users, items))


def test_the_pairs_own_review_is_read_by_neither_side_and_one_less_of_the_other_item() -> None:
    made = drawn()
    by_hand, leads, rows = ByHand(made), [], 0.0
    users, items = (torch.from_numpy(column.copy()) for column in DATA.train[:9].T)
    others = (items + 3) % DATA.n_items
    drawn_ones = made.one_of(others, torch.Generator().manual_seed(5))
    assert (made.written.items[drawn_ones] == others).all()
    authors = made.written.users[drawn_ones].tolist()
    for u, i, j, author in zip(users.tolist(), items.tolist(), others.tolist(), authors, strict=True):
        leads.append(by_hand.score(u, i, i, u) - by_hand.score(u, j, i, author))
        rows += sum((by_hand.net[name][n] ** 2).sum() for name, n in (("users", u), ("items", i), ("items", j)))
    found = float(made.loss(Term(users, items, others), torch.Generator().manual_seed(5)).detach())
    assert found == pytest.approx(np.log1p(np.exp(-np.array(leads))).mean() + 0.2 * rows / 18, rel=1e-4)


@cache
def planted(seed: int = 3, blind: bool = False) -> tuple[Dataset, np.ndarray, np.ndarray]:
    """Users take items of their own group of four, and one in three reviews names the group, by one of two words; every review has
    two of eight words that say nothing. blind: users take what they like at random. Which words name groups [P]; which pairs of
    user and item have such a review [U, I]."""
    rng = np.random.default_rng(seed)
    rows, words = [], []
    for user in range(100):
        group = user % 4
        able = np.arange(80) if blind else np.arange(group, 80, 4)
        for item in rng.permutation(able)[:12]:
            rows.append((f"u{user:03}", f"i{item:03}", 5.0, int(rng.integers(1_000_000))))
            said = [f"n{k}" for k in rng.permutation(8)[:2]]
            if rng.random() < 1 / 3:
                said.append(f"g{group * 2 + int(rng.integers(2))}")
            words += [(*rows[-1][:2], word, "good", 1.0, f"The {word} is good.") for word in said]
    interactions = pd.DataFrame(rows, columns=["user", "item", "rating", "time"])
    interactions["part"] = assign_parts(interactions, "random", seed, 4.0).to_numpy()
    mentions = pd.DataFrame(words, columns=["user", "item", "feature", "opinion", "sentiment", "sentence"])
    data = build_dataset("reviews", interactions, mentions, "heldout", Settings("generated", "random", seed, n_candidates=40))
    deciding = np.array([name.startswith("g") for name in data.features.names])
    telling = np.zeros((data.n_users, data.n_items), dtype=bool)
    frame = data.evidence[deciding[data.evidence["feature"].to_numpy()]]
    telling[frame["user"], frame["item"]] = True
    return data, deciding, telling


def attended(data: Dataset, deciding: np.ndarray, telling: np.ndarray) -> tuple[float, float]:
    """Attention of users on words that name groups, and on reviews that have one, each over what an even share would be."""
    made = NRPA(NRPA.Config(dim=8, epochs=30, learning_rate=0.01, batch_size=256, patience=0))
    made.fit(data, RunOptions(seed=1))
    on_words = made.attention(torch.arange(data.n_users)).numpy()[:, deciding].sum(axis=1)
    even, on_reviews, share = [], [], []
    for user in range(data.n_users):
        found = made.reviews(user)
        if not found:
            continue
        marks = np.array([telling[user, item] for item, _ in found])
        on_reviews.append(float(np.dot(marks, [beta for _, beta in found])))
        share.append(marks.mean())
        even.append(marks.mean() / 3)  # one of three words of such a review
    return float(on_words.mean() / np.mean(even)), float(np.mean(on_reviews) / np.mean(share))


def test_words_and_reviews_that_decide_are_attended_to() -> None:
    """Planted; where nothing decides, they are attended to like the others."""
    words, reviews = attended(*planted())
    assert words > 1.8
    assert reviews > 1.2
    blind = attended(*planted(blind=True))
    assert blind[0] < 1.4
    assert blind[1] < 1.2


def test_what_is_told_is_the_attention_of_both() -> None:
    made, explainer = drawn(), WordsAttended()
    explainer.fit(made, DATA, RunOptions())
    pairs = DATA.test[:6]
    own, its = (f(torch.from_numpy(pairs[:, side].copy())).numpy() for side, f in enumerate((made.attention, made.item_attention)))
    both = own * its
    wanted = np.where(both.sum(axis=1, keepdims=True) > 0, both, own)
    found = explainer.explain(pairs).weights.dense()
    np.testing.assert_allclose(found, wanted / wanted.sum(axis=1, keepdims=True), rtol=1e-4, atol=1e-6)
