"""Words that may be features, and words that may be opinions, from their company alone; no tagger, no model.

A noun follows determiners and opinion adjectives and stands before a verb, a preposition or a stop. An adjective follows "very".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .corpus import Corpus
from .language import Language

Counts = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
SHORTEST = 3
MIN_NOUN = 0.15  # share of a noun's places after a determiner or an opinion
MIN_HEAD = 0.30  # share of its places where it ends its phrase
MAX_VERB = 0.30  # share after "to", "I", "would"
MIN_ADJECTIVE = 0.03  # share of an adjective's places after "very"
MIN_DEGREE = 3  # times that it must stand there
MAX_ADJECTIVE_NOUN = 0.02
MIN_TOGETHER = 0.04  # share of a phrase's rarest word that stands in the phrase
MIN_GOOD_NOUN = 0.1  # share of its places after an opinion that makes an opinion word a feature too ("good value")


@dataclass(frozen=True)
class Company:
    """How often each word [V] occurs, and beside what."""

    words: list[str]
    total: Counts
    after_determiner: Counts
    after_opinion: Counts
    after_degree: Counts
    after_verb_sign: Counts
    head: Counts


def keep_company(corpus: Corpus, language: Language) -> Company:
    """One pass over the sample, counting."""
    words, ids = corpus.words, corpus.ids()
    good_or_bad = frozenset(w for w in language.opinions if w not in language.takers)
    before, after = np.concatenate([[0], ids[:-1]]), np.concatenate([ids[1:], [0]])

    def count(members: frozenset[str]) -> Counts:
        return np.bincount(ids[_flags(words, members)[before]], minlength=len(words))

    return Company(
        words,
        np.bincount(ids, minlength=len(words)),
        count(language.determiners),
        count(good_or_bad),
        count(language.degree),
        count(language.infinitive | language.pronouns | language.modals),
        np.bincount(ids[_ends(words, language)[after]], minlength=len(words)),
    )


def adjectives(company: Company, language: Language, min_count: int) -> list[str]:
    """Words that behave like adjectives, the most frequent first."""
    total = np.maximum(company.total, 1)
    chosen = (company.after_degree / total >= MIN_ADJECTIVE) & (company.after_degree >= MIN_DEGREE)
    return _named(company, chosen & (company.total >= min_count), closed(language) | language.stop)


def nouns(company: Company, language: Language, min_count: int, opinions: frozenset[str]) -> list[str]:
    """Words that behave like nouns, the most frequent first."""
    total = np.maximum(company.total, 1)
    led = (company.after_determiner + company.after_opinion) / total
    chosen = (led >= MIN_NOUN) & (company.head / total >= MIN_HEAD) & (company.after_verb_sign / total <= MAX_VERB)
    chosen &= company.after_degree / total <= MAX_ADJECTIVE_NOUN
    judged = (led >= 2 * MIN_NOUN) & (company.after_opinion / total >= MIN_GOOD_NOUN)
    chosen &= judged | ~np.array([word in opinions for word in company.words], dtype=bool)
    return _named(company, chosen & (company.total >= min_count), (closed(language) - language.linking) | language.stop)


def _named(company: Company, chosen: Flags, excluded: frozenset[str]) -> list[str]:
    numbers = np.flatnonzero(chosen)
    numbers = numbers[np.argsort(-company.total[numbers], kind="stable")]
    named = [company.words[number] for number in numbers.tolist()]
    return [word for word in named if len(word) >= SHORTEST and word.isalpha() and word not in excluded]


def closed(language: Language) -> frozenset[str]:
    """Words of the language's closed classes."""
    groups = (
        language.negators, language.intensifiers, language.excess, language.contrast, language.clause, language.relative,
        language.conjunctions, language.conditions, language.modals, language.wishes, language.linking, language.determiners,
        language.pronouns, language.prepositions, language.infinitive,
    )  # fmt: skip
    return frozenset().union(*groups)


def phrases(corpus: Corpus, company: Company, language: Language, min_count: int) -> dict[str, int]:
    """Names of two and three words that behave like a noun: they are led like one, end like one and stand together often.

    phrase -> occurrences, at least min_count.
    """
    words, ids = corpus.words, corpus.ids().astype(np.int64)
    excluded = closed(language) | language.stop | frozenset(language.opinions)
    usable = np.array([len(w) >= 2 and w.isalnum() and not w.isdigit() and w not in excluded for w in words], dtype=bool)
    leads = _flags(company.words, language.determiners | frozenset(language.opinions))
    found = _repeated(ids, usable, leads, _ends(company.words, language), 2, min_count)
    found |= _repeated(ids, usable, leads, _ends(company.words, language), 3, min_count)
    kept = {}
    for key, number in sorted(found.items()):
        rarest = min(company.total[list(key)].tolist())
        if number >= MIN_TOGETHER * rarest and len(set(key)) == len(key) and len(words[key[-1]]) >= SHORTEST:
            kept[" ".join(words[k] for k in key)] = number
    return kept


def _repeated(
    ids: npt.NDArray[np.int64], usable: Flags, leads: Flags, ends: Flags, length: int, min_count: int
) -> dict[tuple[int, ...], int]:
    """Runs of `length` usable words that occur at least min_count times and are led and ended like a noun."""
    if len(ids) < length + 2:
        return {}
    parts = [ids[k : len(ids) - length - 1 + k] for k in range(length + 2)]  # one word before, one after
    good = usable[parts[1]]
    for part in parts[2:-1]:
        good &= usable[part]
    runs, where, counts = np.unique(
        np.stack([part[good] for part in parts[1:-1]], axis=1), axis=0, return_inverse=True, return_counts=True
    )
    led = np.bincount(where.reshape(-1), weights=leads[parts[0][good]], minlength=len(runs))
    ended = np.bincount(where.reshape(-1), weights=ends[parts[-1][good]], minlength=len(runs))
    often = (counts >= min_count) & (led >= MIN_NOUN * counts) & (ended >= MIN_HEAD * counts)
    return {tuple(run): number for run, number in zip(runs[often].tolist(), counts[often].tolist(), strict=True)}


def _flags(words: list[str], members: frozenset[str]) -> Flags:
    return np.fromiter((word in members for word in words), dtype=bool, count=len(words))


def _ends(words: list[str], language: Language) -> Flags:
    """What stands after the last word of a name: a stop, a verb, a preposition, a pronoun, a new clause."""
    stops = frozenset({"\n", ",", ":", "(", ")", "/", "–", "—", " - "}) | language.conjunctions | language.contrast
    more = language.linking | language.prepositions | language.clause | language.relative | language.pronouns
    return _flags(words, stops | more)
