"""The run that a service answers with. Another one takes its place whole: a request sees one run from its start to its end."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from ..answers import Answers, answer
from ..data.listing import Searchable, listing
from ..explainers.base import Explainer
from ..explainers.counterfactual.until import Until
from ..explainers.types import NO_ITEM
from ..present.listing import listing_document
from ..present.recommendations import recommendation_document
from ..profile import Profile
from ..run import Run
from .problems import RefusedError
from .questions import BatchQuestion, ExplainQuestion, Pair, ProfileQuestion, RecommendQuestion

Side = Literal["user", "item"]


@dataclass(frozen=True, eq=False)
class Served:
    """A run with what every request needs of it. explainer: None where the run has none and none was named."""

    run: Run
    explainer: Explainer | None

    @classmethod
    def of(cls, run: Run, explainer: str | None) -> Served:
        """Ready to answer. UsageError where the explainer does not fit the run."""
        own = run.trained.explainer
        made = cls(run, run.explainer(explainer) if explainer or own else None)
        if len(run.data.train):  # so that the first to ask does not wait for what is made once
            run.recommend(run.data.users[int(run.data.train[0, 0])], 1)
        _ = made._users, made._items
        return made

    @cached_property
    def _users(self) -> Searchable:
        return Searchable.of(listing(self.run.data, "user"))

    @cached_property
    def _items(self) -> Searchable:
        return Searchable.of(listing(self.run.data, "item"))

    def facts(self) -> dict[str, Any]:
        """What is served."""
        data, trained = self.run.data, self.run.trained
        explainer = self.explainer.name if self.explainer else None
        return {
            "method": self.run.method,
            "explainer": explainer,
            "seed": trained.options.seed,
            "protocol": data.protocol,
            "dataset": {"name": data.name, "fingerprint": data.fingerprint},
            "users": data.n_users,
            "items": data.n_items,
        }

    def recommend(self, asked: RecommendQuestion) -> dict[str, Any]:
        """The document of `recommend --json`."""
        user = np.array([self.known("user", asked.user)])
        run, reasons = self.run, None
        checker = run.checker.knowing(user) if asked.explain else None  # scored once, for the list and for what is asked of it
        items, scores = (checker.order if checker else run.order).best(user, min(asked.k, run.data.n_items))
        shown = items[0][items[0] != NO_ITEM]
        if checker:
            pairs = np.stack([np.repeat(user, len(shown)), shown], axis=1)
            answers = answer(checker, self._able(), pairs, None, asked.k)
            reasons = [answers.pair(row, asked.quotes) for row in range(len(answers))]
        best = [(run.data.items[item], score) for item, score in zip(shown.tolist(), scores[0].tolist(), strict=False)]
        return recommendation_document(run.trained, asked.user, best, reasons, asked.register_)

    def profile(self, asked: ProfileQuestion) -> dict[str, Any]:
        """The same of somebody who is in no data set, as the recommender would answer were they in it."""
        run = self.run.knowing(Profile(asked.likes, asked.words, asked.attributes))
        known = self.about(run)
        told = {"for": asked.register_, "quotes": asked.quotes, "k": asked.k, "explain": asked.explain}
        return known.recommend(RecommendQuestion.model_validate({"user": run.data.users[-1], **told}))

    def about(self, run: Run) -> Served:
        """Another run with the explainer of this one."""
        own, named = run.trained.explainer, self.explainer.name if self.explainer else None
        return Served(run, own if own is not None and own.name == named else run.explainer(named) if named else None)

    def explain(self, asked: ExplainQuestion) -> dict[str, Any]:
        """The document of `explain --json`."""
        pair = Pair(user=asked.user, item=asked.item, against=asked.against)
        until = Until.parse(asked.until) if asked.until else None
        return self._answers([pair], until=until).pair(0, asked.quotes).to_dict(asked.register_)

    def batch(self, asked: BatchQuestion) -> dict[str, Any]:
        """As many documents of `explain --json` as pairs, in their order."""
        named = [row for row, pair in enumerate(asked.pairs) if pair.against is not None]
        left = [row for row, pair in enumerate(asked.pairs) if pair.against is None]
        documents: list[dict[str, Any]] = [{} for _ in asked.pairs]
        for rows in (named, left):
            if rows:
                answers = self._answers([asked.pairs[row] for row in rows])
                for place, row in enumerate(rows):
                    documents[row] = answers.pair(place, asked.quotes).to_dict(asked.register_)
        return {"schema": 2, "explanations": documents}

    def search(self, side: Side, words: str, k: int) -> dict[str, Any]:
        """The document of `data users --json` or `data items --json`."""
        found = (self._users if side == "user" else self._items).matching(words)
        return listing_document(self.run.data, side, found, words, k)

    def _answers(self, pairs: list[Pair], k: int = 10, until: Until | None = None) -> Answers:
        """Of pairs that all name another item, or all do not."""
        indices = np.array([[self.known("user", p.user), self.known("item", p.item)] for p in pairs], dtype=np.int64).reshape(-1, 2)
        named = [p.against for p in pairs if p.against is not None]
        against = np.array([self.known("item", name, "against") for name in named], dtype=np.int64) if named else None
        if against is not None and (same := np.flatnonzero(against == indices[:, 1])).size:
            raise RefusedError(422, f"{pairs[int(same[0])].item!r} cannot be compared with itself", "against", "Name another item.")
        return answer(self.run.checker, self._able(), indices, against, k, until)

    def _able(self) -> Explainer:
        if self.explainer is None:
            what = f"a run of {self.run.method} has no explainer of its own"
            raise RefusedError(409, what, hint="Start the service with --explainer.")
        return self.explainer

    def known(self, side: Side, name: str, where: str = "") -> int:
        """The number of a name. Nobody is told which names are near: they are other people's."""
        vocabulary = self.run.data.users if side == "user" else self.run.data.items
        if name not in vocabulary:
            raise RefusedError(404, f"unknown {side} {name!r:.200}", where or side, f"/{side}s?search= finds those that there are.")
        return vocabulary.index(name)
