"""NPA: the same title says another thing to another reader, and which of the things they liked count is theirs, too."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from pyexplain import Dataset, RunOptions, hookimpl
from pyexplain.data import TensorRows
from pyexplain.explainers import Explainer
from pyexplain.margin import Margin
from pyexplain.ops import add_at, matrix_product
from pyexplain.recommenders import HistoryView, ItemReviews, LoopConfig, LossRecommender, Recommender, Term, TitleWindows

READABLE = ("word", "attribute")
MOST_ENERGY = 20.0  # beyond, exp() is of no use
USERS_AT_ONCE = 128


class NPANetwork(nn.Module):
    """words [P, dim]; filters [2 K + 1, dim, dim], offset [dim]: the convolution; users [U, dim]: who asks; of a level L, query_L,
    key_L [dim, dim], all_L, each_L [1, dim]: V, W, v, w; bias [I, 1]."""

    def __init__(self, data: Dataset, dim: int, window: int, seed: int) -> None:
        super().__init__()
        g = torch.Generator().manual_seed(seed)
        self.words = nn.Parameter(torch.randn(data.n_features, dim, generator=g) / dim**0.5)
        self.filters = nn.Parameter(torch.randn(2 * window + 1, dim, dim, generator=g) / dim**0.5)
        self.offset = nn.Parameter(torch.zeros(dim))
        self.users = nn.Parameter(torch.randn(data.n_users, dim, generator=g) / dim**0.5)
        for level in ("words", "items"):
            for what in ("query", "key"):
                self.register_parameter(f"{what}_{level}", nn.Parameter(torch.randn(dim, dim, generator=g) / dim**0.5))
            for what in ("all", "each"):
                self.register_parameter(f"{what}_{level}", nn.Parameter(torch.zeros(1, dim)))
        self.bias = nn.Parameter(torch.zeros(data.n_items, 1))

    def asked(self, level: str, vectors: Tensor) -> Tensor:
        """tanh(W relu(V e_u + v) + w) [n, dim] of users' vectors e_u [n, dim]: what they ask for at a level."""
        query, key, everybody, each = (getattr(self, f"{what}_{level}") for what in ("query", "key", "all", "each"))
        return torch.tanh(matrix_product(functional.relu(matrix_product(vectors, query) + everybody), key) + each)

    def convolved(self, windows: Tensor) -> Tensor:
        """c [D, dim]: relu of the filters over each context, windows [D, 2 K + 1]."""
        vectors = torch.cat([self.words, self.words.new_zeros(1, self.words.shape[1])])
        total = self.offset.expand(len(windows), -1)
        for place, column in enumerate(windows.t()):
            if bool((column < len(self.words)).any()):
                total = total + matrix_product(vectors.index_select(0, column), self.filters[place])
        return functional.relu(total)


