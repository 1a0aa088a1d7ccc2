"""adam_tables: adam_rows for several tables in one go, which on a GPU is one launch instead of one a table."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from .adam_rows import AdamSettings, AdamTable, RowAdam, RowGradients, run_adam_rows
from .native import Kernel, Operator

Moves = Sequence[tuple[RowAdam, RowGradients | Tensor]]  # optimisers, and the gradients that they step by


class Move(NamedTuple):
    """A table, its rows [n] (None: all; -1: none, for lists of a fixed length) and their gradients [n, width] (None: the steps at
    rest up to `step`); see adam_rows."""

    of: AdamTable
    rows: Tensor | None
    grads: Tensor | None
    step: int


def _native(kernel: Kernel, moves: Sequence[Move], settings: AdamSettings, now: Tensor | None = None) -> None:
    """now [3] float64 where the tables lie: steps taken, which are added to each move's `step`, and what `scalars` says of the one
    that follows them. So a step that was recorded once can be played for every later one."""
    each = torch.tensor([_laid_out(move) for move in moves])
    kernel(each=each, now=now, tables=len(moves), **settings._asdict())


def _laid_out(move: Move) -> list[int]:
    """As csrc/adam_tables.hpp reads it."""
    addresses = [0 if part is None else part.data_ptr() for part in (*move.of, move.rows, move.grads)]
    return [*addresses, len(move.of.table) if move.rows is None else len(move.rows), move.of.table.shape[1], move.step]


def _twin(moves: Sequence[Move], settings: AdamSettings, now: Tensor | None = None) -> None:
    for of, rows, grads, step in moves:
        if rows is not None:
            some = rows >= 0
            rows, grads = rows[some], None if grads is None else grads[some]
        run_adam_rows.twin(of, rows, grads, step + (0 if now is None else int(now[0])), settings)


def scalars(steps: int, settings: AdamSettings) -> tuple[float, float, float]:
    """steps taken, and of the one that follows them lr / (1 - b1^t) and 1 / sqrt(1 - b2^t); as the kernels work them out."""
    bias1, bias2 = (-math.expm1((steps + 1) * math.log(beta)) if beta > 0 else 1.0 for beta in settings[1:3])
    return float(steps), settings.lr / bias1, 1 / math.sqrt(bias2)


run_adam_tables = Operator("adam_tables", _native, _twin)


def step_tables(moves: Moves) -> None:
    """One step of Adam for each of these optimisers, in one go; their settings are the same."""
    _run([Move(*one.begun(gradient)) for one, gradient in moves], [one for one, _ in moves])


def catch_up_tables(rows: Iterable[tuple[RowAdam, Tensor | None]]) -> None:
    """Bring these rows, or all of a table (None), to where dense Adam has them, in one go; before they are read."""
    behind = [(one, resting) for one, part in rows if (resting := one.resting(part))]
    _run([Move(*resting) for _, resting in behind], [one for one, _ in behind])


def _run(moves: list[Move], optimizers: list[RowAdam]) -> None:
    if not moves:
        return
    settings = optimizers[0].settings
    if any(one.settings != settings for one in optimizers):
        raise ValueError("settings: wanted the same for all tables of a step, got others")
    run_adam_tables(moves, settings)
