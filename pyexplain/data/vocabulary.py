"""Names and their indices: users, items and features are counted 0..n-1 in a fixed order."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain, repeat
from numbers import Integral

import numpy as np
import numpy.typing as npt

from ..errors import DataError, either
from ..old_names import renamed_field
from .kinds import KINDS, WORD, checked_kinds
from .lookup import Lookup
from .strings import Strings, joined
from .titles import clean_title

FEW = 20_000  # names that are compared letter by letter; among more, those that begin alike


class Vocabulary:
    """An ordered set of names. `kind` ("user", "item", "feature") is used in messages only.

    names: a sequence of texts as a tuple of them is, each made when it is asked for: they lie in Arrow's column (strings.py).
    titles: what people call each name, in the order of the names, cleaned, "" where none is known; None where no title is known at
    all. Titles are for reading: they are no part of the fingerprint. kinds: of features, what sort of thing each is (kinds.py);
    None where all are words. DataError where a name is no text, or occurs twice in its kind, or titles or kinds are too few.
    """

    names: Strings
    titles: Strings | None
    kinds: tuple[str, ...] | None

    def __init__(
        self, names: Iterable[str], kind: str, titles: Iterable[str] | None = None, kinds: Iterable[str] | None = None
    ) -> None:
        self.kind = kind
        try:
            self.names = Strings(names)
        except (TypeError, ValueError) as error:
            raise DataError(f"a {kind} name is no text: {error}", hint="Names are texts of whole characters.") from error
        cleaned = None if titles is None else _cleaned(titles)
        self.titles = cleaned if cleaned is not None and any(cleaned) else None
        if cleaned is not None and len(cleaned) != len(self.names):
            raise DataError(f"{len(cleaned)} titles for {len(self.names)} {kind} names", hint='Give one a name, "" for none.')
        self.kinds = None if kinds is None else checked_kinds(kinds, self.names)
        if twice := self._twice():
            raise DataError(f"{twice} {kind} names occur twice", hint="Names must be unique.")

    @classmethod
    def _made(cls, names: Strings, kind: str, titles: Strings | None, kinds: tuple[str, ...] | None) -> Vocabulary:
        """Of what was looked at when it was made: 10^6 names need no second look."""
        made = cls.__new__(cls)
        made.names, made.kind, made.titles, made.kinds = names, kind, titles, kinds
        return made

    @classmethod
    def of_kinds(cls, parts: Sequence[tuple[str, Vocabulary]]) -> Vocabulary:
        """Features of several kinds, each once: the names of the first kind, with their titles, then those of the second."""
        titled = any(names.titles is not None for _, names in parts)
        titles = (
            joined(names.titles or Strings([""]).take(np.zeros(len(names), np.int64)) for _, names in parts) if titled else None
        )
        kinds = tuple(chain.from_iterable((kind,) * len(names) for kind, names in parts))
        words = all(kind == WORD for kind, names in parts if len(names))
        return cls._made(joined(names.names for _, names in parts), "feature", titles, None if words else kinds)

    @cached_property
    def _lookup(self) -> Lookup:
        return Lookup(self.names)

    def _twice(self) -> int:
        """How many names are there once more in their kind."""
        if self.kinds is None:
            return self._lookup.twice()
        return sum(Lookup(self.names.take(self.of_kind(kind))).twice() for kind in KINDS)

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, number: int) -> str:
        return self.names[number]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and bool(self._all(name))

    def _all(self, name: str, kind: str | None = None) -> list[int]:
        """The indices of a name: one, or one a kind."""
        if self.kinds is None:
            return self._lookup.all_of(name) if kind in (None, WORD) else []
        found = {self.kinds[number]: number for number in self._lookup.all_of(name)}
        return [found[k] for k in KINDS if k in found and kind in (None, k)]

    def index(self, name: str, kind: str | None = None) -> int:
        """The index of a name, from 0; kind: of a feature, where several kinds share the name. A whole number stands for its
        digits: ids that are numbers in a frame are texts here.

        DataError with the nearest known names, or how to list them, if there is none; with the kinds, if there are several.
        """
        name = as_id(name)
        found = self._all(name, kind)
        if len(found) > 1:
            kinds = ", ".join(self.kind_of(number) for number in found)
            raise DataError(f"{self.kind} {name!r} is there as {kinds}", where=f"{self.kind} id", hint="Say which kind.")
        if not found:
            raise DataError(f"unknown {self.kind} {name!r}", where=f"{self.kind} id", hint=self._advice(name))
        return found[0]

    def kind_of(self, number: int) -> str:
        """The kind of a feature: "word", "attribute" or "history"."""
        return WORD if self.kinds is None else self.kinds[number]

    def are(self, kind: str) -> npt.NDArray[np.bool_]:
        """Marks [P] of the features of a kind."""
        found: npt.NDArray[np.bool_] = self._kind_codes == KINDS.index(kind)
        return found

    def of_kind(self, kind: str) -> npt.NDArray[np.int64]:
        """The indices of the features of a kind, ascending."""
        return np.flatnonzero(self.are(kind))

    @cached_property
    def _kind_codes(self) -> npt.NDArray[np.int8]:
        """The place of each feature's kind in KINDS, [P]."""
        if self.kinds is None:
            return np.full(len(self), KINDS.index(WORD), dtype=np.int8)
        return np.fromiter(map(KINDS.index, self.kinds), dtype=np.int8, count=len(self))

    def where_kind(self, kind: str) -> npt.NDArray[np.bool_] | None:
        """Which features are of a kind, [P], read-only; None where none is."""
        flags = self.are(kind)
        flags.flags.writeable = False
        return flags if flags.any() else None

    def _advice(self, name: str) -> str:
        """The nearest known names, where any is near; how many there are, and how they are listed, in any case."""
        alike = self.names if len(self) <= FEW else [known for known in self.names if known[:2] == name[:2]][:FEW]
        near = difflib.get_close_matches(name, alike, n=3, cutoff=0.6)
        command = (
            f"'pyexplain data {self.kind}s DATASET --search TEXT'" if self.kind in ("user", "item") else "'pyexplain data report'"
        )
        listed = f"{len(self):,} are known; {either(f'data.{self.kind}s.names', command)} lists them."
        return f"The nearest known: {', '.join(near)}. {listed}" if near else listed[0].upper() + listed[1:]

    def title(self, name: str) -> str:
        """What people call it; the name itself where no title is known. DataError for an unknown name."""
        return (self.titles[self.index(name)] if self.titles else "") or as_id(name)

    def with_titles(self, titles: Mapping[str, str]) -> Vocabulary:
        """The same names with these titles (name -> title); names that it lacks keep theirs, strange ones are ignored."""
        if not titles and self.titles is None:
            return self
        old: Iterable[str] = self.titles or repeat("", len(self))
        called = (titles.get(name) or title for name, title in zip(self.names, old, strict=True))
        return Vocabulary._made(self.names, self.kind, _titles_of(called), self.kinds)

    def with_name(self, name: str) -> Vocabulary:
        """The same names and one more behind them, without a title, a word where there are kinds. DataError where it is there."""
        if name in self:
            raise DataError(f"1 {self.kind} names occur twice", hint="Names must be unique.")
        titles = None if self.titles is None else joined([self.titles, [""]])
        kinds = None if self.kinds is None else (*self.kinds, WORD)
        made = Vocabulary._made(joined([self.names, [name]]), self.kind, titles, kinds)
        vars(made)["_lookup"] = self._lookup.with_last(made.names)
        return made

    def select(self, numbers: Iterable[int]) -> Vocabulary:
        """The given names, in the given order, with their titles and kinds. DataError where one is given twice."""
        at = np.fromiter((int(number) for number in numbers), dtype=np.int64)
        titles = None if self.titles is None else self.titles.take(at)
        kinds = None if self.kinds is None else [self.kinds[n] for n in at.tolist()]
        return Vocabulary(self.names.take(at), self.kind, titles, kinds)

    def indices(self, names: Sequence[str], kind: str = WORD) -> npt.NDArray[np.int64]:
        """Indices of many names, -1 where a name is unknown; kind: of features, where there are several kinds."""
        if self.kinds is None:
            return self._lookup.each(names)
        of_kind = self.of_kind(kind) if kind in KINDS else self.of_kind(WORD)[:0]
        return np.append(of_kind, -1)[Lookup(self.names.take(of_kind)).each(names)]

    number = renamed_field("number", "index")
    numbers = renamed_field("numbers", "indices")

    @cached_property
    def fingerprint(self) -> str:
        """A short hash of the names in their order, and of their kinds where these are not all words."""
        digest, at = hashlib.sha256(), 0
        for block in self.names.blocks():
            names, kinds = block.to_pylist(), None if self.kinds is None else self.kinds[at : at + len(block)]
            marks = repeat("") if kinds is None else ("" if kind == WORD else f"{kind}\0\0" for kind in kinds)
            digest.update("".join(f"{name}\0{mark}" for name, mark in zip(names, marks, strict=False)).encode())
            at += len(block)
        return digest.hexdigest()[:16]


def _cleaned(titles: Iterable[str]) -> Strings:
    """Titles as people read them; those that are clean stay where they lie."""
    if isinstance(titles, Strings) and all(clean_title(title) == title for title in titles):
        return titles
    return Strings(clean_title(title) for title in titles)


def _titles_of(titles: Iterable[str]) -> Strings | None:
    """The same; None where none is known."""
    cleaned = _cleaned(titles)
    return cleaned if any(cleaned) else None


def as_id(name: object) -> str:
    """The id that is meant: a text as it is, of a whole number (of numpy, too) the digits. DataError for anything else."""
    if isinstance(name, str):
        return name
    if isinstance(name, Integral) and not isinstance(name, bool):
        return str(int(name))
    raise DataError(f"{name!r:.60} is no id", hint="Ids are texts; a whole number stands for its digits.")
