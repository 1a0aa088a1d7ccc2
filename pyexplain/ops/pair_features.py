"""pair_features, pair_features_backward: what goes into the head for pairs (u, i) and (u, j) (paper, eq. (5)), and the way back by
touched rows. pair_features_torch.py makes the two a citizen of torch, pair_training.py uses them in the training loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ..data.sparse import TensorRows
from .adam_rows import RowGradients
from .groups import RowGroups, check_rows, group_entries, group_rows
from .native import Kernel, Operator, check, check_range, check_tensors

GROUPS = ("users", "items", "user_features", "item_features")  # what shares a row, for each of the four tables
OUTPUTS = ("grad_users", "grad_items", "grad_user_map", "grad_item_map")
Buffer = Callable[[str, tuple[int, int]], Tensor]


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

    def check_tensors(self) -> None:
        """Raise TypeError unless all ten are tensors."""
        for side in ("user_rows", "item_rows"):
            rows: TensorRows = getattr(self, side)
            named = {"offsets": rows.offsets, "indices": rows.indices, "values": rows.values}
            check_tensors(**{f"{side}.{name}": part for name, part in named.items()})
        check_tensors(**dict(zip(Tables._fields[:4], self, strict=False)))

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
        check(self.users, "users", (None,), like=tables.user_table, dtype=torch.int64)
        n, like = self.users.shape[0], tables.user_table
        sizes = (tables.user_table.shape[0], *[tables.item_table.shape[0]] * 2, tables.user_rows.offsets.shape[0] - 1)
        for name, size in zip(("users", "positives", "negatives", "row_index"), sizes, strict=True):
            indices = getattr(self, name)
            check(indices, name, (n,), like=like, dtype=torch.int64)
            if ranges:
                check_range(indices, name, size)
        if self.shift is not None:
            check(self.shift, "user_shift", (n, tables.user_map.shape[1]), like=like)


def fields_of(tables: Tables, batch: Batch) -> dict[str, Any]:
    """Inputs, as the native functions name them."""
    fields: dict[str, Any] = dict(zip(Tables._fields[:4], tables, strict=False)) | batch._asdict()
    for side in ("user_rows", "item_rows"):
        rows: TensorRows = getattr(tables, side)
        fields |= {f"{side}_offsets": rows.offsets, f"{side}_indices": rows.indices, f"{side}_values": rows.values}
    return fields | {"B": len(batch.users), "d": tables.user_table.shape[1], "k": tables.user_map.shape[1]}


def fields_of_groups(groups: dict[str, RowGroups]) -> dict[str, Any]:
    """Groups, as the native functions name them."""
    fields: dict[str, Any] = {"user_weights": groups["user_features"].weights, "item_weights": groups["item_features"].weights}
    fields |= {f"{side}_entries": len(groups[f"{side}_features"].order) for side in ("user", "item")}
    for name, (rows, starts, order, _) in groups.items():
        fields |= {f"{name}_rows": rows, f"{name}_starts": starts, f"{name}_order": order, f"{name}_n": len(rows)}
    return fields


def _forward(kernel: Kernel, tables: Tables, batch: Batch, x: Tensor, z: Tensor) -> None:
    """x [2B, d + k], and z [3B, k]: z_u, z_i and z_j, for the way back."""
    kernel(**fields_of(tables, batch), x=x, z=z)


def _forward_twin(tables: Tables, batch: Batch, x: Tensor, z: Tensor) -> None:
    for to, found in zip((x, z), formula(tables, batch), strict=True):
        to.copy_(found)


def formula(tables: Tables, batch: Batch) -> tuple[Tensor, Tensor]:
    """x and z in plain torch, differentiable."""
    p = len(tables.user_map)
    e_u, z_u = tables.user_table[batch.users], tables.user_rows.select(batch.row_index).dense(p) @ tables.user_map
    z_u = z_u if batch.shift is None else z_u + batch.shift
    items = (batch.positives, batch.negatives)
    z_items = [tables.item_rows.select(indices).dense(p) @ tables.item_map for indices in items]
    pairs = [torch.cat([e_u * tables.item_table[i], z_u * z_i], dim=1) for i, z_i in zip(items, z_items, strict=True)]
    return torch.cat(pairs), torch.cat([z_u, *z_items])


def _backward(
    kernel: Kernel, tables: Tables, batch: Batch, z: Tensor, groups: dict[str, RowGroups], grad_x: Tensor, buffer: Buffer
) -> PairGradients:
    """One task a touched row, into tensors that `buffer` gives by name and shape."""
    widths = [table.shape[1] for table in tables[:4]]
    grads = [buffer(out, (len(groups[name].rows), width)) for out, name, width in zip(OUTPUTS, GROUPS, widths, strict=True)]
    grad_z = buffer("grad_z", (len(z), z.shape[1]))
    outputs = dict(zip(OUTPUTS, grads, strict=True))
    kernel(**fields_of(tables, batch), **fields_of_groups(groups), **outputs, x=None, z=z, grad_x=grad_x, grad_z=grad_z)
    return _by_row(groups, grads, grad_z[: len(batch.users)])


def _backward_twin(
    tables: Tables, batch: Batch, z: Tensor, groups: dict[str, RowGroups], grad_x: Tensor, buffer: Buffer
) -> PairGradients:
    """Autograd of the formula."""
    with torch.enable_grad():
        leaves = [table.detach().requires_grad_() for table in tables[:4]]
        shift = (torch.zeros_like(z[: len(batch.users)]) if batch.shift is None else batch.shift.detach()).requires_grad_()
        users, items, user_map, item_map = leaves
        x, _ = formula(Tables(users, items, user_map, item_map, tables.user_rows, tables.item_rows), batch._replace(shift=shift))
        *dense, latent = torch.autograd.grad(x, [*leaves, shift], grad_x)
    return _by_row(groups, [gradient[groups[name].rows] for name, gradient in zip(GROUPS, dense, strict=True)], latent)


def _by_row(groups: dict[str, RowGroups], values: list[Tensor], latent: Tensor) -> PairGradients:
    users, items, user_map, item_map = (RowGradients(groups[name].rows, v) for name, v in zip(GROUPS, values, strict=True))
    return PairGradients(users, items, user_map, item_map, latent)


run_pair_features = Operator("pair_features", _forward, _forward_twin)
run_pair_features_backward = Operator("pair_features_backward", _backward, _backward_twin)


def none_of(groups: dict[str, RowGroups]) -> dict[str, RowGroups]:
    """Groups without any row: for the gradient of the users' latent features alone."""
    return {name: RowGroups(rows[:0], starts[:1], order, weights) for name, (rows, starts, order, weights) in groups.items()}


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
