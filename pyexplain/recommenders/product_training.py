"""What the form of eq. (5) puts into the head, by native operators; the same steps as TorchEngine's, up to rounding."""

from __future__ import annotations

from itertools import accumulate

import torch
from torch import Tensor

from ..data.sparse import SparseRows, TensorRows
from ..ops import PairGradients, PairTraining, RowGradients, matrix_product
from ..ops.adam_tables import Moves, step_tables
from ..ops.pair_features import none_of
from .objective import Term
from .product_ahead import GroupedAhead
from .product_replay import Head, ReplayedSteps


class ProductInputs:
    """(e_u * e_i) concat (E_u f_u * E_i f_i), see HeadInputs. Features stay sparse, and of a table only the rows that a batch names
    are read and written.

    A dense change of f_u (Term.delta) costs three products of [n, P] by [P, d], and makes the gradient of E_u dense.
    """

    def __init__(self, pairs: PairTraining, user_rows: TensorRows, decay: float) -> None:
        self.pairs, self.user_rows, self.decay = pairs, user_rows, decay
        self.optimizers = pairs.optimizers
        self._shifts: tuple[list[tuple[int, bool]], Tensor | None] = [], None
        self.ahead: GroupedAhead | None = None

    def forward(self, terms: list[Term]) -> tuple[Tensor, None]:
        """x [2n, d + k]; nothing is added to the scores."""
        shift = self._shift(terms)
        if all(term.on_host is not None for term in terms):
            self.ahead = self.ahead or GroupedAhead(self.pairs, self.user_rows)
            return self.ahead.forward(terms, shift), None
        return self.pairs.forward(*triples(terms), rows_of(terms, self.user_rows), shift), None

    def replayed(self, head: Head) -> ReplayedSteps | None:
        """On a GPU, without weight decay."""
        on_gpu = self.user_rows.values.device.type == "cuda"
        return ReplayedSteps(self.pairs, head) if on_gpu and not self.decay else None

    def _shift(self, terms: list[Term]) -> Tensor | None:
        """delta @ E_u for the terms that have one, else 0, [n, d]; in memory whose zeros are kept."""
        if all(term.delta is None for term in terms):
            return None
        weight, wanted = self._whole_user_map(), [(len(t.users), t.delta is not None) for t in terms]
        if wanted != self._shifts[0]:
            self._shifts = wanted, weight.new_zeros(sum(size for size, _ in wanted), weight.shape[1])
        shift = self._shifts[1]
        assert shift is not None
        for part, term in zip(torch.split(shift, [size for size, _ in wanted]), terms, strict=True):
            if term.delta is not None:
                matrix_product(term.delta, weight, out=part)
        return shift

    def _whole_user_map(self) -> Tensor:
        """E_u [P, d], every row of it up to date; from now on the next forward sees to that."""
        self.pairs.whole.add("user_map")
        self.pairs.optimizers["user_map"].flush()
        return self.pairs.passes.tables.user_map

    def step(self, grad_x: Tensor, slopes: Tensor, terms: list[Term], batch: Term, beside: Moves) -> Tensor | float:
        """Adam on the four tables; the penalty of weight decay. What adds to the gradients of pair_features takes the way through
        stored gradients."""
        if not self.decay and all(term.delta is None for term in terms):
            self.pairs.step(grad_x, beside)
            return 0.0
        found = self.pairs.passes.backward(grad_x, self.pairs.groups)
        penalty = self._add_decay(found, batch) if self.decay else 0.0
        gradients: dict[str, RowGradients | Tensor] = {name: getattr(found, name) for name in self.pairs.optimizers}
        if any(term.delta is not None for term in terms):
            gradients["user_map"] = self._add_deltas(found, terms)
        step_tables([*((self.optimizers[name], gradient) for name, gradient in gradients.items()), *beside])
        return penalty

    def _add_decay(self, found: PairGradients, batch: Term) -> Tensor:
        tables = self.pairs.passes.tables
        return add_decay(found.user_table, tables.user_table, found.item_table, tables.item_table, batch, self.decay)

    def _add_deltas(self, found: PairGradients, terms: list[Term]) -> Tensor:
        """The gradient of E_u [P, d] with what reaches it through the changes: delta' @ grad z_u."""
        whole = found.user_map.dense(self.pairs.passes.tables.user_map)
        ends = list(accumulate(len(t.users) for t in terms))
        for end, term in zip(ends, terms, strict=True):
            if term.delta is not None:
                whole = matrix_product(term.delta.t(), found.user_latent[end - len(term.users) : end], whole)
        return whole

    def user_gradient(self, grad_x: Tensor, batch: Term) -> Tensor:
        """dL/df_u [n, P]; times n, since the loss is a mean."""
        found = self.pairs.passes.backward(grad_x, none_of(self.pairs.groups))
        gradient: Tensor = matrix_product(found.user_latent, self._whole_user_map().t(), times=len(batch.users))
        return gradient

    def flush(self) -> None:
        """Bring the rows at rest to where dense Adam has them."""
        self.pairs.flush()

    def state(self) -> dict[str, Tensor]:
        """Moments, last steps and step counts, by name."""
        return self.pairs.state()

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Take back what state() gave."""
        self.pairs.load_state(state)


def triples(terms: list[Term]) -> tuple[Tensor, Tensor, Tensor]:
    """users, preferred and other [n] of all terms."""
    return (
        torch.cat([t.users for t in terms]),
        torch.cat([t.preferred for t in terms]),
        torch.cat([t.other for t in terms]),
    )


def rows_of(terms: list[Term], user_rows: TensorRows) -> TensorRows | None:
    """f_u of every example, or none where all are their users' own."""
    if all(term.user_rows is None for term in terms):
        return None
    own = [(t, t.own_rows()) for t in terms]
    return SparseRows.stacked([user_rows.select(t.users) if rows is None else rows for t, rows in own])


def add_decay(
    users: RowGradients, user_table: Tensor, items: RowGradients, item_table: Tensor, batch: Term, decay: float
) -> Tensor:
    """Half the squared length of the batch's embedding rows, a mean over its triples, times decay; its gradient is added to those
    given."""
    each, penalty = decay / len(batch.users), user_table.new_zeros(())
    both = torch.cat([batch.preferred, batch.other])
    for gradient, table, indices in ((users, user_table, batch.users), (items, item_table, both)):
        counts = torch.bincount(torch.searchsorted(gradient.rows, indices), minlength=len(gradient.rows))[:, None]
        rows = table[gradient.rows]
        penalty += (counts * rows.square()).sum() * (each / 2)
        gradient.values.add_(rows * counts, alpha=each)
    return penalty
