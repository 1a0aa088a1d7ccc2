"""What the form of equations (2) to (4) puts into the head, by native operators; TorchEngine's steps, up to rounding.

A row of a table that several pairs of a batch share is encoded once. Under attention over all features three products of
[rows, P] by [P, d] remain, and every word is written at every step; otherwise nothing is as wide as P.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..data.sparse import SparseRows, TensorRows
from ..ops import AdamSettings, RowAdam, RowGradients, matrix_product
from ..ops.adam_tables import Moves, step_tables
from ..ops.attention import Attended, run_attention, run_attention_backward
from ..ops.group_sums import Added, run_group_sums
from ..ops.groups import group_places, group_rows
from ..ops.head import Encoded, run_pair_products
from ..ops.native import check_range
from ..ops.select_rows import run_select_rows
from .attended_encodings import SIDES, AttendedTables, Encodings, by_row, filled_up, sparse_rows
from .objective import Term
from .optimizers import load_states, states
from .product_training import add_decay, triples
from .spread import Room, Spread

if TYPE_CHECKING:
    from .config import NetworkConfig


class AttendedInputs:
    """(e_u * e_i) concat (z_u * z_i), see HeadInputs. Terms with user features of their own are encoded example by example; a dense
    change of f_u makes their rows dense."""

    def __init__(
        self, tables: AttendedTables, mentioned_only: bool, user_rows: TensorRows, item_rows: TensorRows, config: NetworkConfig
    ) -> None:
        tables = AttendedTables(*(table.detach() for table in tables))
        tables.check(user_rows, item_rows)
        self.tables, self.mentioned_only = tables._asdict(), mentioned_only
        self.rows, self.decay = (user_rows, item_rows), config.weight_decay
        self.all_rows = SparseRows.stacked(self.rows)  # one selection for both sides
        settings = AdamSettings(lr=config.learning_rate)
        self.optimizers = {name: RowAdam(table, settings) for name, table in self.tables.items()}
        self.most_entries = 1024  # of the rows of a batch
        self.spread, self._room = Spread(tables.words), Room(tables.words)

    def forward(self, terms: list[Term]) -> tuple[Tensor, None]:
        """x [2n, 2d]; nothing is added to the scores."""
        users, preferred, other = triples(terms)
        items = torch.cat([preferred, other])
        for side, (name, indices) in enumerate((("users", users), ("items", items))):
            check_range(indices, name, self.rows[side].n_rows)
        own = None if all(t.user_rows is None and t.delta is None for t in terms) else self._own_rows(terms)
        sides = self._read(0, torch.cat([users, users]), own is None), self._read(1, items, True)
        if own is None:
            chosen = torch.cat([sides[0].indices, sides[1].indices + self.rows[0].n_rows])
            rows, self.of_entries = run_select_rows(self.all_rows, chosen, self.most_entries)
            self.most_entries = max(self.most_entries, len(self.of_entries))
        else:
            rows = SparseRows.stacked([own, self.rows[1].select(sides[1].indices)])
            self.of_entries = rows.row_indices()
        self._attend(sides, rows)
        d, (of_users, of_items) = self.tables["words"].shape[1], self.sides
        x = self._room.of(len(items), 2 * d)
        run_pair_products(Encoded(of_users.e, of_items.e, *self.z), of_users.places, of_items.places, x)
        return x, None

    def _own_rows(self, terms: list[Term]) -> TensorRows:
        """f_u of each example."""
        parts = []
        for term in terms:
            own = term.own_rows()
            rows = self.rows[0].select(term.users) if own is None else own
            parts.append(rows if term.delta is None else sparse_rows(rows.dense(len(self.tables["words"])) + term.delta))
        return SparseRows.stacked(parts)

    def _read(self, side: int, of_pairs: Tensor, distinct: bool) -> Encodings:
        """What pairs [2n] read of one side, z not yet: each row once, or one for each example. The table's rows catch up first."""
        table, n = self.optimizers[SIDES[side][0]], len(of_pairs) // 2
        if distinct:
            own = group_rows(of_pairs, len(table.table))
            table.catch_up(own.rows)
            found, groups = group_places(own), filled_up(own)
            return Encodings(groups.rows, len(own.rows), groups, found, table.table.index_select(0, groups.rows))
        found, indices = torch.arange(n, device=of_pairs.device).repeat(2), of_pairs[:n].contiguous()
        table.catch_up(torch.unique(indices))
        return Encodings(indices, None, group_rows(found, n), found, table.table.index_select(0, indices))

    def _attend(self, sides: tuple[Encodings, Encodings], rows: TensorRows) -> None:
        """z of both sides at once."""
        words = self.tables["words"]
        self.entries = group_rows(rows.indices, len(words))
        if self.mentioned_only:
            self.optimizers["words"].catch_up(self.entries.rows)
        else:
            self.optimizers["words"].flush()
        queries = torch.cat([matrix_product(side.e, self.tables[name]) for side, (_, name) in zip(sides, SIDES, strict=True)])
        spread = None if self.mentioned_only else self.spread.forward(queries, words)
        self.attended = Attended(queries, words, rows, spread)
        self.shares, z = run_attention(self.attended)
        self.sides = sides
        self.z = self._of_sides(z)

    def _of_sides(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        of_users, of_items = torch.split(rows, [len(side.indices) for side in self.sides])
        return of_users, of_items

    def step(self, grad_x: Tensor, slopes: Tensor, terms: list[Term], batch: Term, beside: Moves) -> Tensor | float:
        """Adam on embeddings, words and both matrices of attention; the penalty of weight decay."""
        d, (users, items) = self.tables["words"].shape[1], self.sides
        to_z = torch.empty_like(self.attended.queries)
        self._to_sides(grad_x[:, d:], self.z, self._of_sides(to_z))
        to_queries, to_words = self._backward(to_z)
        gradients: dict[str, RowGradients | Tensor] = {"words": to_words}
        to_e = torch.empty_like(users.e), torch.empty_like(items.e)
        self._to_sides(grad_x[:, :d], (users.e, items.e), to_e)
        for (table, matrix), side, part, more in zip(SIDES, self.sides, self._of_sides(to_queries), to_e, strict=True):
            gradients[matrix] = matrix_product(side.e.t(), part)
            gradients[table] = by_row(side, matrix_product(part, self.tables[matrix].t(), more), self.tables[table])
        penalty = self._add_decay(gradients, batch) if self.decay else 0.0
        step_tables([*((one, gradients[name]) for name, one in self.optimizers.items()), *beside])
        return penalty

    def _to_sides(self, grad: Tensor, factors: tuple[Tensor, Tensor], out: tuple[Tensor, Tensor]) -> None:
        """From grad [2n, d] of products of a row of each side, factors [s, d], the gradients of both sides' rows."""
        (users, items), (of_users, of_items), (to_users, to_items) = self.sides, factors, out
        run_group_sums(Added(grad, None, of_items, items.places), users.groups, to_users)
        run_group_sums(Added(grad, None, of_users, users.places), items.groups, to_items)

    def _backward(self, to_z: Tensor) -> tuple[Tensor, RowGradients | Tensor]:
        """Gradients of queries [s, d] and words: by row, or whole where every word has a share of every row."""
        queries, words, rows, spread = self.attended
        found = run_attention_backward(self.attended, self.shares, to_z, self.entries, self.of_entries)
        to_words = RowGradients(self.entries.rows, found.words)
        if spread is None:
            return found.queries, to_words
        return found.queries, self.spread.backward(queries, words, found, to_words.dense(words))

    def _add_decay(self, gradients: dict[str, RowGradients | Tensor], batch: Term) -> Tensor:
        of_users, of_items = (gradients[name] for name, _ in SIDES)
        assert isinstance(of_users, RowGradients)
        assert isinstance(of_items, RowGradients)
        return add_decay(of_users, self.tables[SIDES[0][0]], of_items, self.tables[SIDES[1][0]], batch, self.decay)

    def user_gradient(self, grad_x: Tensor, batch: Term) -> Tensor:
        """dL/df_u [n, P]: the attention of a feature times w_k . dL/dz_u; times n, since the loss is a mean."""
        (P, d), n, (users, items) = self.tables["words"].shape, len(batch.users), self.sides
        self.optimizers["words"].flush()
        pulls = grad_x[:, d:] * self.z[1][items.places]
        shares = self.attended.spread
        if shares is None:
            offsets, indices, _ = self.attended.rows
            shares = SparseRows(offsets, indices, self.shares).dense(P)
        whole: Tensor = matrix_product((pulls[:n] + pulls[n:]) * n, self.tables["words"].t())
        return whole * shares[users.places[:n]]

    def flush(self) -> None:
        """Bring the rows at rest to where dense Adam has them."""
        for optimizer in self.optimizers.values():
            optimizer.flush()

    def state(self) -> dict[str, Tensor]:
        """Moments, last steps and step counts, by name."""
        return states(self.optimizers)

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Take back what state() gave."""
        load_states(self.optimizers, state)
