"""How an explainer is made, fitted and asked in checks, and what all its answers have in common."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ..data.types import Dataset
from ..explainers.base import Explainer
from ..explainers.foil import choose_against
from ..explainers.types import Explanations
from ..recommenders.base import Recommender
from ..recommenders.config import make_config
from ..recommenders.options import RunOptions
from ..registry import load_registry
from .compare import finite
from .configured import SMALL, ConfiguredContract
from .contract import Broken, Skip
from .worlds import small_world

Int = npt.NDArray[np.int64]
SEED = 3
ASKED = 40


class ExplainedContract(ConfiguredContract):
    """recommender: name of the one that is explained; default: the one that the explainer comes with."""

    cls: ClassVar[type[Any]]
    recommender: ClassVar[str] = ""

    def data(self) -> Dataset:
        """29 users, 23 items, 11 features; the last user and the last item have neither features nor training pairs."""
        return self.once("data", small_world)

    def ranker(self) -> Recommender:
        """The recommender, fitted."""
        return self.once("ranker", lambda: self.fit_ranker(self.data()))

    def fit_ranker(self, data: Dataset) -> Recommender:
        """Fitted anew, with small settings and the `check_settings` of its class."""
        name = self.recommender or getattr(self.cls, "comes_with", "")
        kind = load_registry().get("recommender", name)
        small = {key: value for key, value in SMALL.items() if key in kind.Config.model_fields}
        made: Recommender = kind(make_config(kind.Config, small | dict(getattr(kind, "check_settings", {})), name))
        made.fit(data, RunOptions(seed=SEED))
        return made

    def fit(self, recommender: Recommender | None = None, data: Dataset | None = None, **options: Any) -> Explainer:
        """An explainer fitted anew."""
        made: Explainer = self.cls(self.config())
        made.fit(recommender or self.ranker(), data or self.data(), RunOptions(**{"seed": SEED} | options))
        return made

    def fitted(self) -> Explainer:
        """One fitted explainer for all checks that only ask it."""
        return self.once("fitted", self.fit)

    def pairs(self) -> Int:
        """Pairs [n, 2] in no order, those of the unseen user and item among them."""
        data = self.data()
        every = np.stack(np.meshgrid(np.arange(data.n_users), np.arange(data.n_items), indexing="ij"), axis=-1).reshape(-1, 2)
        drawn = every[np.random.default_rng(0).permutation(len(every))[:ASKED]]
        last = np.array([[data.n_users - 1, 0], [0, data.n_items - 1], [data.n_users - 1, data.n_items - 1]])
        return np.concatenate([drawn, last])

    def against(self) -> Int:
        """Another item for each of the pairs [n]: the runner-up."""
        return self.once("against", lambda: choose_against(self.ranker(), self.data(), self.pairs(), SEED))

    def explained(self) -> Explanations:
        """The answer to pairs() and against(), asked once."""
        return self.once("explained", lambda: self.fitted().explain(self.pairs(), self.against()))

    def counterfactuals(self) -> Explanations:
        """The same, of an explainer that names changes; Skip otherwise."""
        if self.explained().change is None:
            raise Skip("names no change of features")
        return self.explained()


def sound(found: Explanations, pairs: Int, data: Dataset, who: str) -> Explanations:
    """The same; Broken where it answers something else than what was asked, or holds what no explanation may."""
    if not isinstance(found, Explanations):
        raise Broken(f"{who} gave {type(found).__name__}, expected Explanations")
    if not (np.array_equal(found.users, pairs[:, 0]) and np.array_equal(found.items, pairs[:, 1])):
        raise Broken(f"{who} answers {len(found)} pairs, not the {len(pairs)} that were asked, in their order")
    if found.weights.shape != (len(pairs), data.n_features):
        raise Broken(f"{who}: weights of shape {found.weights.shape}, expected {(len(pairs), data.n_features)}")
    finite(found.weights.values, f"{who}: weights")
    if found.weights.values.min(initial=0) < 0:
        raise Broken(f"{who}: a weight is {found.weights.values.min():.3g}; larger = matters more, 0 = not named")
    return found
