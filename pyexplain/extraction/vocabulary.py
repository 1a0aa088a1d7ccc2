"""From candidate words to a vocabulary of features: synonyms merged, singular and plural joined, the most judged ones kept."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

from ..errors import DataError
from .corpus import Corpus
from .language import Language
from .lexicon import ExtractOptions, Feature
from .synonyms import by_company, by_letters, by_table
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


def singular(word: str, language: Language, known: Container[str]) -> str | None:
    """The word without its plural ending where that is known; None where there is no such ending."""
    last = word.rsplit(" ", 1)[-1]
    for ending, instead in language.plurals:
        if last.endswith(ending) and not last.endswith(("ss", "us", "is")) and len(last) > max(len(ending), 2) + 1:
            single = word[: len(word) - len(ending)] + instead
            if single in known:
                return single
    return None


class Groups:
    """Names of which some are one feature; each group goes by the name that most reviews judge, or by the user's."""

    def __init__(self, counts: Mapping[str, int], options: ExtractOptions) -> None:
        self.counts = counts
        self.heads = {name: name for name in counts}  # name -> the name of its group
        self.forms: dict[str, list[str]] = {name: [name] for name in counts}  # name of a group -> its names
        self.fixed: set[str] = set()  # what the user has grouped is left as it is
        for group in options.merge:
            names = [normal_form(name) for name in group]
            self.fixed.update(names)
            self._join(names, names[0])

    def join(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Put the two names of each pair into one group."""
        for one, other in pairs:
            a, b = self.heads[one], self.heads[other]
            if a != b and self.fixed.isdisjoint((a, b, one, other)):
                self._join(sorted((a, b), key=lambda name: (-self.count(name), name)), "")

    def count(self, name: str) -> int:
        """Reviews that judge one of the group."""
        return sum(self.counts.get(form, 0) for form in self.forms[name])

    def _join(self, names: list[str], head: str) -> None:
        head = head or names[0]
        self.forms[head] = list(dict.fromkeys(form for name in names for form in self.forms.pop(name, [name])))
        self.heads.update(dict.fromkeys(self.forms[head], head))

    def features(self) -> list[Feature]:
        """The most judged ones first."""
        found = [Feature(name, tuple(forms), self.count(name)) for name, forms in self.forms.items()]
        return sorted(found, key=lambda feature: (-feature.count, feature.name))


def merged(counts: Mapping[str, int], options: ExtractOptions, language: Language, corpus: Corpus) -> list[Feature]:
    """Features from names and how many reviews judge each: groups of the user's, then plurals with their singulars, synonyms,
    spellings and short forms."""
    groups = Groups(counts, options)
    if options.merge_plurals:
        groups.join([(name, single) for name in sorted(counts) if (single := singular(name, language, counts)) is not None])
    if options.merge_synonyms:
        names = sorted(counts)
        groups.join(by_table(names, language))
        groups.join(by_letters(names, language))
        judged = {name: groups.count(name) for name in groups.forms if groups.count(name) >= options.min_count}
        groups.join(by_company(judged, corpus, {name: tuple(groups.forms[name]) for name in judged}))
    return groups.features()
