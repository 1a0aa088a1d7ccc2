"""PairTraining: pair_features and Adam on its four tables, for the training loop."""

from __future__ import annotations

from torch import Tensor

from ..data.sparse import TensorRows
from ._check import address, check, native_name
from .adam import AdamSettings
from .native import native
from .pairs import PairPasses, Tables, group_addresses, group_batch
from .rows import RowAdam


class PairTraining:
    """Forward as PairPasses; `step` takes the gradient of x and moves the four tables, in place, as dense Adam would.

    On the processor the gradient of a row is used where it is made, and never stored. Raises TypeError, ValueError or IndexError
    for what does not fit. Not for two threads at once.
    """

    def __init__(self, tables: Tables, settings: AdamSettings | None = None) -> None:
        tables = tables._replace(**{name: getattr(tables, name).detach() for name in Tables._fields[:4]})
        self.passes, self.settings = PairPasses(tables), settings or AdamSettings()
        self.optimizers = {name: RowAdam(getattr(tables, name), self.settings) for name in Tables._fields[:4]}

    def forward(
        self, users: Tensor, positives: Tensor, negatives: Tensor, user_rows: TensorRows | None = None, shift: Tensor | None = None
    ) -> Tensor:
        """x [2B, d + k]; see PairPasses.forward. The rows that it reads catch up first: dense Adam has moved them by now."""
        tables, batch = self.passes.prepare(users, positives, negatives, user_rows, shift)
        self.groups = group_batch(tables, batch, self.passes.entries)
        for optimizer, group in zip(self.optimizers.values(), self.groups.values(), strict=True):
            optimizer.catch_up(group.rows)
        return self.passes.run(tables, batch)

    def step(self, grad_x: Tensor) -> None:
        """One step of Adam on all tables, from the gradient [2B, d + k] of the last forward's x."""
        if grad_x.is_cuda:
            found = self.passes.backward(grad_x, self.groups)
            for optimizer, gradient in zip(self.optimizers.values(), found[:4], strict=True):
                optimizer.step(gradient)
            return
        check(grad_x, "grad_x", tuple(self.passes.x.shape), like=self.passes.x)
        addresses, groups = self.passes.last[2], self.groups
        scratch = {"grad_users": (len(groups["users"].rows), addresses["d"]), "grad_z": (3 * addresses["b"], addresses["k"])}
        moments: dict[str, int] = {}
        for name, optimizer in self.optimizers.items():
            optimizer.steps += 1
            moments |= {f"{name}_{part}": getattr(optimizer, part).data_ptr() for part in ("m", "v", "last_step")}
        getattr(native(), native_name("pair_training", grad_x))(
            **addresses,
            **group_addresses(groups),
            **{name: self.passes.buffer(name, shape).data_ptr() for name, shape in scratch.items()},
            **moments,
            **self.settings._asdict(),
            grad_x=address(grad_x),
            grad_items=0,
            grad_user_map=0,
            grad_item_map=0,
            step=self.optimizers["user_table"].steps,
        )

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
