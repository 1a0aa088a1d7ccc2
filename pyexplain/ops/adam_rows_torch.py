"""adam_rows for torch.compile and torch.ops, with every argument checked."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ._torch_operator import torch_operator
from .adam_rows import AdamSettings, AdamTable, check_table, run_adam_rows
from .native import check, check_range


@torch_operator("adam_rows", mutates=("table", "m", "v", "last_step"))
def _adam_rows(
    table: Tensor,
    m: Tensor,
    v: Tensor,
    last_step: Tensor,
    rows: Tensor | None,
    grads: Tensor | None,
    step: int,
    settings: list[float],
) -> None:
    check_range(last_step, "last_step", step + 1)
    if rows is not None:
        check_range(rows, "rows", table.shape[0])
        if bool((rows.diff() <= 0).any()):
            raise ValueError("rows: wanted ascending numbers, each once, got others")
    run_adam_rows(AdamTable(table, m, v, last_step), rows, grads, step, AdamSettings(*settings))


@_adam_rows.register_fake
def _(*arguments: Any) -> None:
    return None


def adam_rows(
    table: Tensor,
    m: Tensor,
    v: Tensor,
    last_step: Tensor,
    rows: Tensor,
    grads: Tensor,
    step: int,
    settings: AdamSettings | None = None,
) -> None:
    """One step of Adam on a table [N, width], in place, where only the given rows have a gradient.

    m, v [N, width]: Adam's moments; last_step [N] int64: the step at which a row was last written (start all three with zeros).
    rows [n] int64 ascending, each once; grads [n, width]; step counts from 1. A row that was at rest first catches up with all that
    dense Adam would have done to it; rows that are still at rest are behind until adam_rows_flush. The learning rate must not
    change between two flushes. Raises TypeError, ValueError or IndexError for what does not fit.
    """
    settings = settings or AdamSettings()
    check_table(table, m, v, last_step, step, settings)
    check(rows, "rows", (None,), like=table, dtype=torch.int64)
    check(grads, "grads", (rows.shape[0], table.shape[1]), like=table)
    _adam_rows(table, m, v, last_step, rows, grads, step, list(settings))


def adam_rows_flush(
    table: Tensor, m: Tensor, v: Tensor, last_step: Tensor, step: int, settings: AdamSettings | None = None
) -> None:
    """Bring all rows to where dense Adam has them after `step` steps; before an evaluation or a checkpoint. See adam_rows."""
    settings = settings or AdamSettings()
    check_table(table, m, v, last_step, step, settings)
    _adam_rows(table, m, v, last_step, None, None, step, list(settings))
