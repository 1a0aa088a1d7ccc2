"""Recommenders that break one promise each, by the check that has to notice it."""

from __future__ import annotations

import random

import numpy as np
import torch

from pyexplain.recommenders import Config, Recommender
from pyexplain.registry import load_registry

REGISTRY = load_registry(strict=True)
Trained, Attentive = REGISTRY.get("recommender", "vbpr"), REGISTRY.get("recommender", "nar")


class Sound(Recommender):
    """sum_k w_k f_u[k] f_i[k] + b_i, drawn from the seed: all that scores promise, quickly."""

    name = "sound"
    offers = frozenset({"scores", "gradients"})

    def prepare(self, data, options):
        generator = torch.Generator().manual_seed(options.seed)
        self.weight, self.bias = (torch.rand(n, generator=generator) for n in (data.n_features, data.n_items))
        self.f_u, self.f_i = (torch.from_numpy(rows.dense()) for rows in (data.user_features, data.item_features))

    def fit(self, data, options):
        self.prepare(data, options)
        return [{"epoch": 1.0}]

    def scores(self, users, items, user_features=None, item_features=None):
        f_u = self.f_u[users] if user_features is None else user_features
        f_i = self.f_i[items] if item_features is None else item_features
        return (self.weight * f_u * f_i).sum(dim=1) + self.bias[items]

    def state(self):
        return {"weight": self.weight.clone(), "bias": self.bias.clone()}

    def load_state(self, state):
        self.weight, self.bias = state["weight"], state["bias"]


class UnknownReason(Sound):
    expected_failures = {"no_such_check": "for no reason"}


class Shouting(Sound):
    name = "SHOUTING Name"


class NeedsArguments(Sound):
    def __init__(self, config):
        super().__init__(config)


class Lenient(Sound):
    class Config(Config):
        model_config = {"extra": "ignore"}


class WrongGradients(Sound):
    def scores(self, users, items, user_features=None, item_features=None):
        f_u = self.f_u[users] if user_features is None else user_features
        wrong = super().scores(users, items, user_features, item_features)
        return wrong.detach() + (f_u - f_u.detach()).sum(dim=1) * 10 + 0 * wrong


class WrongAttention(Attentive):
    def attention(self, users):
        return 2 * super().attention(users)


class WrongSide(Trained):
    def user_side(self, users, items):
        return super().user_side(users, items.flip(0))


class WritesInTurn(Sound):
    offers = frozenset({"scores", "gradients", "sentences"})

    def sentences(self, users, items, features):
        return [f"Sentence {k}." for k in range(len(users))]


class WrongSlopes(Sound):
    """Right of one item alone."""

    def linear_slopes(self, users, items, rows):
        return self.weight[rows.indices] * self.f_i[0][rows.indices]


class WrongCatalogue(Sound):
    """Right of the data set's features, whatever is handed in."""

    def catalogue_scores(self, users, user_features=None):
        return (self.f_u[users] * self.weight) @ self.f_i.T + self.bias


class Nan(Sound):
    def scores(self, *given):
        return super().scores(*given) / 0


class FailsOnNothing(Sound):
    def scores(self, users, *given):
        assert users.max() >= 0
        return super().scores(users, *given)


class FailsOnCold(Sound):
    def scores(self, users, *given):
        return super().scores(users, *given) / self.f_u[users].sum(dim=1)


class DrawsScores(Sound):
    def scores(self, *given):
        found = super().scores(*given)
        self.calls = getattr(self, "calls", 0) + 1
        return found + 0.01 * self.calls


class BatchNorm(Sound):
    def scores(self, *given):
        found = super().scores(*given)
        return found - found.mean() if len(found) else found


class OrderMatters(Sound):
    def scores(self, *given):
        found = super().scores(*given)
        return found + 0.01 * torch.arange(len(found))


class IgnoresFeatures(Sound):
    def scores(self, users, items, user_features=None, item_features=None):
        extra = 0 if user_features is None else 1
        return super().scores(users, items, user_features, item_features) + extra


class ReadsNames(Sound):
    def prepare(self, data, options):
        super().prepare(data, options)
        self.bias = torch.tensor([float(sum(map(ord, name)) % 13) for name in data.items.names])


class ReadsNumbers(Sound):
    def scores(self, users, items, *features):
        return super().scores(users, items, *features) + 0.1 * items


class Quadratic(Sound):
    def scores(self, users, items, *features):
        found = super().scores(users, items, *features)
        everyone = (found[:, None] * found[None, :]).sum(dim=1)
        return found + 0 * everyone


class WrongDevice(Sound):
    device = torch.device("meta")


class SharedState(Sound):
    shared: dict = {}

    def prepare(self, data, options):
        super().prepare(data, options)
        SharedState.shared["bias"] = self.bias

    def scores(self, users, items, *features):
        return super().scores(users, items, *features) + self.shared["bias"][items]


class UnknownOffer(Sound):
    offers = frozenset({"scores", "magic"})


class Unseeded(Sound):
    drawn = 0

    def prepare(self, data, options):
        super().prepare(data, options)
        Unseeded.drawn += 1
        self.bias = self.bias + Unseeded.drawn


class ChangesData(Sound):
    def fit(self, data, options):
        data.user_features.values[0] += 1
        return super().fit(data, options)


class GlobalDraws(Sound):
    def fit(self, data, options):
        torch.rand(1)
        np.random.seed(0)  # noqa: NPY002  (this is what is to be noticed)
        random.random()
        return super().fit(data, options)


class StateOfLists(Sound):
    def state(self):
        return {"bias": self.bias.tolist()}


class ForgetsState(Sound):
    def load_state(self, state):
        self.weight = state["weight"]


class NoHistory(Sound):
    def fit(self, data, options):
        super().fit(data, options)
        return [{"loss": float("nan")}]


BROKEN = {
    "expected_failures_name_checks": UnknownReason,
    "name_is_plain": Shouting,
    "default_config_round_trips": NeedsArguments,
    "unknown_keys_are_refused": Lenient,
    "gradients_are_those_of_the_scores": WrongGradients,
    "attention_sums_to_one": WrongAttention,
    "linear_user_side_gives_the_scores": WrongSide,
    "sentences_are_of_each_row": WritesInTurn,
    "linear_slopes_are_those_of_the_scores": WrongSlopes,
    "catalogue_scores_are_the_scores": WrongCatalogue,
    "scores_have_shape_and_are_finite": Nan,
    "no_pairs": FailsOnNothing,
    "unseen_user_and_item": FailsOnCold,
    "scores_are_repeatable": DrawsScores,
    "scores_do_not_depend_on_the_batch": BatchNorm,
    "scores_do_not_depend_on_the_order": OrderMatters,
    "features_handed_in_stand_for_the_data": IgnoresFeatures,
    "names_do_not_matter": ReadsNames,
    "numbers_do_not_matter": ReadsNumbers,
    "cost_is_linear": Quadratic,
    "devices": WrongDevice,
    "prepare_does_not_train": SharedState,
    "offers_are_known": UnknownOffer,
    "same_seed_same_state": Unseeded,
    "fit_leaves_data_alone": ChangesData,
    "no_global_randomness": GlobalDraws,
    "state_is_tensors": StateOfLists,
    "state_restores_scores": ForgetsState,
    "history_is_numbers": NoHistory,
}
