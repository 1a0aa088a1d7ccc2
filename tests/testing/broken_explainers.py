"""Explainers that break one promise each, by the check that has to notice it."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import torch

from pyexplain.data import SparseRows
from pyexplain.explainers import Config, Explainer, Explanations, choose_against, sparse_weights
from pyexplain.registry import load_registry

REGISTRY = load_registry(strict=True)
Counterfactual = REGISTRY.get("explainer", "cnr")


class Weighing(Explainer):
    """f_u[k]."""

    name = "weighing"
    comes_with = "vbpr"
    contrastive = False

    def weigh(self, margin):
        return margin.features


class OfLinearSides(Weighing):
    """f_u[k] d m / d f_u[k], of recommenders that are linear in f_u alone."""

    name = "of-linear-sides"
    needs = frozenset({"linear-user-side"})
    contrastive = True

    def weigh(self, margin):
        return margin.features.dense() * margin.value_and_gradient()[1].numpy().clip(min=0)


class TwoVerbs(Weighing):
    def explain(self, pairs, against=None):
        found = super().explain(pairs, against)
        rows = found.weights
        return replace(found, weights=SparseRows(rows.offsets, rows.indices, 2 * rows.values, rows.n_columns))


class LooksAtTheOther(Weighing):
    def weigh(self, margin):
        return margin.features.dense() * (1 + np.maximum(margin.against, 0))[:, None]


class Sound(Explainer):
    """f_u[k] f_i[k], plus a hundredth of f_u[k]."""

    name = "sound"
    comes_with = "vbpr"

    def weights(self, pairs):
        f_u, f_i = self.data.user_features.select(pairs[:, 0]).dense(), self.data.item_features.select(pairs[:, 1]).dense()
        return f_u * f_i + 0.01 * f_u

    def explain(self, pairs, against=None):
        if against is None:
            against = choose_against(self.recommender, self.data, pairs, self.options.seed)
        weights = sparse_weights(self.weights(pairs))
        return Explanations(self.name, pairs[:, 0], pairs[:, 1], weights, self.data.features.fingerprint, against)


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


class TakesAnything(Sound):
    needs = frozenset({"gradients"})

    def fit(self, recommender, data, options):
        self.recommender, self.data, self.options = recommender, data, options


class WrongCompany(Sound):
    needs = frozenset({"attention"})
    comes_with = "vbpr"


class WrongOrder(Sound):
    def explain(self, pairs, against=None):
        return super().explain(pairs[::-1].copy(), against)


class Silent(Sound):
    def weights(self, pairs):
        return 0 * super().weights(pairs)


class WrongSpace(Sound):
    def explain(self, pairs, against=None):
        return replace(super().explain(pairs, against), feature_space="none")


class OwnRivals(Sound):
    def explain(self, pairs, against=None):
        return super().explain(pairs, None if against is None else (against + 1) % self.data.n_items)


class NoUsers(Sound):
    def explain_users(self, users):
        return super().explain_users(users[:-1])


class NoLists(Sound):
    def explain_lists(self, users, k):
        return super().explain_lists(users[:-1], k)


class FailsOnNothing(Sound):
    def explain(self, pairs, against=None):
        assert len(pairs)
        return super().explain(pairs, against)


class Unseeded(Sound):
    drawn = 0

    def fit(self, recommender, data, options):
        super().fit(recommender, data, options)
        Unseeded.drawn += 1
        self.extra = Unseeded.drawn

    def weights(self, pairs):
        return super().weights(pairs) * self.extra


class BatchNorm(Sound):
    def weights(self, pairs):
        found = super().weights(pairs)
        return found / max(1e-9, found.max(initial=0))


class OrderMatters(Sound):
    def weights(self, pairs):
        return super().weights(pairs) * (1 + np.arange(len(pairs))[:, None])


class ReadsNames(Sound):
    def weights(self, pairs):
        return super().weights(pairs) * [1 + sum(map(ord, name)) % 7 for name in self.data.features.names]


class ReadsNumbers(Sound):
    def weights(self, pairs):
        return super().weights(pairs) * (1 + np.arange(self.data.n_features))


class ChangesData(Sound):
    def fit(self, recommender, data, options):
        super().fit(recommender, data, options)
        data.item_features.values[0] += 1


class GlobalDraws(Sound):
    def weights(self, pairs):
        torch.rand(1)
        np.random.seed(0)  # noqa: NPY002  (this is what is to be noticed)
        random.random()
        return super().weights(pairs)


class Forgetful(Sound):
    def fit(self, recommender, data, options):
        super().fit(recommender, data, options)
        self.factor = torch.tensor(3.0)

    def weights(self, pairs):
        return super().weights(pairs) * float(self.factor)

    def state(self):
        return {"factor": self.factor}

    def load_state(self, state):
        self.factor = torch.tensor(1.0)


class MemoryMatters(Sound):
    def weights(self, pairs):
        return super().weights(pairs) * (1 if self.options.max_memory > 2**20 else 2)


class Hungry(Sound):
    def weights(self, pairs):
        torch.zeros(len(pairs), 1000).add(1)
        return super().weights(pairs)


class FailsOnCold(Sound):
    def weights(self, pairs):
        assert (np.diff(self.data.user_features.offsets)[pairs[:, 0]] > 0).all()
        return super().weights(pairs)


class Quadratic(Sound):
    def weights(self, pairs):
        torch.zeros(len(pairs), len(pairs), 200).add(1)
        return super().weights(pairs)


class Mover(Sound):
    def fit(self, recommender, data, options):
        super().fit(recommender, data, options)
        recommender.model.device = torch.device("meta")


class Boasting(Counterfactual):
    def explain(self, pairs, against=None):
        found = super().explain(pairs, against)
        return replace(found, change=SparseRows.empty(found.weights.shape))


class TakesCredit(Counterfactual):
    def explain(self, pairs, against=None):
        found = super().explain(pairs, against)
        return replace(found, valid=found.margin_after < 0)


class OutOfTheBox(Counterfactual):
    def explain(self, pairs, against=None):
        found = super().explain(pairs, against)
        rows = found.change
        return replace(found, change=SparseRows(rows.offsets, rows.indices, 20 * rows.values, rows.n_columns))


BROKEN = {
    "expected_failures_name_checks": UnknownReason,
    "name_is_plain": Shouting,
    "default_config_round_trips": NeedsArguments,
    "unknown_keys_are_refused": Lenient,
    "needs_are_known_and_held": TakesAnything,
    "comes_with_a_recommender_that_fits": WrongCompany,
    "answers_what_was_asked": WrongOrder,
    "weigh_is_what_explain_wraps": TwoVerbs,
    "weigh_says_what_it_needs": LooksAtTheOther,
    "some_feature_is_named": Silent,
    "feature_space_is_that_of_the_data": WrongSpace,
    "other_items_are_kept": OwnRivals,
    "users_are_explained": NoUsers,
    "lists_are_explained": NoLists,
    "no_pairs": FailsOnNothing,
    "unseen_user_and_item": FailsOnCold,
    "same_seed_same_explanations": Unseeded,
    "rows_do_not_depend_on_the_batch": BatchNorm,
    "rows_do_not_depend_on_the_order": OrderMatters,
    "names_do_not_matter": ReadsNames,
    "numbers_do_not_matter": ReadsNumbers,
    "fit_and_explain_leave_things_alone": ChangesData,
    "no_global_randomness": GlobalDraws,
    "state_restores_explanations": Forgetful,
    "memory_changes_no_weight": MemoryMatters,
    "memory_is_bounded": Hungry,
    "cost_is_linear": Quadratic,
    "changes_are_scored_again": Boasting,
    "nothing_flips_that_is_behind": TakesCredit,
    "changes_stay_in_the_box": OutOfTheBox,
    "devices": Mover,
}
