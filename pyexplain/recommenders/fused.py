"""One training step with native operators, for networks of the form of eq. (5). The same steps as TorchEngine's, up to rounding."""

from __future__ import annotations

from itertools import accumulate

import torch
from torch import Tensor

from ..data.sparse import SparseRows, TensorRows
from ..ops import (
    AdamSettings,
    HeadGradients,
    HeadPasses,
    PairGradients,
    PairTraining,
    RowAdam,
    RowGradients,
    Tables,
    matrix_product,
)
from ..ops.bpr_loss import run_bpr_loss
from ..ops.dropout import dropout_seed, run_dropout
from .config import TrainingConfig
from .feature_product import FeatureProduct
from .objective import Objective, Term


class FusedEngine:
    """Features stay sparse, and of a table only the rows that a batch names are read and written; the result is dense Adam's.

    All terms of a batch go through the network at once. A dense change of f_u (Term.delta) costs three products of [n, P] by
    [P, d], and makes the gradient of E_u dense.
    """

    def __init__(
        self,
        form: FeatureProduct,
        user_rows: TensorRows,
        item_rows: TensorRows,
        config: TrainingConfig,
    ) -> None:
        self.form, self.user_rows, self.decay = form, user_rows, config.weight_decay
        settings = AdamSettings(lr=config.learning_rate)
        tables = form.user_embedding, form.item_embedding, form.user_map, form.item_map
        self.pairs = PairTraining(Tables(*tables, user_rows, item_rows), settings)
        parameters = {"W1": form.W1, "b1": form.b1, "w2": form.w2, "b2": form.b2}
        self.head = HeadPasses(*parameters.values())
        self.of_head = {name: RowAdam(_as_rows(p), settings) for name, p in parameters.items()}

    def step(self, batch: Term, objective: Objective, generator: torch.Generator) -> float:
        """Forward, loss, backward and Adam for all terms."""
        terms = list(objective.terms(batch, lambda: self._user_gradient(batch)))
        if any(term.within is not None for term in terms):
            raise TypeError("a term with a context of its own (Term.within) wants a network of its own, and TorchEngine")
        seeds = [dropout_seed(generator) for _ in terms] if self.form.dropout else []
        loss, slopes = run_bpr_loss(self._forward(terms, seeds), weight=_weights(terms, self.form.b2))
        found = self.head.backward(slopes)
        self._drop(found.x, terms, seeds)
        penalty = self._step_tables(found.x, terms, batch)
        self._step_head(found)
        return float(loss + penalty)

    def _forward(self, terms: list[Term], seeds: list[int]) -> Tensor:
        """Scores [2n] of the preferred items of all terms, then of the others."""
        shift = self._shift(terms)
        users, preferred, other = (torch.cat([getattr(t, name) for t in terms]) for name in ("users", "preferred", "other"))
        x = self.pairs.forward(users, preferred, other, self._rows(terms), shift)
        self._drop(x, terms, seeds)
        return self.head.forward(x)

    def _drop(self, x: Tensor, terms: list[Term], seeds: list[int]) -> None:
        """Dropout on x [2n, n_in] or on its gradient, drawn term by term as TorchEngine draws it."""
        half, begin = len(x) // 2, 0
        for seed, term in zip(seeds, terms, strict=bool(seeds)):
            n = len(term.users)
            run_dropout(x[begin : begin + n], self.form.dropout, seed)
            run_dropout(x[half + begin : half + begin + n], self.form.dropout, seed, first=n * x.shape[1])
            begin += n

    def _rows(self, terms: list[Term]) -> TensorRows | None:
        """f_u of every example, or none where all are their users' own."""
        if all(term.user_rows is None for term in terms):
            return None
        return SparseRows.stacked([self.user_rows.select(t.users) if t.user_rows is None else t.user_rows for t in terms])

    def _shift(self, terms: list[Term]) -> Tensor | None:
        """delta @ E_u for the terms that have one, [n, d]."""
        if all(term.delta is None for term in terms):
            return None
        weight = self._whole_user_map()
        return torch.cat(
            [weight.new_zeros(len(t.users), weight.shape[1]) if t.delta is None else matrix_product(t.delta, weight) for t in terms]
        )

    def _whole_user_map(self) -> Tensor:
        """E_u [P, d], every row of it up to date."""
        self.pairs.optimizers["user_map"].flush()
        return self.pairs.passes.tables.user_map

    def _step_tables(self, grad_x: Tensor, terms: list[Term], batch: Term) -> Tensor | float:
        """Adam on the four tables; the penalty of weight decay. What adds to the gradients of pair_features takes the way through
        stored gradients."""
        if not self.decay and all(term.delta is None for term in terms):
            self.pairs.step(grad_x)
            return 0.0
        found = self.pairs.passes.backward(grad_x, self.pairs.groups)
        penalty = self._add_decay(found, batch) if self.decay else 0.0
        gradients: dict[str, RowGradients | Tensor] = {name: getattr(found, name) for name in self.pairs.optimizers}
        if any(term.delta is not None for term in terms):
            gradients["user_map"] = self._add_deltas(found, terms)
        for name, gradient in gradients.items():
            self.pairs.optimizers[name].step(gradient)
        return penalty

    def _add_decay(self, found: PairGradients, batch: Term) -> Tensor:
        """Half the squared length of the batch's embedding rows, a mean over its triples, times weight_decay; its gradient is
        added to those found."""
        tables, each = self.pairs.passes.tables, self.decay / len(batch.users)
        items = torch.cat([batch.preferred, batch.other])
        penalty = tables.user_table.new_zeros(())
        for gradient, table, numbers in (
            (found.user_table, tables.user_table, batch.users),
            (found.item_table, tables.item_table, items),
        ):
            counts = torch.bincount(torch.searchsorted(gradient.rows, numbers), minlength=len(gradient.rows))[:, None]
            rows = table[gradient.rows]
            penalty += (counts * rows.square()).sum() * (each / 2)
            gradient.values.add_(rows * counts, alpha=each)
        return penalty

    def _add_deltas(self, found: PairGradients, terms: list[Term]) -> Tensor:
        """The gradient of E_u [P, d] with what reaches it through the changes: delta' @ grad z_u."""
        whole = found.user_map.dense(self.pairs.passes.tables.user_map)
        ends = list(accumulate(len(t.users) for t in terms))
        for end, term in zip(ends, terms, strict=True):
            if term.delta is not None:
                whole = matrix_product(term.delta.t(), found.user_latent[end - len(term.users) : end], whole)
        return whole

    def _step_head(self, found: HeadGradients) -> None:
        for name, optimizer in self.of_head.items():
            optimizer.step(getattr(found, name).view(optimizer.table.shape))

    def _user_gradient(self, batch: Term) -> Tensor:
        """dL/df_u [n, P] of the batch's own triples, without dropout: each row that of its own triple's loss."""
        weight = self._whole_user_map()
        x = self.pairs.forward(batch.users, batch.preferred, batch.other)
        _, slopes = run_bpr_loss(self.head.forward(x))
        found = self.pairs.passes.backward(self.head.backward(slopes).x, self.pairs.groups)
        gradient: Tensor = matrix_product(found.user_latent * len(batch.users), weight.t())
        return gradient

    def flush(self) -> None:
        """Bring the rows at rest to where dense Adam has them."""
        self.pairs.flush()

    def state(self) -> dict[str, Tensor]:
        """Moments, last steps and step counts, by name."""
        kept = self.pairs.state()
        return kept | {f"{name}.{key}": value for name, one in self.of_head.items() for key, value in one.state().items()}

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Take back what state() gave."""
        self.pairs.load_state(state)
        for name, one in self.of_head.items():
            one.load_state({key: state[f"{name}.{key}"] for key in ("m", "v", "last_step", "steps")})


def _as_rows(parameter: Tensor) -> Tensor:
    return parameter.detach() if parameter.dim() == 2 else parameter.detach().view(1, -1)


def _weights(terms: list[Term], like: Tensor) -> Tensor | None:
    """What makes the mean over all examples the sum over terms of weight * mean over the term; none where it is the mean."""
    if len(terms) == 1 and terms[0].weight == 1.0:
        return None
    n = sum(len(t.users) for t in terms)
    parts = [torch.full((len(t.users),), t.weight * n / max(1, len(t.users)), dtype=like.dtype, device=like.device) for t in terms]
    return torch.cat(parts)
