"""Names that are one feature: synonyms of the language, one word spelt in two ways, and short forms, where their company agrees.

"battery life" and "batterylife", "colour" and "color" are one by their letters. "mic" is taken for "microphone" only where the two
stand among the same words (positive pointwise mutual information, cosine) and are said of the same items: "string" and "sting",
"fret" and "fretboard" are alike in letters alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from .corpus import Corpus
from .language import Language
from .spelling import is_one_slip

WINDOW = 2  # words on either side that are the company of a word
CONTEXTS = 1000  # the most frequent words are asked for
SAME_WORDS = 0.12  # cosine of two words' company
NEAREST = 5  # each among this many nearest of the other
SAME_ITEMS = 0.3  # cosine of the items that they are said of
SHORTEST = 3  # letters of a short form, and of what it leaves out
SHORT = 0.6  # of the long form's letters, at most
LONG = 5  # letters below which two words that differ by one are two words
RARE_WORD = 5  # places that make a word of a short form's rest
RARER = 0.2  # the rarer spelling of two, as a share of the other

Pair = tuple[str, str]
Cosines = npt.NDArray[np.float32]


def by_table(names: Sequence[str], language: Language) -> list[Pair]:
    """Pairs of names in one group of the language's synonyms."""
    known = frozenset(names)
    return [pair for group in language.synonyms for pair in combinations([name for name in group if name in known], 2)]


def by_letters(names: Sequence[str], language: Language) -> list[Pair]:
    """Pairs that are spelt alike up to spaces and the language's double spellings."""
    first: dict[str, str] = {}
    pairs = []
    for name in sorted(names):
        other = first.setdefault(_plain(name, language), name)
        if other != name:
            pairs.append((other, name))
    return pairs


def _plain(name: str, language: Language) -> str:
    letters = name.replace(" ", "")
    for one, other in language.spellings:
        if letters.endswith(one):
            return letters[: len(letters) - len(one)] + other
    return letters


def by_company(counts: dict[str, int], corpus: Corpus, forms: dict[str, tuple[str, ...]]) -> list[Pair]:
    """Short forms and rare spellings that keep the company of the word that they look like. counts: reviews that judge a name;
    forms: what each is matched by. Names of several words are left alone."""
    single = [name for name in counts if " " not in name]
    often = np.bincount(corpus.ids(), minlength=len(corpus.numbers)) >= RARE_WORD
    alike = list(_alike(single, counts, frozenset(word for word, known in zip(corpus.words, often, strict=True) if known)))
    at = {name: number for number, name in enumerate(single)}
    pairs = np.array([(at[one], at[other]) for one, other in alike], dtype=np.int64).reshape(-1, 2)
    return [pair for pair, agree in zip(alike, _agree(pairs, single, corpus, forms), strict=True) if agree] if alike else []


def _alike(names: list[str], counts: dict[str, int], words: frozenset[str]) -> Iterator[Pair]:
    """Pairs alike enough in letters to ask their company."""
    for one, other in combinations(sorted(names, key=lambda name: (len(name), name)), 2):
        if one[0] == other[0] and (_is_short_form(one, other, words) or _is_rare_spelling(one, other, counts)):
            yield one, other


def _is_short_form(short: str, long: str, words: frozenset[str]) -> bool:
    """ "mic" of "microphone", "uke" of "ukulele"; not where the rest is a word of its own: "fret" and "fretboard"."""
    if not SHORTEST <= len(short) <= SHORT * len(long) or len(long) - len(short) < SHORTEST:
        return False
    if long.startswith(short):
        return long[len(short) :] not in words
    letters = iter(long)
    return long.startswith(short[0]) and all(letter in letters for letter in short)


def _is_rare_spelling(one: str, other: str, counts: dict[str, int]) -> bool:
    few, many = sorted((counts[one], counts[other]))
    return min(len(one), len(other)) >= LONG and few <= RARER * many and is_one_slip(one, other)


def _agree(pairs: npt.NDArray[np.int64], names: list[str], corpus: Corpus, forms: dict[str, tuple[str, ...]]) -> list[bool]:
    """For each pair [n, 2] of numbers of names: whether the two are used alike, each for the other, and of the same items."""
    ids = corpus.ids()
    row = np.full(len(corpus.numbers), -1)
    for number, name in enumerate(names):
        for form in forms[name]:
            if form in corpus.numbers:
                row[corpus.numbers[form]] = number
    where = np.flatnonzero(row[ids] >= 0)
    rows = row[ids[where]]
    company = _unit(_mutual(_beside(ids, where, rows, len(names))))
    text_items = np.repeat(np.array(corpus.items), [len(text) for text in corpus.texts])[where]
    asked, place = np.unique(pairs, return_inverse=True)
    near = company[asked] @ company.T  # [asked, N]: cosines with every name
    near[np.arange(len(asked)), asked] = -1.0
    said = [np.bincount(text_items[rows == name], minlength=max(corpus.items) + 1) for name in asked.tolist()]
    items = _unit(np.sqrt(np.array(said, dtype=np.float64)))
    agree = []
    for (one, other), (a, b) in zip(pairs.tolist(), place.reshape(-1, 2).tolist(), strict=True):
        alike = float(near[a, other])
        nearest = max(int((near[a] > alike).sum()), int((near[b] > near[b, one]).sum())) < NEAREST
        agree.append(nearest and alike >= SAME_WORDS and float(items[a] @ items[b]) >= SAME_ITEMS)
    return agree


def _beside(ids: npt.NDArray[np.int32], where: npt.NDArray[np.int64], rows: npt.NDArray[np.int64], n: int) -> npt.NDArray[np.int64]:
    """[n, 2 CONTEXTS]: how often each context word stands before, and after, each name."""
    often = np.bincount(ids)
    often[0] = 0  # the end of a sentence is no company
    chosen = np.argsort(-often, kind="stable")[:CONTEXTS]
    column = np.full(len(often), -1)
    column[chosen] = np.arange(len(chosen))
    column[0] = -1
    counts = np.zeros(n * 2 * CONTEXTS, dtype=np.int64)
    for step in (*range(-WINDOW, 0), *range(1, WINDOW + 1)):
        inside = (where + step >= 0) & (where + step < len(ids))
        beside = column[ids[where[inside] + step]]
        keys = rows[inside][beside >= 0] * 2 * CONTEXTS + beside[beside >= 0] + (CONTEXTS if step > 0 else 0)
        counts += np.bincount(keys, minlength=len(counts))
    return counts.reshape(n, -1)


def _mutual(counts: npt.NDArray[np.int64]) -> Cosines:
    """Positive pointwise mutual information of rows and columns."""
    rows, columns = np.nonzero(counts)
    seen = counts[rows, columns].astype(np.float64)
    information = np.zeros(counts.shape, dtype=np.float32)
    information[rows, columns] = np.maximum(np.log(seen * counts.sum() / (counts.sum(1)[rows] * counts.sum(0)[columns])), 0.0)
    return information


def _unit(rows: Cosines) -> Cosines:
    unit: Cosines = rows / np.maximum(np.sqrt((rows * rows).sum(axis=1, keepdims=True)), 1e-12)
    return unit
