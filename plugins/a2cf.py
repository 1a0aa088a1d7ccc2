"""A2CF: what users care about and what items are good at is completed first; both are the bridge between users, items and the
items that they stand in for."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from pyexplain import Dataset, RunOptions, hookimpl
from pyexplain.data import SparseRows, TensorRows
from pyexplain.explainers import Config, Explainer
from pyexplain.margin import Margin
from pyexplain.ops import bpr_loss, matrix_product
from pyexplain.recommenders import DenseEngine, LoopConfig, LossRecommender, Recommender, Term, mapped

SCALE = 0.1  # standard deviation of the first factors, over sqrt(dim)
CELLS = 4096  # cells of the tables that the first stage is trained on at a time
ROWS = 256  # rows that are completed at a time


class Completion(nn.Module):
    """A table [N, P] from vectors of its rows and columns: h_0 = [x_n, a_k], h_l = relu(h_(l-1) W_l + b_l) + h_(l-1); its cells
    are w . h_L + c."""

    def __init__(self, n: int, columns: int, dim: int, layers: int, g: torch.Generator) -> None:
        super().__init__()
        width = 2 * dim
        self.rows, self.columns = (nn.Parameter(torch.randn(size, dim, generator=g) / dim**0.5) for size in (n, columns))
        weights = [torch.randn(width, width, generator=g) / width**0.5 for _ in range(layers)]
        self.weights = nn.ParameterList(nn.Parameter(weight) for weight in weights)
        self.biases = nn.ParameterList(nn.Parameter(torch.zeros(width)) for _ in range(layers))
        self.out, self.offset = nn.Parameter(torch.randn(width, generator=g) / width**0.5), nn.Parameter(torch.zeros(()))

    def forward(self, rows: Tensor, columns: Tensor) -> Tensor:
        """Values [n] of cells."""
        hidden = torch.cat([functional.embedding(rows, self.rows), functional.embedding(columns, self.columns)], dim=1)
        for weight, bias in zip(self.weights, self.biases, strict=True):
            hidden = functional.relu(matrix_product(hidden, weight, bias)) + hidden
        return (hidden * self.out).sum(dim=1) + self.offset

    def table(self, bounds: tuple[float, float]) -> Tensor:
        """All cells [N, P], within bounds."""
        every, P = torch.arange(len(self.rows), device=self.rows.device), len(self.columns)
        columns = torch.arange(P, device=every.device)
        with torch.no_grad():
            parts = [self(part.repeat_interleave(P), columns.repeat(len(part))) for part in torch.split(every, ROWS)]
            return torch.cat(parts).view(-1, P).clamp(*bounds)


class A2CFNetwork(nn.Module):
    """of_users, of_items: the tables of the first stage. users [U, dim]: p; items [I, dim]: q; bias [I, 1]: b; alike [P, 1]: m;
    gain []: g."""

    def __init__(self, data: Dataset, dim: int, layers: int, seed: int) -> None:
        super().__init__()
        g = torch.Generator().manual_seed(seed)
        self.of_users, self.of_items = (Completion(n, data.n_features, dim, layers, g) for n in (data.n_users, data.n_items))
        self.users, self.items = (
            nn.Parameter(torch.randn(n, dim, generator=g) * (SCALE / dim**0.5)) for n in (data.n_users, data.n_items)
        )
        self.bias, self.alike = (nn.Parameter(torch.zeros(n, 1)) for n in (data.n_items, data.n_features))
        self.gain = nn.Parameter(torch.ones(()))


class Filled(NamedTuple):
    """cares: A [U, P] and qualities: B [I, P]; past [U, P]: the sums over liked items of B less its mean; guessed_*: A and B as if
    nothing were written."""

    cares: Tensor
    qualities: Tensor
    past: Tensor
    guessed_cares: Tensor
    guessed_qualities: Tensor


class A2CF(LossRecommender):
    """First stage: A [U, P] and B [I, P], f_u and f_i where reviews speak, are completed by residual networks on vectors of users,
    items and attributes (Completion), by squared errors of the cells that are known. What is known stays.

    Second stage: score(u, i) = p_u . q_i + b_i + g sum over k of alpha_uk B_ik + sum over k of m_k z_uk B_ik, on BPR. alpha_u =
    softmax(sharpness A_u) is what u cares about; z_u is the mean of B_q, less its mean over all items, over the items q that u
    likes (without i itself in training), so that m says in which attributes substitutes are alike. Features handed in take the
    place of what was written, and leave what was completed.

    The paper's: both stages with attributes as the bridge, of users to items (preference) and of items to the browsed item q
    (substitution), and the explanation below. Not the paper's: it ranks substitutes of the one item q that is browsed; here
    nobody browses, so every item that u likes is such a q. Its second stage compares by further networks; here both parts
    are sums over attributes, which can be told. Factors p and q, and BPR against drawn items, are as elsewhere here.
    Only what is known trains the first stage: where reviews praise, an attribute that nobody mentions is completed as good.
    """

    name = "a2cf"
    reference = "Chen et al., Try This Instead: Personalized and Interpretable Substitute Recommendation, SIGIR 2020"
    offers = frozenset({"scores", "gradients", "attention"})
    tables: ClassVar[dict[str, str]] = {
        "users": "users",
        "items": "items",
        "bias": "items",
        "alike": "features",
        "of_users.rows": "users",
        "of_users.columns": "features",
        "of_items.rows": "items",
        "of_items.columns": "features",
    }

    class Config(LoopConfig):
        """Sizes, and the two stages."""

        epochs: int = Field(150, ge=1)
        patience: int = Field(30, ge=0, description="as elsewhere; longer, for popularity is learned long before taste")
        dim: int = Field(32, ge=1, description="width of all vectors")
        layers: int = Field(2, ge=0, le=8, description="residual layers of the first stage")
        completion_epochs: int = Field(30, ge=0, description="passes over the known cells")
        completion_rate: float = Field(2e-3, gt=0, description="learning rate of Adam in the first stage")
        completion_decay: float = Field(1e-4, ge=0, description="L2 penalty of the first stage")
        sharpness: float = Field(1.0, ge=0, description="of the attention over what users care about")
        weight_decay: float = Field(0.01, ge=0, description="L2 penalty on the factors that a batch names")

    config: Config
    network: A2CFNetwork

    def build(self, data: Dataset, seed: int) -> A2CFNetwork:
        """Both stages."""
        return A2CFNetwork(data, self.config.dim, self.config.layers, seed)

    def read(self, data: Dataset, options: RunOptions) -> None:
        """What reviews say, and who likes what."""
        self.rows = [rows.tensors(options.device) for rows in (data.user_features, data.item_features)]
        users, items = np.unique(data.train, axis=0).reshape(-1, 2).T
        ones = np.ones(len(users), np.float32)
        self.likes: TensorRows = SparseRows.from_triples(users, items, ones, (data.n_users, data.n_items)).tensors(options.device)
        self.completed()

    def completed(self) -> None:
        """The first stage has moved: what follows from it is made anew when next asked for."""
        self._filled: Filled | None = None

    def begin(self, data: Dataset, options: RunOptions) -> None:
        """The first stage."""
        super().begin(data, options)
        sides = (self.network.of_users, self.network.of_items)
        engine = DenseEngine(nn.ModuleList(sides), self.config.completion_rate)
        cells = [(rows.row_indices(), rows.indices, rows.values) for rows in self.rows]
        for epoch in range(1, self.config.completion_epochs + 1):
            rng = np.random.default_rng([options.seed, 31, epoch])
            orders = [torch.from_numpy(rng.permutation(len(values))).to(values.device) for _, _, values in cells]
            for side, parts, order in zip(sides, cells, orders, strict=True):
                for batch in torch.split(order, CELLS) if len(order) else ():
                    engine.move(self.error(side, *(part[batch] for part in parts)))
            options.progress("completing", epoch, self.config.completion_epochs)
        self.completed()

    def error(self, side: Completion, rows: Tensor, columns: Tensor, values: Tensor) -> Tensor:
        """The mean squared error of cells [n], and the penalty on their vectors."""
        vectors = functional.embedding(rows, side.rows).square().sum() + functional.embedding(columns, side.columns).square().sum()
        found: Tensor = side(rows, columns)
        return (found - values).square().mean() + self.config.completion_decay * vectors / len(rows)

    def filled(self) -> Filled:
        """What the first stage gives, kept until it moves."""
        if self._filled is None:
            sides = zip(("user", "item"), (self.network.of_users, self.network.of_items), self.rows, strict=True)
            own = [rows.dense(self.data.n_features) for rows in self.rows]
            raw = [table.table(self.data.settings.bounds(side)) for side, table, _ in sides]
            A, B = (torch.where(written != 0, written, guess) for written, guess in zip(own, raw, strict=True))
            self._filled = Filled(A, B, mapped(self.likes, B - B.mean(dim=0)), raw[0], raw[1])
        return self._filled

    def loss(self, batch: Term, generator: torch.Generator) -> Tensor:
        """The second stage; the mean over the batch."""
        net: A2CFNetwork = self.network
        B, sums = self.filled().qualities, self.filled().past
        items, users = torch.cat([batch.preferred, batch.other]), batch.users
        own = B[batch.preferred] - B.mean(dim=0)
        past = (sums[users] - own) / (self.likes.counts[users] - 1).clamp_min(1)[:, None]
        p, q = functional.embedding(users, net.users), functional.embedding(items, net.items)
        gain = net.gain.expand(len(users), 1)  # so that its gradient is a sum of rows' sums, whatever the number of threads
        told = gain * self.attention(users) + net.alike[:, 0] * past
        scores = (p.repeat(2, 1) * q).sum(dim=1) + (told.repeat(2, 1) * B[items]).sum(dim=1)
        penalty: Tensor = (p.square().sum() + q.square().sum()) / (2 * len(users))
        order: Tensor = bpr_loss(scores + functional.embedding(items, net.bias)[:, 0])[0]
        return order + self.config.weight_decay * penalty

    def scores(
        self, users: Tensor, items: Tensor, user_features: Tensor | None = None, item_features: Tensor | None = None
    ) -> Tensor:
        """See the class."""
        net, told, B = self.network, self._told(users, user_features), self.filled().qualities[items]
        if item_features is not None:
            B = torch.where(item_features != 0, item_features, self.filled().guessed_qualities[items])
        latent = (net.users.detach()[users] * net.items.detach()[items]).sum(dim=1)
        return latent + (told * B).sum(dim=1) + net.bias.detach()[items, 0]

    def _told(self, users: Tensor, features: Tensor | None) -> Tensor:
        """What one more of each attribute of an item adds, [n, P]."""
        past = self.filled().past[users] / self.likes.counts[users].clamp_min(1)[:, None]
        return self.network.gain.detach() * self._alpha(users, features) + self.network.alike.detach()[:, 0] * past

    def _alpha(self, users: Tensor, features: Tensor | None) -> Tensor:
        cares = self.filled().cares[users]
        if features is not None:
            cares = torch.where(features != 0, features, self.filled().guessed_cares[users])
        return torch.softmax(self.config.sharpness * cares, dim=1)

    def catalogue_scores(self, users: Tensor, user_features: TensorRows | None = None) -> Tensor:
        """scores() of users [n] with every item, [n, I]."""
        net = self.network
        with torch.no_grad():
            features = None if user_features is None else user_features.dense(self.data.n_features)
            latent = matrix_product(net.users[users], net.items.t(), net.bias[:, 0])
            return matrix_product(self._told(users, features), self.filled().qualities.t(), latent)

    def attention(self, users: Tensor) -> Tensor:
        """alpha [n, P]."""
        return self._alpha(users, None)

    def item_attention(self, items: Tensor) -> Tensor:
        """B, what is below 0 left out, rows scaled to sum to 1."""
        good = self.filled().qualities[items].clamp_min(0)
        return good / good.sum(dim=1, keepdim=True).clamp_min(1e-30)

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Take back both stages."""
        super().load_state(state)
        self.completed()


