"""Each token to a number whose bits say what it can be in a sentence; misspelt words of the vocabulary are corrected here."""

from __future__ import annotations

from .lexicon import Lexicon
from .spelling import Speller
from .tokens import PUNCTUATION

FEATURE, OPINION, NEGATION, INTENSIFIER, EXCESS, BREAK, COMMA, JOIN = (1 << k for k in range(8))
DETERMINER, PRONOUN, PREPOSITION, LINK, CONDITION, MODAL, WISH, THAN = (1 << k for k in range(8, 16))
TAKER, TOWARD, GUARDED, ONLY, INFINITIVE, COMPARATIVE, CONTRAST, CORRECTED = (1 << k for k in range(16, 24))
RELATIVE, PERFORMATIVE, ANAPHOR, EXCLAIM, EQUAL, OTHER = (1 << k for k in range(24, 30))
CACHED_WORDS = 500_000  # a bound: texts hold endless numbers and misspellings


class Roles(dict[str, int]):
    """word -> bits. Unknown words are looked at once: corrected, or nothing (0)."""

    def __init__(self, lexicon: Lexicon) -> None:
        super().__init__()
        language = lexicon.language
        for words, bit in (
            (language.negators, NEGATION),
            (language.not_negating, ONLY),
            (language.intensifiers, INTENSIFIER),
            (language.excess, EXCESS),
            (language.contrast, BREAK | CONTRAST),
            (language.clause | PUNCTUATION, BREAK),
            (frozenset({","}), COMMA),
            (language.relative, RELATIVE),
            (language.performatives, PERFORMATIVE),
            (language.anaphora, ANAPHOR),
            (language.exclamation, EXCLAIM),
            (language.conjunctions, JOIN),
            (language.conditions, CONDITION | BREAK),
            (language.modals, MODAL),
            (language.wishes, WISH),
            (language.comparison, THAN),
            (language.equality, EQUAL),
            (language.comparatives, COMPARATIVE),
            (language.linking, LINK),
            (language.determiners, DETERMINER),
            (language.pronouns, PRONOUN),
            (language.prepositions, PREPOSITION),
            (language.toward, TOWARD),
            (language.takers, TAKER),
            (language.guarded, GUARDED),
            (language.infinitive, INFINITIVE),
            (frozenset(lexicon.opinions), OPINION),
            (frozenset(form.split()[0] for feature in lexicon.features for form in feature.forms), FEATURE),
            (frozenset(name.split()[0] for name in lexicon.left_out), OTHER),
        ):
            for word in words:
                self[word] = dict.get(self, word, 0) | bit
        for word in lexicon.opinions:
            if word.endswith(language.comparative_endings) and len(word) > 4 and language.comparative_endings:
                self[word] |= COMPARATIVE
        self.corrected: dict[str, str] = {}
        self._own = len(self)
        vocabulary = [word for feature in lexicon.features for form in feature.forms for word in form.split()]
        known = lexicon.lookalikes | frozenset(self) | frozenset(language.opinions) | language.stop
        self._speller = Speller([*vocabulary, *lexicon.opinions], known) if lexicon.correct_spelling else None

    def __missing__(self, word: str) -> int:
        if len(self) > self._own + CACHED_WORDS:
            for learned in list(self)[self._own :]:
                del self[learned]
            self.corrected.clear()
        right = self._speller.correct(word) if self._speller else None
        bits = 0
        if right is not None:
            self.corrected[word] = right
            bits = dict.get(self, right, 0) | CORRECTED
        self[word] = bits
        return bits
