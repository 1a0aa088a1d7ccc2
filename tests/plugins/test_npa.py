"""NPA: both levels of attention by the formulas, the pair is not in its own history, titles are read in order and by who reads."""

from __future__ import annotations

from dataclasses import replace
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
from pyexplain.plugins.npa import NPA, WordsRead
from pyexplain.recommenders import Term

from ..worlds import small_world
from .drawn import draw_parameters


def titled(data: Dataset, titles: dict[str, str], values: list[str]) -> Dataset:
    """Items with titles (id -> title), whose words are attributes; one has each of which its title has the word."""
    has = np.array([[value in titles[name].lower().split() for value in values] for name in data.items.names], dtype=np.float32)
    made = with_attributes(data, [f"title: {value}" for value in values], SparseRows.from_dense(has))
    made = replace(made, items=made.items.with_titles(titles), stored=None)
    return made.with_kinds([*made.kinds, "history"])


def drawn_titles(data: Dataset, words: list[str]) -> dict[str, str]:
    rng = np.random.default_rng(6)
    found = {name: " ".join(rng.choice(words, int(rng.integers(0, 5)))) for name in data.items.names}
    return found | {data.items.names[0]: f"The {words[0]}, {words[1]} and {words[0].upper()}: f1!"}


WORDS = ["red", "old", "loud"]
DATA = titled(small_world(), drawn_titles(small_world(), WORDS), WORDS)
PAST = DATA.features.of_kind("history")


def drawn(**settings: object) -> NPA:
    made = NPA(NPA.Config(**{"dim": 3, "weight_decay": 0.2, **settings}))
    made.prepare(DATA, RunOptions(seed=4))
    draw_parameters(made.network)
    made.changed()
    return made


