"""What extraction knows of a language: closed classes of words, and opinion words with their valence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from ..data.json_file import read_json
from ..errors import DataError

LISTS = ("plurals", "spellings", "synonyms")  # fields that are lists of lists
WANTED = {
    "opinions": "a table, word: valence",
    "generic": "a table, class: list of words",
    "plurals": "pairs of endings",
    "spellings": "pairs of endings",
    "synonyms": "lists of two words or more",
    "name": "a text",
}


@dataclass(frozen=True)
class Language:
    """Words in lower case. opinions: word -> valence in -1..1; 0 means an opinion word whose side only the context tells ("high").

    negators turn what follows, unless a not_negating word comes next ("not only"); intensifiers stand before adjectives, the
    degree words ("very") before nothing else; excess ("too") makes what follows bad. contrast and clause words begin a new
    clause, relative ones ("which") one about what stands before; conjunctions join equals. modals and conditions make what they
    govern unreal; wishes say that it is not so; comparison ("than") ends what is judged, and so does the second equality word
    ("as good as"). takers are opinion verbs whose object follows ("love the sound"), of which performatives hold under a modal
    too ("would recommend"); guarded words are opinions only after a subject ("I like", not "sounds like"); toward are the
    prepositions between an opinion and what it is about ("happy with"). anaphora are pronouns for what was judged before ("it");
    exclamation words bring an opinion forward ("how good it sounds"). stop: never a feature. plurals: endings that may be taken
    off a noun, with what takes their place.

    For the vocabulary: generic are nouns that no feature is named by, in classes (time, persons, ...); aspects are those that
    people name of any product, however they use them; synonyms are groups of names for one thing; spellings are pairs of endings
    or letters of one word spelt in two ways ("colour"); participles are endings of verbs' forms. definite, indefinite,
    demonstratives and possessives are determiners, by what they say of their noun.
    """

    name: str
    opinions: dict[str, float]
    negators: frozenset[str] = frozenset()
    not_negating: frozenset[str] = frozenset()
    intensifiers: frozenset[str] = frozenset()
    degree: frozenset[str] = frozenset()
    excess: frozenset[str] = frozenset()
    contrast: frozenset[str] = frozenset()
    clause: frozenset[str] = frozenset()
    relative: frozenset[str] = frozenset()
    conjunctions: frozenset[str] = frozenset()
    conditions: frozenset[str] = frozenset()
    modals: frozenset[str] = frozenset()
    wishes: frozenset[str] = frozenset()
    comparison: frozenset[str] = frozenset()
    equality: frozenset[str] = frozenset()
    comparatives: frozenset[str] = frozenset()
    comparative_endings: tuple[str, ...] = ()
    linking: frozenset[str] = frozenset()
    determiners: frozenset[str] = frozenset()
    pronouns: frozenset[str] = frozenset()
    anaphora: frozenset[str] = frozenset()
    exclamation: frozenset[str] = frozenset()
    prepositions: frozenset[str] = frozenset()
    toward: frozenset[str] = frozenset()
    takers: frozenset[str] = frozenset()
    performatives: frozenset[str] = frozenset()
    guarded: frozenset[str] = frozenset()
    infinitive: frozenset[str] = frozenset()
    stop: frozenset[str] = frozenset()
    plurals: tuple[tuple[str, str], ...] = ()
    generic: dict[str, frozenset[str]] = field(default_factory=dict)
    aspects: frozenset[str] = frozenset()
    synonyms: tuple[tuple[str, ...], ...] = ()
    spellings: tuple[tuple[str, str], ...] = ()
    participles: tuple[str, ...] = ()
    definite: frozenset[str] = frozenset()
    indefinite: frozenset[str] = frozenset()
    demonstratives: frozenset[str] = frozenset()
    possessives: frozenset[str] = frozenset()

    def to_json(self) -> dict[str, Any]:
        """Plain containers, sorted, so that equal languages give equal files."""
        out: dict[str, Any] = {}
        for part in fields(self):
            value = getattr(self, part.name)
            out[part.name] = sorted(value) if isinstance(value, frozenset) else value
        out["opinions"] = dict(sorted(self.opinions.items()))
        out["generic"] = {kind: sorted(words) for kind, words in sorted(self.generic.items())}
        for name in LISTS:
            out[name] = [list(group) for group in getattr(self, name)]
        return out

    @staticmethod
    def from_json(content: Mapping[str, Any], where: str = "language") -> Language:
        """The reverse; parts left out are empty. DataError for an unknown part or a valence outside -1..1."""
        known = {part.name for part in fields(Language)}
        unknown = sorted(set(content) - known)
        if unknown or "opinions" not in content:
            what = f"unknown parts {', '.join(unknown)}" if unknown else "there are no opinion words (part 'opinions')"
            raise DataError(what, where=where, hint=f"Known parts: {', '.join(sorted(known))}.")
        values: dict[str, Any] = {}
        for name, value in content.items():
            values[name] = _checked(name, value, where)
        values.setdefault("name", "unnamed")
        for word, valence in values["opinions"].items():
            if not isinstance(valence, int | float) or not -1 <= valence <= 1:
                raise DataError(f"the valence of {word!r} is {valence!r}, expected -1..1", where=where)
        return Language(**values)

    @staticmethod
    def load(path: Path) -> Language:
        """A language from a JSON file with the parts named above."""
        return Language.from_json(read_json(path, hint="See docs/extraction.md, 'Another language'."), str(path))


def _checked(name: str, value: Any, where: str) -> Any:
    """A part as it is kept; DataError where it is no text, table or list of words."""
    given: Any = value
    hint = f"Expected: {WANTED.get(name, 'a list of words')}."
    if not isinstance(value, dict if name in ("opinions", "generic") else str if name == "name" else list | tuple):
        raise DataError(f"part {name!r} is {value!r:.60}", where=where, hint=hint)
    if name in ("name", "opinions"):
        return value
    if name == "generic":
        return {str(kind): _checked(kind, words, where) for kind, words in given.items()}
    sizes = {"plurals": (2,), "spellings": (2,), "synonyms": range(2, 100)}.get(name)
    for entry in value:
        right = isinstance(entry, list | tuple) and len(entry) in sizes and _all_text(entry) if sizes else isinstance(entry, str)
        if not right:
            raise DataError(f"part {name!r} holds {entry!r:.60}", where=where, hint=hint)
    if sizes:
        return tuple(tuple(entry) for entry in value)
    return tuple(value) if name in ("comparative_endings", "participles") else frozenset(value)


def _all_text(entry: list[Any] | tuple[Any, ...]) -> bool:
    return all(isinstance(word, str) for word in entry)
