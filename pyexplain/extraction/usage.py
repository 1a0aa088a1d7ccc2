"""How a noun is used: whether things are said of it, or it is part of an expression; whose it is; of which items it is said.

"The sound is great" says something of a feature. "A great deal" judges the item itself: such nouns are hardly ever a subject.
"This pedal" is the item.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .corpus import Corpus, Ids
from .language import Language

MANY = 5  # capitals of a word
LEAST = 5  # reviews of an item before it says anything about what is said of it
Shares = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Use:
    """Of one name with its plural: how often it occurs, and shares of these places, 0..1.

    subject: after a definite determiner and before a linking verb ("the sound is"). definite: after "the", "its", "this", "my".
    indefinite: after "a". pointed: after "this", and no preposition before it ("for this price"). own: after "my". plural: of
    forms other than the first. An opinion
    word may stand between ("my great pedal").
    """

    total: int
    subject: float
    definite: float
    indefinite: float
    pointed: float
    own: float
    plural: float


def uses_of(corpus: Corpus, language: Language, names: Mapping[str, Sequence[str]]) -> dict[str, Use]:
    """name -> its use. names: name -> its forms, of one word or more."""
    starts, stops, owner, later = places(corpus, names)
    ids, size = corpus.ids(), len(names)

    def at(where: Places, members: frozenset[str]) -> Flags:
        inside = (where >= 0) & (where < len(ids))
        flags = np.zeros(len(corpus.numbers), dtype=bool)
        flags[[corpus.numbers[word] for word in members if word in corpus.numbers]] = True
        found: Flags = inside & flags[ids[np.where(inside, where, 0)]]
        return found

    total = np.bincount(owner, minlength=size)

    def share(marks: Flags) -> Shares:
        found: Shares = np.bincount(owner[marks], minlength=size) / np.maximum(total, 1)
        return found

    lead = starts - 1 - at(starts - 1, frozenset(language.opinions))
    definite = at(lead, language.definite)
    shares = (
        share(definite & at(stops, language.linking)),
        share(definite),
        share(at(lead, language.indefinite)),
        share(at(lead, language.demonstratives) & ~at(lead - 1, language.prepositions)),
        share(at(lead, language.possessives)),
        share(later),
    )
    return {name: Use(*row) for name, *row in zip(names, total.tolist(), *(part.tolist() for part in shares), strict=True)}


def places(corpus: Corpus, names: Mapping[str, Sequence[str]]) -> tuple[Places, Places, Places, Flags]:
    """Of every place of every form: start, stop, the number of its name, and whether the form is not the name's first."""
    ids, number = corpus.ids(), corpus.numbers
    by_last: dict[int, list[tuple[list[int], int, bool]]] = {}
    for owner, forms in enumerate(names.values()):
        for at, form in enumerate(forms):
            words = form.split()
            if all(word in number for word in words):
                by_last.setdefault(number[words[-1]], []).append(([number[word] for word in words], owner, at > 0))
    lasts = np.zeros(len(number), dtype=bool)
    lasts[list(by_last)] = True
    where = np.flatnonzero(lasts[ids])
    where = where[np.argsort(ids[where], kind="stable")]
    edges = np.searchsorted(ids[where], np.arange(len(number) + 1))
    found: list[tuple[Places, int, int, bool]] = []
    for last, forms_of in by_last.items():
        ends = where[edges[last] : edges[last + 1]]
        for form_ids, owner, later in forms_of:
            starts = ends - len(form_ids) + 1
            found.append((starts[_matches(ids, starts, form_ids)], len(form_ids), owner, later))
    if not found:
        return (*(np.zeros(0, np.int64),) * 3, np.zeros(0, bool))
    sizes = [len(entry[0]) for entry in found]
    all_starts = np.concatenate([entry[0] for entry in found])
    lengths, owners, others = (np.repeat([entry[k] for entry in found], sizes) for k in (1, 2, 3))
    return all_starts, all_starts + lengths, owners, others


def _matches(ids: Ids, starts: Places, form: list[int]) -> Flags:
    right: Flags = starts >= 0
    for step, word in enumerate(form[:-1]):
        right &= ids[np.maximum(starts, 0) + step] == word
    return right


def spread(corpus: Corpus, names: Mapping[str, Sequence[str]]) -> dict[str, tuple[float, float]]:
    """name -> how much of its being said or not depends on the item (intra-class correlation, 0..1), and the share of items in
    whose reviews it stands. Of items with at least LEAST reviews."""
    items = np.array(corpus.items)
    reviews = np.bincount(items)
    known = reviews >= LEAST
    if known.sum() < 2:
        return dict.fromkeys(names, (0.0, 1.0))
    starts, _, owner, _ = places(corpus, names)
    of = np.searchsorted(np.cumsum([len(text) for text in corpus.texts]), starts, side="right")
    n, found = reviews[known], {}
    for number, name in enumerate(names):
        said = np.bincount(items[np.unique(of[owner == number])], minlength=len(reviews))[known]
        mean = said.sum() / n.sum()
        excess = ((said - n * mean) ** 2 / np.maximum(n * mean * (1 - mean), 1e-9)).mean() - 1
        found[name] = (min(1.0, max(0.0, float(excess / (n.mean() - 1)))), float((said > 0).mean()))
    return found


def capital_shares(corpus: Corpus) -> dict[str, float]:
    """word -> share of its places with a capital within a sentence, of words that have one at least MANY times."""
    total = np.bincount(corpus.ids(), minlength=len(corpus.numbers))
    return {w: n / max(1, int(total[corpus.numbers[w]])) for w, n in corpus.capitals().items() if n >= MANY and w in corpus.numbers}