class ByHand:
    """The formulas, word by word, from titles, features and evidence."""

    def __init__(self, made: NPA) -> None:
        self.net = {name: part.detach().double().numpy() for name, part in made.network.named_parameters()}
        self.K = len(self.net["filters"]) // 2

    def ask(self, level: str, user: int) -> np.ndarray:
        q = np.maximum(self.net["users"][user] @ self.net[f"query_{level}"] + self.net[f"all_{level}"][0], 0)
        return np.tanh(q @ self.net[f"key_{level}"] + self.net[f"each_{level}"][0])

    def convolved(self, words: list[int], at: int) -> np.ndarray:
        total = self.net["offset"].copy()
        for shift in range(-self.K, self.K + 1):
            if 0 <= at + shift < len(words):
                total += self.net["words"][words[at + shift]] @ self.net["filters"][shift + self.K]
        return np.maximum(total, 0)

    def said(self, item: int, without: int | None = None) -> list[tuple[int, np.ndarray]]:
        """Words and c of an item; without: a user whose review is not read."""
        names = {DATA.features[k].removeprefix("title: "): k for k in range(DATA.n_features) if k not in PAST}
        tokens = "".join(c if c.isalnum() else " " for c in (DATA.items.titles or ())[item].lower()).split()
        title = [names[token] for token in tokens if token in names]
        held = [int(k) for k in DATA.item_features.row(item)[0] if k not in PAST and int(k) not in title]
        frame = DATA.evidence[DATA.evidence["item"] == item]
        writers = {k: set(frame["user"][frame["feature"] == k]) for k in held}
        held = [k for k in held if without is None or writers[k] != {without}]
        return [(k, self.convolved(title, at)) for at, k in enumerate(title)] + [(k, self.convolved([k], 0)) for k in held]

    def read(self, user: int, item: int, without: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """r [dim], and alpha [P]."""
        said, alpha = self.said(item, without), np.zeros(DATA.n_features)
        if not said:
            return np.zeros(3), alpha
        pull = np.exp([c @ self.ask("words", user) for _, c in said])
        shares = pull / pull.sum()
        np.add.at(alpha, [k for k, _ in said], shares)
        return shares @ np.array([c for _, c in said]), alpha

    def after(self, user: int, without: int | None = None) -> tuple[np.ndarray, dict[int, float]]:
        """p [dim], and beta by item; without: an item that is not in the history."""
        liked = [int(i) for u, i in DATA.train if u == user and i != without]
        if not liked:
            return np.zeros(3), {}
        r = np.array([self.read(user, k)[0] for k in liked])
        pull = np.exp(r @ self.ask("items", user))
        return (pull / pull.sum()) @ r, dict(zip(liked, pull / pull.sum(), strict=True))

    def score(self, user: int, item: int, out: int | None = None, unread: int | None = None) -> float:
        """out: an item out of the history; unread: the user whose review of the item is not read."""
        return float(self.read(user, item, unread)[0] @ self.after(user, out)[0] + self.net["bias"][item, 0])


def asked() -> tuple[torch.Tensor, torch.Tensor]:
    users, items = (torch.from_numpy(column.copy()) for column in DATA.test[:10].T)
    return users, torch.cat([torch.zeros(2, dtype=torch.long), items[2:]])


@pytest.mark.parametrize("window", [0, 1, 2])
def test_scores_and_attention_are_the_formulas(window: int) -> None:
    made, (users, items) = drawn(window=window), asked()
    by_hand, pairs = ByHand(made), list(zip(*(column.tolist() for column in asked()), strict=True))
    wanted = [by_hand.score(u, i) for u, i in pairs]
    np.testing.assert_allclose(made.scores(users, items), wanted, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(made.catalogue_scores(users)[torch.arange(10), items], wanted, rtol=1e-4, atol=1e-5)
    alpha = np.array([by_hand.read(u, i)[1] for u, i in pairs])
    np.testing.assert_allclose(made.reading(users, items), alpha, rtol=1e-4, atol=1e-6)
    beta = np.zeros((10, DATA.n_features))
    for row, (u, _) in enumerate(pairs):
        beta[row, [PAST[k] for k in by_hand.after(u)[1]]] = list(by_hand.after(u)[1].values())
    np.testing.assert_allclose(made.attention(users)[:, PAST] * 2, beta[:, PAST], rtol=1e-4, atol=1e-6)
    explainer = WordsRead()
    explainer.fit(made, DATA, RunOptions())
    found = explainer.explain(np.stack([users.numpy(), items.numpy()], axis=1)).weights.dense()
    both = beta + alpha
    np.testing.assert_allclose(found, both / both.sum(axis=1, keepdims=True), rtol=1e-4, atol=1e-6)


def test_half_of_a_liked_item_is_half_of_what_it_adds_and_so_is_half_of_a_word() -> None:
    made, (users, items) = drawn(), asked()
    f_u = torch.from_numpy(DATA.user_features.select(users.numpy()).dense())
    f_i = torch.from_numpy(DATA.item_features.select(items.numpy()).dense())
    whole, bias = made.scores(users, items), made.network.bias.detach()[items, 0]
    for side in (0, 1):
        none, half, all_ = (
            made.scores(users, items, *((f_u * x, None) if side == 0 else (None, f_i * x))) for x in (0.0, 0.5, 1.0)
        )
        torch.testing.assert_close(half, (none + all_) / 2)
        torch.testing.assert_close(all_, whole)
        assert side == 1 or torch.equal(none, bias)


def test_the_pair_is_in_no_history_and_its_review_is_not_read() -> None:
    """Nor is one review of each drawn item; drawn ones that the user likes, too, do not count."""
    made = drawn(negatives=3)
    by_hand, errors, rows = ByHand(made), [], 0.0
    users, items = (torch.from_numpy(column.copy()) for column in DATA.train[:9].T)
    batch = Term(users, items, (items + 3) % DATA.n_items)
    generator = torch.Generator().manual_seed(5)
    others, refused = made.others(batch, generator)
    drawn_ones = made.reviews.drawn(others.reshape(-1), generator).view(9, -1)
    liked, authors = {(int(u), int(i)) for u, i in DATA.train}, made.reviews.keys[drawn_ones] // DATA.n_items
    assert (made.reviews.keys[drawn_ones] % DATA.n_items == others).all()
    assert len({int(i) for i in others[:, 1:].reshape(-1)}) > 5
    for row, (u, i) in enumerate(zip(users.tolist(), items.tolist(), strict=True)):
        scores = [by_hand.score(u, i, i, u)]
        for place, (j, author) in enumerate(zip(others[row].tolist(), authors[row].tolist(), strict=True)):
            is_liked = place > 0 and (u, j) in liked
            assert bool(refused[row, place + 1]) == is_liked
            scores += [] if is_liked else [by_hand.score(u, j, i, author)]
        errors.append(np.log(np.exp(scores).sum()) - scores[0])
        rows += (by_hand.net["users"][u] ** 2).sum()
    assert refused.any()
    found = float(made.loss(batch, torch.Generator().manual_seed(5)).detach())
    assert found == pytest.approx(np.mean(errors) + 0.2 * rows / 18, rel=1e-4)
    alone = made.alone // len(made.said.windows)
    own = torch.searchsorted(made.reviews.keys, users * DATA.n_items + items)
    assert torch.isin(own, alone).any()  # the case is there


def test_without_history_among_the_features_nothing_is_asked_of_users() -> None:
    made = NPA(NPA.Config(dim=3))
    made.prepare(DATA.with_kinds(["word", "attribute"]), RunOptions())
    assert "gradients" in NPA.offers
    assert made.offers == {"scores", "attention"}


FILLERS = [f"n{k}" for k in range(6)]


@cache
def shop(seed: int = 2, blind: bool = False, ordered: bool = False) -> tuple[Dataset, np.ndarray, np.ndarray]:
    """120 items with titles of fillers and of two group words, users of one of four groups who take items with their group's word;
    where `ordered`, every title has all four group words, and it is the one after "deluxe" that decides. blind: they take what
    they like at random. The data set, the group of each user [U], and the feature of each group's word [4]."""
    rng, words = np.random.default_rng(seed), [f"g{k}" for k in range(4)]
    decides = np.stack([rng.permutation(4)[:2] for _ in range(120)])
    titles = {}
    for item, (one, other) in enumerate(decides):
        said = [*rng.permutation(FILLERS)[:3], words[one], words[other]]
        if ordered:
            said = ["deluxe", words[one], *(words[k] for k in rng.permutation(4) if k != one)]
        else:
            said = list(rng.permutation(said))
        titles[f"i{item:03}"] = " ".join(said)
    rows = []
    for user in range(100):
        own = [i for i in range(120) if user % 4 in (decides[i][:1] if ordered else decides[i])]
        able = np.arange(120) if blind else np.array(own)
        rows += [(f"u{user:03}", f"i{i:03}", 5.0, int(rng.integers(1_000_000))) for i in rng.permutation(able)[:14]]
    frame = pd.DataFrame(rows, columns=["user", "item", "rating", "time"])
    frame["part"] = assign_parts(frame, "random", seed, 4.0).to_numpy()
    data = build_dataset("shop", frame, None, "heldout", Settings("generated", "random", seed, n_candidates=40))
    data = titled(data, titles, [*words, *FILLERS, "deluxe"])
    groups = np.array([int(name[1:]) % 4 for name in data.users.names])
    return data, groups, np.array([data.features.index(f"title: {word}") for word in words])


def read_in(data: Dataset, groups: np.ndarray, of_group: np.ndarray) -> tuple[float, float]:
    """What is read in titles with the words of a user's own and of another group: the share of their own word in the two, the mean
    over users and items; and the same where another group's user reads in their place."""
    made = NPA(NPA.Config(dim=16, epochs=15, learning_rate=0.03, batch_size=128, patience=0))
    made.fit(data, RunOptions(seed=1))
    order = np.argsort(groups, kind="stable")
    another = np.empty_like(order)
    another[order] = np.roll(order, len(order) // 4)
    users, items = (part.ravel() for part in np.meshgrid(np.arange(data.n_users), np.arange(data.n_items), indexing="ij"))
    found = []
    for reader in (np.arange(data.n_users), another):
        alpha = made.reading(torch.from_numpy(reader[users]), torch.from_numpy(items)).numpy()
        own, both = alpha[np.arange(len(alpha)), of_group[groups[users]]], alpha[:, of_group].sum(axis=1)
        found.append(float((own / both)[(own > 0) & (both > own)].mean()))
    return found[0], found[1]


def test_who_reads_decides_which_word_of_a_title_counts() -> None:
    """Planted; chance is a half. Where another reads, and where nothing decides, it is left."""
    own, of_another = read_in(*shop())
    assert own > 0.7
    assert of_another < 0.5
    assert abs(read_in(*shop(blind=True))[0] - 0.5) < 0.07


def auc(data: Dataset, groups: np.ndarray, window: int) -> float:
    """How often an item that nobody took in training, and whose deciding word is the user's, is above another."""
    rng = np.random.default_rng(1)
    unseen = rng.permutation(data.n_items)[:30]
    known = replace(data, train=data.train[~np.isin(data.train[:, 1], unseen)], stored=None)
    made = NPA(NPA.Config(dim=16, epochs=15, learning_rate=0.03, batch_size=128, patience=0, window=window))
    made.fit(known, RunOptions(seed=1))
    first = np.array([title.split()[1] for title in data.items.titles or ()])[unseen]
    scores = made.catalogue_scores(torch.arange(data.n_users))[:, torch.from_numpy(unseen)].numpy()
    good = first[None] == np.array([f"g{group}" for group in groups])[:, None]
    return float(np.mean([(row[g][:, None] > row[~g][None]).mean() for row, g in zip(scores, good, strict=True)]))


def test_the_convolution_reads_what_stands_beside_a_word() -> None:
    """Planted: all titles have the same words. A window of one word knows nothing."""
    data, groups, _ = shop(ordered=True)
    assert auc(data, groups, window=1) > 0.8
    assert auc(data, groups, window=0) < 0.6
