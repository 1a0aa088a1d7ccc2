"""One training step with native operators, for networks that declare a form. The same steps as TorchEngine's, up to rounding."""

from __future__ import annotations

import torch
from torch import Tensor

from ..data.sparse import TensorRows
from ..ops import AdamSettings, HeadGradients, HeadPasses, RowAdam
from ..ops.adam_rows import AddUp
from ..ops.adam_tables import Moves
from ..ops.bpr_loss import run_bpr_loss
from ..ops.dropout import Drawn, dropout_seed
from .config import NetworkConfig
from .forms import Form, Replayable
from .objective import Objective, Term, unread
from .optimizers import load_states, states
from .product_replay import Head


class FusedEngine:
    """Dropout, head and loss, the same for every form; what goes into the head is the form's (forms.py). All terms of a batch go
    through the network at once, and the result is dense Adam's."""

    def __init__(self, form: Form, user_rows: TensorRows, item_rows: TensorRows, config: NetworkConfig) -> None:
        self.form, self.inputs = form, form.inputs(user_rows, item_rows, config)
        settings = AdamSettings(lr=config.learning_rate)
        parameters = {"W1": form.W1, "b1": form.b1, "w2": form.w2, "b2": form.b2}
        self.head = HeadPasses(*parameters.values())
        self.of_head = {name: RowAdam(_as_rows(p), settings) for name, p in parameters.items()}
        self._weights = _Weights(form.b2)
        head, inputs = Head(form.W1, form.b1, form.w2, form.b2, self.of_head, form.dropout), self.inputs
        self.replayed = inputs.replayed(head) if isinstance(inputs, Replayable) else None

    def step(self, batch: Term, objective: Objective, generator: torch.Generator) -> float | Tensor:
        """Forward, loss, backward and Adam for all terms."""
        terms = list(objective.terms(batch, lambda: self._user_gradient(batch)))
        if any(term.within is not None for term in terms):
            raise TypeError("a term with a context of its own (Term.within) wants a network of its own, and TorchEngine")
        if self.replayed is not None and self.replayed.takes(terms):
            return self.replayed.step(terms[0], generator)
        seeds = [dropout_seed(generator) for _ in terms] if self.form.dropout else []
        drawn = Drawn(self.form.dropout, seeds, [len(t.users) for t in terms]) if seeds else None
        loss, slopes = run_bpr_loss(self._forward(terms, drawn), weight=self._weights.of(terms))
        found = self.head.backward(slopes)
        penalty = self.inputs.step(found.x, slopes, terms, batch, self._of_head(found))
        return unread(loss if isinstance(penalty, float) and not penalty else loss + penalty)

    def _forward(self, terms: list[Term], drawn: Drawn | None) -> Tensor:
        """Scores [2n] of the preferred items of all terms, then of the others; dropout is drawn term by term, as TorchEngine draws
        it."""
        x, beside = self.inputs.forward(terms)
        scores = self.head.forward(x, drawn)
        return scores if beside is None else scores.add_(beside)

    def _of_head(self, found: HeadGradients) -> Moves:
        return [(optimizer, getattr(found, name).view(optimizer.table.shape)) for name, optimizer in self.of_head.items()]

    def _user_gradient(self, batch: Term) -> Tensor:
        """dL/df_u [n, P] of the batch's own triples, without dropout: each row that of its own triple's loss."""
        own = Term(batch.users, batch.preferred, batch.other, on_host=batch.on_host)
        _, slopes = run_bpr_loss(self._forward([own], None))
        return self.inputs.user_gradient(self.head.backward_to_input(slopes), own)

    def flush(self) -> None:
        """Bring the rows at rest to where dense Adam has them."""
        self.inputs.flush()

    def share(self, add_up: AddUp) -> None:
        """See Engine."""
        for optimizer in (*self.inputs.optimizers.values(), *self.of_head.values()):
            optimizer.add_up = add_up

    def state(self) -> dict[str, Tensor]:
        """Moments, last steps and step counts, by name."""
        return self.inputs.state() | states(self.of_head)

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Take back what state() gave."""
        self.inputs.load_state(state)
        load_states(self.of_head, state)


def _as_rows(parameter: Tensor) -> Tensor:
    return parameter.detach() if parameter.dim() == 2 else parameter.detach().view(1, -1)


class _Weights:
    """What makes the mean over all examples the sum over terms of weight * mean over the term; made anew where terms are of other
    sizes or weights than the last ones."""

    def __init__(self, like: Tensor) -> None:
        self.like = like
        self._made: tuple[list[tuple[int, float]], Tensor | None] = [], None

    def of(self, terms: list[Term]) -> Tensor | None:
        """[n]; none where it is the mean."""
        if len(terms) == 1 and terms[0].weight == 1.0:
            return None
        wanted = [(len(t.users), t.weight) for t in terms]
        if wanted != self._made[0]:
            n = sum(size for size, _ in wanted)
            parts = [self.like.new_full((size,), weight * n / max(1, size)) for size, weight in wanted]
            self._made = wanted, torch.cat(parts)
        return self._made[1]
