"""Which candidates are no features, and why: general nouns, names, parts of expressions, words that are no nouns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from .corpus import Corpus
from .language import Language
from .usage import Use, capital_shares, uses_of
from .vocabulary import singular

ENOUGH = 20  # places before the way a word is used says anything,
FEW = 12  # before it says something that it is never used as a noun,
NAME = 0.5  # share of places with a capital that makes a name
CAPITALS = 0.5  # share of such words above which capitals say nothing (German)
SAID = 0.08  # share of places as a subject that makes a feature of an abstract noun ("the results are")
SUBJECT = 0.02  # below which hardly anything is said of a noun
NEVER = 0.01
INDEFINITE = 0.2  # share of places after "a" above which it is what the item is ("a great deal")
DEFINITE = 0.05  # share after "the", "its", "my" below which it is no noun with a meaning of its own
USUAL = 0.2  # share after determiners of all candidates together that full sentences have
FORMED = 0.15  # the same of words that end like a verb's form ("padded", "working")
OWN = (0.2, 0.08)  # after "my" above the one, as a subject below the other: it is the writer's ("my fingers")
PLURAL = 0.03  # share of plurals that tells a noun ("recordings") from a form of a verb
FIXED = 0.8  # share of one opinion word that makes an expression of the two ("heavy duty")
JUDGED = 10  # reviews that judge it before that counts
ABSTRACT = frozenset({"evaluations", "abstract"})  # classes whose words may be features, if the corpus says things of them
UNCHANGED = frozenset({"colors", "verbs"})  # without a plural
ALONE = frozenset({"time", "vague", "colors", "verbs"})  # classes whose words may head features: "battery life", "noise level"


def no_features(names: Iterable[str], corpus: Corpus, language: Language) -> dict[str, str]:
    """name -> why it is no feature, for those of the names that are none; in their order."""
    kept = language.aspects | {name for group in language.synonyms for name in group}
    names = [name for name in names if name not in kept and not singular(name, language, kept)]
    one = _singulars(names, language)
    capitals, classes = _named(names, corpus), _Classes(language)
    reasons = {
        single: "names" if any(word in capitals for word in single.split()) else classes.of_name(single) for single in one.values()
    }
    forms: dict[str, list[str]] = {}
    for name, single in one.items():
        if reasons[single] in ("", *ABSTRACT):
            forms.setdefault(single, [single]).extend([name] if name != single else [])
    used = uses_of(corpus, language, forms)
    places = sum(use.total for use in used.values())
    usual = sum(use.definite * use.total for use in used.values()) / max(1, places)
    for single, use in used.items():
        said = " " not in single and use.total >= ENOUGH and use.subject - 1 / use.total >= SAID  # an abstract noun talked about
        reasons[single] = (not said and reasons[single]) or _as_used(single, use, min(1.0, usual / USUAL), language)
    return {name: reasons[single] for name, single in one.items() if reasons[single]}


def fixed_expressions(
    uses: Mapping[tuple[str, str], list[int]], corpus: Corpus, language: Language, kept: frozenset[str]
) -> dict[str, str]:
    """Names that nearly always have the same opinion word beside them, and of which hardly anything is said: "heavy duty".

    uses: (name, opinion) -> one number a review. kept: names that are features whatever speaks against them.
    """
    kept |= language.aspects | {name for group in language.synonyms for name in group}
    one = _singulars(dict.fromkeys(name for name, _ in uses), language)
    judged: dict[str, Counter[str]] = {single: Counter() for single in one.values()}
    for (name, opinion), seen in uses.items():
        judged[one[name]][opinion] += len(seen)
    often = [single for single, counts in judged.items() if counts.total() >= JUDGED and single not in kept]
    forms: dict[str, list[str]] = {single: [] for single in often if max(judged[single].values()) >= FIXED * judged[single].total()}
    for name, single in one.items():
        if single in forms:
            forms[single].append(name)
    found = [single for single, use in uses_of(corpus, language, forms).items() if use.subject + 1 / max(1, use.total) < SUBJECT]
    return {name: "expressions" for single in found for name in forms[single] if name not in kept}


def _singulars(names: Iterable[str], language: Language) -> dict[str, str]:
    """name -> its singular where that is among the names, or itself: the two share a fate; but "blues" is no "blue"."""
    names = list(names)
    known, classes = frozenset(names), _Classes(language)
    one = {name: singular(name, language, known) or name for name in names}
    return {name: name if single != name and classes.of_word(single) in UNCHANGED else single for name, single in one.items()}


def _named(names: list[str], corpus: Corpus) -> frozenset[str]:
    """Words that are names by their capitals; none where capitals are as common as in German."""
    named = frozenset(word for word, share in capital_shares(corpus).items() if share >= NAME)
    single = [name for name in names if " " not in name]
    return named if sum(name in named for name in single) <= CAPITALS * len(single) else frozenset()


class _Classes:
    """The classes of general nouns of a language, looked up once a word."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.kinds = {word: kind for kind, words in language.generic.items() for word in words}

    def of_word(self, word: str) -> str:
        """The class that a word or its singular belongs to, "" for none."""
        if word in self.kinds:
            return self.kinds[word]
        kind = self.kinds.get(singular(word, self.language, self.kinds) or "", "")
        return "" if kind in UNCHANGED else kind

    def of_name(self, name: str) -> str:
        """The class that the name belongs to, or its last word does."""
        head = name.rsplit(" ", 1)[-1]
        kind = self.of_word(head)
        return "" if kind in ALONE and head != name else kind


def _as_used(name: str, use: Use, wordy: float, language: Language) -> str:
    """The reason from the way that a name is used. wordy: 0..1, lower where texts leave determiners out ("Great sound.")."""
    if not language.definite:
        return ""
    if use.total * wordy >= FEW and use.definite == use.indefinite == 0:
        return "no noun"
    if use.total < ENOUGH:
        return ""
    subject = use.subject and use.subject + 1 / use.total  # few places leave it open
    formed = bool(language.participles) and name.endswith(language.participles) and use.plural < PLURAL
    if (use.definite < DEFINITE * wordy and use.subject < NEVER and use.indefinite < INDEFINITE) or (
        formed and use.definite < FORMED * wordy
    ):
        return "no noun"
    if use.pointed < SUBJECT and use.own >= OWN[0] and subject < OWN[1]:
        return "the writer's"
    if subject < SUBJECT and use.indefinite >= INDEFINITE and use.pointed < SUBJECT:
        return "expressions"
    return "never a subject" if use.subject + 1 / use.total < NEVER and use.pointed < SUBJECT else ""
