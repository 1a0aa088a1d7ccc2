"""NETE: a sentence about a given feature is written by two recurrent units, one of words and one of the feature, and a gate."""

from __future__ import annotations

import re
from typing import ClassVar, NamedTuple

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from pyexplain import Dataset, RunOptions, hookimpl
from pyexplain.data import Texts
from pyexplain.ops import bpr_loss, cross_entropy, matrix_product, sigmoid, softplus
from pyexplain.recommenders import DenseEngine, LoopConfig, LossRecommender, Recommender, Term, epoch_generator

START, END, UNKNOWN = 0, 1, 2
SCALE = 0.1  # standard deviation of the first vectors of users and items, over sqrt(dim)
CALM = 2**15  # torch shares out functions of so many numbers, and the last bit of some depends on where it cuts
ASIDE = 20  # one of so many reviews is kept aside to see when the text is learned
SHAPES = 256  # rows of a product come in multiples of it: for each number of rows oneDNN makes and keeps a routine of its own
PATIENCE = 3  # passes over the text without a better one
AFTER = 10**6  # seeds of passes over the text alone begin here


class Told(NamedTuple):
    """Texts (pyexplain.data) as tensors: users, items, features, praises, lengths [m], tokens [m, T]."""

    users: Tensor
    items: Tensor
    features: Tensor
    praises: Tensor
    lengths: Tensor
    tokens: Tensor

    @staticmethod
    def of(texts: Texts, device: str) -> Told:
        """On the device."""
        return Told(*(torch.from_numpy(getattr(texts, name).copy()).to(device) for name in Told._fields))


class NETENetwork(nn.Module):
    """users, items [N, dim]; inner_0 [2 dim + 1, hidden], inner_k [hidden + 1, hidden], score, praise [hidden + 1, 1]: perceptron;
    words [V, dim], common [V, 1], features [P, dim], sides [2, dim], begin [3 dim + 1, state]; of the units of context and feature
    (c, f): reads_c [dim + 1, 3 state], keeps_c [state, 3 state], fuses_c [state, state], gate_c [state, 1]; out [state + 1, dim].
    The last row of what has one more is the bias. own_words [P]: constants."""

    users: Tensor
    items: Tensor
    words: Tensor
    common: Tensor
    features: Tensor
    own_words: Tensor

    def __init__(self, data: Dataset, n_words: int, own_words: Tensor, config: NETE.Config, seed: int) -> None:
        super().__init__()
        g, d, h, s = torch.Generator().manual_seed(seed), config.dim, config.hidden, config.state

        def drawn(name: str, rows: int, columns: int, scale: float, bias: bool = True) -> None:
            whole = torch.randn(rows, columns, generator=g) * scale
            self.register_parameter(name, nn.Parameter(torch.cat([whole, torch.zeros(1, columns)]) if bias else whole))

        for name, n in (("users", data.n_users), ("items", data.n_items)):
            drawn(name, n, d, SCALE / d**0.5, bias=False)
        self.inner = [f"inner_{k}" for k in range(config.layers)]
        for k, name in enumerate(self.inner):
            drawn(name, h if k else 2 * d, h, (2 / (h if k else 2 * d)) ** 0.5)
        for name in ("score", "praise"):
            drawn(name, h, 1, h**-0.5)
        for name, n in (("words", n_words), ("sides", 2)):
            drawn(name, n, d, d**-0.5, bias=False)
        drawn("begin", 3 * d, s, (3 * d) ** -0.5)
        for unit in "cf":
            drawn(f"reads_{unit}", d, 3 * s, d**-0.5)
            drawn(f"keeps_{unit}", s, 3 * s, s**-0.5, bias=False)
            drawn(f"fuses_{unit}", s, s, s**-0.5, bias=False)
            drawn(f"gate_{unit}", s, 1, s**-0.5, bias=False)
        drawn("out", s, d, s**-0.5)
        drawn("common", n_words, 1, 0, bias=False)
        drawn("features", data.n_features, d, 0, bias=False)
        self.register_buffer("own_words", own_words, persistent=False)  # made anew of the data

    def affine(self, x: Tensor, name: str) -> Tensor:
        """x [n, k] times a table of k + 1 rows, the last one the bias."""
        return matrix_product(torch.cat([x, x.new_ones(len(x), 1)], dim=1), getattr(self, name))

    def judged(self, users: Tensor, items: Tensor) -> Tensor:
        """z [n, hidden], the last layer of the perceptron."""
        x = torch.cat([functional.embedding(users, self.users), functional.embedding(items, self.items)], dim=1)
        for name in self.inner:
            x = functional.relu(self.affine(x, name))
        return x

    def started(self, users: Tensor, items: Tensor, praises: Tensor) -> Tensor:
        """h_0 [n, state]."""
        parts = zip((users, items, praises), ("users", "items", "sides"), strict=True)
        return torch.tanh(
            self.affine(torch.cat([functional.embedding(k, getattr(self, name)) for k, name in parts], dim=1), "begin")
        )

    def read(self, indices: Tensor, unit: str) -> Tensor:
        """What words, or features, [n] give to the gates of their unit, [n, 3 state]."""
        words, features = self.words, self.features
        if unit == "c":
            return self.affine(functional.embedding(indices, words), "reads_c")
        own = functional.embedding(self.own_words[indices], words) + functional.embedding(indices, features)
        return self.affine(own, "reads_f")

    def logits(self, h: Tensor) -> Tensor:
        """Of all words [n, V], from states [n, state]."""
        return matrix_product(
            torch.cat([self.affine(h, "out"), h.new_ones(len(h), 1)], dim=1), torch.cat([self.words, self.common], dim=1).t()
        )

    def step(self, word: Tensor, feature: Tensor, h: Tensor) -> Tensor:
        """The next state [n, state]: both units from the same one, and the gate between them."""
        found, energy = [], h.new_zeros(len(h), 1)
        for unit, given in (("c", word), ("f", feature)):
            own = recurrent(given, matrix_product(h, getattr(self, f"keeps_{unit}")), h)
            found.append(own)
            seen = torch.tanh(matrix_product(own, getattr(self, f"fuses_{unit}")))
            energy = energy + (seen * getattr(self, f"gate_{unit}")[:, 0]).sum(dim=1, keepdim=True)
        k = sigmoid(energy)
        return (1 - k) * found[0] + k * found[1]


