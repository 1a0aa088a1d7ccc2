"""All checks of many pairs at once, and the list of what holds for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import NamedTuple

import numpy as np

from ..data.kinds import WORD
from ..data.sparse import SparseRows
from ..data.types import Dataset
from ..explainers.named_cells import cells_of
from ..explainers.order import Order
from ..explainers.types import NO_ITEM, Explanations, Sentence
from ..margin.margin import Margin
from .added import Added
from .asking import Asker, Bool, Float, Int
from .changes import After, ask_again
from .contrast import leads
from .english import ENGLISH, English
from .evidence import EvidenceIndex
from .naming import name_of
from .praise import Praised, most_praised
from .questions import Questions, pose
from .quotes import MOST_KEPT, QuoteFinder
from .reasons import Reasons, find_reasons
from .say import Asked
from .titles import Titles
from .types import Change, Named, Quote, Quotes, Statement
from .written import SentenceChecker

Moved = list[tuple[int, float, float]]  # feature, value now, value then
SAME = 1e-6  # values nearer than this are one


class Moves(NamedTuple):
    """What changes in n questions: feature [m], value now and value then [m], those of a question together; offsets [n + 1]."""

    offsets: Int
    feature: Int
    before: Float
    after: Float


class Checker:
    """Checks what may be said of pairs of one (recommender, data); what it needs of the data is sorted once.

    max_memory: bytes that a block of pairs may take.
    """

    def __init__(self, order: Order, max_memory: int = 256 * 2**20) -> None:
        self.order, self.data, self.max_memory = order, order.data, max_memory
        self.asker = Asker(order.recommender, order.data.n_features, max_memory)
        self.index = EvidenceIndex.of(order.data)
        self.quotes, self.written = QuoteFinder(self.index), SentenceChecker(self.index)
        self.titles = Titles(order.data.items)
        self._praised: dict[int, Praised] = {}
        self.named = lru_cache(maxsize=MOST_KEPT)(partial(name_of, self.data))  # what each feature is called
        self.sizes = lru_cache(maxsize=MOST_KEPT)(partial(_sizes, self.data, self.named))

    def knowing(self, users: Int) -> Checker:
        """The same with the scores of users [n] computed once; see Order.knowing. What was sorted and looked up is shared."""
        order = self.order.knowing(users)
        if order is self.order:
            return self
        found = copy(self)
        found.order = order
        return found

    def among(self, order: Order) -> Checker:
        """The same for other users, or other things that users care about, over the same evidence; what was looked up is kept."""
        other = copy(self)
        other.order, other.data = order, order.data
        other.asker = Asker(order.recommender, order.data.n_features, self.max_memory)
        return other

    def praised(self, item: int) -> Praised:
        """What many of the item's reviews praise; looked up once an item."""
        if item not in self._praised:
            self._praised[item] = most_praised(self.index, item)
        return self._praised[item]

    def pose(self, pairs: Int, against: Int | None = None, k: int = 10) -> Questions:
        """The questions of pairs (u, i) [n, 2], against the items of against [n], or the next of the catalogue where it is None."""
        return pose(self.order, self.asker, pairs, against, k)

    def check(self, questions: Questions, found: Explanations, margin: Margin | None = None) -> Facts:
        """What holds of the questions and their explanations, which are of (user, item in front) against the item behind. margin:
        of the same, where there is one at hand."""
        ahead = leads(self.asker, questions)
        offsets = self.data.user_features.offsets
        cold = offsets[questions.users + 1] == offsets[questions.users]
        added = Added(self.order.recommender, self.data, questions, self.max_memory, margin)
        reasons = find_reasons(self.asker, self.data, self.index, questions, ahead, added)
        after = ask_again(self.order, self.asker, self.data, questions, ahead.holds, found)
        changed = after, found.change, found.side
        return Facts(self, questions, ahead.margin, ahead.holds, cold, reasons, added, *changed, found.sentences)


