"""Names and their numbers: users, items and features are numbered 0..n-1 in a fixed order."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..errors import DataError, either
from .titles import clean_title

FEW = 20_000  # names that are compared letter by letter; among more, those that begin alike


class Vocabulary:
    """An ordered set of names. `kind` ("user", "item", "feature") is used in messages only.

    titles: what people call each name, in the order of the names, cleaned, "" where none is known; None where no title is known at
    all. Titles are for reading: they are no part of the fingerprint. DataError where names occur twice or titles are too few.
    """

    def __init__(self, names: Iterable[str], kind: str, titles: Iterable[str] | None = None) -> None:
        self.names: tuple[str, ...] = tuple(names)
        self.kind = kind
        cleaned = () if titles is None else tuple(clean_title(title) for title in titles)
        self.titles: tuple[str, ...] | None = cleaned if any(cleaned) else None
        if titles is not None and len(cleaned) != len(self.names):
            raise DataError(f"{len(cleaned)} titles for {len(self.names)} {kind} names", hint='Give one a name, "" for none.')
        self._index = {name: number for number, name in enumerate(self.names)}
        if len(self._index) != len(self.names):
            raise DataError(f"{len(self.names) - len(self._index)} {kind} names occur twice", hint="Names must be unique.")

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, number: int) -> str:
        return self.names[number]

    def __contains__(self, name: object) -> bool:
        return name in self._index

    def number(self, name: str) -> int:
        """The number of a name; DataError with the nearest known names, or how to list them, if there is none."""
        found = self._index.get(name)
        if found is None:
            raise DataError(f"unknown {self.kind} {name!r}", where=f"{self.kind} id", hint=self._advice(name))
        return found

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
        return (self.titles[self.number(name)] if self.titles else "") or name

    def with_titles(self, titles: Mapping[str, str]) -> Vocabulary:
        """The same names with these titles (name -> title); names that it lacks keep theirs, strange ones are ignored."""
        old = self.titles or ("",) * len(self)
        return Vocabulary(self.names, self.kind, (titles.get(name) or title for name, title in zip(self.names, old, strict=True)))

    def numbers(self, names: Sequence[str]) -> npt.NDArray[np.int64]:
        """Numbers of many names, -1 where a name is unknown."""
        return np.fromiter((self._index.get(name, -1) for name in names), dtype=np.int64, count=len(names))

    @cached_property
    def fingerprint(self) -> str:
        """A short hash of the names in their order."""
        digest = hashlib.sha256()
        for name in self.names:
            digest.update(name.encode() + b"\0")
        return digest.hexdigest()[:16]
