"""pair_features for autograd, torch.compile and torch.ops: what goes into the head for pairs (u, i) and (u, j); paper, eq. (5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from ..data.sparse import SparseRows, TensorRows
from .native import check_tensors
from .pair_features import Batch, Tables, group_batch, run_pair_features, run_pair_features_backward

_INPUTS = (
    "Tensor user_table, Tensor item_table, Tensor user_map, Tensor item_map, "
    "Tensor user_offsets, Tensor user_indices, Tensor user_values, Tensor item_offsets, Tensor item_indices, Tensor item_values, "
    "Tensor users, Tensor positives, Tensor negatives, Tensor row_index, Tensor? shift"
)
_FORWARD = f"({_INPUTS}) -> (Tensor, Tensor)"
_BACKWARD = f"(Tensor grad_x, Tensor z, {_INPUTS}) -> (Tensor, Tensor, Tensor, Tensor, Tensor)"


def _pack(inputs: Sequence[Any]) -> tuple[Tables, Batch]:
    """The operator's fifteen inputs, sorted."""
    user_table, item_table, user_map, item_map = inputs[:4]
    tables = Tables(user_table, item_table, user_map, item_map, SparseRows(*inputs[4:7]), SparseRows(*inputs[7:10]))
    users, positives, negatives, row_index, shift = inputs[10:]
    return tables, Batch(users, positives, negatives, row_index, shift)


@torch.library.custom_op("pyexplain::pair_features", mutates_args=(), schema=_FORWARD)
def _pair_features(*inputs: Any) -> tuple[Tensor, Tensor]:
    tables, batch = _pack(inputs)
    tables.check()
    batch.check(tables)
    x, z = _empty_outputs(tables, batch)
    run_pair_features(tables, batch, x, z)
    return x, z


@_pair_features.register_fake
def _fake_forward(*inputs: Any) -> tuple[Tensor, Tensor]:
    return _empty_outputs(*_pack(inputs))


def _empty_outputs(tables: Tables, batch: Batch) -> tuple[Tensor, Tensor]:
    n, d, k = batch.users.shape[0], tables.user_table.shape[1], tables.user_map.shape[1]
    return tables.user_table.new_empty(2 * n, d + k), tables.user_table.new_empty(3 * n, k)


@torch.library.custom_op("pyexplain::pair_features_backward", mutates_args=(), schema=_BACKWARD)
def _pair_features_backward(grad_x: Tensor, z: Tensor, *inputs: Any) -> tuple[Tensor, ...]:
    tables, batch = _pack(inputs)
    groups = group_batch(tables, batch, [0, 0])
    found = run_pair_features_backward(tables, batch, z, groups, grad_x.contiguous(), lambda name, shape: z.new_empty(shape))
    dense = [gradient.dense(table) for gradient, table in zip(found[:4], tables[:4], strict=True)]
    return (*dense, found.user_latent.clone())


@_pair_features_backward.register_fake
def _fake_backward(grad_x: Tensor, z: Tensor, *inputs: Any) -> tuple[Tensor, ...]:
    return (*(torch.empty_like(table) for table in inputs[:4]), z.new_empty(inputs[10].shape[0], z.shape[1]))


def _setup(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, Tensor]) -> None:
    ctx.save_for_backward(output[1], *inputs)


def _backward(ctx: Any, grad_x: Tensor, grad_z: Tensor) -> tuple[Tensor | None, ...]:
    z, *inputs = ctx.saved_tensors
    *tables, latent = _pair_features_backward(grad_x, z, *inputs)
    return (*tables, *[None] * 10, latent if inputs[14] is not None else None)


_pair_features.register_autograd(_backward, setup_context=_setup)


def pair_features(
    user_table: Tensor,
    item_table: Tensor,
    user_map: Tensor | None,
    item_map: Tensor | None,
    user_rows: TensorRows | None,
    item_rows: TensorRows | None,
    users: Tensor,
    positives: Tensor,
    negatives: Tensor,
    user_row_index: Tensor | None = None,
    user_shift: Tensor | None = None,
) -> Tensor:
    """x [2B, d + k] of B triples (u, i, j): rows b hold (e_u * e_i) ++ (E_u f_u * E_i f_i), rows B + b the same with j.

    user_table [U, d], item_table [I, d]; user_map, item_map [P, k], a row a feature, or none of them and none of the rows (then
    k = 0); user_rows, item_rows: sparse rows over P, one an item in the second. users, positives, negatives [B] int64.
    user_row_index [B] says which of user_rows is an example's f_u (default: its user's number), so that changed features can be
    handed in as rows of their own. user_shift [B, k] is added to E_u f_u: a dense change delta @ user_map.
    float32 or float64; differentiable once in the four tables and the shift. Raises TypeError, ValueError or IndexError for a wrong
    dtype, shape, stride or device, and for numbers out of range.
    """
    check_tensors(user_table=user_table, item_table=item_table, users=users, positives=positives, negatives=negatives)
    if user_map is None or item_map is None or user_rows is None or item_rows is None:
        user_map = item_map = user_table.new_empty(0, 0)
        user_rows, item_rows = (_no_features(table) for table in (user_table, item_table))
    row_index = users if user_row_index is None else user_row_index
    tables = Tables(user_table, item_table, user_map, item_map, SparseRows(*user_rows), SparseRows(*item_rows))
    tables.check_tensors()
    check_tensors(user_row_index=row_index, user_shift=users if user_shift is None else user_shift)
    numbers = (users, positives, negatives, row_index, user_shift)
    x: Tensor = _pair_features(*tables[:4], *tables.user_rows, *tables.item_rows, *numbers)[0]
    return x


def _no_features(table: Tensor) -> TensorRows:
    offsets = torch.zeros(table.shape[0] + 1, dtype=torch.int64, device=table.device)
    return SparseRows(offsets, offsets[:0], table.new_empty(0))
