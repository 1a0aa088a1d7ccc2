"""What the form of eq. (5) puts into the head on a GPU, for numbers that the program drew itself (Term.on_host)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..data.sparse import SparseRows, TensorRows
from ..ops import PairTraining
from ..ops.groups import RowGroups
from ..ops.pair_features import Batch, group_batch
from .objective import OnHost, Term


class GroupedAhead:
    """The forward pass of ProductInputs without a wait: which examples share a row is found on the host, where the numbers were
    drawn, and goes to the device with them in one copy; numbers that the program drew itself are not looked at.

    Sparse rows of a term (Term.user_rows) are put below the model's own once, for as long as the term brings the same.
    """

    def __init__(self, pairs: PairTraining, user_rows: TensorRows) -> None:
        self.pairs, self.user_rows = pairs, user_rows
        self.items_on_host = pairs.passes.tables.item_rows.tensors("cpu")
        self._known: list[TensorRows] = []
        self._caught_up: tuple[int, list[OnHost | None]] = 0, []  # terms whose rows have caught up after so many steps
        self._stack([])

    def forward(self, terms: list[Term], shift: Tensor | None) -> Tensor:
        """x [2n, d + k] for terms that all have on_host."""
        numbers = self._numbers(terms)
        tables = self.pairs.passes.tables._replace(user_rows=self.stacked)
        on_host = tables._replace(user_rows=self.stacked_on_host, item_rows=self.items_on_host)
        groups = group_batch(on_host, numbers, self.pairs.passes.entries)
        for name, side in (("user_features", tables.user_map), ("item_features", tables.item_map)):
            if name.replace("features", "map") in self.pairs.whole:
                groups[name] = _every_row(groups[name], len(side))
        there, groups = _sent(numbers, groups, self.user_rows.values.device)
        return self.pairs.forward_grouped(tables, there._replace(shift=shift), groups, self._have_caught_up(terms))

    def _have_caught_up(self, terms: list[Term]) -> bool:
        """Whether an earlier forward of this step has read the rows of all of these terms; from now on one has."""
        steps, known = self._caught_up
        now = self.pairs.optimizers["user_table"].steps
        known = known if steps == now else []
        before = all(t.user_rows is None and any(t.on_host is one for one in known) for t in terms)
        self._caught_up = now, [*known, *(t.on_host for t in terms if t.user_rows is None)]
        return before

    def _numbers(self, terms: list[Term]) -> Batch:
        """users, preferred, other, and the row of `stacked` that is each example's f_u; [n] on the host."""
        own = [t.user_rows for t in terms if t.user_rows is not None]
        if len(own) != len(self._known) or any(a is not b for a, b in zip(own, self._known, strict=True)):
            self._stack(own)
        begin, rows, parts = self.user_rows.n_rows, list[Tensor](), list[OnHost]()
        for term in terms:
            assert term.on_host is not None
            parts.append(term.on_host)
            rows.append(_row_index(term, begin))
            begin += 0 if term.user_rows is None else term.user_rows.n_rows
        users, preferred, other = (torch.cat([part[column] for part in parts]) for column in range(3))  # type: ignore[misc]
        return Batch(users, preferred, other, torch.cat(rows), None)

    def _stack(self, own: list[TensorRows]) -> None:
        """Waits for the device, where terms bring rows that they did not bring before."""
        self._known = own
        self.stacked = SparseRows.stacked([self.user_rows, *own]) if own else self.user_rows
        self.stacked_on_host = self.stacked.tensors("cpu")


def _every_row(groups: RowGroups, n: int) -> RowGroups:
    """The same with a group for each of n rows, most of them empty: their sums are a whole table's."""
    starts = torch.zeros(n + 1, dtype=torch.int64).index_put_((groups.rows + 1,), groups.starts.diff()).cumsum(0)
    return groups._replace(rows=torch.arange(n), starts=starts)


def _row_index(term: Term, begin: int) -> Tensor:
    """Of each example of a term, whose own rows are stacked from `begin` on; [n] on the host."""
    assert term.on_host is not None
    if term.user_rows is None:
        return term.on_host.users
    at = term.on_host.row_index
    return begin + (torch.arange(len(term.users)) if at is None else at)


def _sent(batch: Batch, groups: dict[str, RowGroups], device: torch.device) -> tuple[Batch, dict[str, RowGroups]]:
    """The same there. One copy for whole numbers, one for the entries' values, out of memory that the device reads by itself."""
    numbers = batch[:4]
    whole = [*numbers, *(part for group in groups.values() for part in group[:3])]
    real = [group.weights for group in groups.values() if group.weights is not None]
    there, values = iter(_sent_together(whole, device)), iter(_sent_together(real, device))
    first = Batch(next(there), next(there), next(there), next(there), None)
    return first, {
        name: RowGroups(next(there), next(there), next(there), None if group.weights is None else next(values))
        for name, group in groups.items()
    }


def _sent_together(parts: list[Tensor], device: torch.device) -> Any:
    whole = torch.cat(parts)
    there = (whole.pin_memory() if device.type == "cuda" else whole).to(device, non_blocking=True)
    return torch.split(there, [len(part) for part in parts])
