"""SAERS: an item is seen attribute by attribute, each where its picture shows it, and a user cares more about some than others."""

from __future__ import annotations

from typing import ClassVar, Literal, NamedTuple

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from pyexplain import Dataset, RunOptions, hookimpl
from pyexplain.data import SparseRows, TensorRows
from pyexplain.explainers import Explainer
from pyexplain.margin import Margin
from pyexplain.ops import bpr_loss, matrix_product, row_softmax
from pyexplain.recommenders import Config, LoopConfig, LossRecommender, Recommender, Term, WithoutReviews

SCALE = 0.1  # standard deviation of the first vectors of users and items, over sqrt(dim)
AT_ONCE = 512  # items whose maps, or pairs whose attention, are made together


class SAERSNetwork(nn.Module):
    """users [U, dim], items [I, dim], bias [I, 1]; regions [P, dim]: g; channels [dim, dim], level [1, dim]: F, f; inner [dim,
    hidden], inner_level [1, hidden], classes [P, hidden], rare [P, 1]: W, w, y, b of the extraction; asks [dim, hidden], semantic
    [P, hidden], out [hidden]: the attention."""

    def __init__(self, data: Dataset, dim: int, hidden: int, seed: int) -> None:
        super().__init__()
        g, P = torch.Generator().manual_seed(seed), data.n_features
        self.users, self.items = (
            nn.Parameter(torch.randn(n, dim, generator=g) * (SCALE / dim**0.5)) for n in (data.n_users, data.n_items)
        )
        self.bias = nn.Parameter(torch.zeros(data.n_items, 1))
        self.regions = nn.Parameter(torch.randn(P, dim, generator=g) / dim**0.5)
        self.channels = nn.Parameter(torch.randn(dim, dim, generator=g) / dim**0.5)
        self.inner, self.asks = (nn.Parameter(torch.randn(dim, hidden, generator=g) / dim**0.5) for _ in range(2))
        self.classes, self.semantic = (nn.Parameter(torch.randn(P, hidden, generator=g) / hidden**0.5) for _ in range(2))
        self.out = nn.Parameter(torch.randn(hidden, generator=g) / hidden**0.5)
        self.level, self.inner_level = nn.Parameter(torch.zeros(1, dim)), nn.Parameter(torch.zeros(1, hidden))
        self.rare = nn.Parameter(torch.zeros(P, 1))

    def shown(self) -> Tensor:
        """A [P, dim]: the channels' values at each region."""
        return functional.relu(matrix_product(self.regions, self.channels) + self.level)

    def energy(self, vectors: Tensor) -> Tensor:
        """w . relu((V e_u) * s_a) [n, P] of users' vectors [n, dim]."""
        return (functional.relu(matrix_product(vectors, self.asks)[:, None] * self.semantic[None]) * self.out).sum(dim=2)


class Parts(NamedTuple):
    """What items [n] have, a row each, filled up: attributes [n, a], regions [n, r], and where there is one, has_attribute,
    has_region."""

    attributes: Tensor
    regions: Tensor
    has_attribute: Tensor
    has_region: Tensor

    @staticmethod
    def of(attributes: TensorRows, regions: TensorRows) -> Parts:
        """Of rows [n, P]."""
        (a, has_a), (r, has_r) = (_filled(rows) for rows in (attributes, regions))
        return Parts(a, r, has_a, has_r)


class Seen(NamedTuple):
    """Of items [n]: logits [n, P] of their attributes; maps [n, a, r]: of each attribute how much each region shows it, shares, all
    0 where none does; vectors [n, a, dim]: v, what is shown there."""

    logits: Tensor
    maps: Tensor
    vectors: Tensor