class NPA(LossRecommender):
    """score(u, i) = r_ui . p_u + b_i. What an item says to u is r_ui = sum over its words w of alpha_uiw c_w, c_w = relu(F [the
    words around w] + f), alpha_ui a softmax of c_w . tanh(W q_u + w), q_u = relu(V e_u + v); and what u is after is p_u = sum over
    the liked items k of beta_uk r_uk, beta_u a softmax of r_uk . tanh(W' q'_u + w'), q' alike with parameters of its own (sections
    3.1 to 3.3 of the paper). Trained on -log of the softmax of the liked item among `negatives` drawn ones (section 3.4).

    In training a pair's item is out of u's history, and what reviews alone say of items is read without the pair's own review, of
    drawn items without one review, too: else an item would be told to be liked by what it lacks.

    What is asked about f_u scales what is made of a liked item (kind `history`), what is asked about f_i what is made of a word:
    the score is linear in f_u and in f_i, each alone, and attention stays.

    The paper's: words under a convolution, who reads asks at both levels, negative sampling. Not the paper's: titles where a data
    set has them, of whose words those are read that are features; what else is known of an item, words of its reviews and its
    attributes, stands beside the title as a set, each under the middle filter alone, and where there is no title it is all that is
    read; vectors of words are learned, not given; b_i, as elsewhere here.
    """

    name = "npa"
    reference = "Wu et al., NPA: Neural News Recommendation with Personalized Attention, KDD 2019"
    offers = frozenset({"scores", "gradients", "attention"})
    kinds: ClassVar[tuple[str, ...]] = (*READABLE, "history")
    tables: ClassVar[dict[str, str]] = {"users": "users", "bias": "items", "words": "features"}

    class Config(LoopConfig):
        """Sizes, negatives and penalty."""

        learning_rate: float = Field(0.05, gt=0, description="of Adam; at small ones popularity is learned too late")
        epochs: int = Field(100, ge=1)
        patience: int = Field(20, ge=0, description="as elsewhere; longer, for popularity is learned long before taste")
        dim: int = Field(32, ge=1, description="width of all vectors")
        window: int = Field(1, ge=0, description="K: words to each side that the convolution sees, in titles")
        negatives: int = Field(4, ge=1, description="drawn items beside each liked one")
        weight_decay: float = Field(0.01, ge=0, description="L2 penalty on the vectors of users that a batch names")

    config: Config
    network: NPANetwork

    def build(self, data: Dataset, seed: int) -> NPANetwork:
        """Words, the convolution, and who asks."""
        return NPANetwork(data, self.config.dim, self.config.window, seed)

    def read(self, data: Dataset, options: RunOptions) -> None:
        """What items say, and who liked what."""
        self.said = TitleWindows.of(data, self.config.window, options.device)
        self.reviews = ItemReviews.of(data, options.device)
        self.alone = self.said.alone(data, self.reviews)
        self.history = HistoryView.of(data, options.device)
        own = self.history.own
        self.liked = own.row_indices() * data.n_items + own.indices  # ascending
        if not self.history.readable:  # nothing that is asked about users matters
            self.offers = type(self).offers - {"gradients"}  # type: ignore[misc]  # of this one alone

    def told(self, words: Tensor, items: Tensor, asked: Tensor, reviews: Tensor | None = None) -> tuple[TensorRows, Tensor]:
        """Contexts of items [n], rows [n, D], and alpha [nnz] in their cells for what is asked [n, dim]; reviews [n]: places of
        those that are not read, -1 for none."""
        rows = self.said.rows.select(items)
        owner, at = rows.row_indices(), rows.indices
        energy = (words.index_select(0, at) * asked.index_select(0, owner)).sum(dim=1)
        pull = rows.values * energy.clamp(-MOST_ENERGY, MOST_ENERGY).exp()
        if reviews is not None:
            hidden = _among(self.alone, reviews[owner] * len(words) + at) & (reviews[owner] >= 0)
            pull = pull * ~hidden
        return rows, _shares(pull, owner, len(items))

    def said_to(self, words: Tensor, items: Tensor, asked: Tensor, reviews: Tensor | None = None) -> Tensor:
        """r [n, dim] of items [n]."""
        rows, alpha = self.told(words, items, asked, reviews)
        parts = alpha[:, None] * words.index_select(0, rows.indices)
        return add_at(parts.new_zeros(len(items), parts.shape[1]), rows.row_indices(), parts)

    def after(self, words: Tensor, past: TensorRows, users: Tensor) -> tuple[Tensor, Tensor]:
        """r_uk [m, dim] and beta [m] in the cells of histories past [n, I] of users [n]."""
        owner, e_u = past.row_indices(), functional.embedding(users, self.network.users)
        r = self.said_to(words, past.indices, self.network.asked("words", e_u).index_select(0, owner))
        energy = (r * self.network.asked("items", e_u).index_select(0, owner)).sum(dim=1)
        return r, _shares(energy.clamp(-MOST_ENERGY, MOST_ENERGY).exp(), owner, len(users))

    def loss(self, batch: Term, generator: torch.Generator) -> Tensor:
        """See the class; the mean over the batch."""
        net, n, users = self.network, len(batch.users), batch.users
        words, past = net.convolved(self.said.windows), self.history.without(users, batch.preferred)
        r, beta = self.after(words, past, users)
        p = add_at(r.new_zeros(n, r.shape[1]), past.row_indices(), beta[:, None] * r)
        others, refused = self.others(batch, generator)
        items = torch.cat([batch.preferred[:, None], others], dim=1)  # [n, 1 + negatives]
        own = self.reviews.own(users, batch.preferred)
        less = torch.cat([own[:, None], self.reviews.drawn(others.reshape(-1), generator).view(n, -1)], dim=1)
        e_u, width = functional.embedding(users, net.users), items.shape[1]
        asked = net.asked("words", e_u).repeat_interleave(width, dim=0)
        found = self.said_to(words, items.reshape(-1), asked, less.reshape(-1))
        scores = (found * p.repeat_interleave(width, dim=0)).sum(dim=1) + functional.embedding(items.reshape(-1), net.bias)[:, 0]
        scores = scores.view(n, width).masked_fill(refused, -torch.inf)
        chosen = -functional.log_softmax(scores, dim=1)[:, 0].mean()

        return chosen + self.config.weight_decay * e_u.square().sum() / (2 * n)

    def others(self, batch: Term, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """The drawn items [n, negatives], and which of all [n, 1 + negatives] do not count, for they are liked, too."""
        n, n_items, more = len(batch.users), len(self.network.bias), self.config.negatives - 1
        drawn = torch.randint(n_items, (n, more), generator=generator).to(batch.users.device)
        liked = _among(self.liked, batch.users[:, None] * n_items + drawn)
        return torch.cat([batch.other[:, None], drawn], dim=1), functional.pad(liked, (2, 0))

    def changed(self) -> None:
        """Parameters have moved."""
        self._known: Known | None = None

    def known(self) -> Known:
        """As parameters are; constants."""
        if self._known is None:
            with torch.no_grad():
                everyone = torch.arange(len(self.network.users), device=self.device)
                words = self.network.convolved(self.said.windows)
                parts = [self.after(words, self.history.own.select(some), some) for some in torch.split(everyone, 1024)]
                r, beta = (torch.cat(part) for part in zip(*parts, strict=True))
                self._known = Known(words, self.network.asked("words", self.network.users), beta, beta[:, None] * r)
        return self._known

    def wanted(self, users: Tensor, features: Tensor | TensorRows | None) -> Tensor:
        """p [n, dim]; features [n, P] say what is left of each liked item, where history is among them."""
        own, weighed = self.history.own, self.known().weighed
        rows, parts = own.select(users), weighed[own.entries(users)]
        if features is not None and self.history.readable:
            dense = features if isinstance(features, Tensor) else features.dense(len(self.network.words))
            parts = parts * dense[rows.row_indices(), self.history.columns.history[rows.indices]][:, None]
        return add_at(parts.new_zeros(len(users), parts.shape[1]), rows.row_indices(), parts)

    def scores(
        self, users: Tensor, items: Tensor, user_features: Tensor | None = None, item_features: Tensor | None = None
    ) -> Tensor:
        """See the class."""
        words, asked = self.known()[:2]
        p = self.wanted(users, user_features)
        with torch.no_grad():
            rows, alpha = self.told(words, items, asked[users])
        owner, at = rows.row_indices(), rows.indices
        parts = alpha * (words[at] * p.index_select(0, owner)).sum(dim=1)
        if item_features is not None:
            own, given = self.said.held[self.said.rows.entries(items)], item_features[owner, self.said.feature[at]]
            parts = parts * torch.where(own != 0, given / torch.where(own != 0, own, torch.ones_like(own)), 1.0)
        return add_at(parts.new_zeros(len(users)), owner, parts) + self.network.bias.detach()[items, 0]

    def catalogue_scores(self, users: Tensor, user_features: TensorRows | None = None) -> Tensor:
        """scores() of users [n] with every item, [n, I]."""
        (words, asked), rows = self.known()[:2], self.said.rows
        owner, bias = rows.row_indices(), self.network.bias.detach()[:, 0]
        with torch.no_grad():
            found, p = [], self.wanted(users, user_features)
            for some, wanted in zip(torch.split(asked[users], USERS_AT_ONCE), torch.split(p, USERS_AT_ONCE), strict=True):
                pull = self._pull(words, some)[:, rows.indices] * rows.values  # [n, nnz]
                none = pull.new_zeros(len(some), len(bias))
                total = add_at(none.clone(), owner, pull * matrix_product(wanted, words.t())[:, rows.indices], 1)
                whole = add_at(none.clone(), owner, pull, 1)
                found.append(total / torch.where(whole > 0, whole, torch.ones_like(whole)) + bias)
        return torch.cat(found)

    def _pull(self, words: Tensor, asked: Tensor) -> Tensor:
        """exp of the energies [n, D]."""
        return matrix_product(asked, words.t()).clamp(-MOST_ENERGY, MOST_ENERGY).exp()

    def reading(self, users: Tensor, items: Tensor) -> Tensor:
        """alpha [n, P] of pairs, the places of a word together; all 0 where an item says nothing."""
        words, asked = self.known()[:2]
        with torch.no_grad():
            rows, alpha = self.told(words, items, asked[users])
            return self._by_feature(rows, alpha)

    def attention(self, users: Tensor) -> Tensor:
        """What users look at [n, P]: in words whatever the item, the softmax over all contexts, and where history is a feature the
        liked items, beta, half each. Times what an item says, over its sum, it is alpha_ui where words stand alone."""
        (words, asked, beta, _), own, P = self.known(), self.history.own, len(self.network.words)
        with torch.no_grad():
            parts = [
                add_at(self._pull(words, some).new_zeros(len(some), P), self.said.feature, self._pull(words, some), 1)
                for some in torch.split(asked[users], USERS_AT_ONCE)
            ]
            found = torch.cat(parts) / torch.bincount(self.said.feature, minlength=P).clamp_min(1)
            found = found / found.sum(dim=1, keepdim=True).clamp_min(1e-30)
            if self.history.readable:
                past = own.select(users)
                found[past.row_indices(), self.history.columns.history[past.indices]] = beta[own.entries(users)]
            return found / found.sum(dim=1, keepdim=True).clamp_min(1e-30)

    def item_attention(self, items: Tensor) -> Tensor:
        """What items say, equal shares: who reads is not known."""
        rows = self.said.rows.select(items)
        return self._by_feature(rows, _shares(rows.values, rows.row_indices(), len(items)))

    def _by_feature(self, rows: TensorRows, shares: Tensor) -> Tensor:
        n, P = rows.n_rows, len(self.network.words)
        return add_at(shares.new_zeros(n * P), rows.row_indices() * P + self.said.feature[rows.indices], shares).view(n, P)


class Known(NamedTuple):
    """c [D, dim]; what users ask of words [U, dim]; of all histories, in their cells, beta [m] and beta_uk r_uk [m, dim]."""

    words: Tensor
    asked: Tensor
    beta: Tensor
    weighed: Tensor


def _shares(pull: Tensor, owner: Tensor, n: int) -> Tensor:
    """Each of pull [m] over the sum of its owner's, of n."""
    whole = add_at(pull.new_zeros(n), owner, pull)
    return pull / torch.where(whole > 0, whole, torch.ones_like(whole)).index_select(0, owner)


def _among(known: Tensor, asked: Tensor) -> Tensor:
    """Which of asked are in known [m], ascending."""
    if not len(known):
        return torch.zeros_like(asked, dtype=torch.bool)
    return known[torch.searchsorted(known, asked).clamp(max=len(known) - 1)] == asked


class WordsRead(Explainer):
    """Weights: alpha_ui, what u reads in the words of i, and where history is a feature beta_u, which liked items it is held
    against, half each. Of a user as a whole, the mean over what they liked. Of other recommenders both attentions multiplied, and
    u's own of history."""

    name = "npa"
    reference = NPA.reference
    needs: ClassVar[frozenset[str]] = frozenset({"attention"})
    comes_with = "npa"
    contrastive = False
    pairs_at_once = 2048

    def weigh(self, margin: Margin) -> Tensor:
        """The attention of each pair."""
        users, items, _ = margin.indices
        own = self.recommender.attention(users)
        if isinstance(self.recommender, NPA):
            read = self.recommender.reading(users, items)
        else:
            read = own * self.recommender.item_attention(items)
        past = torch.from_numpy(self.data.features.are("history")).to(own.device)
        halves = [part / part.sum(dim=1, keepdim=True).clamp_min(1e-30) for part in (read * ~past, own * past)]
        both = halves[0] + halves[1]
        return both / both.sum(dim=1, keepdim=True).clamp_min(1e-30)


@hookimpl
def pyexplain_recommenders() -> list[type[Recommender]]:
    """The recommender."""
    return [NPA]


@hookimpl
def pyexplain_explainers() -> list[type[Explainer]]:
    """Its attention."""
    return [WordsRead]
