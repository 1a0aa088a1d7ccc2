"""From candidate words to a vocabulary of features: synonyms merged, singular and plural joined, the most judged ones kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..errors import DataError
from .language import Language
from .lexicon import ExtractOptions, Feature
from .tokens import tokens


def normal_form(name: str) -> str:
    """A name as it is matched: its tokens, joined by single spaces."""
    return " ".join(tokens(name))


def given_features(options: ExtractOptions) -> list[Feature]:
    """The user's own vocabulary. DataError where it is empty, or a word stands for two features."""
    features, owner = [], dict[str, str]()
    for name, synonyms in (options.features or {}).items():
        forms = tuple(dict.fromkeys(form for form in map(normal_form, (name, *synonyms)) if form))
        for form in forms:
            if owner.setdefault(form, name) != name:
                raise DataError(f"{form!r} stands for {owner[form]!r} and for {name!r}", where="feature list", hint="Name it once.")
        if not forms:
            raise DataError(f"the feature name {name!r} holds no word", where="feature list")
        features.append(Feature(name, forms))
    if not features:
        raise DataError("the feature list is empty", where="feature list", hint="Give one feature a line: name, synonym, synonym.")
    return features


def singular(word: str, language: Language) -> str | None:
    """The word without its plural ending, None where it has none."""
    last = word.rsplit(" ", 1)[-1]
    for ending, instead in language.plurals:
        if last.endswith(ending) and not last.endswith(("ss", "us", "is")) and len(last) > len(ending) + 2:
            return word[: len(word) - len(ending)] + instead
    return None


def merged(counts: Mapping[str, int], options: ExtractOptions, language: Language) -> list[Feature]:
    """Features from names and how many reviews judge each: groups of the user's, then plurals with their singulars."""
    groups: dict[str, list[str]] = {name: [name] for name in counts}
    fixed = set()
    for group in options.merge:
        names = [normal_form(name) for name in group]
        fixed.update(names)
        _join(groups, names, names[0])
    if options.merge_plurals:
        for name in sorted(counts):
            single = singular(name, language)
            if single is not None and single in counts and single not in fixed and name not in fixed:
                both = sorted((name, single), key=lambda n: (-counts[n], n))
                _join(groups, both, both[0])
    features = [Feature(name, tuple(forms), sum(counts.get(form, 0) for form in forms)) for name, forms in groups.items()]
    return sorted(features, key=lambda feature: (-feature.count, feature.name))


def _join(groups: dict[str, list[str]], names: Iterable[str], head: str) -> None:
    forms = list(dict.fromkeys(form for name in names for form in groups.pop(name, [name])))
    groups[head] = forms
