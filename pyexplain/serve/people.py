"""Answers about somebody with something changed: who they are then, what they are recommended, what rose and fell."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from ..data.counts import columns_of_kind
from ..data.kinds import HISTORY
from ..profile import Profile
from ..recommenders.base import Recommender
from ..run import Run
from .person import Change, changed
from .questions import ChangedQuestion, ExplainQuestion, PersonQuestion, RecommendQuestion, WhyQuestion
from .served import Served
from .told import person_entry, places

ASKED = 8  # users whose scores tell whether words count
KEPT = 4  # changed runs that are kept for the next question: who asks about somebody asks again


@dataclass(frozen=True, eq=False)
class Somebody:
    """The number of a user in both runs; before: without the change, now: with it."""

    user: int
    known: bool
    change: Change
    before: Run
    now: Served


class People:
    """Of one served run. Nothing is trained and nothing is written."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self._made = lru_cache(maxsize=KEPT)(self._make)
        _ = self.may_change  # so that nobody who asks waits for it

    def facts(self) -> dict[str, Any]:
        """What is served, and what may be changed of a person."""
        return self.served.facts() | {"may_change": self.may_change}

    def recommend(self, asked: ChangedQuestion) -> dict[str, Any]:
        """Who it is, the list with the change, and the places of what is or was on it."""
        somebody = self._of(asked)
        told = {"for": asked.register_, "quotes": asked.quotes, "k": asked.k, "explain": asked.explain}
        name = somebody.now.run.data.users[somebody.user]
        found = somebody.now.recommend(RecommendQuestion.model_validate({"user": name, **told}))
        before, now = (run.order for run in (somebody.before, somebody.now.run))
        entry = person_entry(before.data, now.data, somebody.user, somebody.change, somebody.known)
        moved = places(before, now, somebody.user, asked.k)
        return {"schema": 1, "person": entry | {"may_change": self.may_change}, "places": moved, "recommendations": found}

    def explain(self, asked: WhyQuestion) -> dict[str, Any]:
        """The document of `explain --json`."""
        somebody = self._of(asked)
        told = {"for": asked.register_, "quotes": asked.quotes, "item": asked.item, "against": asked.against, "until": asked.until}
        name = somebody.now.run.data.users[somebody.user]
        return somebody.now.explain(ExplainQuestion.model_validate({"user": name, **told}))

    def features(self, words: str, k: int) -> dict[str, Any]:
        """Words and attributes whose names hold each of the words; those that most users care about first."""
        wanted, data = words.casefold().split(), self.served.run.data
        found = [entry for entry in self._features if all(word in entry["feature"].casefold() for word in wanted)]
        return {"schema": 1, "dataset": data.name, "search": words, "found": len(found), "features": found[:k]}

    @cached_property
    def _features(self) -> list[dict[str, Any]]:
        data = self.served.run.data
        users, items = (np.bincount(rows.indices, minlength=data.n_features) for rows in (data.user_features, data.item_features))
        said = [
            k for k in range(data.n_features) if data.features.kind_of(k) != HISTORY and (data.unsaid is None or not data.unsaid[k])
        ]
        return [
            {"kind": data.features.kind_of(k), "feature": data.features[k], "users": int(users[k]), "items": int(items[k])}
            for k in sorted(said, key=lambda k: (-users[k], data.features[k]))
        ]

    @cached_property
    def may_change(self) -> dict[str, bool]:
        """A history: where nothing is kept of users' identities. Words and attributes: where scores are others without them."""
        run = self.served.run
        data, likes = run.data, type(run.recommender).with_users is not Recommender.with_users
        asked = np.flatnonzero(np.diff(data.user_features.offsets))[:ASKED]
        rows = data.user_features.select(asked)
        bare = rows.where(columns_of_kind(data, HISTORY)[rows.indices])
        return {"likes": likes, "features": not np.allclose(run.order.scores(asked), run.order.scores(asked, bare))}

    def _of(self, asked: PersonQuestion) -> Somebody:
        user = None if asked.user is None else self.served.known("user", asked.user)
        words, attributes = (tuple(sorted(part.items())) for part in (asked.words, asked.attributes))
        return self._made(user, tuple(sorted(set(asked.struck))), tuple(sorted(set(asked.liked))), words, attributes)

    def _make(self, user: int | None, struck: Any, liked: Any, words: Any, attributes: Any) -> Somebody:
        change = Change(struck, liked, dict(words), dict(attributes))
        before = self.served.run if user is not None else self._nobody
        number = before.data.n_users - 1 if user is None else user
        _ = before.checker  # sorts the evidence once, for all that come after
        now = before if change == Change() else before.among(changed(before.data, number, change))
        return Somebody(number, user is not None, change, before, self.served.about(now))

    @cached_property
    def _nobody(self) -> Run:
        return self.served.run.knowing(Profile())
