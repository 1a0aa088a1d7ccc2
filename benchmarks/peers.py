"""A BPR training step at the shape of the paper's largest set as a user of torch alone would write it."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from pyexplain.ops import Rows, Tables, matrix_product

USERS, ITEMS, FEATURES, DIM, HIDDEN = 37_703, 22_647, 1_462, 350, 350


def sparse_rows(n: int, fewest: int, most: int, generator: torch.Generator) -> Rows:
    """n rows with `fewest` to `most` entries each; words are drawn so that some are popular."""
    popularity = 1 / torch.arange(1, FEATURES + 1, dtype=torch.float32)
    counts = torch.randint(fewest, most + 1, (n,), generator=generator)
    drawn = torch.multinomial(popularity.expand(n, -1), most, generator=generator)
    kept = torch.arange(most) < counts[:, None]
    indices = torch.where(kept, drawn, FEATURES).sort(dim=1).values
    indices = indices[indices < FEATURES]
    offsets = torch.cat([torch.zeros(1, dtype=torch.int64), counts.cumsum(0)])
    return Rows(offsets, indices, 1 + 4 * torch.rand(len(indices), generator=generator))


def select(rows: Rows, chosen: Tensor) -> Rows:
    """The chosen rows, in that order, in plain torch."""
    counts = (rows.offsets[1:] - rows.offsets[:-1])[chosen]
    offsets = torch.cat([counts.new_zeros(1), counts.cumsum(0)])
    at = torch.arange(int(offsets[-1])) + torch.repeat_interleave(rows.offsets[:-1][chosen] - offsets[:-1], counts)
    return Rows(offsets, rows.indices[at], rows.values[at])


def dense(rows: Rows) -> Tensor:
    """[n, FEATURES]."""
    row = torch.repeat_interleave(torch.arange(len(rows.offsets) - 1), rows.offsets.diff())
    return torch.zeros(len(rows.offsets) - 1, FEATURES).index_put_((row, rows.indices), rows.values)


def tables(generator: torch.Generator) -> Tables:
    """User and item embeddings, feature maps and features of the Clothing shape."""
    sizes = ((USERS, DIM), (ITEMS, DIM), (FEATURES, DIM), (FEATURES, DIM))
    users, items, user_map, item_map = (torch.randn(size, generator=generator) * 0.1 for size in sizes)
    rows = sparse_rows(USERS, 3, 5, generator), sparse_rows(ITEMS, 4, 6, generator)
    return Tables(users, items, user_map, item_map, *rows)


def head(generator: torch.Generator) -> list[Tensor]:
    """W1, b1, w2, b2."""
    W1 = torch.randn(HIDDEN, 2 * DIM, generator=generator) / (2 * DIM) ** 0.5
    return [W1, torch.zeros(HIDDEN), torch.randn(HIDDEN, generator=generator) / HIDDEN**0.5, torch.zeros(())]


Batch = tuple[Tensor, Tensor, Tensor]


def plain_head(x: Tensor, W1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor) -> Tensor:
    """Scores [n] of x [n, n_in], by torch's own operators."""
    return functional.relu(functional.linear(x, W1, b1)) @ w2 + b2


class Network(nn.Module):
    """The same network as modules, dropout in the head; sparse: EmbeddingBag over the sparse rows, otherwise all feature rows are
    kept dense, as the published code keeps them."""

    def __init__(self, seed: int, sparse: bool, dropout: float = 0.5) -> None:
        super().__init__()
        self.dropout = dropout
        generator = torch.Generator().manual_seed(seed)
        own, self.sparse = tables(generator), sparse
        self.user, self.item = (
            nn.Embedding.from_pretrained(t, freeze=False, sparse=sparse)  # type: ignore[no-untyped-call]
            for t in own[:2]
        )
        self.maps = nn.ModuleList(nn.EmbeddingBag.from_pretrained(t, freeze=False, sparse=sparse, mode="sum") for t in own[2:4])
        self.W1, self.b1, self.w2, self.b2 = (nn.Parameter(p) for p in head(generator))
        self.rows = own.user_rows, own.item_rows
        self.features = [] if sparse else [dense(rows) for rows in self.rows]

    def encode(self, side: int, ids: Tensor) -> Tensor:
        bag = self.maps[side]
        assert isinstance(bag, nn.EmbeddingBag)
        if not self.sparse:
            return self.features[side][ids] @ bag.weight
        rows = select(self.rows[side], ids)
        found: Tensor = bag(rows.indices, rows.offsets[:-1], per_sample_weights=rows.values)
        return found

    def forward(self, users: Tensor, items: Tensor) -> Tensor:
        x = torch.cat([self.user(users) * self.item(items), self.encode(0, users) * self.encode(1, items)], dim=1)
        x = functional.dropout(x, self.dropout, self.training)
        return plain_head(x, self.W1, self.b1, self.w2, self.b2)


class Eager:
    """Autograd and torch's optimisers: SparseAdam for the tables (which is not Adam: rows at rest stay), or dense Adam for all."""

    def __init__(self, seed: int, sparse: bool) -> None:
        self.network = Network(seed, sparse)
        named = dict(self.network.named_parameters())
        big = [p for name, p in named.items() if name.startswith(("user", "item", "maps"))]
        rest = [p for name, p in named.items() if not name.startswith(("user", "item", "maps"))]
        both = [torch.optim.SparseAdam(big), torch.optim.Adam(rest)]
        self.optimizers = both if sparse else [torch.optim.Adam(named.values())]

    def step(self, batch: Batch) -> float:
        users, positives, negatives = batch
        loss = functional.softplus(self.network(users, negatives) - self.network(users, positives)).mean()
        for optimizer in self.optimizers:
            optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        for optimizer in self.optimizers:
            optimizer.step()
        return float(loss.detach())


class Products:
    """The head's three matrix products alone, as torch makes them or as the native path does: what remains when everything
    else costs nothing."""

    def __init__(self, seed: int, batch: int, native: bool) -> None:
        self.product = matrix_product if native else torch.mm
        generator = torch.Generator().manual_seed(seed)
        self.W1 = head(generator)[0]
        self.x, self.g = torch.randn(2 * batch, 2 * DIM, generator=generator), torch.randn(2 * batch, HIDDEN, generator=generator)

    def step(self, batch: Batch) -> float:
        three = (self.x, self.W1.t()), (self.g, self.W1), (self.g.t(), self.x)
        return float(sum(self.product(*pair)[0, 0] for pair in three))
