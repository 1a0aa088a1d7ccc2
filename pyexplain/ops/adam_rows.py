"""adam_rows: Adam's result on a whole table at the cost of the rows that were touched; RowAdam: the optimiser of one table."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from .native import MOST, Kernel, Operator, check, check_numbers, check_range, check_whole, in_large_pages


class AdamSettings(NamedTuple):
    """Learning rate and the constants of Adam (Kingma and Ba, 2015); lr > 0, betas in [0, 1), beta2 and eps > 0."""

    lr: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8

    def check(self) -> None:
        """Raise ValueError unless every number is in its range."""
        check_numbers(**self._asdict())
        if not (0 < self.lr < math.inf and 0 <= self.beta1 < 1 and 0 < self.beta2 < 1 and 0 < self.eps < math.inf):
            raise ValueError(f"wanted lr > 0, 0 <= beta1 < 1, 0 < beta2 < 1 and eps > 0, got {self}")


class AdamTable(NamedTuple):
    """A table [N, width], Adam's moments m and v of it, and last_step [N]: the step at which a row was last written, 0 = never."""

    table: Tensor
    m: Tensor
    v: Tensor
    last_step: Tensor


def _native(kernel: Kernel, of: AdamTable, rows: Tensor | None, grads: Tensor | None, step: int, settings: AdamSettings) -> None:
    kernel(
        **of._asdict(),
        rows=rows,
        grads=grads,
        n=of.table.shape[0] if rows is None else rows.shape[0],
        width=of.table.shape[1],
        step=step,
        **settings._asdict(),
    )


def _twin(of: AdamTable, rows: Tensor | None, grads: Tensor | None, step: int, settings: AdamSettings) -> None:
    """Adam on these rows, one step after the other: without gradients up to the last one, as many as each row was at rest."""
    lr, beta1, beta2, eps = settings
    at: Tensor | slice = slice(None) if rows is None else rows
    p, first, second, since = (part[at] for part in of)

    def moved(t: Tensor) -> Tensor:
        bias1, bias2 = ((1 - beta ** t.double()).to(p.dtype)[:, None] for beta in (beta1, beta2))
        return lr / bias1 * first / ((second / bias2).sqrt() + eps)

    rest = torch.where(since > 0, step - (grads is not None) - since, 0)
    for s in range(1, 1 + int(rest.max()) if len(rest) else 0):
        on = (rest >= s)[:, None]
        first, second = torch.where(on, beta1 * first, first), torch.where(on, beta2 * second, second)
        p = torch.where(on, p - moved(since + s), p)
    if grads is not None:
        first, second = torch.lerp(first, grads, 1 - beta1), beta2 * second + (1 - beta2) * grads.square()
        p = p - moved(torch.full_like(since, step))
    of.table[at], of.m[at], of.v[at] = p, first, second
    of.last_step[at] = torch.where(since > 0, step, 0) if grads is None else torch.full_like(since, step)


run_adam_rows = Operator("adam_rows", _native, _twin)


def check_table(table: Tensor, m: Tensor, v: Tensor, last_step: Tensor, step: int, settings: AdamSettings) -> None:
    """Raise TypeError or ValueError unless a table, what Adam keeps of it, and the settings fit together."""
    check(table, "table", (None, None))
    shape = tuple(table.shape)
    check(m, "m", shape, like=table)
    check(v, "v", shape, like=table)
    check(last_step, "last_step", shape[:1], like=table, dtype=torch.int64)
    settings.check()
    check_whole(step=step)
    if step < 1:
        raise ValueError(f"step: wanted at least 1, got {step}")


class RowGradients(NamedTuple):
    """The gradient of a table in the rows that are not zero: rows [n] int64 ascending, each once; values [n, width]."""

    rows: Tensor
    values: Tensor

    def dense(self, table: Tensor) -> Tensor:
        """As one tensor of the table's shape."""
        if len(self.rows) == len(table):
            return self.values
        return torch.zeros_like(table).index_copy_(0, self.rows, self.values)


