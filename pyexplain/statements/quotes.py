"""Which sentence to quote for a feature: on the right side, to the point, whole, and short enough to be read."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from .cues import APART, FOLLOWS, LINKS, OPEN, TURNS, UNREAL, WEAK
from .evidence import EvidenceIndex, Int
from .types import Quote, Quotes

SHORT, LONG, LONGEST = 20, 140, 220  # characters: liked best between the first two, not quoted beyond the last
NEAR = 2  # words between an opinion and its feature
BRIEF = 8  # words of a sentence that can be about one thing only
KEPT = 6  # of the best rows of a feature
MOST_KEPT = 65_536  # (item, feature) pairs whose quotes are remembered, and four times as many sentences
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?|[,.!;:()]")  # words, and the marks that part them


class Rank(NamedTuple):
    """Smaller is quoted sooner; the text at the end decides what nothing else does."""

    doubts: int
    length: int
    text: str
    row: int


class QuoteFinder:
    """Quotes of a data set; what was found for a feature of an item is kept."""

    def __init__(self, index: EvidenceIndex) -> None:
        self.index = index
        self._of_item = lru_cache(maxsize=MOST_KEPT)(self._find_of_item)
        self._by_user = lru_cache(maxsize=MOST_KEPT)(self._find_by_user)
        self._kept_rank = lru_cache(maxsize=4 * MOST_KEPT)(self._rank)

    def find(self, user: int, item: int, feature: int, quotes: Quotes = "all") -> tuple[Quote, ...]:
        """Praise of the item's feature from its own reviews first, then what the user wrote of the feature of other items.

        quotes: "all"; "own": only what the user wrote; "none". At most one of each; empty where nothing can be quoted.
        """
        return tuple(self.quote(row, self.is_by(row, user)) for row in self.rows(user, item, feature, quotes))

    def rows(self, user: int, item: int, feature: int, quotes: Quotes = "all") -> list[int]:
        """The rows of the evidence that find() quotes."""
        if quotes == "none" or not self.index.is_quotable[feature]:
            return []
        mine = self._by_user(user, feature)
        here = mine if quotes == "own" else self._of_item(item, feature)
        if not mine and not here:
            return []
        of_item = [row for row in here if self.index.items[row] == item][:1]
        return of_item + [row for row in mine if self.index.items[row] != item][:1]

    def is_by(self, row: int, user: int) -> bool:
        """Whether this user wrote a row of the evidence."""
        return bool(self.index.users[row] == user)

    def quote(self, row: int, own: bool) -> Quote:
        """A row of the evidence as a quote, for who wrote it or for somebody else."""
        index, data = self.index, self.index.data
        who, item = int(index.users[row]), int(index.items[row])
        return Quote(index.sentence(row), data.items[item], data.users[who], float(index.sentiments[row]), own)

    def _find_of_item(self, item: int, feature: int) -> tuple[int, ...]:
        return self._best(self.index.about(item, feature))

    def _find_by_user(self, user: int, feature: int) -> tuple[int, ...]:
        return self._best(self.index.written(user, feature))

    def _best(self, rows: Int) -> tuple[int, ...]:
        rows = rows[self.index.praises[rows]]
        ranks = sorted(rank for row in rows.tolist() if (rank := self._kept_rank(row)) is not None)
        return tuple(rank.row for rank in ranks[:KEPT])

    def _rank(self, row: int) -> Rank | None:
        """None where the sentence of a mention must not be quoted as praise of its feature."""
        index, text = self.index, self.index.sentence(row)
        if not is_whole(text):
            return None
        words = words_of(text)
        near = nearness(words, index.data.features[int(index.features[row])], index.opinion(row))
        if near is None or not is_fact(text, words) or self._is_mixed(row, text):
            return None
        return Rank(near + look(text), len(text), text, row)

    def _is_mixed(self, row: int, text: str) -> bool:
        """Whether the same sentence also says something bad."""
        rows = self.index.beside(row)
        bad = rows[self.index.sentiments[rows] < 0]
        return any(self.index.sentence(other) == text for other in bad.tolist())


def is_quotable(text: str, words: list[str]) -> bool:
    """Whether a sentence is whole, says something, and says it as a fact."""
    return is_whole(text) and is_fact(text, words)


def is_whole(text: str) -> bool:
    """Whether it may be a whole sentence, by its letters; most that are none are known by these."""
    if not text or len(text) > LONGEST or "…" in text or "..." in text or "?" in text:
        return False
    return (text[0].isalnum() or text[0] in "\"'“‘") and text[-1] not in ",;:-(/" and text.count("(") == text.count(")")


def is_fact(text: str, words: list[str]) -> bool:
    """Whether it ends as a sentence does, and says what it says as a fact."""
    if words and words[-1] in OPEN:
        return False
    return not (UNREAL | TURNS).intersection(words) and not any(word.endswith(("n't", "n’t", "'d", "’d")) for word in words)


def look(text: str) -> int:
    """Doubts about how a sentence looks: too short or too long, a part of one, shouted."""
    outside = not SHORT <= len(text) <= LONG
    part = not (text[0].isupper() or text[0].isdigit() or text[0] in "\"'“‘") or text.count('"') % 2 == 1
    return 2 * outside + 2 * part + text.isupper()


def nearness(words: list[str], feature: str, opinion: str) -> int | None:
    """Doubts about whether the opinion is on the feature: 0 where it stands right before it ("great sound") or is said of it ("the
    sound is great"); 4 where the feature goes by another name in a short sentence; None elsewhere: then it may be on anything."""
    stems = [stem(word) for word in words]
    name, judged = ([stem(word) for word in words_of(text)] for text in (feature, opinion))
    features, opinions = _places(stems, name), _places(stems, judged)
    if not opinions or WEAK.intersection(judged):
        return None
    if not features:
        return 4 if len(words) <= BRIEF else None
    spans = [(at, at + len(name)) for at in features]
    pairs = [(span, at, at + len(judged)) for span in spans for at in opinions]
    return 0 if any(_before(words, end, span) or _said_of(words, span[1], at) for span, at, end in pairs) else None


def _before(words: list[str], opinion_end: int, feature: tuple[int, int]) -> bool:
    """ "great sound", and not "great sound card": what follows the feature is no other noun."""
    between, after = words[opinion_end : feature[0]], words[feature[1] : feature[1] + 1]
    return feature[0] >= opinion_end and len(between) <= NEAR and not APART.intersection(between) and FOLLOWS.issuperset(after)


def _said_of(words: list[str], after: int, opinion: int) -> bool:
    between = words[after:opinion]
    return (
        opinion >= after and len(between) <= 1 + NEAR and bool(LINKS.intersection(between[:2])) and not APART.intersection(between)
    )


def _places(stems: list[str], wanted: list[str]) -> list[int]:
    """Where a run of words begins."""
    n = len(wanted)
    return [at for at in range(len(stems) - n + 1) if n and stems[at : at + n] == wanted]


def words_of(text: str) -> list[str]:
    """The words of a text in small letters, and the marks that part them."""
    return [word.lower() for word in _WORD.findall(text)]


def stem(word: str) -> str:
    """A word without the s of a plural or a genitive."""
    return word.removesuffix("'s").removesuffix("s")