class SAERS(LossRecommender):
    """score(u, i) = e_u . (q_i + sum over the attributes a of i of alpha_ua v_ia) + b_i.

    Where a shows in i (semantic extraction): regions r of i have channels A_r = relu(F g_r + f), z_i is their mean, and the logit
    of i having a is y_a . relu(W z_i + w) + b_a. The map of a is relu(sum over the channels c of A_rc times the mean over regions
    of the gradient of that logit in A_c), as shares of its sum; v_ia is the mean of A_r by these shares. What u cares about
    (fine-grained preferences): alpha_u is a softmax over the attributes of i of w . relu((V e_u) * s_a). Trained on BPR +
    attribute_weight times the binary cross-entropies of all attributes; maps are constants of the loss. In training what reviews
    alone say of items is left out of the pair's item for its own review, and of the drawn item for one of its reviews.

    The paper's: an attribute is found by a classifier that is told which items have it, not where, and its gradient-weighted
    activations say where; users attend to attributes of that space; BPR. Not the paper's: no pictures are read. Regions are the
    item's attributes of the name `regions` ("region: 17"), parts that items share, each with a learned vector, where the paper has
    what a network for pictures makes of its parts; where there are none, words and attributes are regions, too, and a map says
    which of the item's features speak for one of them. Both parts are learned at once, attention asks what an attribute is and not
    how it looks in i, and q_i, b_i and the penalty on what is added to q_i are as elsewhere here.
    """

    name = "saers"
    reference = "Hou et al., Explainable Fashion Recommendation: A Semantic Attribute Region Guided Approach, IJCAI 2019"
    offers = frozenset({"scores", "attention"})
    kinds: ClassVar[tuple[str, ...]] = ("word", "attribute")
    tables: ClassVar[dict[str, str]] = {
        **dict.fromkeys(("regions", "classes", "rare", "semantic"), "features"),
        "users": "users",
        "items": "items",
        "bias": "items",
    }

    class Config(LoopConfig):
        """Sizes, and the weights of the parts."""

        regions: str = Field("region", min_length=1, description="attributes of this name are the parts of a picture")
        attribute_weight: float = Field(0.1, ge=0, description="of the loss of which attributes items have")
        epochs: int = Field(100, ge=1)
        patience: int = Field(20, ge=0, description="as elsewhere; longer, for popularity is learned long before taste")
        dim: int = Field(32, ge=1, description="width of the vectors, and how many channels there are")
        hidden: int = Field(16, ge=1, description="width of the layers of the extraction and of the attention")
        weight_decay: float = Field(0.1, ge=0, description="L2 penalty on e_u, q_i and what is added to it, of a batch")

    config: Config
    network: SAERSNetwork

    def build(self, data: Dataset, seed: int) -> SAERSNetwork:
        """Vectors, extraction and attention."""
        return SAERSNetwork(data, self.config.dim, self.config.hidden, seed)

    def read(self, data: Dataset, options: RunOptions) -> None:
        """Attributes and regions of items."""
        readable = data.features.are("word") | data.features.are("attribute")
        region = data.features.are("attribute")
        for k in data.features.of_kind("attribute"):
            region[k] = data.features[int(k)].startswith(f"{self.config.regions}: ")
        attribute = readable & ~region
        region = region if region.any() else attribute
        self.is_attribute, self.is_region = (torch.from_numpy(marks).to(options.device) for marks in (attribute, region))
        own = data.item_features.where(data.item_features.values > 0)
        self.rows = [own.where(marks[own.indices]).tensors(options.device) for marks in (attribute, region)]
        self.without = WithoutReviews.of(data, own, (attribute, region), options.device)

    def parts(self, items: Tensor, features: Tensor | None = None) -> Parts:
        """Of items [n], or of features [n, P] in their place."""
        if features is None:
            return Parts.of(*(rows.select(items) for rows in self.rows))
        return Parts.of(*(_rows((features > 0) & marks) for marks in (self.is_attribute, self.is_region)))

    def see(self, parts: Parts) -> Seen:
        """See the class. y_a's gradient in A_r is W (y_a where relu lets it through) over the number of regions, for every r."""
        net, shown = self.network, self.network.shown()
        there = functional.embedding(parts.regions, shown) * parts.has_region[:, :, None]  # [n, r, dim]
        z = there.sum(dim=1) / parts.has_region.sum(dim=1, keepdim=True).clamp_min(1)
        inner = matrix_product(z, net.inner) + net.inner_level
        logits = matrix_product(functional.relu(inner), net.classes.t()) + net.rare[:, 0]
        with torch.no_grad():
            open_ = functional.embedding(parts.attributes, net.classes) * (inner > 0)[:, None]  # [n, a, hidden]
            towards = matrix_product(shown, net.inner)  # [P, hidden]
            maps = functional.relu(torch.bmm(open_, functional.embedding(parts.regions, towards).transpose(1, 2)))
            maps = maps * (parts.has_attribute[:, :, None] & parts.has_region[:, None])
            maps = maps / maps.sum(dim=2, keepdim=True).clamp_min(1e-12)
        return Seen(logits, maps, torch.bmm(maps, there))

    def cares(self, energy: Tensor, parts: Parts) -> Tensor:
        """alpha [n, a] for energies [n, P]; all 0 where there is no attribute."""
        own = energy.gather(1, parts.attributes).masked_fill(~parts.has_attribute, torch.finfo(energy.dtype).min)
        return row_softmax(own) * parts.has_attribute

    def loss(self, batch: Term, generator: torch.Generator) -> Tensor:
        """See the class; the mean over the batch."""
        net, both = self.network, torch.cat([batch.preferred, batch.other])
        attributes, regions = self.without.rows(batch, generator)
        parts = Parts.of(attributes, regions)
        seen = self.see(parts)
        e_u, q = functional.embedding(batch.users, net.users), functional.embedding(both, net.items)
        alpha = self.cares(net.energy(e_u).repeat(2, 1), parts)
        v = (alpha[:, :, None] * seen.vectors).sum(dim=1)
        scores = (e_u.repeat(2, 1) * (q + v)).sum(dim=1) + functional.embedding(both, net.bias)[:, 0]
        order: Tensor = bpr_loss(scores)[0]
        sizes = e_u.square().sum() + q.square().sum() + v.square().sum()
        penalty = self.config.weight_decay * sizes / (2 * len(e_u))
        return order + penalty + self.config.attribute_weight * self.told(seen.logits, attributes)

    def told(self, logits: Tensor, attributes: TensorRows) -> Tensor:
        """The binary cross-entropies of which attributes [n, P] there are, summed over attributes, the mean over rows."""
        has = attributes.dense(len(self.is_attribute)) > 0
        # logsigmoid, for the bits of torch's softplus of many numbers depend on the threads
        errors = -functional.logsigmoid(torch.where(has, logits, -logits)) * self.is_attribute
        return errors.sum(dim=1).mean()

    def changed(self) -> None:
        """Parameters have moved."""
        self._known: Tensor | None = None

    def known(self) -> Tensor:
        """v of all items [cells of their attributes, dim]; constants."""
        if self._known is None:
            everything, found = torch.arange(len(self.network.items), device=self.device), []
            with torch.no_grad():
                for some in torch.split(everything, AT_ONCE):
                    parts = self.parts(some)
                    found.append(self.see(parts).vectors[parts.has_attribute])
            self._known = torch.cat(found)
        return self._known

    def scores(
        self, users: Tensor, items: Tensor, user_features: Tensor | None = None, item_features: Tensor | None = None
    ) -> Tensor:
        """See the class; features of users play no part."""
        net, found = self.network, [self.network.bias.new_zeros(0)]
        with torch.no_grad():
            for at in range(0, len(users), AT_ONCE):
                u, i = users[at : at + AT_ONCE], items[at : at + AT_ONCE]
                given = None if item_features is None else item_features[at : at + AT_ONCE]
                parts = self.parts(i, given)
                once, places = torch.unique(u, return_inverse=True)
                alpha = self.cares(net.energy(net.users[once])[places], parts)
                v = self._vectors(i, parts) if given is None else self.see(parts).vectors
                latent = net.items[i] + (alpha[:, :, None] * v).sum(dim=1)
                found.append((net.users[u] * latent).sum(dim=1) + net.bias[i, 0])
        return torch.cat(found)

    def _vectors(self, items: Tensor, parts: Parts) -> Tensor:
        known = self.known()
        v = known.new_zeros(*parts.attributes.shape, known.shape[1])
        v[parts.has_attribute] = known[self.rows[0].entries(items)]
        return v

    def attention(self, users: Tensor) -> Tensor:
        """What users care about, whatever there is: the softmax over all attributes, [n, P]. Times what an item has, over its sum,
        it is alpha_ui."""
        with torch.no_grad():
            energy = torch.cat([self.network.energy(self.network.users[some]) for some in torch.split(users, AT_ONCE)])
            marks = self.is_attribute.expand_as(energy)
            return row_softmax(energy.masked_fill(~marks, torch.finfo(energy.dtype).min)) * marks

    def item_attention(self, items: Tensor) -> Tensor:
        """The attributes of items, equal shares."""
        has = (self.rows[0].select(items).dense(len(self.is_attribute)) > 0).float()
        return has / has.sum(dim=1, keepdim=True).clamp_min(1)

    def where(self, item: int) -> dict[int, dict[int, float]]:
        """Of each attribute of an item, by its number, how much each region of the item shows it, by theirs; shares."""
        parts = self.parts(torch.tensor([item], device=self.device))
        with torch.no_grad():
            maps = self.see(parts).maps[0].tolist()
        attributes, regions = parts.attributes[0].tolist(), parts.regions[0].tolist()
        return {a: dict(zip(regions, row, strict=True)) for a, row in zip(attributes, maps, strict=True)}

    def regions_of(self, items: Tensor, cares: Tensor) -> Tensor:
        """How much each region [n, P] shows of what somebody cares about [n, P] in items [n]: the sum over a of alpha_a map_ar."""
        parts = self.parts(items)
        with torch.no_grad():
            shares = cares.gather(1, parts.attributes) * parts.has_attribute
            weights = torch.bmm(shares[:, None], self.see(parts).maps)[:, 0]
            return torch.zeros_like(cares).scatter_add(1, parts.regions, weights)


