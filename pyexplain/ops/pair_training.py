"""pair_training: pair_features and Adam on its four tables, for the training loop."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..data.sparse import TensorRows
from .adam_rows import AdamSettings, RowAdam
from .adam_tables import Moves, catch_up_tables, step_tables
from .groups import RowGroups, check_rows
from .native import Kernel, Operator, check
from .pair_features import (
    Batch,
    PairGradients,
    Tables,
    fields_of,
    fields_of_groups,
    group_batch,
    run_pair_features,
    run_pair_features_backward,
)


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
        check(users, "users", (None,), like=tables.user_table, dtype=torch.int64)
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
        self.last = tables, batch
        run_pair_features(tables, batch, self.x, self.z)
        return self.x

    def backward(self, grad_x: Tensor, groups: dict[str, RowGroups] | None = None) -> PairGradients:
        """Gradients of the last forward's tables from the gradient [2B, d + k] of its x; groups, if known: see group_batch."""
        check(grad_x, "grad_x", tuple(self.x.shape), like=self.x)
        groups = groups or group_batch(*self.last, self.entries)
        return run_pair_features_backward(*self.last, self.z, groups, grad_x, self.buffer)

    def buffer(self, name: str, shape: tuple[int, int]) -> Tensor:
        """A tensor of that shape in memory that is kept; grown where it is too small."""
        size, held = shape[0] * shape[1], self._buffers.get(name)
        if held is None or held.numel() < size:
            held = self._buffers[name] = self.tables.user_table.new_empty(size + size // 8)
        return held[:size].view(shape)


def _native(
    kernel: Kernel, grad_x: Tensor, passes: PairPasses, groups: dict[str, RowGroups], optimizers: dict[str, RowAdam], beside: Moves
) -> None:
    """The gradient of a row is used where it is made, and never stored. beside: what else moves in this step."""
    moments: dict[str, Any] = {}
    for name, optimizer in optimizers.items():
        optimizer.steps += 1
        moments |= {f"{name}_{part}": getattr(optimizer, part) for part in ("m", "v", "last_step")}
    tables, batch = passes.last
    kernel(
        **fields_of(tables, batch),
        **fields_of_groups(groups),
        **moments,
        **optimizers["user_table"].settings._asdict(),
        x=None,
        z=passes.z,
        grad_x=grad_x,
        grad_z=passes.buffer("grad_z", (len(passes.z), passes.z.shape[1])),
        grad_users=passes.buffer("grad_users", (len(groups["users"].rows), tables.user_table.shape[1])),
        grad_items=None,
        grad_user_map=None,
        grad_item_map=None,
        step=optimizers["user_table"].steps,
    )
    step_tables(beside)


def _twin(grad_x: Tensor, passes: PairPasses, groups: dict[str, RowGroups], optimizers: dict[str, RowAdam], beside: Moves) -> None:
    """All gradients, then all tables."""
    found = passes.backward(grad_x, groups)
    step_tables([*zip(optimizers.values(), found[:4], strict=True), *beside])


run_pair_training = Operator("pair_training", _native, _twin)


class PairTraining:
    """Forward as PairPasses; `step` takes the gradient of x and moves the four tables, in place, as dense Adam would.

    Raises TypeError, ValueError or IndexError for what does not fit. Not for two threads at once.
    """

    def __init__(self, tables: Tables, settings: AdamSettings | None = None) -> None:
        tables.check_tensors()
        tables = tables._replace(**{name: getattr(tables, name).detach() for name in Tables._fields[:4]})
        self.passes, self.settings = PairPasses(tables), settings or AdamSettings()
        self.whole: set[str] = set()  # tables of which a step reads every row: they catch up whole
        self.optimizers = {name: RowAdam(getattr(tables, name), self.settings) for name in Tables._fields[:4]}

    def forward(
        self, users: Tensor, positives: Tensor, negatives: Tensor, user_rows: TensorRows | None = None, shift: Tensor | None = None
    ) -> Tensor:
        """x [2B, d + k]; see PairPasses.forward. The rows that it reads catch up first: dense Adam has moved them by now."""
        tables, batch = self.passes.prepare(users, positives, negatives, user_rows, shift)
        return self.forward_grouped(tables, batch, group_batch(tables, batch, self.passes.entries))

    def forward_grouped(self, tables: Tables, batch: Batch, groups: dict[str, RowGroups], caught_up: bool = False) -> Tensor:
        """The same for a batch whose groups (group_batch) are at hand; everything is trusted. caught_up: its rows have done so
        since the last step."""
        self.groups = groups
        if not caught_up:
            rows = {name: group.rows for name, group in zip(self.optimizers, groups.values(), strict=True)}
            catch_up_tables((one, None if name in self.whole else rows[name]) for name, one in self.optimizers.items())
        return self.passes.run(tables, batch)

    def step(self, grad_x: Tensor, beside: Moves = ()) -> None:
        """One step of Adam on all tables, from the gradient [2B, d + k] of the last forward's x; and on what else moves in it."""
        check(grad_x, "grad_x", tuple(self.passes.x.shape), like=self.passes.x)
        if any(optimizer.add_up for optimizer in self.optimizers.values()):  # then gradients are wanted as such
            found = self.passes.backward(grad_x, self.groups)
            step_tables([*zip(self.optimizers.values(), found[:4], strict=True), *beside])
            return
        run_pair_training(grad_x, self.passes, self.groups, self.optimizers, beside)

    def flush(self) -> None:
        """Bring the rows at rest to where dense Adam has them; before the tables are used as a whole."""
        for optimizer in self.optimizers.values():
            optimizer.flush()

    def state(self) -> dict[str, Tensor]:
        """What the next step depends on beside the tables, by name."""
        return {f"{name}.{key}": value for name, one in self.optimizers.items() for key, value in one.state().items()}

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Take back what state() gave. Raises KeyError, TypeError or ValueError where it belongs to other tables."""
        for name, optimizer in self.optimizers.items():
            optimizer.load_state({key: state[f"{name}.{key}"] for key in ("m", "v", "last_step", "steps")})