@dataclass(frozen=True, eq=False)
class Facts:
    """What was found of n questions: margin [n] of the item in front, above [n] whether it is really in front, cold [n] whether the
    user has no feature, reasons, what each feature adds, what a change [n, P] of f_u or f_i (side) leads to, what the method
    wrote."""

    checker: Checker
    questions: Questions
    margin: Float
    above: Bool
    cold: Bool
    reasons: Reasons
    added: Added
    after: After
    change: SparseRows | None
    side: str
    sentences: tuple[tuple[Sentence, ...], ...] | None = None

    def statements(self, row: int, quotes: Quotes = "all", language: English = ENGLISH) -> tuple[Statement, ...]:
        """What holds of question `row`, in the order in which it is told; nothing of people without features."""
        if self.cold[row] or not self.above[row]:
            return ()
        said = _Said(self, row, language)
        found = self.reasons.of(row)
        reasons = [s for reason in found for s in said.reason(*reason, quotes)]
        praised = said.praised([feature for feature, *_ in found])
        return (said.contrast(), *reasons, *praised, *said.written(), *said.changed())

    def moved(self, row: int) -> Moved:
        """Feature, value now and value then of what changes in question `row`, largest change first."""
        offsets, *columns = self.moves
        begin, end = offsets[row : row + 2].tolist()
        return list(zip(*(column[begin:end].tolist() for column in columns), strict=True))

    @cached_property
    def moves(self) -> Moves:
        """moved() of all questions under each other."""
        if self.change is None:
            none = np.zeros(0)
            return Moves(np.zeros(len(self.questions) + 1, np.int64), none.astype(np.int64), none, none)
        data, questions = self.checker.data, self.questions
        change, of_user = self.change.where(np.abs(self.change.values) > SAME), self.side == "user"
        now = data.user_features.select(questions.users) if of_user else data.item_features.select(questions.front)
        row, feature = change.row_indices(), change.indices
        before = cells_of(now, row, feature)
        after = before + change.values
        after[np.abs(after) <= SAME] = 0.0  # but for rounding
        order = np.lexsort((feature, -np.abs(change.values), row))
        return Moves(change.offsets, feature[order], before[order], after[order])

    def then(
        self, row: int, condition: str, front: str, back: str, words: English
    ) -> list[tuple[str, str, tuple[int, int] | None]]:
        """Kind, text and count of what holds under the condition that the change of question `row` is."""
        after, k = self.after, self.questions.k
        said: list[tuple[str, str, tuple[int, int] | None]] = []
        if after.flips[row]:
            said.append(("flip", words.flip(condition, front, back), None))
        if after.replaces(row):
            now, then = int(after.before[row]), int(after.back[row])
            said.append(("replacement", words.replacement(condition, front, back, then == 1), (now, then)))
        if after.leaves(row, k):
            said.append(("leaving", words.leaving(condition, front, k), (k, int(after.front[row]))))
        return said

    def asked(self, row: int) -> Asked:
        """What the sentences of question `row` are about."""
        questions, data, titles = self.questions, self.checker.data, self.checker.titles
        front, back = int(questions.front[row]), int(questions.back[row])
        why_not = bool(questions.why_not[row])
        item = data.items[front]
        pair = (titles.known(item), None) if back == NO_ITEM else titles.pair(item, data.items[back])
        back_is = "named" if questions.named else "last" if why_not else "next"
        people = self.checker.praised(front).people
        words_alone = data.kinds in ((), (WORD,))
        return Asked(*pair, back_is, why_not, bool(self.cold[row]), self.side, questions.k, people, words_alone)


class _Said:
    """The statements of one question."""

    def __init__(self, facts: Facts, row: int, language: English) -> None:
        self.facts, self.row, self.words = facts, row, language
        questions, data = facts.questions, facts.checker.data
        self.user = int(questions.users[row])
        self.front = int(questions.front[row])
        self.item, self.other = data.items[self.front], data.items[int(questions.back[row])]
        titles = facts.checker.titles
        front, back = titles.pair(self.item, self.other)
        self.front_title = front or language.called("item", self.item)
        self.back_title = back or language.called("item", self.other)

    def contrast(self) -> Statement:
        return Statement("contrast", self.words.contrast(self.front_title, self.back_title), None, self.item, self.other)

    def reason(self, feature: int, praise: int, complain: int, mention: int, quotes: Quotes) -> list[Statement]:
        """The reason, how many reviews bear it out, and what can be quoted."""
        checker = self.facts.checker
        named = checker.named(feature)
        found = [Statement("reason", self.words.reason(named, self.front_title), named, self.item, self.other)]
        if mention:
            found += checker.sizes(self.words, self.front, feature, (praise, complain), mention)
        quoted = checker.quotes.find(self.user, self.front, feature, quotes)
        return [*found, *(evidence(checker, self.words, self.item, feature, quote) for quote in quoted)]

    def praised(self, reasons: Sequence[int]) -> Sequence[Statement]:
        """What most reviews of the item praise, where that is not among the reasons."""
        checker = self.facts.checker
        most = checker.praised(self.front)
        if most.feature is None or most.feature in reasons:
            return ()
        return checker.sizes(self.words, self.front, most.feature, (most.praise, 0), most.mention)

    def written(self) -> list[Statement]:
        """What the method wrote, as far as it holds."""
        checker, sentences = self.facts.checker, self.facts.sentences
        mine = () if sentences is None else sentences[self.row]
        features, values = checker.data.user_features.row(self.user)
        cares = set(features[values > 0].tolist()) if mine else set()
        kept = [one for one in mine if checker.written.holds(self.front, cares, one)]
        return [Statement("sentence", one.text, checker.named(one.feature), self.item) for one in kept]

    def changed(self) -> list[Statement]:
        """What the change leads to, if it turns the two around."""
        change = self.change()
        if not change:
            return []
        condition, titles = self.words.condition(change, self.facts.side, self.front_title), (self.front_title, self.back_title)
        then = self.facts.then(self.row, condition, *titles, self.words)
        return [
            Statement(kind, text, None, self.item, self.other, change, count=count)  # type: ignore[arg-type]
            for kind, text, count in then
        ]

    def change(self) -> tuple[Change, ...]:
        """The features that change, largest change first."""
        name = self.facts.checker.named
        return tuple([Change(name(f), before, after) for f, before, after in self.facts.moved(self.row)])


def evidence(checker: Checker, words: English, item: str, feature: int, quote: Quote) -> Statement:
    """What is quoted of a feature of the item in front."""
    text = words.quote(quote, checker.titles.known(quote.item), quote.item == item)
    return Statement("evidence", text, checker.named(feature), item, quote=quote)


def _sizes(
    data: Dataset, name: Callable[[int], Named], words: English, item: int, feature: int, sides: tuple[int, int], mention: int
) -> tuple[Statement, ...]:
    """How many of the reviews of an item that mention a feature praise it, and complain about it: those that are not none."""
    named, found = name(feature), []
    for praised, count in zip((True, False), sides, strict=True):
        if count:
            text = words.size(named, count, mention, praised)
            found.append(Statement("size", text, named, data.items[item], count=(count, mention)))
    return tuple(found)


def clean(value: float) -> float:
    """What is 0 but for rounding is 0, without a sign."""
    return 0.0 if abs(value) <= SAME else value
