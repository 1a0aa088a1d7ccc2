"""Explanations of many pairs together with what may be said of each: the step that explain, recommend and the rest share."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .data.types import Dataset
from .errors import UsageError, either
from .explainers.base import Explainer
from .explainers.counterfactual.settings import SolverSettings
from .explainers.counterfactual.until import ABOVE, Until, solve_until
from .explainers.order import Order
from .explainers.types import NO_ITEM, Explanations
from .explainers.unsaid import without_unsaid
from .margin.margin import Margin
from .recommenders.base import Recommender
from .statements.facts import Checker, Facts
from .statements.types import Quotes

if TYPE_CHECKING:
    from .present.explanation import PairExplanation
    from .present.pair import Reason

Int = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Answers:
    """Explanations of n (user, item in front) against the item behind, and the facts that hold of them."""

    found: Explanations
    facts: Facts

    def __len__(self) -> int:
        return len(self.found)

    def pair(self, row: int, quotes: Quotes = "all") -> PairExplanation:
        """One of them, ready to be shown."""
        from .present.explanation import PairExplanation

        told = PairExplanation.told(self.found, row, self.facts, quotes)
        if told.against is None:
            return told
        added, find = self._added(row), self.facts.checker.quotes.find
        whole, pair = told.with_contributions(added.values()), (int(self.found.users[row]), int(self.found.items[row]))
        index = {(reason.feature, reason.kind): k for k, reason in added.items()}
        others = whole.reasons[len(told.reasons) :]
        quoted = (r.with_evidence(find(*pair, index[r.feature, r.kind], quotes)) for r in others)
        return replace(whole, reasons=(*whole.reasons[: len(told.reasons)], *quoted))

    def _added(self, row: int) -> dict[int, Reason]:
        """What each of the user's features, by its index, adds to the lead of the item in front."""
        from .present.pair import Reason, title_of

        data = self.facts.checker.order.data
        now = dict(zip(*(part.tolist() for part in data.user_features.row(int(self.found.users[row]))), strict=True))
        columns, values = self.facts.added.of(row)
        return {
            k: Reason(data.features[k], 0.0, now.get(k, 0.0), None, (), value, data.features.kind_of(k), title_of(data, k))
            for k, value in zip(columns.tolist(), values.tolist(), strict=True)
            if data.unsaid is None or not data.unsaid[k]
        }


def answer(
    checker: Checker, explainer: Explainer, pairs: Int, against: Int | None = None, k: int = 10, until: Until | None = None
) -> Answers:
    """Why users are shown the items of pairs [n, 2] before the items of against [n], or before the next in the full ranking
    where it is None; for a pair whose item is behind, or outside the first k, why it is not shown.

    The last item of a catalogue is ahead of none: an explainer is then given the one in front of it, and nothing is stated. until:
    what the change has to reach, whatever the explainer's own is made for; its K, where it has one, stands for k.
    """
    checker = checker.knowing(np.unique(pairs[:, 0]))
    questions = checker.pose(pairs, against, until.k if until is not None and until.k else k)
    shown = np.stack([questions.users, questions.front], axis=1)
    other = questions.back.copy()
    alone = np.flatnonzero(other == NO_ITEM)
    other[alone] = checker.order.below(shown[alone])
    margin = _margin_of(checker, explainer, shown, other)
    found = explainer.explain(shown, other) if margin is None else explainer.explain_margin(margin)
    if until is not None:
        found = reaching(checker.order, explainer, found, until)
    found = without_unsaid(found, checker.data)
    return Answers(found, checker.check(questions, found, margin))


def _margin_of(checker: Checker, explainer: Explainer, pairs: Int, others: Int) -> Margin | None:
    """Of pairs [n, 2] and the other items [n], for the explainer and the checks together; None where the explainer asks in a way of
    its own, or of items, or of another model or other data."""
    same = explainer.recommender is checker.order.recommender and explainer.data is checker.data
    if type(explainer).explain is not Explainer.explain or explainer.side != "user" or not same:
        return None
    return Margin.of(explainer.recommender, explainer.data, pairs, others, max_memory=explainer.options.max_memory)


def reaching(order: Order, explainer: Explainer, found: Explanations, until: Until) -> Explanations:
    """The same explanations, with the change at which `until` is reached; the weights stay where they do not come from the change.
    The solver takes those of its settings that the explainer has too. UsageError for explainers that change items."""
    if found.side != "user":
        raise UsageError(
            f"explainer {explainer.name} changes items, and what is to be reached is asked of changes of the user",
            where=either("explain(..., until=...)", "--until"),
            hint="Name another explainer.",
        )
    if until.kind == ABOVE and found.change is not None:
        return found
    config = explainer.config
    settings = SolverSettings(**{f.name: getattr(config, f.name) for f in fields(SolverSettings) if hasattr(config, f.name)})
    assert found.against is not None
    pairs, memory = np.stack([found.users, found.items], axis=1), explainer.options.max_memory
    asked = order.recommender, order.data, pairs, found.against, until, settings
    solved = solve_until(*asked, order=order, method=found.method, max_memory=memory)
    margin = Margin.of(order.recommender, order.data, pairs, found.against, max_memory=memory)
    return explainer.reweighed(replace(solved, weights=found.weights), margin)


class Printed:
    """The documents that `explain --json` prints of explanations, for the metrics that read them. What the checks need of one
    recommender and its data is kept until another one is asked about."""

    def __init__(self) -> None:
        self._checker: Checker | None = None

    def __call__(self, recommender: Recommender, data: Dataset, found: Explanations) -> list[dict[str, Any]]:
        """A document a row of explanations [n] of (user, item) against the next item of the full ranking. A row that is compared
        with another one has a document without statements: nobody is told that."""
        from .present.explanation import PairExplanation

        checker = self._checker_of(recommender, data)
        pairs = np.stack([found.users, found.items], axis=1)
        posed = checker.pose(pairs)
        asked = np.flatnonzero((posed.front == found.items) & (posed.back == (NO_ITEM if found.against is None else found.against)))
        told = found.select(asked)
        facts = checker.check(checker.pose(pairs[asked]), told)
        out: list[dict[str, Any]] = [{"user": data.users[u], "item": data.items[i], "statements": []} for u, i in pairs.tolist()]
        for row, place in enumerate(asked.tolist()):
            out[place] = PairExplanation.told(told, row, facts).to_dict()
        return out

    def _checker_of(self, recommender: Recommender, data: Dataset) -> Checker:
        known = self._checker
        if known is None or known.order.recommender is not recommender or known.data is not data:
            self._checker = known = Checker(Order(recommender, data))
        return known
