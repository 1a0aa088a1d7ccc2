"""NETE: scores, sides and the likelihood of sentences by the formulas; planted sentences come out, and not without the feature."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

import pyexplain as px
from pyexplain import RunOptions
from pyexplain.data.build import assign_parts, build_dataset
from pyexplain.data.settings import Settings
from pyexplain.data.types import Dataset
from pyexplain.explainers import Explanations
from pyexplain.plugins import nete
from pyexplain.plugins.nete import NETE, spelled
from pyexplain.plugins.nete_sentences import NeuralTemplates
from pyexplain.recommenders import Term
from tests.plugins.drawn import draw_parameters
from tests.present.screen import screen
from tests.worlds import small_world

DATA = small_world()
SIZES = {"dim": 3, "hidden": 4, "state": 5, "layers": 2}


def drawn(**settings: float) -> NETE:
    made = NETE(NETE.Config(**SIZES | {"dropout": 0.0, "text_weight": 0.4, "weight_decay": 0.2, "text_batch": 16} | settings))
    made.prepare(DATA, RunOptions(seed=4))
    draw_parameters(made.network, 0.7)
    return made


class ByHand:
    """The formulas, number by number."""

    def __init__(self, made: NETE) -> None:
        self.net = {name: part.detach().double().numpy() for name, part in made.network.named_parameters()}
        self.own = made.network.own_words

    def affine(self, x: np.ndarray, name: str) -> np.ndarray:
        table = self.net[name]
        return x @ table[:-1] + table[-1] if len(table) == len(x) + 1 else x @ table

    def z(self, user: int, item: int) -> np.ndarray:
        x = np.concatenate([self.net["users"][user], self.net["items"][item]])
        for layer in range(2):
            x = np.maximum(self.affine(x, f"inner_{layer}"), 0)
        return x

    def out(self, user: int, item: int, name: str) -> float:
        return float(self.affine(self.z(user, item), name)[0])

    def gru(self, given: np.ndarray, h: np.ndarray, unit: str) -> np.ndarray:
        x, kept = self.affine(given, f"reads_{unit}").reshape(3, -1), (h @ self.net[f"keeps_{unit}"]).reshape(3, -1)
        reset, keep = (1 / (1 + np.exp(-(x[k] + kept[k]))) for k in (0, 1))
        return keep * h + (1 - keep) * np.tanh(x[2] + reset * kept[2])

    def chances(self, user: int, item: int, feature: int, praise: int, tokens: list[int]) -> list[np.ndarray]:
        """P(word) at each place, given the words before it."""
        parts = [self.net["users"][user], self.net["items"][item], self.net["sides"][praise]]
        h, found = np.tanh(self.affine(np.concatenate(parts), "begin")), []
        own = self.net["words"][self.own[feature]] + self.net["features"][feature]
        for before in [0, *tokens[:-1]]:
            context, about = self.gru(self.net["words"][before], h, "c"), self.gru(own, h, "f")
            energy = (
                np.tanh(context @ self.net["fuses_c"]) @ self.net["gate_c"]
                + np.tanh(about @ self.net["fuses_f"]) @ self.net["gate_f"]
            )
            k = 1 / (1 + np.exp(-energy[0]))
            h = (1 - k) * context + k * about
            logits = np.exp(self.net["words"] @ self.affine(h, "out") + self.net["common"][:, 0])
            found.append(logits / logits.sum())
        return found


def test_scores_and_the_loss_are_the_formulas() -> None:
    made = drawn()
    by_hand, texts = ByHand(made), made.texts
    users, items = (torch.from_numpy(column.copy()) for column in DATA.train[:9].T)
    others = (items + 3) % DATA.n_items
    triples = list(zip(users.tolist(), items.tolist(), others.tolist(), strict=True))
    np.testing.assert_allclose(made.scores(users, items), [by_hand.out(u, i, "score") for u, i, _ in triples], rtol=1e-4, atol=1e-5)
    order = np.log1p(np.exp([by_hand.out(u, j, "score") - by_hand.out(u, i, "score") for u, i, j in triples])).mean()
    size = sum((by_hand.net[n][k] ** 2).sum() for u, i, j in triples for n, k in (("users", u), ("items", i), ("items", j)))
    drawn_ones = (torch.rand(16, generator=torch.Generator().manual_seed(5)) * len(made.learned)).long()
    rows = made.learned[drawn_ones]
    words, sides = [], []
    for row in rows.tolist():
        user, item, feature, praise = (int(part[row]) for part in texts[:4])
        tokens = texts.tokens[row, : int(texts.lengths[row])].tolist()
        chances = by_hand.chances(user, item, feature, praise, tokens)
        words.append(-np.mean([np.log(chance[token]) for chance, token in zip(chances, tokens, strict=True)]))
        sides.append(np.log1p(np.exp((1 - 2 * praise) * by_hand.out(user, item, "praise"))))
    wanted = order + 0.2 * size / 18 + 0.4 * (np.mean(words) + np.mean(sides))
    found = made.loss(Term(users, items, others), torch.Generator().manual_seed(5))
    assert float(found.detach()) == pytest.approx(wanted, rel=1e-4)


def test_the_score_of_a_pair_is_the_same_whatever_stands_beside_it() -> None:
    data = small_world()
    made = px.train(data, baseline="nete", epochs=1, dim=8, text_epochs=1).recommender
    users, items = torch.arange(600) % data.n_users, torch.arange(600) * 7 % data.n_items
    whole = made.scores(users, items)
    for n in (1, 2, 15, 17, 255, 300):
        assert torch.equal(made.scores(users[:n], items[:n]), whole[:n])


def test_the_likeliest_words_are_written_and_what_does_not_end_is_nothing() -> None:
    made = drawn()
    made.config = made.config.model_copy(update={"longest": 2})
    with torch.no_grad():
        for table in (made.network.users, made.network.items, made.network.features):
            table *= 3  # sentences differ
    by_hand, written = ByHand(made), 0
    for user, item, feature in np.random.default_rng(1).integers(0, 8, (12, 3)).tolist():
        praise, tokens = int(by_hand.out(user, item, "praise") > 0), []
        while len(tokens) <= 2 and 1 not in tokens:
            chance = by_hand.chances(user, item, feature, praise, [*tokens, 0])[-1]
            chance[[0, 2] if tokens else [0, 1, 2]] = 0
            tokens.append(int(chance.argmax()))
        wanted = spelled([made.words[k] for k in tokens[:-1]]) if 1 in tokens else ""
        assert made.sentences(*(torch.tensor([k]) for k in (user, item, feature))) == [wanted]
        written += bool(wanted)
    assert 0 < written < 12


def test_words_and_marks_are_spelled_as_a_sentence() -> None:
    words = ["i", "think", "(", "and", "i'm", "sure", ")", "the", "sound", ",", "is", "good", "."]
    assert spelled(words) == "I think (and I'm sure) the sound, is good."
    assert spelled([]) == ""


FEATURES = ("sound", "price", "case", "strap", "tuner", "knobs")
PRAISE = ("crisp", "fair", "sturdy", "soft", "exact", "smooth")
BLAME = ("muddy", "steep", "flimsy", "rough", "wrong", "stiff")


def planted_sentence(user: int, item: int, feature: int) -> str:
    """Every third item is bad; users with odd numbers write in another way."""
    opinion = (BLAME if item % 3 == 0 else PRAISE)[feature]
    return f"I find the {FEATURES[feature]} {opinion}" if user % 2 else f"The {FEATURES[feature]} is {opinion}."


@cache
def planted(seed: int = 3) -> Dataset:
    """Sentences whose words are decided by who writes, of which item, about which feature."""
    rng, rows, words = np.random.default_rng(seed), [], []
    for user in range(80):
        for item in rng.permutation(45)[:12].tolist():
            rows.append((f"u{user:02}", f"i{item:02}", 5.0, int(rng.integers(1_000_000))))
            for feature in rng.permutation(6)[:2].tolist():
                side = -1.0 if item % 3 == 0 else 1.0
                opinion = (PRAISE if side > 0 else BLAME)[feature]
                words.append((*rows[-1][:2], FEATURES[feature], opinion, side, planted_sentence(user, item, feature)))
    interactions = pd.DataFrame(rows, columns=["user", "item", "rating", "time"])
    interactions["part"] = assign_parts(interactions, "random", seed, 4.0).to_numpy()
    mentions = pd.DataFrame(words, columns=["user", "item", "feature", "opinion", "sentiment", "sentence"])
    return build_dataset("sentences", interactions, mentions, "heldout", Settings("generated", "random", seed, n_candidates=20))


def came_out(monkeypatch: pytest.MonkeyPatch, blind: bool) -> tuple[float, px.Run]:
    """Of held-out users and items with each feature, the share whose planted sentence is written, letter by letter."""
    if blind:
        monkeypatch.setattr(nete.NETENetwork, "read", _blind)
    data = planted()
    keys = {"dim": 12, "hidden": 16, "state": 32, "epochs": 10, "batch_size": 128, "learning_rate": 0.01, "patience": 0}
    of_text = {"text_weight": 1.0, "text_rate": 0.005, "text_epochs": 8, "dropout": 0.0}
    run = px.train(data, explainer="nete", settings={**keys, **of_text})
    asked = [(u, i, f) for u, i in data.test.tolist() for f in range(data.n_features)]
    found = run.recommender.sentences(*(torch.tensor(column) for column in zip(*asked, strict=True)))
    numbers = [FEATURES.index(name) for name in data.features.names]
    wanted = [planted_sentence(int(data.users[u][1:]), int(data.items[i][1:]), numbers[f]) for u, i, f in asked]
    return float(np.mean([one == other for one, other in zip(found, wanted, strict=True)])), run


def _blind(self: nete.NETENetwork, numbers: torch.Tensor, unit: str) -> torch.Tensor:
    """The feature is not looked at."""
    return self.affine((self.words[numbers] if unit == "c" else self.features[numbers] * 0), f"reads_{unit}")


def test_planted_sentences_come_out(monkeypatch: pytest.MonkeyPatch) -> None:
    share, run = came_out(monkeypatch, blind=False)
    assert share > 0.9
    pairs = run.data.test
    found = run.explainer().explain(pairs)
    assert found.sentences is not None
    first = [run.data.features.names[row[0].feature] in row[0].text for row in found.sentences if row]
    assert len(first) > 0.9 * len(pairs)
    assert np.mean(first) > 0.95
    only_what_is_so_is_told(run)


def only_what_is_so_is_told(run: px.Run) -> None:
    """Of the first items of each user: what is printed is on the side that the item is on, though not all that was written is."""
    users = [f"u{number:02}" for number in range(80)]
    pairs = [(user, item) for user in users for item, _ in run.recommend(user, 3)]
    found = run.explain_many(pairs)
    told = [s for one in found for s in one.statements if s.kind == "sentence"]
    assert len(told) > 0.5 * len(pairs)
    for said in told:
        good = int(said.item[1:]) % 3 != 0
        assert any(opinion in said.text for opinion in (PRAISE if good else BLAME))
        assert said.feature is not None
        assert said.feature.name in said.text
    first = next(one for one in found if any(s.kind == "sentence" for s in one.statements))
    text = next(s.text for s in first.statements if s.kind == "sentence")
    assert f"In our words, of the {text.split()[1] if text.startswith('The') else text.split()[3]}: {text}" in first.say()
    assert "In our words" in screen([first.table()])


def test_without_the_feature_they_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    assert came_out(monkeypatch, blind=True)[0] < 0.3  # one of six is right by chance


def test_the_first_feature_is_the_one_that_belongs_to_what_the_user_cares_for() -> None:
    """max(0, PMI) of words in reviews, counted review by review."""
    made = drawn()
    explainer = NeuralTemplates(NeuralTemplates.Config(sentences=1))
    explainer.fit(made, DATA, RunOptions())
    reviews = [set(part["feature"]) for _, part in DATA.evidence.groupby(["user", "item"])]
    cares, has = DATA.user_features.dense() > 0, DATA.item_features.dense() > 0
    pairs = DATA.train[:20]
    found: Explanations = explainer.explain(pairs)
    wanted = np.zeros((len(pairs), DATA.n_features))
    for row, (user, item) in enumerate(pairs):
        for f in np.flatnonzero(cares[user] & has[item]):
            for k in np.flatnonzero(cares[user]):
                both, one, other = (sum(part <= review for review in reviews) for part in ({f, k}, {f}, {k}))
                wanted[row, f] += max(0, np.log(both * len(reviews) / (one * other))) if both else 0
    np.testing.assert_allclose(found.weights.dense(), wanted, rtol=1e-5, atol=2e-6)
    assert (wanted > 0).any()
    assert found.against is None
    others = (pairs[:, 1] + 1) % DATA.n_items
    np.testing.assert_array_equal(explainer.explain(pairs, others).against, others)
    assert found.sentences is not None
    assert all(
        len(row) <= 1 and all(s.feature == best for s in row) for row, best in zip(found.sentences, found.top(1)[:, 0], strict=True)
    )


@pytest.mark.long
def test_sentences_of_the_built_in_data_are_about_their_feature(built_in: Path) -> None:
    """With the defaults: at a rate of .005 the text of these 9,500 sentences was learned whatever the feature."""
    run = px.train(built_in, explainer="nete", epochs=3)
    found = run.explainer().explain(run.data.test[:200])
    assert found.sentences is not None
    first = [row[0] for row in found.sentences if row]
    assert len(first) > 150
    assert np.mean([run.data.features[one.feature] in one.text.lower() for one in first]) > 0.95
