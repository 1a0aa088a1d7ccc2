"""The checks of recommenders: the same parameters for other users, and for users who care about other things."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from ..data.totals import MentionTotals
from ..data.types import Dataset
from ..errors import UsageError
from ..recommenders.base import Recommender
from .compare import near, same_digests
from .contract import Skip
from .fitting import FittedContract, Int, ask
from .undisturbed import undisturbed
from .worlds import Renumbering, digests, renumbered

COPIED = 4  # the user who is there twice among others


class OtherUsersChecks(FittedContract):
    """What with_users() and with_values() promise of who does not refuse."""

    def check_with_users_gives_their_scores(self) -> None:
        """Where with_users() is given: users in another order, and one more who is as one of them, get the scores that they had,
        and the recommender itself stays as it is."""
        others, who = among_others(self.data())
        found = self._given("with_users()", lambda made: made.with_users(others), others)
        pairs = np.stack([np.repeat(np.arange(len(who)), others.n_items), np.tile(np.arange(others.n_items), len(who))], axis=1)
        there = np.stack([who[pairs[:, 0]], pairs[:, 1]], axis=1)
        near(ask(found, pairs), ask(self.fitted(), there), "scores of with_users()")
        f_u = torch.from_numpy(self.data().user_features.select(who[::-1].copy()).dense()[pairs[:, 0]])
        near(ask(found, pairs, f_u), ask(self.fitted(), there, f_u), "scores of with_users() with features handed in")

    def check_with_values_gives_their_scores(self) -> None:
        """Where with_values() is given: with other f_u in the data the scores are those of the same f_u handed in, and the
        recommender itself stays as it is."""
        data = self.data()
        rows = data.user_features.select(np.random.default_rng(13).permutation(data.n_users))
        others = replace(data, user_features=rows, stored=data.source)
        found = self._given("with_values()", lambda made: made.with_values(others), others)
        wanted = ask(self.fitted(), self.pairs(), torch.from_numpy(rows.dense()[self.pairs()[:, 0]]))
        near(ask(found, self.pairs()), wanted, "scores of with_values()")

    def _given(self, name: str, bind: Callable[[Recommender], Recommender], others: Dataset) -> Recommender:
        """The recommender for other data; Skip where it refuses, as it may."""
        made, before = self.fitted(), digests(others)
        try:
            with undisturbed(made, self.pairs(), name):
                found = bind(made)
                ask(found, self.pairs())
        except UsageError as error:
            raise Skip(f"gives no {name}: {error.what}") from None
        same_digests(digests(others), before, name)
        return found


def among_others(data: Dataset) -> tuple[Dataset, Int]:
    """The same items and features, users in another order, and one more; and who each of them is in the data set."""
    order = np.random.default_rng(14).permutation(data.n_users)
    new = Renumbering(np.argsort(order), np.arange(data.n_items), np.arange(data.n_features))
    moved, who = renumbered(data, new), np.append(order, COPIED)
    liked = data.train[data.train[:, 0] == COPIED, 1]
    grown = replace(
        moved,
        users=moved.users.with_name("one-more"),
        items=data.items,
        features=data.features,
        train=np.concatenate([moved.train, np.stack([np.full(len(liked), data.n_users), liked], axis=1)]),
        user_features=data.user_features.select(who),
        item_features=data.item_features,
        user_mentions=_mentions(data.user_mentions, who),
        item_mentions=data.item_mentions,
    )
    return grown, who


def _mentions(totals: MentionTotals | None, who: Int) -> MentionTotals | None:
    if totals is None:
        return None
    counts, sums = (rows.select(who) for rows in (totals.counts, totals.sums))
    return MentionTotals(counts, sums)
