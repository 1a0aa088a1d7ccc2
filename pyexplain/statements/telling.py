"""What is told of many questions, as texts: letter by letter what say() and Statement.to_json() make of each; but what several of
them share is put into words once (wording.py), and whole batches are put together of such pieces (told_*.py)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .asking import Bool
from .english import ENGLISH, English
from .facts import Checker, Facts
from .pieces import Int, Pieces
from .say import say
from .told_changes import lay_changes
from .told_pairs import Pairs
from .told_reasons import ToldReasons
from .told_sentences import lay_sentences
from .types import Quotes, Register
from .wording import Wording

if TYPE_CHECKING:
    import pyarrow as pa


class Teller:
    """Of questions to one Checker about the item that comes next."""

    def __init__(self, checker: Checker, quotes: Quotes = "all", register: Register = "analyst", words: English = ENGLISH) -> None:
        self.wording = Wording(checker, quotes, register, words)

    def told(self, facts: Facts, rows: Sequence[int] | Int) -> tuple[pa.Array, pa.Array]:
        """Of each question, what is said, and what was checked as a JSON list: texts [n] each."""
        asked, pieces, usual = np.asarray(rows, np.int64), Pieces(), self._usual(facts)
        slow, fast = np.flatnonzero(~usual[asked]), np.flatnonzero(usual[asked])
        pairs = Pairs(self.wording, facts, asked[fast], fast, pieces, len(asked))
        for layout, texts in zip((pairs.said, pairs.checked), self._slowly(facts, asked[slow].tolist()), strict=True):
            layout.add(slow, 0, pairs.each(texts))
        if len(pairs):
            reasons = ToldReasons(pairs)
            reasons.lay()
            lay_changes(pairs)
            lay_sentences(reasons)
            pairs.lay_ends()
        return pairs.said.of(pieces), pairs.checked.of(pieces)

    def _usual(self, facts: Facts) -> Bool:
        """Which questions [n] are told in batches; of the others there are few."""
        usual = facts.above & ~facts.cold & ~facts.questions.why_not
        if facts.questions.named:
            return np.zeros_like(usual)
        return usual & ~np.array([bool(some) for some in facts.sentences]) if facts.sentences else usual

    def _slowly(self, facts: Facts, rows: Sequence[int]) -> tuple[list[str], list[str]]:
        found = [facts.statements(row, self.wording.quotes, self.wording.words) for row in rows]
        said = [say(some, facts.asked(row), self.wording.quotes, self.wording.words) for some, row in zip(found, rows, strict=True)]
        return said, [f"[{self.wording.json(some)}]" for some in found]