AddUp = Callable[[RowGradients | Tensor, Tensor], RowGradients | Tensor]  # of (gradient, table)


class RowAdam:
    """Adam for a table [N, width], or any tensor taken as one row a first index, in place; see adam_rows.

    `step` is made for the training loop: it trusts the row numbers (ascending, each once, in range), as PairPasses gives them.
    Raises TypeError or ValueError for a table or settings that do not fit.
    """

    def __init__(self, table: Tensor, settings: AdamSettings | None = None) -> None:
        self.table = table.detach()
        self.settings = settings or AdamSettings()
        in_large_pages(self.table)
        self.m, self.v = (in_large_pages(torch.empty_like(self.table)).zero_() for _ in range(2))
        self.last_step = torch.zeros(len(table), dtype=torch.int64, device=table.device)
        self.held = AdamTable(self.table, self.m, self.v, self.last_step)
        self.steps = self._whole_at = 0  # steps taken; after how many of them the whole table has caught up
        self.add_up: AddUp | None = None  # what is done to a gradient before a step, where several processes train one model
        check_table(self.table, self.m, self.v, self.last_step, 1, self.settings)

    def step(self, gradient: RowGradients | Tensor) -> None:
        """One step of Adam: gradients by row, or one of the whole table."""
        run_adam_rows(*self.begun(gradient), self.settings)

    def begun(self, gradient: RowGradients | Tensor) -> tuple[AdamTable, Tensor | None, Tensor, int]:
        """The next step, counted: what run_adam_rows takes for it."""
        if self.add_up is not None:
            gradient = self.add_up(gradient, self.table)
            if isinstance(gradient, RowGradients):
                self.catch_up(gradient.rows)  # as those have that read these rows: in one go, the last bit would differ
        rows, values = gradient if isinstance(gradient, RowGradients) else (None, gradient)
        check(values, "gradient", (len(self.table) if rows is None else len(rows), self.table.shape[1]), like=self.table)
        self.steps += 1
        return self.held, rows, values, self.steps

    def catch_up(self, rows: Tensor) -> None:
        """Bring the rows [n] (ascending, each once, in range) to where dense Adam has them; before they are read."""
        if resting := self.resting(rows):
            run_adam_rows(*resting, self.settings)

    def flush(self) -> None:
        """Bring the rows at rest to where dense Adam has them; before the table is used as a whole."""
        if resting := self.resting(None):
            run_adam_rows(*resting, self.settings)

    def resting(self, rows: Tensor | None) -> tuple[AdamTable, Tensor | None, None, int] | None:
        """What run_adam_rows takes for these rows (None: all) to catch up; None where the whole table has, since the last step."""
        if self._whole_at == self.steps:
            return None
        if rows is None:
            self._whole_at = self.steps
        return self.held, rows, None, self.steps

    def state(self) -> dict[str, Tensor]:
        """Moments, last steps and the count of steps; with the table, all that the next step depends on."""
        return {"m": self.m, "v": self.v, "last_step": self.last_step, "steps": torch.tensor(self.steps)}

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Take back what state() gave. Raises KeyError, TypeError or ValueError where it belongs to another table."""
        for name in ("m", "v", "last_step"):
            own = getattr(self, name)
            check(state[name].to(own.device), name, tuple(own.shape), like=own, dtype=own.dtype)
        check(state["steps"], "steps", (), dtype=torch.int64)
        steps = int(state["steps"])
        if not 0 <= steps <= MOST:
            raise ValueError(f"steps: wanted 0..2^53, got {steps}")
        try:
            check_range(state["last_step"].to(self.last_step.device), "last_step", steps + 1)
        except IndexError as error:
            raise ValueError(str(error)) from None
        for name in ("m", "v", "last_step"):
            getattr(self, name).copy_(state[name])
        self.steps, self._whole_at = steps, 0
