"""The two passes of pair_features over whole batches, with buffers that are kept from one batch to the next.

The training loop uses this directly; pair_features.py makes the same thing a citizen of autograd.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from ..data.sparse import TensorRows
from ._check import address, check, check_range, check_rows, native_name, stream_of
from .groups import RowGroups, group_entries, group_rows
from .native import native

GROUPS = ("users", "items", "user_features", "item_features")
OUTPUTS = ("grad_users", "grad_items", "grad_user_map", "grad_item_map")


class RowGradients(NamedTuple):
    """The gradient of a table in the rows that are not zero: rows [n] int64 ascending, each once; values [n, width]."""

    rows: Tensor
    values: Tensor

    def dense(self, table: Tensor) -> Tensor:
        """As one tensor of the table's shape."""
        return torch.zeros_like(table).index_copy_(0, self.rows, self.values)


class PairGradients(NamedTuple):
    """Gradients of the four tables by row, and of the users' latent features z_u = E_u f_u + shift, [B, k]."""

    user_table: RowGradients
    item_table: RowGradients
    user_map: RowGradients
    item_map: RowGradients
    user_latent: Tensor


class Tables(NamedTuple):
    """Identity embeddings [U, d] and [I, d], feature maps [P, k] each (k = 0: no features), and sparse features of all items."""

    user_table: Tensor
    item_table: Tensor
    user_map: Tensor
    item_map: Tensor
    user_rows: TensorRows
    item_rows: TensorRows

    def check(self) -> None:
        """Raise TypeError, ValueError or IndexError unless everything fits together."""
        check(self.user_table, "user_table", (None, None))
        like, d = self.user_table, self.user_table.shape[1]
        check(self.item_table, "item_table", (None, d), like=like)
        check(self.user_map, "user_map", (None, None), like=like)
        check(self.item_map, "item_map", tuple(self.user_map.shape), like=like)
        check_rows(self.user_rows, "user_rows", self.user_map.shape[0], like)
        check_rows(self.item_rows, "item_rows", self.item_map.shape[0], like, n_rows=self.item_table.shape[0])


class Batch(NamedTuple):
    """Triples (u, i, j): users, positives, negatives [B] int64; row_index [B]: the row of user_rows that is each example's f_u;
    shift [B, k], or none: added to E_u f_u."""

    users: Tensor
    positives: Tensor
    negatives: Tensor
    row_index: Tensor
    shift: Tensor | None

    def check(self, tables: Tables, ranges: bool = True) -> None:
        """Raise TypeError, ValueError or IndexError unless the batch fits the tables; `ranges` looks at the numbers, too."""
        n, like = self.users.shape[0], tables.user_table
        sizes = (tables.user_table.shape[0], *[tables.item_table.shape[0]] * 2, tables.user_rows.offsets.shape[0] - 1)
        for name, size in zip(("users", "positives", "negatives", "row_index"), sizes, strict=True):
            numbers = getattr(self, name)
            check(numbers, name, (n,), like=like, dtype=torch.int64)
            if ranges:
                check_range(numbers, name, size)
        if self.shift is not None:
            check(self.shift, "user_shift", (n, tables.user_map.shape[1]), like=like)


