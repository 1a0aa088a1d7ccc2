"""Learning a lexicon from training reviews: candidates by their company, judged by the rules, sided by the stars."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

from ..data.types import Reviews
from ..errors import DataError
from .candidates import adjectives, keep_company
from .choosing import chosen, proposed
from .corpus import Corpus
from .english import english
from .evidence import Evidence, gather, learned_pairs, learned_words
from .lexicon import ExtractOptions, Feature, Lexicon
from .matcher import Matcher
from .spelling import Speller
from .vocabulary import given_features

CANDIDATES = 4  # times max_features
OWN_SIDE = 3  # reviews that a pair needs to have a side of its own where every pair counts
RARE = 3  # a spelling seen in fewer reviews than this is taken for a slip,
SLIP_SHARE = 0.005  # and one seen in less than this share of the reviews that hold the right one


def learn_lexicon(chunks: Iterable[Reviews], options: ExtractOptions | None = None) -> Lexicon:
    """Features, opinion words and the sides of their pairs, from these reviews and no other.

    Reads the chunks once and keeps a bounded sample (options.learn_reviews). Deterministic. Raises DataError, with what was
    found, where there is too little to learn from.
    """
    options = options or ExtractOptions()
    language = options.language or english()
    corpus = Corpus(options.learn_reviews)
    corpus.add(chunks)
    if not any(len(text) for text in corpus.texts):
        raise DataError(
            f"none of the {len(corpus)} training reviews has a text", hint="Check that the text column was found (--columns)."
        )
    company = keep_company(corpus, language)
    found = adjectives(company, language, 2 * options.min_count)
    opinions = {**dict.fromkeys(found, 0.0), **{w: v for w, v in language.opinions.items() if w in corpus.numbers}}
    if options.features is None:
        features, left_out = proposed(corpus, language, options, frozenset(language.opinions), company)
    else:
        features, left_out, opinions = given_features(options), {}, {**opinions, **language.opinions}
    draft = Lexicon(tuple(features), opinions, {}, language, correct_spelling=False, left_out=left_out)
    evidence = gather(corpus, Matcher(draft))
    return _finish(draft, evidence, corpus, options)


def _finish(draft: Lexicon, evidence: Evidence, corpus: Corpus, options: ExtractOptions) -> Lexicon:
    least = options.min_pair or max(1, round(math.sqrt(len(corpus)) / 10))
    features, left_out = chosen(draft, evidence, corpus, options)
    words = learned_words(evidence, draft.opinions)
    return Lexicon(
        tuple(features),
        words,
        learned_pairs(evidence, words, draft.opinions, features, least if least > 1 else OWN_SIDE),
        draft.language,
        _lookalikes(corpus, features, words),
        options.correct_spelling,
        least > 1,
        len(corpus),
        left_out,
    )


def _lookalikes(corpus: Corpus, features: list[Feature], opinions: dict[str, float]) -> frozenset[str]:
    """Words of the corpus that are a slip away from the vocabulary, but too frequent to be slips."""
    vocabulary = {word for feature in features for form in feature.forms for word in form.split()} | set(opinions)
    speller = Speller(vocabulary, frozenset())
    counts = Counter[int]()
    for ids in corpus.texts:
        counts.update(set(ids.tolist()))
    of_word = dict(zip(corpus.words, map(counts.__getitem__, range(len(corpus.words))), strict=True))

    def is_word(word: str) -> bool:
        near = speller.neighbours(word)
        return bool(near) and of_word[word] >= SLIP_SHARE * max(of_word.get(other, 0) for other in near)

    often = (word for word, count in of_word.items() if count >= RARE and len(word) >= 4 and word not in vocabulary)
    return frozenset(filter(is_word, often))
