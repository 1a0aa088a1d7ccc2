"""Forms of networks that native steps are written for, and how a network declares that it has one: by a method, not by its class.

A form holds the network's own parameters and says three things: what it puts into the head in training (HeadInputs), what scores
are when the encodings of all users and items are at hand, and which method declares it.
"""

from __future__ import annotations

from typing import ClassVar, Protocol, cast, runtime_checkable

from torch import Tensor, nn

from ..data.sparse import TensorRows
from ..ops import RowAdam
from ..ops.adam_tables import Moves
from .config import NetworkConfig
from .lifted import Lifted
from .objective import Term
from .product_replay import Head, ReplayedSteps
from .user_side import UserSide

DECLARATIONS = ("feature_product", "attended_product", "joined_embeddings")
MEANS = ("encode_users", "encode_items", "decode")  # what a declaration speaks about


class HeadInputs(Protocol):
    """What a form puts into the head for the terms of a batch, and the way back into the parameters beside the head's.

    optimizers: of those, by name.
    """

    optimizers: dict[str, RowAdam]

    def forward(self, terms: list[Term]) -> tuple[Tensor, Tensor | None]:
        """x [2n, n_in] of the preferred items of all terms, then of the others; and what is added to the head's scores [2n], or
        None. Rows that are read catch up first."""

    def step(self, grad_x: Tensor, slopes: Tensor, terms: list[Term], batch: Term, beside: Moves) -> Tensor | float:
        """One step of Adam from the gradient of the last forward's x and of its scores [2n], and on what else moves in it (the
        head's parameters); the penalty of weight decay."""

    def user_gradient(self, grad_x: Tensor, batch: Term) -> Tensor:
        """dL/df_u [n, P] of the batch, the last forward's only term: each row that of its own triple."""

    def flush(self) -> None:
        """Bring every row to where dense Adam has it."""

    def state(self) -> dict[str, Tensor]:
        """Moments, last steps and step counts, by name."""

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Take back what state() gave."""


@runtime_checkable
class Replayable(Protocol):
    """HeadInputs may have this as well."""

    def replayed(self, head: Head) -> ReplayedSteps | None:
        """Plain steps that a GPU is told once, for this head; None where there are none such."""


class CatalogueScores(Protocol):
    """Scores of users with every item."""

    def scores(self, users: Tensor, latents: Tensor) -> Tensor:
        """[n, I] for users [n] and their encodings [n, k]."""


class Lifts(Protocol):
    """How far changes of users' features lift items."""

    def most(self, change: TensorRows) -> Lifted | None:
        """Upper bounds [n, I] for changes [n, P]; None where they are as dear as scores."""


class Form(Protocol):
    """score = w2 . relu(W1 x + b1) + b2 (+ what the form adds), with dropout on x in training. Parameters are not copies.

    reads_features: whether f_u and f_i have a part in it.
    """

    reads_features: ClassVar[bool]
    W1: Tensor
    b1: Tensor
    w2: Tensor
    b2: Tensor
    dropout: float

    def inputs(self, user_rows: TensorRows, item_rows: TensorRows, config: NetworkConfig) -> HeadInputs:
        """What goes into the head in training."""

    def encodings(self) -> tuple[Tensor, Tensor] | None:
        """What scores are made of instead of what the network's encoders give: of all users [U, k] and all items [I, k]; None where
        it is that."""

    def known_scores(self, users: Tensor, items: Tensor, user_latents: Tensor, item_latents: Tensor) -> Tensor:
        """Scores [n] in evaluation mode, from the encodings of all users [U, k] and all items [I, k]; no autograd."""

    def changed_scores(
        self, users: Tensor, items: Tensor, user_latent: Tensor, item_latents: Tensor, owners: Tensor | None = None
    ) -> Tensor:
        """The same for other user features: user_latent [n, k] is of these users [n] themselves; owners [m]: which of them each of
        items [m] is asked of, where that is not its own. Asked of forms that read features."""

    def catalogue(self, item_latents: Tensor) -> CatalogueScores:
        """Scores of users with every item, from the encodings of all items [I, k]."""

    def lifts(self, item_latents: Tensor) -> Lifts | None:
        """How far items can be lifted, from the encodings of all items [I, k]; None where nothing is known of that."""

    def user_side(self, users: Tensor, items: Tensor, item_latent: Tensor) -> UserSide | None:
        """The score as a function of f_u, for pairs [n] with the encodings of their items [n, k]; None where it is not linear."""


def declared(network: nn.Module) -> Form | None:
    """The form of a network whose class has one of the methods of DECLARATIONS; None for others, and where a subclass of the class
    that declares computes anything in another way (overrides encode_users, encode_items or decode)."""
    cls = type(network)
    for name in DECLARATIONS:
        owner = _definer(cls, name)
        if owner is not None:
            definers = [_definer(cls, part) for part in MEANS]
            otherwise = any(found is not None and found is not owner and issubclass(found, owner) for found in definers)
            return None if otherwise else cast(Form, getattr(network, name)())
    return None


def _definer(cls: type, name: str) -> type | None:
    return next((one for one in cls.__mro__ if name in vars(one)), None)