class BeatsTheSubstitute(Explainer):
    """Weight of attribute k: alpha_uk max(0, B_ik - B_jk), by how much i is better at it than j, as u cares.

    alpha and B are the attention that the recommender offers, B brought to the scale of what reviews say of the item (EFM's too).
    Told are attributes that reviews of i mention; with `completed` those, too, of which nobody wrote. Where nobody wrote about one
    of the two items, they are not compared.
    """

    name = "a2cf"
    reference = A2CF.reference
    needs: ClassVar[frozenset[str]] = frozenset({"attention"})
    comes_with = "a2cf"
    pairs_at_once = 2048

    class Config(Config):
        """What is told."""

        completed: bool = Field(False, description="tell attributes of the item that no review mentions, too")

    config: Config

    def weigh(self, margin: Margin) -> Tensor:
        """See the class; j is the item that was not chosen."""
        users, items, others = margin.indices
        (mine, written), (theirs, of_other) = (self._qualities(indices) for indices in (items, others))
        better = (mine - theirs).clamp_min(0) * (written.any(dim=1) & of_other.any(dim=1))[:, None]
        return self.recommender.attention(users) * (better if self.config.completed else better * written)

    def _qualities(self, items: Tensor) -> tuple[Tensor, Tensor]:
        """B [n, P]: attention, times what reviews say over what it is of that; and which attributes they mention."""
        own = torch.from_numpy(self.data.item_features.select(items.cpu().numpy()).dense()).to(items.device).clamp_min(0)
        share = self.recommender.item_attention(items)
        said = (share * (own > 0)).sum(dim=1, keepdim=True)
        return share * own.sum(dim=1, keepdim=True) / said.clamp_min(1e-30), own > 0


@hookimpl
def pyexplain_recommenders() -> list[type[Recommender]]:
    """The recommender."""
    return [A2CF]


@hookimpl
def pyexplain_explainers() -> list[type[Explainer]]:
    """What the item is better at."""
    return [BeatsTheSubstitute]
