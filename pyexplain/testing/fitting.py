"""The checks of recommenders: fitting."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ..data.kind_views import usual_kinds
from ..data.types import Dataset
from ..recommenders.base import OFFERS, SCORES, Recommender
from ..recommenders.options import RunOptions
from .compare import finite, near, same_digests, same_states
from .configured import ConfiguredContract
from .contract import Broken
from .measure import untouched_generators
from .worlds import digests, small_world

Int = npt.NDArray[np.int64]
SEED, OTHER_SEED = 3, 4


class FittedContract(ConfiguredContract):
    """How a recommender is made, fitted and asked in checks.

    data(): the data set; overridden where a method needs another one.
    """

    cls: ClassVar[type[Any]]

    def data(self) -> Dataset:
        """29 users, 23 items, 11 features; the last user and the last item have neither features nor training pairs. For a method
        that uses no words: their history in place of words."""
        return self.once("data", lambda: readable_by(self.cls, small_world()))

    def fit(self, data: Dataset, seed: int = SEED, device: str = "cpu") -> Recommender:
        """A recommender fitted anew."""
        made: Recommender = self.cls(self.config())
        made.fit(data, RunOptions(seed=seed, device=device))
        return made

    def fitted(self) -> Recommender:
        """One fitted recommender for all checks that only ask it."""
        return self.once("fitted", lambda: self.fit(self.data()))

    def restored(self, data: Dataset, state: dict[str, Tensor], seed: int = SEED, device: str = "cpu") -> Recommender:
        """Prepared for data, with a state loaded: what becomes of a run that is read from disk."""
        made: Recommender = self.cls(self.config())
        made.prepare(data, RunOptions(seed=seed, device=device))
        made.load_state({name: tensor.clone() for name, tensor in state.items()})
        return made

    def pairs(self) -> Int:
        """All pairs of users and items [U I, 2]."""
        data = self.data()
        return np.stack(np.meshgrid(np.arange(data.n_users), np.arange(data.n_items), indexing="ij"), axis=-1).reshape(-1, 2)


def readable_by(cls: type[Recommender], data: Dataset) -> Dataset:
    """The data set, through the method's own kinds of features where it uses none of those that there are."""
    return data if set(data.kinds) & set(cls.kinds) else data.with_kinds(usual_kinds(data.kinds, cls.kinds))


def ask(recommender: Recommender, pairs: Int, f_u: Tensor | None = None, f_i: Tensor | None = None) -> npt.NDArray[np.float64]:
    """Scores [n] of pairs [n, 2], as doubles on the CPU; Broken where their shape or type is wrong."""
    there = [torch.tensor(column, device=recommender.device) for column in pairs.T]
    features = [None if f is None else f.to(recommender.device) for f in (f_u, f_i)]
    with torch.no_grad():
        scores = recommender.scores(there[0], there[1], *features)
    if not isinstance(scores, Tensor) or not scores.is_floating_point():
        raise Broken(f"scores() gave {type(scores).__name__}, expected a tensor of floating-point numbers")
    if scores.shape != (len(pairs),):
        raise Broken(f"{len(pairs)} pairs got scores of shape {tuple(scores.shape)}")
    found: npt.NDArray[np.float64] = scores.double().cpu().numpy()
    return found


class FittingChecks(FittedContract):
    """What fitting promises."""

    def check_offers_are_known(self) -> None:
        """`offers` holds "scores" and nothing that no explainer could ask for."""
        offers = frozenset(self.cls.offers)
        if SCORES not in offers or offers - OFFERS:
            raise Broken(f"offers {sorted(offers)}; known: {sorted(OFFERS)}, and scores always")

    def check_same_seed_same_state(self) -> None:
        """Fitting twice with one seed gives the same state, to the last bit, and the same scores."""
        first, second = self.fitted(), self.fit(self.data())
        same_states(second.state(), first.state(), "fitted again with the same seed")
        near(ask(second, self.pairs()), ask(first, self.pairs()), "scores after fitting again with the same seed")

    def check_fit_leaves_data_alone(self) -> None:
        """Fitting and scoring change nothing in the data set."""
        data = readable_by(self.cls, small_world()) if type(self).data is FittedContract.data else self.data()
        before = digests(data)
        ask(self.fit(data), self.pairs())
        same_digests(digests(data), before, "fitting and scoring")

    def check_no_global_randomness(self) -> None:
        """Fitting and scoring neither draw from nor seed the generators that all share."""
        with untouched_generators("fit()"):
            made = self.fit(self.data())
        with untouched_generators("scores()"):
            ask(made, self.pairs())

    def check_state_is_tensors(self) -> None:
        """state() is a dictionary of dense tensors on the CPU that are not changed by later calls, as files keep it."""
        state = self.fitted().state()
        for name, tensor in state.items():
            if not isinstance(name, str) or not isinstance(tensor, Tensor):
                raise Broken(f"state() holds {name!r}: {type(tensor).__name__}, expected names and tensors")
            if tensor.device.type != "cpu" or tensor.is_sparse or tensor.requires_grad:
                raise Broken(f"state() holds {name!r} which is on {tensor.device}, sparse, or part of a graph")

    def check_state_restores_scores(self) -> None:
        """load_state(state()) after prepare() gives the same scores, by way of a file and with another seed before."""
        from safetensors.torch import load, save

        wanted = ask(self.fitted(), self.pairs())
        state = load(save({name: tensor.contiguous() for name, tensor in self.fitted().state().items()}))
        # with another seed, so that nothing that was drawn passes for loaded; a method without a state has only its seed
        made = self.restored(self.data(), state, OTHER_SEED if state else SEED)
        near(ask(made, self.pairs()), wanted, "scores after saving and loading")

    def check_history_is_numbers(self) -> None:
        """fit() returns a list with a dictionary of finite numbers for each epoch."""
        made: Recommender = self.cls(self.config())
        history = made.fit(self.data(), RunOptions(seed=SEED))
        if not isinstance(history, list):
            raise Broken(f"fit() gave {type(history).__name__}, expected a list")
        for entry in history:
            finite(list(entry.values()), f"history {entry}")