def _filled(rows: TensorRows) -> tuple[Tensor, Tensor]:
    """The columns of rows [n, P] as [n, m], filled up with 0, and where there is one; m at least 1."""
    counts = rows.counts
    place = torch.arange(max(1, int(counts.max()) if len(counts) else 0), device=counts.device)
    there = place < counts[:, None]
    columns = torch.zeros(there.shape, dtype=torch.int64, device=counts.device)
    columns[there] = rows.indices
    return columns, there


def _rows(marks: Tensor) -> TensorRows:
    """Where marks [n, P] hold."""
    row, column = marks.nonzero(as_tuple=True)
    offsets = functional.pad(torch.bincount(row, minlength=len(marks)).cumsum(0), (1, 0))
    return SparseRows(offsets, column, torch.ones(len(row), device=marks.device), marks.shape[1])


class AttributesSeen(Explainer):
    """Weights: alpha_ui, how much u cares about each attribute of i; by regions, how much of that each region shows, by the
    gradient-weighted maps. Of a user as a whole, the mean over what they liked."""

    name = "saers"
    reference = SAERS.reference
    needs: ClassVar[frozenset[str]] = frozenset({"attention"})
    comes_with = "saers"
    contrastive = False
    pairs_at_once = AT_ONCE

    class Config(Config):
        """What is told."""

        by: Literal["attributes", "regions"] = Field("attributes", description="attributes, or the regions that show them (saers)")

    config: Config

    def weigh(self, margin: Margin) -> Tensor:
        """The attention of each pair."""
        users, items, _ = margin.indices
        both = self.recommender.attention(users) * self.recommender.item_attention(items)
        both = both / both.sum(dim=1, keepdim=True).clamp_min(1e-30)
        if self.config.by == "regions" and isinstance(self.recommender, SAERS):
            return self.recommender.regions_of(items, both)
        return both


@hookimpl
def pyexplain_recommenders() -> list[type[Recommender]]:
    """The recommender."""
    return [SAERS]


@hookimpl
def pyexplain_explainers() -> list[type[Explainer]]:
    """What is cared about, and where it shows."""
    return [AttributesSeen]