class PairPasses:
    """pair_features forward and backward for one set of tables. What forward and backward return lies in buffers that the next
    call writes over. Tables are read at every call, so they may change in place between calls.

    Not for two threads at once. Raises TypeError, ValueError or IndexError for anything that does not fit.
    """

    def __init__(self, tables: Tables) -> None:
        tables.check()
        self.tables, self._buffers, self.entries = tables, dict[str, Tensor](), [0, 0]

    def forward(
        self, users: Tensor, positives: Tensor, negatives: Tensor, user_rows: TensorRows | None = None, shift: Tensor | None = None
    ) -> Tensor:
        """x [2B, d + k] of B triples. user_rows: f_u of each example, [B sparse rows], instead of its user's."""
        return self.run(*self.prepare(users, positives, negatives, user_rows, shift))

    def prepare(
        self, users: Tensor, positives: Tensor, negatives: Tensor, user_rows: TensorRows | None, shift: Tensor | None
    ) -> tuple[Tables, Batch]:
        """What run takes, checked."""
        tables, row_index = self.tables, users
        if user_rows is not None:
            check_rows(user_rows, "user_rows", tables.user_map.shape[0], tables.user_table, n_rows=users.shape[0])
            tables = tables._replace(user_rows=user_rows)
            row_index = torch.arange(users.shape[0], device=users.device)
        batch = Batch(users, positives, negatives, row_index, shift)
        batch.check(tables)
        return tables, batch

    def run(self, tables: Tables, batch: Batch) -> Tensor:
        """Forward for what prepare gave."""
        n, d, k = batch.users.shape[0], tables.user_table.shape[1], tables.user_map.shape[1]
        self.x, self.z = self.buffer("x", (2 * n, d + k)), self.buffer("z", (3 * n, k))
        self.last = tables, batch, {**addresses_of(tables, batch), "x": self.x.data_ptr(), "z": self.z.data_ptr()}
        run_forward(tables, self.last[2])
        return self.x

    def backward(self, grad_x: Tensor, groups: dict[str, RowGroups] | None = None) -> PairGradients:
        """Gradients of the last forward's tables from the gradient [2B, d + k] of its x; groups, if known: see group_batch."""
        check(grad_x, "grad_x", tuple(self.x.shape), like=self.x)
        tables, batch, addresses = self.last
        return run_backward(addresses, groups or group_batch(tables, batch, self.entries), grad_x, self.buffer)

    def buffer(self, name: str, shape: tuple[int, int]) -> Tensor:
        """A tensor of that shape in memory that is kept; grown where it is too small."""
        size, held = shape[0] * shape[1], self._buffers.get(name)
        if held is None or held.numel() < size:
            held = self._buffers[name] = self.tables.user_table.new_empty(size + size // 8)
        return held[:size].view(shape)


def addresses_of(tables: Tables, batch: Batch | None = None) -> dict[str, int]:
    """What the native functions want to know of the inputs."""
    found = {name: getattr(tables, name).data_ptr() for name in ("user_table", "item_table", "user_map", "item_map")}
    for side, rows in (("user", tables.user_rows), ("item", tables.item_rows)):
        found |= {f"{side}_{name}": part.data_ptr() for name, part in zip(("offsets", "indices", "values"), rows, strict=True)}
    found |= {"d": tables.user_table.shape[1], "k": tables.user_map.shape[1]}
    if batch is not None:
        found |= {name: address(value) for name, value in batch._asdict().items()} | {"b": batch.users.shape[0]}
    return found


def run_forward(tables: Tables, addresses: dict[str, int]) -> None:
    """Fill x and z."""
    function = getattr(native(), native_name("pair_features", tables.user_table))
    function(**addresses, **stream_of(tables.user_table))


def run_backward(
    addresses: dict[str, int],
    groups: dict[str, RowGroups],
    grad_x: Tensor,
    buffer: Callable[[str, tuple[int, int]], Tensor],
) -> PairGradients:
    """One task a row, into tensors that `buffer` gives."""
    n, d, k = addresses["b"], addresses["d"], addresses["k"]
    grads = [buffer(f"grad_{name}", (len(groups[name].rows), width)) for name, width in zip(GROUPS, (d, d, k, k), strict=True)]
    grad_z = buffer("grad_z", (3 * n, k))
    outputs = {
        f"grad_{name}": grad.data_ptr() for name, grad in zip(("users", "items", "user_map", "item_map"), grads, strict=True)
    }
    function = getattr(native(), native_name("pair_features_backward", grad_x))
    function(
        **addresses,
        **group_addresses(groups),
        **outputs,
        grad_x=grad_x.data_ptr(),
        grad_z=grad_z.data_ptr(),
        **stream_of(grad_x),
    )
    by_row = [RowGradients(groups[name].rows, grad) for name, grad in zip(GROUPS, grads, strict=True)]
    return PairGradients(by_row[0], by_row[1], by_row[2], by_row[3], grad_z[:n])


def group_batch(tables: Tables, batch: Batch, entries: list[int]) -> dict[str, RowGroups]:
    """Which examples touch which rows of the four tables, by name as in GROUPS. entries: how many sparse entries the last batch had
    on each side, a guess for this one."""
    n, (n_features, k) = batch.users.shape[0], tables.user_map.shape
    items = torch.cat([batch.positives, batch.negatives])
    groups = {"users": group_rows(batch.users, tables.user_table.shape[0]), "items": group_rows(items, tables.item_table.shape[0])}
    for side, (rows, chosen) in enumerate(((tables.user_rows, batch.row_index), (tables.item_rows, items))):
        found = group_entries(rows, chosen if k else chosen[:0], n_features, side * n, entries[side])
        entries[side] = max(entries[side], found.order.shape[0])
        groups[GROUPS[2 + side]] = found
    return groups


def group_addresses(groups: dict[str, RowGroups]) -> dict[str, int]:
    """What the native functions want to know of them."""
    found: dict[str, int] = {}
    for name, group in groups.items():
        found |= {f"{name}_rows": group.rows.data_ptr(), f"{name}_starts": group.starts.data_ptr()}
        found |= {f"{name}_order": group.order.data_ptr(), f"{name}_n": len(group.rows)}
    for side in ("user", "item"):
        found[f"{side}_weights"] = address(groups[f"{side}_features"].weights)
    return found
