"""One training step of the additive form with native operators: gathers and scatters, no product of matrices and no head."""

from __future__ import annotations

import torch
from torch import Tensor

from ..data.sparse import SparseRows, TensorRows
from ..ops import AdamSettings, PairTraining, RowAdam, RowGradients, Tables
from ..ops.adam_rows import AddUp
from ..ops.add_at import add_at
from ..ops.bpr_loss import run_bpr_loss
from ..ops.groups import group_rows
from ..ops.matched_products import Matched, run_matched_products, run_matched_slopes
from .additive import AdditiveNetwork
from .objective import Objective, Term
from .residual_training import ResidualEngine
from .without_own import WithoutOwn


class AdditiveEngine:
    """Steps of BPR on triples (u, i, j), each scored by who u was without the pair (u, i); see WithoutOwn. Of a table only the rows
    that a batch names are read and written; the result is dense Adam's. A bias that asks for no gradient stays. TypeError for
    objectives of more than plain BPR."""

    def __init__(self, network: AdditiveNetwork, without: WithoutOwn, learning_rate: float) -> None:
        settings = AdamSettings(lr=learning_rate)
        self.without, self.item_words = without, without.sides.item_words
        taken, given, self.bias, self.weights = (
            parameter.detach() for parameter in (network.taken, network.given, network.bias, network.weights)
        )
        self.pairs = PairTraining(_tables(taken, given, without.sides.user_history), settings)
        self.of_bias = RowAdam(self.bias.view(-1, 1), settings) if network.bias.requires_grad else None
        self.of_weights = RowAdam(self.weights.view(1, -1), settings)
        more = network.residual
        self.residual = None if more is None else ResidualEngine(more, learning_rate)

    def step(self, batch: Term, objective: Objective, generator: torch.Generator) -> float:
        """Forward, loss, backward and Adam."""
        (term,) = objective.terms(batch, _no_gradient)
        if term.user_rows is not None or term.delta is not None or term.within is not None or term.weight != 1:
            raise TypeError("the additive form is trained on plain BPR alone")
        users, positives, negatives = term.users, term.preferred, term.other
        items = torch.cat([positives, negatives])
        touched = group_rows(items, len(self.bias))
        if self.of_bias is not None:
            self.of_bias.catch_up(touched.rows)
        past = self.without.history(users, positives)
        x = self.pairs.forward(users, positives, negatives, past)
        words = self._words(users, positives, negatives)
        scores = x.sum(dim=1).add_(self.bias[items])
        n = len(users)
        for part, of in ((slice(n), words[0]), (slice(n, None), words[1])):
            scores[part] += run_matched_products(of, self.weights)
        sums = scores if self.residual is None else scores.clone()
        loss, slopes = run_bpr_loss(scores)
        self.pairs.step(slopes[:, None].expand_as(x).contiguous())
        if self.of_bias is not None:
            of_items = add_at(torch.zeros_like(self.bias), items, slopes)[touched.rows]
            self.of_bias.step(RowGradients(touched.rows, of_items[:, None]))
        gradient = run_matched_slopes(words[0], slopes[:n].contiguous(), len(self.weights))
        gradient += run_matched_slopes(words[1], slopes[n:].contiguous(), len(self.weights))
        self.of_weights.step(gradient.view(1, -1))
        if self.residual is not None:
            item_words = words[0].two, self.item_words.select(negatives)
            loss = self.residual.step(sums, (words[0].one, past), item_words, items, generator)
        return float(loss)

    def _words(self, users: Tensor, positives: Tensor, negatives: Tensor) -> tuple[Matched, Matched]:
        """What is multiplied word by word: users without their pair, with the preferred items without it, and with the others."""
        each, mine = torch.arange(len(users), device=users.device), self.without.users(users, positives)
        return Matched(mine, self.without.items(users, positives), each, each), Matched(mine, self.item_words, each, negatives)

    def flush(self) -> None:
        """Bring the rows at rest to where dense Adam has them."""
        self.pairs.flush()
        if self.of_bias is not None:
            self.of_bias.flush()

    def share(self, add_up: AddUp) -> None:
        """See Engine."""
        for optimizer in (*self.pairs.optimizers.values(), *self._single().values()):
            optimizer.add_up = add_up
        if self.residual is not None:
            self.residual.share(add_up)

    def _single(self) -> dict[str, RowAdam]:
        """Of b, where it is learned, and of a."""
        return {"weights": self.of_weights} if self.of_bias is None else {"bias": self.of_bias, "weights": self.of_weights}

    def state(self) -> dict[str, Tensor]:
        """Moments, last steps and step counts, by name."""
        kept = {f"pairs.{name}": value for name, value in self.pairs.state().items()}
        for name, one in self._single().items():
            kept |= {f"{name}.{key}": value for key, value in one.state().items()}
        more = {} if self.residual is None else self.residual.state()
        return kept | {f"residual.{name}": value for name, value in more.items()}

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Take back what state() gave."""
        self.pairs.load_state({name.removeprefix("pairs."): v for name, v in state.items() if name.startswith("pairs.")})
        for name, one in self._single().items():
            one.load_state({key: state[f"{name}.{key}"] for key in ("m", "v", "last_step", "steps")})
        if self.residual is not None:
            start = "residual."
            self.residual.load_state({name.removeprefix(start): v for name, v in state.items() if name.startswith(start)})


def _tables(taken: Tensor, given: Tensor, history: TensorRows) -> Tables:
    """The history's product in the form of pair_features: no identities, E_u = D over the items liked, E_i = Q over the
    item itself."""
    n_items = len(taken)
    each = torch.arange(n_items + 1, device=taken.device)
    own = SparseRows(
        each, each[:-1], torch.ones_like(taken[:, :1]).view(-1) if taken.shape[1] else taken.new_ones(n_items), n_items
    )
    return Tables(taken.new_zeros(history.n_rows, 0), taken.new_zeros(n_items, 0), taken, given, history, own)


def _no_gradient() -> Tensor:
    raise TypeError("the additive form is trained on plain BPR alone")
