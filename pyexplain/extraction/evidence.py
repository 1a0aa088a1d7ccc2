"""What the stars say about opinion words: naive Bayes on the ratings of the reviews that use them.

The ratings of reviews that hold clearly good words (not turned) and clearly bad ones give P(rating | good) and P(rating | bad) in
this corpus, so a file of mostly five-star reviews calibrates itself. A word's or a pair's log odds start from what is known (the
lexicon's valence; the word's own odds) and add the evidence of each review once.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from .corpus import Corpus
from .lexicon import Feature, Pair
from .matcher import Matcher
from .roles import FEATURE, OPINION
from .turns import Turn

Float = npt.NDArray[np.float64]
SEED = 0.4  # a word of at least this valence is clearly good or bad
PRIOR = 3.0  # log odds of a word of valence 1
SMOOTH = 5.0
MAX_STEP = 1.0  # one review moves the odds by at most this
ENOUGH = 15  # and all together by at most this much: what one kind of buyer says often is not independent
WORD_SHARE = 0.7  # how much of a word's odds a pair starts from


@dataclass
class Evidence:
    """support: feature -> reviews that judge it. uses: (feature, opinion) -> one number a review: the number of the rating's level,
    from 1, negative where the opinion is turned. Plain numbers, because there are millions."""

    levels: list[float]
    support: Counter[str] = field(default_factory=Counter)
    uses: defaultdict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))


def gather(corpus: Corpus, matcher: Matcher) -> Evidence:
    """Run the rules over the sample; each (feature, opinion) counts once a review."""
    levels = sorted(set(corpus.ratings))
    level = {rating: number for number, rating in enumerate(levels, start=1)}
    evidence = Evidence(levels)
    names = [feature.name for feature in matcher.lexicon.features]
    current, seen, features = -1, set[tuple[str, str]](), set[str]()
    roles = np.fromiter(map(matcher.roles.__getitem__, corpus.words), np.int64)
    roles[0] = 0  # between sentences
    for review, words, kinds, present in corpus.sentences(roles, (FEATURE, OPINION)):
        if review != current:
            current, seen, features = review, set(), set()
        for number, opinion, turn, _ in matcher.judged(words, kinds, present):
            key = (names[number], opinion)
            if (turn is Turn.SAME or turn is Turn.TURNED) and key not in seen:
                if key[0] not in features:
                    evidence.support[key[0]] += 1
                features.add(key[0])
                seen.add(key)
                evidence.uses[key].append(int(turn) * level[corpus.ratings[review]])
    return evidence


def steps(evidence: Evidence, opinions: dict[str, float]) -> tuple[Float, float]:
    """log P(rating | good) / P(rating | bad) for each level, and log P(good) / P(bad): where an unknown word starts."""
    counts = np.full((2, max(len(evidence.levels), 1)), SMOOTH)
    for (_, opinion), uses in evidence.uses.items():
        valence = opinions.get(opinion, 0.0)
        if abs(valence) >= SEED:
            for use in uses:
                counts[0 if valence * use > 0 else 1, abs(use) - 1] += 1
    shares = counts / counts.sum(axis=1, keepdims=True)
    step: Float = np.clip(np.log(shares[0] / shares[1]), -MAX_STEP, MAX_STEP)
    good, bad = counts.sum(axis=1)
    return step, math.log(good / bad)


def _weighed(uses: list[int], step: Float) -> float:
    """The evidence of these uses, no more than that of ENOUGH reviews."""
    counts = np.bincount(np.abs(uses), weights=np.sign(uses), minlength=len(step) + 1)[1:] if uses else np.zeros(len(step))
    return float(counts @ step) * min(1.0, ENOUGH / max(len(uses), 1))


def learned_words(evidence: Evidence, opinions: dict[str, float]) -> dict[str, float]:
    """Polarity in -1..1 of each opinion word; words that nothing is known of keep 0."""
    step, start = steps(evidence, opinions)
    uses: defaultdict[str, list[int]] = defaultdict(list)
    for (_, opinion), seen in evidence.uses.items():  # in any order: they are counted, not added up one by one
        uses[opinion] += seen
    return {word: _side(valence, uses.get(word, []), step, start) for word, valence in opinions.items()}


def _side(valence: float, uses: list[int], step: Float, start: float) -> float:
    """The stars do not overrule a clearly sided word: they speak of the whole review. A word never used keeps its valence."""
    if not uses:
        return round(valence, 4)
    odds = (PRIOR * valence if valence else start) + _weighed(uses, step)
    return _kept(math.tanh(odds / 2), valence)


def _kept(polarity: float, valence: float) -> float:
    """A clearly sided word stays on its side."""
    if abs(valence) >= SEED and polarity * valence <= 0:
        polarity = math.copysign(0.2, valence)
    return round(polarity, 4)


def learned_pairs(
    evidence: Evidence, words: dict[str, float], known: dict[str, float], features: Iterable[Feature], least: int
) -> dict[tuple[str, str], Pair]:
    """Sides of the pairs seen in enough reviews, by feature name. words: learned; known: before learning."""
    step, _ = steps(evidence, words)
    owner = {form: feature.name for feature in features for form in (feature.name, *feature.forms)}
    uses: dict[tuple[str, str], list[int]] = defaultdict(list)
    for (name, opinion), seen in sorted(evidence.uses.items(), key=itemgetter(0)):
        if name in owner:
            uses[owner[name], opinion] += seen
    pairs = {}
    for (name, opinion), seen in uses.items():
        if len(seen) >= least:
            odds = WORD_SHARE * 2 * math.atanh(max(-0.95, min(0.95, words[opinion])))
            odds += _weighed(seen, step)
            pairs[name, opinion] = Pair(_kept(math.tanh(odds / 2), known[opinion]), len(seen))
    return pairs
