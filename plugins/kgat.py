"""KGAT: attention over the graph of users, the items they liked, and the words and attributes of both."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from pyexplain import Dataset, RunOptions, hookimpl
from pyexplain.data import Events, SparseRows, TensorRows
from pyexplain.ops import add_at, bpr_loss, matrix_product, softplus
from pyexplain.recommenders import LoopConfig, LossRecommender, Recommender, Term

SCALE = 0.1  # standard deviation of the first vectors, over sqrt(dim)
READABLE, PAST = ("word", "attribute"), "history"
MOST_ENERGY = 20.0  # beyond, exp() is of no use
NODES_AT_ONCE = 1024


class KGATNetwork(nn.Module):
    """users [U, dim], items [I, dim], features [P, dim] (rows of the history are not used: there the items stand), bias [I, 1];
    of_users, of_items [3, dim]: a relation for each kind of what users and items hold."""

    users: Tensor
    items: Tensor
    features: Tensor
    of_users: Tensor
    of_items: Tensor

    def __init__(self, data: Dataset, dim: int, seed: int) -> None:
        super().__init__()
        g = torch.Generator().manual_seed(seed)
        sizes = {"users": data.n_users, "items": data.n_items, "features": data.n_features, "of_users": 3, "of_items": 3}
        for name, size in sizes.items():
            self.register_parameter(name, nn.Parameter(torch.randn(size, dim, generator=g) * (SCALE / dim**0.5)))
        self.bias = nn.Parameter(torch.zeros(data.n_items, 1))


class Held(NamedTuple):
    """What one side holds: rows [N, P], in units of what is usual of a kind; unit [P]: what a value is multiplied by for that, 0
    where a feature is not held; relation [P]: which of the kinds a feature is of; columns: of each kind, its features."""

    rows: TensorRows
    unit: Tensor
    relation: Tensor
    columns: list[Tensor]

    @staticmethod
    def of(data: Dataset, rows: SparseRows, kinds: tuple[str, ...], device: str) -> Held:
        """Kinds that are left out are not held."""
        unit, relation, columns = np.zeros(data.n_features, np.float32), np.zeros(data.n_features, np.int64), []
        for number, kind in enumerate(kinds):
            columns.append(data.features.of_kind(kind))
            stored = np.abs(rows.values[np.isin(rows.indices, columns[-1])])
            unit[columns[-1]] = 1 / (float(stored.mean()) if len(stored) else 1.0)
            relation[columns[-1]] = number
        units, relations, *kinds_there = (torch.from_numpy(array).to(device) for array in (unit, relation, *columns))
        return Held(_in_units(rows, unit).tensors(device), units, relations, kinds_there)

    def given(self, features: Tensor) -> TensorRows:
        """Features [n, P] in these units; no autograd."""
        return _in_units(SparseRows.from_dense(features.cpu().numpy()), self.unit.cpu().numpy()).tensors(features.device)


def _in_units(rows: SparseRows, unit: npt.NDArray[np.float32]) -> SparseRows:
    """Values of features [n, P] times what each is multiplied by [P]; nothing is kept of those that this makes 0."""
    scaled = rows.with_values(rows.values * unit[rows.indices])
    return scaled.where(scaled.values != 0)


class KGAT(LossRecommender):
    """score(u, i) = h_u . h_i + b_i, where h_n = e_n + sum over what n holds of alpha_nt h_t, alpha_nt proportional to x_nt
    exp(e_t . tanh(e_n + r)): x is f_u or f_i in usual units, r the relation, one for each kind (equations (2) to (5) of the
    paper). An item holds its words and attributes, whose h is e_t; a user holds words, attributes and liked items, whose h_k is
    the item's own.
    Trained on BPR + kg_weight times -log s(|e_i + r - e_t'|^2 - |e_i + r - e_t|^2), t held by i and t' drawn (equations (1) and
    (2)), + the penalty. In training a user holds what they did without the pair that is learned (Events).

    What is asked about a user's features changes x and leaves the sum that alpha is divided by: the score is linear in f_u and in
    f_i, each alone. The paper's: the graph, attention by relations, the two losses, propagation from items' entities to users.
    Not the paper's: relations without matrices W_r (TransE, as in CFKG, for TransR); sums without further layers between, so that a
    path carries a share that can be told; two steps from users, one from items; users' own words, which are CFKG's "mentions".
    """

    name = "kgat"
    reference = (
        "Wang et al., KGAT: Knowledge Graph Attention Network for Recommendation, KDD 2019; Ai et al. (CFKG), Algorithms 2018"
    )
    offers = frozenset({"scores", "gradients"})
    kinds: ClassVar[tuple[str, ...]] = (*READABLE, PAST)
    tables: ClassVar[dict[str, str]] = {"users": "users", "items": "items", "bias": "items", "features": "features"}

    class Config(LoopConfig):
        """Sizes, and the weights of the parts."""

        epochs: int = Field(100, ge=1)
        patience: int = Field(20, ge=0, description="as elsewhere; longer, for popularity is learned long before taste")
        dim: int = Field(32, ge=1, description="width of the vectors")
        kg_weight: float = Field(0.1, ge=0, description="of the loss of what items hold")
        weight_decay: float = Field(0.01, ge=0, description="L2 penalty on the vectors of users and items that a batch names")

    config: Config
    network: KGATNetwork

    def build(self, data: Dataset, seed: int) -> KGATNetwork:
        """Vectors of all nodes and relations."""
        return KGATNetwork(data, self.config.dim, seed)

    def read(self, data: Dataset, options: RunOptions) -> None:
        """The graph."""
        self.of_users = Held.of(data, data.user_features, (*READABLE, PAST), options.device)
        self.of_items = Held.of(data, data.item_features, READABLE, options.device)
        past = data.features.of_kind(PAST)
        item_of = np.full(data.n_features, -1)
        item_of[past] = np.arange(len(past))
        self.past, self.item_of = (torch.from_numpy(array).to(options.device) for array in (past, item_of))

    def fit(self, data: Dataset, options: RunOptions) -> list[dict[str, float]]:
        """Prepare and train."""
        self.events = Events.of(data)
        owners = np.repeat(np.arange(data.n_users), np.diff(self.events.offsets))
        self.keys = owners * data.n_items + self.events.items
        return super().fit(data, options)

    def loss(self, batch: Term, generator: torch.Generator) -> Tensor:
        """See the class; the mean over the batch."""
        net, both = self.network, torch.cat([batch.preferred, batch.other])
        left = self._left(batch.users, batch.preferred)
        past = self.item_of[left.indices]
        wanted, places = torch.unique(torch.cat([both, past[past >= 0]]), return_inverse=True)  # few of all items
        own = self.of_items.rows.select(wanted)
        h = self.items_of(wanted, own, own)
        h_users = self.users_of(batch.users, left, left, functional.embedding(places[len(both) :], h))
        scores = (h_users.repeat(2, 1) * functional.embedding(places[: len(both)], h)).sum(dim=1)
        order: Tensor = bpr_loss(scores + functional.embedding(both, net.bias)[:, 0])[0]
        rows = functional.embedding(batch.users, net.users).square().sum() + functional.embedding(both, net.items).square().sum()
        penalty = self.config.weight_decay * rows / (2 * len(batch.users))
        return order + penalty + self.config.kg_weight * self.translation(batch.preferred, generator)

    def _left(self, users: Tensor, items: Tensor) -> TensorRows:
        """What users hold without their pairs with items, [n, P]."""
        u, i = users.cpu().numpy(), items.cpu().numpy()
        numbers = np.searchsorted(self.keys, u * self.data.n_items + i)
        rows = self.events.without(u, np.arange(len(u)), numbers)
        return _in_units(rows, self.of_users.unit.cpu().numpy()).tensors(users.device)

    def translation(self, items: Tensor, generator: torch.Generator) -> Tensor:
        """The loss of one feature of each item [n] against one that it does not hold; 0 where there is none."""
        net, total = self.network, self.network.bias.new_zeros(())
        rows = self.of_items.rows.select(items).dense(self.data.n_features)
        for relation, columns in enumerate(self.of_items.columns):
            held = rows[:, columns] > 0
            some = held.any(dim=1) & ~held.all(dim=1)
            if not some.any():
                continue
            chances, heads = held[some].float(), functional.embedding(items[some], net.items) + net.of_items[relation]
            true, false = (self._one_of(columns, c, generator) for c in (chances, 1 - chances))
            far = [(heads - functional.embedding(t, net.features)).square().sum(dim=1) for t in (true, false)]
            total = total + softplus(far[0] - far[1]).mean()
        return total

    @staticmethod
    def _one_of(columns: Tensor, chances: Tensor, generator: torch.Generator) -> Tensor:
        """A column for each row of chances [n, m], drawn where the loop's generator is: on the processor."""
        return columns[torch.multinomial(chances.cpu(), 1, generator=generator)[:, 0].to(columns.device)]

    def reached(
        self,
        heads: Tensor,
        held: TensorRows,
        own: TensorRows,
        of: tuple[Held, Tensor],
        keys: Tensor,
        values: Tensor,
    ) -> Tensor:
        """h_n = e_n + sum over t of alpha_nt h_t [n, dim], of heads e_n [n, dim] that hold these [n, P], in units, and these [n, P]
        of their own, by which alpha is divided; of: their side and its relations. keys, values: e_t and h_t [nnz, dim] of what is
        held."""
        pulls = self.pulls(heads, held, *of, keys)
        whole = _sums(held, pulls) if own is held else _sums(own, self.pulls(heads, own, *of, self.vectors(own)))
        total = add_at(torch.zeros_like(heads), held.row_indices(), (held.values * pulls)[:, None] * values)
        return heads + total / torch.where(whole > 0, whole, torch.ones_like(whole))[:, None]

    def pulls(self, heads: Tensor, held: TensorRows, side: Held, relations: Tensor, keys: Tensor) -> Tensor:
        """exp(e_t . tanh(e_n + r)) [nnz], of e_t [nnz, dim] in each cell of what heads e_n [n, dim] hold."""
        turned = torch.tanh(heads[:, None] + relations)  # [n, 3, dim]
        cells = held.row_indices() * len(relations) + side.relation[held.indices]
        energy = (functional.embedding(cells, turned.flatten(0, 1)) * keys).sum(dim=1)
        return energy.clamp(-MOST_ENERGY, MOST_ENERGY).exp()

    def items_of(self, items: Tensor, held: TensorRows, own: TensorRows) -> Tensor:
        """h_i of items [n] that hold these [n, P], and those of their own."""
        net, keys = self.network, self.vectors(held)
        return self.reached(functional.embedding(items, net.items), held, own, (self.of_items, net.of_items), keys, keys)

    def users_of(self, users: Tensor, held: TensorRows, own: TensorRows, h_past: Tensor) -> Tensor:
        """h_u of users [n] that hold these [n, P], and those of their own; h_past: h of the items that stand in the history of what
        is held, cell by cell."""
        net, keys, values = self.network, self.vectors(held), self.vectors(held, h_past)
        return self.reached(functional.embedding(users, net.users), held, own, (self.of_users, net.of_users), keys, values)

    def vectors(self, held: TensorRows, of_items: Tensor | None = None) -> Tensor:
        """e_t [nnz] of each cell; where history is a feature the item stands for it, with its own e or these, cell by cell."""
        found, past = functional.embedding(held.indices, self.network.features), self.item_of[held.indices]
        cells = (past >= 0).nonzero()[:, 0]
        if not len(cells):
            return found
        return found.index_copy(0, cells, functional.embedding(past[cells], self.network.items) if of_items is None else of_items)

    def _of_history(self, held: TensorRows, h_items: Tensor) -> Tensor:
        past = self.item_of[held.indices]
        return h_items[past[past >= 0]]

    def changed(self) -> None:
        """Parameters have moved."""
        self._known: tuple[Tensor, Tensor] | None = None

    def known(self) -> tuple[Tensor, Tensor]:
        """h of all users and items as they are; constants."""
        if self._known is None:
            with torch.no_grad():
                items, users = (torch.arange(len(table), device=self.device) for table in (self.network.items, self.network.users))
                parts = [(some, self.of_items.rows.select(some)) for some in torch.split(items, NODES_AT_ONCE)]
                h_items = torch.cat([self.items_of(some, own, own) for some, own in parts])
                h_users = torch.cat([self._asked_users(some, None, h_items) for some in torch.split(users, NODES_AT_ONCE)])
                self._known = h_users, h_items
        return self._known

    def _asked_users(self, users: Tensor, held: TensorRows | None, h_items: Tensor) -> Tensor:
        own = self.of_users.rows.select(users)
        held = own if held is None else held
        return self.users_of(users, held, own, self._of_history(held, h_items))

    def scores(
        self, users: Tensor, items: Tensor, user_features: Tensor | None = None, item_features: Tensor | None = None
    ) -> Tensor:
        """See the class."""
        known_users, known_items = self.known()
        asked = any(f is not None and f.requires_grad for f in (user_features, item_features))
        with torch.set_grad_enabled(asked and torch.is_grad_enabled()):
            h_u, h_i = known_users[users], known_items[items]
            if user_features is not None and torch.is_grad_enabled():
                h_u = self.dense_users_of(users, user_features, known_items)
            elif user_features is not None:
                h_u = self._asked_users(users, self.of_users.given(user_features), known_items)
            if item_features is not None and torch.is_grad_enabled():
                h_i = self.dense_items_of(items, item_features)
            elif item_features is not None:
                h_i = self.items_of(items, self.of_items.given(item_features), self.of_items.rows.select(items))
            return (h_u * h_i).sum(dim=1) + self.network.bias.detach()[items, 0]

    def dense_users_of(self, users: Tensor, features: Tensor, h_items: Tensor) -> Tensor:
        """users_of() of features [n, P], differentiable in all P of them."""
        net, own = self.network, self.of_users.rows.select(users).dense(self.data.n_features)
        keys, values = net.features, net.features
        if len(self.past):
            keys, values = (net.features.index_put((self.past,), table) for table in (net.items, h_items))
        return self._dense(net.users[users], features, own, self.of_users, net.of_users, keys, values)

    def dense_items_of(self, items: Tensor, features: Tensor) -> Tensor:
        """items_of() of features [n, P], differentiable in all P of them."""
        net, own = self.network, self.of_items.rows.select(items).dense(self.data.n_features)
        return self._dense(net.items[items], features, own, self.of_items, net.of_items, net.features, net.features)

    @staticmethod
    def _dense(heads: Tensor, features: Tensor, own: Tensor, side: Held, relations: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        total, whole, held = torch.zeros_like(heads), heads.new_zeros(len(heads), 1), features * side.unit
        for relation, columns in enumerate(side.columns):
            energy = matrix_product(torch.tanh(heads + relations[relation]), keys[columns].t())
            pull = energy.clamp(-MOST_ENERGY, MOST_ENERGY).exp()
            total = total + matrix_product(held[:, columns] * pull, values[columns])
            whole = whole + (own[:, columns].abs() * pull).sum(dim=1, keepdim=True)
        return heads + total / torch.where(whole > 0, whole, torch.ones_like(whole))

    def catalogue_scores(self, users: Tensor, user_features: TensorRows | None = None) -> Tensor:
        """scores() of users [n] with every item, [n, I]."""
        known_users, known_items = self.known()
        with torch.no_grad():
            h_u = known_users[users]
            if user_features is not None:
                unit = self.of_users.unit[user_features.indices]
                held = user_features.with_values(user_features.values * unit)
                h_u = self._asked_users(users, held.where(held.values != 0), known_items)
            return matrix_product(h_u, known_items.t(), self.network.bias[:, 0])


def _sums(own: TensorRows, pulls: Tensor) -> Tensor:
    """Of each row [n], its cells times their pulls."""
    return add_at(pulls.new_zeros(own.n_rows), own.row_indices(), own.values.abs() * pulls)


@hookimpl
def pyexplain_recommenders() -> list[type[Recommender]]:
    """The recommender."""
    return [KGAT]
