"""Learning a lexicon from training reviews: candidates by their company, judged by the rules, sided by the stars."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping

from ..data.types import Reviews
from ..errors import DataError
from .candidates import Company, adjectives, keep_company, nouns, phrases
from .corpus import Corpus
from .english import english
from .evidence import Evidence, gather, learned_pairs, learned_words
from .language import Language
from .lexicon import ExtractOptions, Feature, Lexicon
from .matcher import Matcher
from .spelling import SHORTEST, Speller
from .vocabulary import given_features, merged, normal_form, singular

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
        features = _candidates(corpus, language, options, frozenset(language.opinions), company)
    else:
        features, opinions = given_features(options), {**opinions, **language.opinions}
    draft = Lexicon(tuple(features), opinions, {}, language, correct_spelling=False)
    evidence = gather(corpus, Matcher(draft))
    return _finish(draft, evidence, corpus, options)


def _candidates(
    corpus: Corpus, language: Language, options: ExtractOptions, opinions: frozenset[str], company: Company
) -> list[Feature]:
    single = nouns(company, language, (options.min_count + 1) // 2, opinions)[: CANDIDATES * options.max_features]
    longer = phrases(corpus, company, language, 2 * options.min_count)
    known = {*single, *longer}
    plurals = [word for word in corpus.words if singular(word, language) in known] if options.merge_plurals else []
    return [Feature(name, (name,)) for name in dict.fromkeys([*single, *longer, *plurals])]


def _finish(draft: Lexicon, evidence: Evidence, corpus: Corpus, options: ExtractOptions) -> Lexicon:
    least = options.min_pair or max(1, round(math.sqrt(len(corpus)) / 10))
    features = _chosen(draft, evidence, len(corpus), options)
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
    )


def _chosen(draft: Lexicon, evidence: Evidence, reviews: int, options: ExtractOptions) -> list[Feature]:
    """The features that are judged often enough and that the user has not stopped, the most judged ones first."""
    stopped = {normal_form(name) for name in options.stop_features}

    def allowed(feature: Feature) -> bool:
        return stopped.isdisjoint((normal_form(feature.name), *feature.forms))

    if options.features is not None:
        support = Counter(evidence.support)
        return [Feature(f.name, f.forms, support[f.name]) for f in draft.features if allowed(f)]
    judged = merged(_without_slips(evidence.support), options, draft.language)
    features = [f for f in judged if f.count >= options.min_count and allowed(f)]
    if not features:
        most = max(evidence.support.values(), default=0)
        raise DataError(
            f"no feature is judged in {options.min_count} of {reviews} training reviews; the most judged one has {most}",
            hint="Give more reviews, lower --min-count, or hand in a vocabulary with --features.",
        )
    return features[: options.max_features]


def _without_slips(support: Mapping[str, int]) -> dict[str, int]:
    """Without the misspelt ones: so rare beside a name that is a letter away."""
    speller = Speller((name for name in support if " " not in name), frozenset())

    def is_slip(name: str) -> bool:
        near = speller.neighbours(name) if len(name) >= SHORTEST and " " not in name else set()
        return any(support[name] < SLIP_SHARE * support[other] for other in near)

    return {name: count for name, count in support.items() if not is_slip(name)}


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