def recurrent(given: Tensor, kept: Tensor, h: Tensor) -> Tensor:
    """A gated recurrent unit (Cho et al., 2014): given, kept [n, 3 state] of what comes in and of the state h [n, state]."""
    n = h.shape[1]
    gates = sigmoid(given[:, : 2 * n] + kept[:, : 2 * n])
    renewed = torch.tanh(given[:, 2 * n :] + gates[:, :n] * kept[:, 2 * n :])
    return gates[:, n:] * h + (1 - gates[:, n:]) * renewed


class NETE(LossRecommender):
    """score(u, i) = w . z, z = MLP([p_u, q_i]); s(u, i) = sigmoid(w' . z), whether u's review of i would praise what it mentions.

    A sentence about feature f: h_0 = tanh(E [p_u, q_i, side]), side the vector of praise or of complaint. At each word (the gated
    fusion recurrent unit) h^c = GRU(the word before, h), h^f = GRU(f, h), k = sigmoid(g . [tanh(C h^c), tanh(F h^f)]), the next h =
    (1 - k) h^c + k h^f, and P(word) = softmax over w of c_w . (V h + v) + b_w, c the words' vectors, f that of the word that
    sentences about it have more than others (Texts.own_words) plus one of its own. Trained on BPR + text_weight times the mean,
    over drawn sentences of training reviews with a feature that they mention, of -log P of their words (the mean over the words)
    and of the logistic loss of s + weight_decay/2 (|p_u|^2 + |q_i|^2 + |q_j|^2); then, with p_u, q_i and the perceptron as they
    are, on the text alone, until the sentences of one review in 20 that is kept aside get no likelier. Written greedily; UNKNOWN
    never is, and a sentence of more than `longest` words is none. The side is that of s, as the paper takes that of the predicted
    rating.

    The paper's: the perceptron on both vectors, the side in h_0, both units and their gate, the likelihood of sentences about a
    given feature. Not the paper's: data sets keep what was liked, so BPR for squared errors of ratings, and the side is of the
    mention and not of the rating; relu for sigmoid; both tasks at once with the same p_u and q_i at first, where the authors'
    program learns them apart, one after the other; words have one vector where they are read and written (with two, the feature is
    not learned from a few thousand sentences), and what a feature has of its own; sentences of more than `longest` words are left
    out where the paper cuts them off.
    """

    name = "nete"
    reference = "Li, Zhang and Chen, Generate Neural Template Explanations for Recommendation, CIKM 2020"
    offers = frozenset({"scores", "sentences"})

    class Config(LoopConfig):
        """Sizes, and the weight of the text."""

        epochs: int = Field(60, ge=1)
        dim: int = Field(64, ge=1, description="width of the vectors of users, items, words and features")
        hidden: int = Field(64, ge=1, description="width of the perceptron's layers")
        layers: int = Field(2, ge=1, le=8, description="of the perceptron")
        state: int = Field(96, ge=1, description="width of the recurrent units")
        text_weight: float = Field(0.2, ge=0, description="weight of the text beside the order of items")
        text_batch: int = Field(128, ge=1, description="sentences in a step")
        text_rate: float = Field(2e-3, gt=0, description="of Adam, on the text alone")
        text_epochs: int = Field(30, ge=0, description="passes at most over the sentences when the order of items is learned")
        dropout: float = Field(0.2, ge=0, lt=1, description="of the states, before they are made words of, in training")
        longest: int = Field(20, ge=1, le=200, description="words of a sentence at most, marks counted")
        vocabulary: int = Field(10_000, ge=1, description="words at most, the most frequent ones")
        rare: int = Field(2, ge=1, description="a word that stands fewer times is never written")
        weight_decay: float = Field(1e-3, ge=0, description="L2 penalty on the vectors of users and items that a batch names")

    check_settings: ClassVar[dict[str, object]] = {"text_epochs": 2, "state": 16}

    config: Config
    network: NETENetwork

    def build(self, data: Dataset, seed: int) -> NETENetwork:
        """Vectors, perceptron and units; the vocabulary is that of the data."""
        texts = Texts.of(data, self.config.longest, self.config.vocabulary, self.config.rare)
        self.texts, self.words = Told.of(texts, "cpu"), texts.words
        own = torch.from_numpy(texts.own_words(data.n_features))
        return NETENetwork(data, len(texts.words), own, self.config, seed)

    def read(self, data: Dataset, options: RunOptions) -> None:
        """The sentences."""
        self.texts = Told(*(part.to(options.device) for part in self.texts))
        self.rows_at_once = max(1, (CALM - 1) // (3 * self.config.state))
        pairs = self.texts.users * data.n_items + self.texts.items  # ascending
        review = (pairs.diff(prepend=pairs[:1]) != 0).cumsum(0)
        self.learned, self.aside = ((review % ASIDE == ASIDE - 1) == kept for kept in (False, True))
        self.learned, self.aside = (part.nonzero()[:, 0] for part in (self.learned, self.aside))

    def loss(self, batch: Term, generator: torch.Generator) -> Tensor:
        """See the class; the mean over the batch."""
        net, config = self.network, self.config
        users, items = batch.users.repeat(2), torch.cat([batch.preferred, batch.other])
        order: Tensor = bpr_loss(net.affine(net.judged(users, items), "score")[:, 0])[0]
        rows = [functional.embedding(batch.users, net.users), functional.embedding(items, net.items)]
        penalty = sum(part.square().sum(dim=1).sum() for part in rows) / (2 * len(batch.users))
        order = order + config.weight_decay * penalty
        if not config.text_weight or not len(self.learned):
            return order
        m = len(self.learned)
        drawn = (torch.rand(config.text_batch, generator=generator) * m).long().clamp(max=m - 1)
        return order + config.text_weight * self.told(self.learned[drawn.to(self.learned.device)], generator)

    def told(self, rows: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """The loss of sentences [n]: of their words, and of their sides."""
        return self.writing(rows, generator) + self.siding(rows)

    def fit(self, data: Dataset, options: RunOptions) -> list[dict[str, float]]:
        """Both tasks at once, and then the text alone."""
        history = super().fit(data, options)
        frozen = [
            part for name, part in self.network.named_parameters() if name in ("users", "items", "score", *self.network.inner)
        ]
        for part in frozen:
            part.requires_grad_(False)
        if self.config.text_weight and len(self.learned):
            self._finish(DenseEngine(self.network, self.config.text_rate), options.seed)
        for part in frozen:
            part.requires_grad_(True)
        return history

    def _finish(self, engine: DenseEngine, seed: int) -> None:
        """Passes over the sentences, until those that are kept aside get no likelier; the best one is kept."""
        best, at, kept = self._aside(0), 0, self.state()
        for epoch in range(1, self.config.text_epochs + 1):
            generator = epoch_generator(seed + AFTER, epoch)
            order = self.learned[torch.randperm(len(self.learned), generator=generator).to(self.learned.device)]
            for rows in torch.split(order, self.config.text_batch):  # type: ignore[no-untyped-call]
                engine.move(self.told(rows, generator))
            if (now := self._aside(epoch)) < best:
                best, at, kept = now, epoch, self.state()
            if epoch - at == PATIENCE:
                break
        self.load_state(kept)

    def _aside(self, epoch: int) -> float:
        """The loss of the sentences that are not learned from; where there are none, every pass is better than the one before."""
        with torch.no_grad():
            return float(self.writing(self.aside)) if len(self.aside) else -float(epoch)

    def siding(self, rows: Tensor) -> Tensor:
        """The mean logistic loss of s for sentences [n]."""
        texts, net = self.texts, self.network
        energy = net.affine(net.judged(texts.users[rows], texts.items[rows]), "praise")[:, 0]
        return softplus(energy * (1 - 2 * texts.praises[rows])).mean()

    def writing(self, rows: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """The mean of -log P over the words, and over sentences [n]; without dropout where there is no generator."""
        parts = [self._surprise(part, generator) for part in torch.split(rows, self.rows_at_once)]
        return sum(parts) / len(rows)  # type: ignore[return-value]

    def _surprise(self, rows: Tensor, generator: torch.Generator | None) -> Tensor:
        """The sum over a few sentences."""
        texts, net = self.texts, self.network
        lengths, tokens = texts.lengths[rows], texts.tokens[rows]  # [n], [n, T]
        longest = tokens.shape[1]
        before = torch.cat([torch.zeros_like(tokens[:, :1]), tokens[:, :-1]], dim=1)
        words = net.read(before.t().reshape(-1), "c").view(longest, len(rows), -1)
        feature, h = net.read(texts.features[rows], "f"), net.started(texts.users[rows], texts.items[rows], texts.praises[rows])
        states = []
        for word in words.unbind(0):
            h = net.step(word, feature, h)
            states.append(h)
        there = (torch.arange(longest, device=h.device)[:, None] < lengths).reshape(-1).nonzero()[:, 0]
        weight = functional.pad(1 / lengths.repeat(longest)[there], (0, more := -len(there) % SHAPES))
        there = functional.pad(there, (0, more))
        kept = torch.cat(states).index_select(0, there)  # [words, state]
        if generator is not None and self.config.dropout:
            whole = torch.rand(kept.shape, generator=generator) >= self.config.dropout
            kept = kept * whole.to(kept.device) / (1 - self.config.dropout)
        surprise = cross_entropy(net.logits(kept), tokens.t().reshape(-1)[there])
        return (surprise * weight).sum()

    def scores(
        self, users: Tensor, items: Tensor, user_features: Tensor | None = None, item_features: Tensor | None = None
    ) -> Tensor:
        """See the class; features play no part. In whole shapes: a pair has the same bits whatever stands beside it."""
        n, padded = len(users), [functional.pad(indices, (0, -len(users) % SHAPES)) for indices in (users, items)]
        with torch.no_grad():
            return self.network.affine(self.network.judged(*padded), "score")[:n, 0]

    def sentences(self, users: Tensor, items: Tensor, features: Tensor) -> list[str]:
        """What is written of each feature [n]; "" where it does not end."""
        size, n = self.rows_at_once, len(users)
        with torch.no_grad():
            parts = [self._written(*(c[at : at + size] for c in (users, items, features))) for at in range(0, n, size)]
        return [spelled([self.words[k] for k in row]) for part in parts for row in part]

    def _written(self, users: Tensor, items: Tensor, features: Tensor) -> list[list[int]]:
        """Word by word the likeliest; rows without END are empty."""
        net, n = self.network, len(users)
        praises = (net.affine(net.judged(users, items), "praise")[:, 0] > 0).long()
        feature, h = net.read(features, "f"), net.started(users, items, praises)
        word, found = torch.zeros(n, dtype=torch.int64, device=h.device), []
        for place in range(self.config.longest + 1):
            h = net.step(net.read(word, "c"), feature, h)
            logits = net.logits(h)
            logits[:, [START, UNKNOWN] if place else [START, END, UNKNOWN]] = -torch.inf
            word = logits.argmax(dim=1)
            found.append(word)
        rows = torch.stack(found, dim=1).tolist()
        return [row[: row.index(END)] if END in row else [] for row in rows]


def spelled(words: list[str]) -> str:
    """Words and marks as a sentence."""
    text = " ".join("I" + word[1:] if re.match(r"i(['’]|$)", word) else word for word in words)
    text = re.sub(r" ([,.!;:)])", r"\1", text).replace("( ", "(")
    return text[:1].upper() + text[1:]


@hookimpl
def pyexplain_recommenders() -> list[type[Recommender]]:
    """The recommender."""
    return [NETE]
