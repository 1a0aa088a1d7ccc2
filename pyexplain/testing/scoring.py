"""The checks of recommenders: what scores may depend on."""

from __future__ import annotations

import numpy as np
import torch

from ..recommenders.options import RunOptions
from .compare import finite, near
from .contract import Broken, Skip
from .fitting import OTHER_SEED, FittedContract, ask
from .measure import check_linear, measured
from .renumbered import renumbered_state
from .worlds import UNSEEN_ITEM, UNSEEN_USER, Renumbering, renamed, renumbered, small_world

FEW, TIMES = 200, 4


class ScoringChecks(FittedContract):
    """What scores() promises."""

    def check_scores_have_shape_and_are_finite(self) -> None:
        """n pairs get n finite floating-point scores, and fitting has told items apart."""
        finite(ask(self.fitted(), self.pairs()), "scores")

    def check_no_pairs(self) -> None:
        """No pairs get no scores, also with features handed in."""
        data, none = self.data(), self.pairs()[:0]
        ask(self.fitted(), none)
        ask(self.fitted(), none, torch.zeros(0, data.n_features), torch.zeros(0, data.n_features))

    def check_unseen_user_and_item(self) -> None:
        """A user and an item without features and without training pairs get finite scores, also with each other."""
        pairs = self.pairs()
        rows = (pairs[:, 0] == UNSEEN_USER) | (pairs[:, 1] == UNSEEN_ITEM)
        finite(ask(self.fitted(), pairs[rows]), "scores of the unseen user and item")

    def check_scores_are_repeatable(self) -> None:
        """Asked twice, the same scores to the last bit: no dropout, no draw outside training."""
        first, second = (ask(self.fitted(), self.pairs()) for _ in range(2))
        if not np.array_equal(first, second):
            raise Broken(f"asked twice, {int((first != second).sum())} of {len(first)} scores differ")

    def check_scores_do_not_depend_on_the_batch(self) -> None:
        """A pair's score is the same alone, among a few and among all, and so is that of its features handed in."""
        pairs, f_u, f_i = self._asked()
        for features in ((None, None), (f_u, f_i)):
            wanted = ask(self.fitted(), pairs, *features)
            for size in (1, 7):
                parts = [slice(at, at + size) for at in range(0, 28, size)]
                found = [ask(self.fitted(), pairs[p], *(None if f is None else f[p] for f in features)) for p in parts]
                near(np.concatenate(found), wanted[:28], f"scores in batches of {size}")

    def check_scores_do_not_depend_on_the_order(self) -> None:
        """Pairs asked in another order, or twice, get their scores in that order."""
        pairs, f_u, f_i = self._asked()
        order = np.random.default_rng(1).integers(0, len(pairs), len(pairs))
        near(ask(self.fitted(), pairs[order]), ask(self.fitted(), pairs)[order], "scores in another order")
        found = ask(self.fitted(), pairs[order], f_u[order], f_i[order])
        near(found, ask(self.fitted(), pairs, f_u, f_i)[order], "scores of features in another order")

    def check_features_handed_in_stand_for_the_data(self) -> None:
        """The data set's own features, handed in, change no score."""
        pairs, f_u, f_i = self._asked()
        wanted = ask(self.fitted(), pairs)
        for name, features in (("user", (f_u, None)), ("item", (None, f_i)), ("both", (f_u, f_i))):
            near(ask(self.fitted(), pairs, *features), wanted, f"scores with the same features handed in ({name})")

    def check_names_do_not_matter(self) -> None:
        """Other names of users, items and features, under the same numbers, change nothing."""
        found = self.fit(renamed(self.data()))
        near(ask(found, self.pairs()), ask(self.fitted(), self.pairs()), "scores under other names")

    def check_numbers_do_not_matter(self) -> None:
        """Renumbered users, items and features, with what was learned renumbered alike, get the same scores.

        Axes of the state as long as there are users, items or features are renumbered. Skipped for a method whose scores depend on
        the seed even with the same state: numbers enter the draw.
        """
        data, state, pairs = self.data(), self.fitted().state(), self.pairs()
        wanted = ask(self.fitted(), pairs)
        if not np.array_equal(ask(self.restored(data, state, OTHER_SEED), pairs), wanted):
            raise Skip("scores are drawn from the seed and the numbers")
        new = Renumbering.drawn(data)
        other = self.restored(renumbered(data, new), renumbered_state(state, new))
        near(ask(other, new.pairs(pairs)), wanted, "scores of renumbered pairs")

    def check_cost_is_linear(self) -> None:
        """Four times as many pairs cost about four times as much: calls and numbers written are counted, not seconds."""
        pairs = np.resize(self.pairs(), (FEW * TIMES, 2))
        made = self.fitted()
        ask(made, pairs)  # what is made once is made
        few = measured(lambda: ask(made, pairs[:FEW]))
        check_linear(few, measured(lambda: ask(made, pairs)), TIMES)

    def check_devices(self) -> None:
        """`device` says where scores are; every device there is gives the same scores to rounding. Skipped where there is one."""
        wanted = ask(self.fitted(), self.pairs())
        if self.fitted().device.type != "cpu":
            raise Broken(f"fitted on the processor, but device is {self.fitted().device}")
        if not torch.cuda.is_available():
            raise Skip("no second device here; the processor is what the other checks run on")
        other = self.restored(self.data(), self.fitted().state(), device="cuda")
        near(ask(other, self.pairs()), wanted, "scores on cuda")
        finite(ask(self.fit(self.data(), device="cuda"), self.pairs()), "scores of a method fitted on cuda")

    def check_prepare_does_not_train(self) -> None:
        """After prepare() alone scores are there, and finite; other data make no difference to another instance."""
        made = self.cls(self.config())
        made.prepare(self.data(), RunOptions())
        before = ask(made, self.pairs())
        finite(before, "scores after prepare()")
        self.fit(small_world(1), OTHER_SEED)
        near(ask(made, self.pairs()), before, "scores after another instance was fitted on other data")

    def _asked(self) -> tuple[np.ndarray, torch.Tensor, torch.Tensor]:
        """Pairs [n, 2] in no order, and their features [n, P]."""
        data = self.data()
        pairs = self.pairs()[np.random.default_rng(0).permutation(data.n_users * data.n_items)[:120]]
        f_u, f_i = data.user_features.select(pairs[:, 0]), data.item_features.select(pairs[:, 1])
        return pairs, torch.from_numpy(f_u.dense()), torch.from_numpy(f_i.dense())
