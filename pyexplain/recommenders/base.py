"""The base class of recommenders: they score (user, item) given what users care about and what items are good at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import replace
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from ..data.kinds import WORD
from ..data.sparse import TensorRows
from ..data.types import Dataset
from ..errors import UsageError
from ..given import gives
from .config import Config as BaseConfig
from .config import NetworkConfig
from .lifted import Lifted
from .model import NetworkModel
from .objective import Objective
from .options import RunOptions
from .size import within_memory
from .user_side import UserSide

Int = npt.NDArray[np.int64]

SCORES, GRADIENTS, ATTENTION, LINEAR_USER_SIDE = "scores", "gradients", "attention", "linear-user-side"
SENTENCES = "sentences"
OFFERS = frozenset({SCORES, GRADIENTS, ATTENTION, LINEAR_USER_SIDE, SENTENCES})


class Recommender:
    """Scores (user, item) given f_u and f_i.

    A method that trains a network gives `build` (and `objective`, if it is more than BPR). Any other method overrides prepare,
    fit, scores, state and load_state.

    name: lower case, what `--baseline` and run files say. reference: the paper. Config: typed settings. offers: what an
    explainer may ask for; always "scores"; "gradients" when `scores` is differentiable in the features handed in;
    "attention" when `attention` works; "linear-user-side" when `user_side` does (see UserSide); "sentences" when `sentences` does.
    control: a yardstick without a model, put beside the others in every table. kinds: the kinds of features that it uses where
    nobody chooses others ("word", "attribute", "history"); it is handed a view of the data set that has these columns alone.
    tables: what the rows of each tensor of state() are, "users", "items", "features" or "readable" (words and attributes alone), by
    name; the others belong to nobody. Who says it can be started from another run (`warm_start`); who has a fit() of its own calls
    `begin` there.
    counted: whether users are handed to it as counts, how often each mentions a word, and not as eq. (1)'s values (data/counts.py).
    """

    name: ClassVar[str]
    reference: ClassVar[str] = ""
    Config: ClassVar[type[BaseConfig]] = BaseConfig
    offers: ClassVar[frozenset[str]] = frozenset({SCORES})
    control: ClassVar[bool] = False
    kinds: ClassVar[tuple[str, ...]] = (WORD,)
    counted: ClassVar[bool] = False
    tables: ClassVar[Mapping[str, str]] = {}

    def __init__(self, config: BaseConfig | None = None) -> None:
        self.config = config if config is not None else self.Config()

    def build(self, data: Dataset, seed: int) -> nn.Module:
        """The untrained network, its parameters drawn from the seed.

        A module with encode_users(users [n], rows) and encode_items(items [n], rows) -> [n, k], k = 0 where no features are
        used, and decode(users, items, user_latent, item_latent, generator) -> scores [n], with dropout only in training and
        with a generator. rows are features, TensorRows or dense [n, P]; a FeatureMap takes both.
        """
        raise TypeError(f"{type(self).__name__} must give build(), or its own prepare(), fit(), scores(), state() and load_state()")

    def objective(self, data: Dataset, options: RunOptions) -> Objective:
        """What the network is trained on; plain BPR unless a method says otherwise."""
        return Objective()

    def prepare(self, data: Dataset, options: RunOptions) -> None:
        """Make parameters of the right sizes and keep what scoring needs of the data; no training."""
        network = within_memory(lambda: self.build(data, options.seed), f"{self.name} on {data.name}")
        self.model = NetworkModel(network, data, options.device)

    def begin(self, data: Dataset, options: RunOptions) -> None:
        """After prepare(), before training: take the parameters of the run that options say to start from, if there is one."""
        if options.warm_start is not None:
            self.load_state(options.warm_start.state_for(self.state(), self.tables, data))

    def fit(self, data: Dataset, options: RunOptions) -> list[dict[str, float]]:
        """Prepare and train. Returns the history, one entry an epoch (may be empty). Same seed, same state."""
        self.prepare(data, options)
        self.begin(data, options)
        if not isinstance(self.config, NetworkConfig):
            raise TypeError(f"{type(self).__name__}.Config must be a NetworkConfig for the common training loop")
        named = replace(options, labels={"method": self.name, **options.labels})
        return self.model.fit(data, self.config, named, self.objective(data, options))

    def scores(
        self, users: Tensor, items: Tensor, user_features: Tensor | None = None, item_features: Tensor | None = None
    ) -> Tensor:
        """Relevance [n] of users [n] and items [n], in evaluation mode.

        user_features, item_features [n, P] dense stand in for the data set's rows f_u, f_i where given; who offers
        "linear-user-side" takes user_features as TensorRows too. Row k of the result depends on row k of the arguments alone.
        Differentiable in the features if the class offers "gradients".
        """
        return self.model.scores(users, items, user_features, item_features)

    def catalogue_scores(self, users: Tensor, user_features: TensorRows | None = None) -> Tensor | None:
        """scores() of users [n] with every item, [n, I], where there is a shorter way than to ask for n * I pairs; None where
        there is not. user_features, rows [n], stand in for f_u. No autograd; up to rounding the same numbers as scores()."""
        model = getattr(self, "model", None)
        own_scores = gives(type(self), Recommender, "scores")  # they may be anything: the network alone does not tell
        return None if own_scores or not isinstance(model, NetworkModel) else model.catalogue_scores(users, user_features)

    def most_lifted(self, users: Tensor, change: TensorRows) -> Tensor | Lifted | None:
        """By how much each item's score can rise at most, [n, I] or the same kept short (Lifted), where f_u of users [n] changes by
        change [n, P]: an upper bound, up to rounding, that is cheaper than to score all again; None where there is none. No
        autograd."""
        model, own_scores = getattr(self, "model", None), gives(type(self), Recommender, "scores")
        return None if own_scores or not isinstance(model, NetworkModel) else model.most_lifted(change)

    def lifted_closely(self, users: Tensor, change: TensorRows) -> Tensor | None:
        """The same bound [n, I] as near as can be had, of the few users [n] of whom most_lifted() leaves much open; about as dear
        as to score all again. None where there is none. No autograd."""
        return None

    def scores_in(self, cells: TensorRows, users: Tensor, user_features: TensorRows) -> Tensor:
        """scores() [nnz] in some cells of rows [n, I], row n of users [n] whose rows [n, P] stand in for f_u; asked of who says how
        far items are lifted, and takes sparse rows. No autograd."""
        model, own_scores = getattr(self, "model", None), gives(type(self), Recommender, "scores")
        found = None if own_scores or not isinstance(model, NetworkModel) else model.scores_in(cells, users, user_features)
        if found is not None:
            return found
        owner = cells.row_indices()
        return self.scores(users[owner], cells.indices, user_features.select(owner))  # type: ignore[arg-type]

    def scores_at(self, users: Tensor, user_features: TensorRows) -> Callable[[TensorRows], Tensor]:
        """scores_in() of the same users and rows for several sets of cells, as a function of these; for who makes something of the
        rows once. No autograd."""
        return lambda cells: self.scores_in(cells, users, user_features)

    def with_users(self, data: Dataset) -> Recommender:
        """The same parameters, for a data set of the same items and features with other users; UsageError where something is kept
        of each user."""
        raise UsageError(f"{self.name} keeps something of each user, and of one who is not in its data it knows nothing")

    def with_values(self, data: Dataset) -> Recommender:
        """The same parameters, for a data set of the same users, items and features in which users care about other things (f_u);
        UsageError where scores do not come from a network that reads f_u."""
        model, own_scores = getattr(self, "model", None), gives(type(self), Recommender, "scores")
        if own_scores or not isinstance(model, NetworkModel) or (model.form is not None and not model.form.reads_features):
            raise UsageError(f"{self.name} does not look at what users care about")
        other = copy(self)
        other.model = NetworkModel(model.network, data, str(model.device))
        return other

    def state(self) -> dict[str, Tensor]:
        """Everything learned, by name; tensors only. load_state(state()) after prepare() restores the same scores."""
        return self.model.state()

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Take back what state() gave."""
        self.model.load_state(state)

    def attention(self, users: Tensor) -> Tensor:
        """Attention over features [n, P], rows that sum to 1; only where "attention" is offered."""
        raise UsageError(f"{self.name} has no attention over features")

    def item_attention(self, items: Tensor) -> Tensor:
        """Attention of items over features [n, P]; only where "attention" is offered."""
        raise UsageError(f"{self.name} has no attention over features")

    def sentences(self, users: Tensor, items: Tensor, features: Tensor) -> list[str]:
        """One sentence about each feature [n] of an item [n] for a user [n], "" where none comes out; only where "sentences" is
        offered. A row depends on its own user, item and feature alone. Whether it is so is checked by whoever prints it."""
        raise UsageError(f"{self.name} writes no sentences")

    def user_side(self, users: Tensor, items: Tensor) -> UserSide:
        """The score as a function of f_u; only where "linear-user-side" is offered. A network with feature_product() gives it."""
        if LINEAR_USER_SIDE not in self.offers:
            raise UsageError(f"the user side of {self.name} is not linear in the features")
        return self.model.user_side(users, items)

    def latent_width(self) -> int:
        """k of user_side(), where it grows with the features and is known without one; 0: not said, and of no matter."""
        return 0

    def linear_slopes(self, users: Tensor, items: Tensor, rows: TensorRows) -> Tensor | None:
        """d score / d f_u [nnz] of pairs [n] in the cells that rows [n, P] store, where the score is linear in f_u; else None."""
        return None

    @property
    def device(self) -> torch.device:
        """Where scores are computed; arguments of scores() are expected there."""
        model = getattr(self, "model", None)
        return model.device if isinstance(model, NetworkModel) else torch.device("cpu")
