"""Which words become features: proposed before opinions about them are counted, chosen afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from ..errors import DataError
from .candidates import Company, closed, nouns, phrases
from .corpus import Corpus
from .evidence import Evidence
from .language import Language
from .lexicon import ExtractOptions, Feature, Lexicon
from .products import product_types
from .sifting import ENOUGH, NEVER, fixed_expressions, no_features
from .spelling import SHORTEST, Speller
from .usage import uses_of
from .vocabulary import merged, normal_form, singular

CANDIDATES = 4  # times max_features
SLIP_SHARE = 0.005  # a spelling seen in less than this share of the reviews that hold the right one is a slip


def proposed(
    corpus: Corpus, language: Language, options: ExtractOptions, opinions: frozenset[str], company: Company
) -> tuple[list[Feature], dict[str, str]]:
    """Names that may be features, each a feature of its own; and nouns that are none, with the reasons, the most frequent first."""
    single = nouns(company, language, (options.min_count + 1) // 2, opinions)[: CANDIDATES * options.max_features]
    longer = phrases(corpus, company, language, 2 * options.min_count)
    known = {*single, *longer, *_verbs(corpus, language)}
    others = []
    if options.merge_plurals:
        others = [word for word in corpus.words if singular(word, language, known)]
        usable = frozenset(corpus.words) - closed(language) - language.stop - opinions
        others += [name for word in sorted(known) if (name := singular(word, language, usable)) is not None]
    names = list(dict.fromkeys([*single, *longer, *sorted(known), *others]))
    told = {normal_form(name) for name in (*options.keep, *(name for group in options.merge for name in group))}
    left_out = no_features([name for name in names if name not in told], corpus, language)
    return [Feature(name, (name,)) for name in [*names, *sorted(told.difference(names))] if name not in left_out], left_out


def _verbs(corpus: Corpus, language: Language) -> list[str]:
    """Aspects that are verbs too ("fit", "look"), where things are said of them."""
    uses = uses_of(corpus, language, {name: (name,) for name in sorted(language.aspects & language.linking)})
    return [name for name, use in uses.items() if use.total >= ENOUGH and use.subject >= NEVER]


def chosen(draft: Lexicon, evidence: Evidence, corpus: Corpus, options: ExtractOptions) -> tuple[list[Feature], dict[str, str]]:
    """The features that are judged often enough and that the user has not stopped, the most judged ones first; and the nouns that
    are none, with the reasons."""
    stopped = {normal_form(name) for name in options.stop_features}

    def allowed(feature: Feature) -> bool:
        return stopped.isdisjoint((normal_form(feature.name), *feature.forms))

    if options.features is not None:
        support = Counter(evidence.support)
        return [replace(f, count=support[f.name]) for f in draft.features if allowed(f)], {}
    fixed = fixed_expressions(evidence.uses, corpus, draft.language, frozenset(map(normal_form, options.keep)))
    judged = {name: count for name, count in _without_slips(evidence.support).items() if name not in fixed}
    found = merged(judged, options, draft.language, corpus)
    features = [f for f in found if f.count >= options.min_count and allowed(f)]
    if not features:
        most = max(evidence.support.values(), default=0)
        raise DataError(
            f"no feature is judged in {options.min_count} training reviews, of {len(corpus)}; the most judged one is in {most}",
            hint="Give more reviews, lower --min-count, or hand in a vocabulary with --features.",
        )
    types = product_types(features[: options.max_features], corpus, draft.language)
    return [replace(f, product=f.name in types) for f in features[: options.max_features]], draft.left_out | fixed


def _without_slips(support: Mapping[str, int]) -> dict[str, int]:
    """Without the misspelt ones: so rare beside a name that is a letter away."""
    speller = Speller((name for name in support if " " not in name), frozenset())

    def is_slip(name: str) -> bool:
        near = speller.neighbours(name) if len(name) >= SHORTEST and " " not in name else set()
        return any(support[name] < SLIP_SHARE * support[other] for other in near)

    return {name: count for name, count in support.items() if not is_slip(name)}
