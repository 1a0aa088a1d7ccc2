"""Names and their indices: users, items and features are counted 0..n-1 in a fixed order."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain
from numbers import Integral

import numpy as np
import numpy.typing as npt

from ..errors import DataError, either
from ..old_names import renamed_field
from .kinds import KINDS, WORD, checked_kinds
from .titles import clean_title

FEW = 20_000  # names that are compared letter by letter; among more, those that begin alike


class Vocabulary:
    """An ordered set of names. `kind` ("user", "item", "feature") is used in messages only.

    titles: what people call each name, in the order of the names, cleaned, "" where none is known; None where no title is known at
    all. Titles are for reading: they are no part of the fingerprint. kinds: of features, what sort of thing each is (kinds.py);
    None where all are words. DataError where a name occurs twice in its kind, or titles or kinds are too few.
    """

    def __init__(
        self, names: Iterable[str], kind: str, titles: Iterable[str] | None = None, kinds: Iterable[str] | None = None
    ) -> None:
        self.names: tuple[str, ...] = tuple(names)
        self.kind = kind
        cleaned = () if titles is None else tuple(clean_title(title) for title in titles)
        self.titles: tuple[str, ...] | None = cleaned if any(cleaned) else None
        if titles is not None and len(cleaned) != len(self.names):
            raise DataError(f"{len(cleaned)} titles for {len(self.names)} {kind} names", hint='Give one a name, "" for none.')
        self.kinds = None if kinds is None else checked_kinds(kinds, self.names)
        if twice := len(self.names) - len(set(self._keys())):
            raise DataError(f"{twice} {kind} names occur twice", hint="Names must be unique.")

    @classmethod
    def of_kinds(cls, parts: Sequence[tuple[str, Vocabulary]]) -> Vocabulary:
        """Features of several kinds, each once: the names of the first kind, with their titles, then those of the second."""
        made = cls.__new__(cls)  # the parts were looked at when they were made: 10^6 names need no second look
        made.kind = "feature"
        made.names = tuple(chain.from_iterable(names.names for _, names in parts))
        titles = tuple(chain.from_iterable(names.titles or ("",) * len(names) for _, names in parts))
        made.titles = titles if any(names.titles for _, names in parts) else None
        kinds = tuple(chain.from_iterable((kind,) * len(names) for kind, names in parts))
        made.kinds = None if all(kind == WORD for kind, names in parts if len(names)) else kinds
        return made

    @cached_property
    def _index(self) -> dict[str | tuple[str, str], int]:
        """Made when a name is first looked for."""
        return {key: number for number, key in enumerate(self._keys())}

    def _keys(self) -> Iterable[str | tuple[str, str]]:
        """What a name is found by: itself, or where there are kinds, kind and name."""
        return self.names if self.kinds is None else zip(self.kinds, self.names, strict=True)

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, number: int) -> str:
        return self.names[number]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and bool(self._all(name))

    def _all(self, name: str, kind: str | None = None) -> list[int]:
        """The indices of a name: one, or one a kind."""
        if self.kinds is None:
            keys: list[str | tuple[str, str]] = [name] if kind in (None, WORD) else []
        else:
            keys = [(k, name) for k in KINDS if kind in (None, k)]
        return [self._index[key] for key in keys if key in self._index]

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
        old = self.titles or ("",) * len(self)
        if not titles and self.titles is None:
            return self
        called = (titles.get(name) or title for name, title in zip(self.names, old, strict=True))
        return Vocabulary(self.names, self.kind, called, self.kinds)

    def select(self, numbers: Iterable[int]) -> Vocabulary:
        """The given names, in the given order, with their titles and kinds."""
        at = [int(number) for number in numbers]
        titles, kinds = (None if known is None else [known[n] for n in at] for known in (self.titles, self.kinds))
        return Vocabulary((self.names[n] for n in at), self.kind, titles, kinds)

    def indices(self, names: Sequence[str], kind: str = WORD) -> npt.NDArray[np.int64]:
        """Indices of many names, -1 where a name is unknown; kind: of features, where there are several kinds."""
        keys: Iterable[str | tuple[str, str]] = names if self.kinds is None else ((kind, name) for name in names)
        return np.fromiter((self._index.get(key, -1) for key in keys), dtype=np.int64, count=len(names))

    number = renamed_field("number", "index")
    numbers = renamed_field("numbers", "indices")

    @cached_property
    def fingerprint(self) -> str:
        """A short hash of the names in their order, and of their kinds where these are not all words."""
        if self.kinds is None:
            content = "".join(f"{name}\0" for name in self.names)
        else:
            marks = ("" if kind == WORD else f"{kind}\0\0" for kind in self.kinds)
            content = "".join(f"{name}\0{mark}" for name, mark in zip(self.names, marks, strict=True))
        return hashlib.sha256(content.encode()).hexdigest()[:16]


def as_id(name: object) -> str:
    """The id that is meant: a text as it is, of a whole number (of numpy, too) the digits. DataError for anything else."""
    if isinstance(name, str):
        return name
    if isinstance(name, Integral) and not isinstance(name, bool):
        return str(int(name))
    raise DataError(f"{name!r:.60} is no id", hint="Ids are texts; a whole number stands for its digits.")
