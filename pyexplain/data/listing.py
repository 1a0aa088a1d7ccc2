"""Users and items of a data set with what is known of each, looked up by words of their ids and titles."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from .types import Dataset

LISTING_COLUMNS = ("name", "title", "training_pairs", "reviews", "mentions", "features")


def listing(data: Dataset, kind: Literal["user", "item"], search: str = "") -> pd.DataFrame:
    """LISTING_COLUMNS of the users or items that match, those with most training pairs first, then by name.

    title: "" where none is known. training_pairs: positive ones; reviews: training reviews with a mention; mentions: in those;
    features: non-zero ones. search: words, each of which must be in the id or the title, whatever case and
    accents; what has just this id or title comes first; "" = all.
    """
    vocabulary, rows = (data.users, data.user_features) if kind == "user" else (data.items, data.item_features)
    size, column = len(vocabulary), 0 if kind == "user" else 1
    said = data.evidence[["user", "item"]].to_numpy(dtype=np.int64)
    reviews = np.unique(said[:, 0] * data.n_items + said[:, 1])
    counts = {
        "training_pairs": np.bincount(data.train[:, column], minlength=size),
        "reviews": np.bincount(np.divmod(reviews, data.n_items)[column], minlength=size),
        "mentions": np.bincount(said[:, column], minlength=size),
        "features": np.diff(rows.offsets),
    }
    titles = vocabulary.titles.column_of_frame() if vocabulary.titles else ("",) * size
    table = pd.DataFrame({"name": vocabulary.names.column_of_frame(), "title": titles, **counts})
    ordered = table.sort_values(["training_pairs", "name"], ascending=[False, True], kind="stable").reset_index(drop=True)
    return matching(ordered, search)


def matching(listed: pd.DataFrame, search: str) -> pd.DataFrame:
    """The rows of a listing whose id or title holds each of the words, whatever case and accents, and first those whose id or title
    is just that; "" = all."""
    return Searchable.of(listed).matching(search)


@dataclass(frozen=True, eq=False)
class Searchable:
    """A listing of n rows that is searched again and again. text: ids and titles without case and accents, a line each; begins [n]:
    where each line begins."""

    listed: pd.DataFrame
    text: str
    begins: npt.NDArray[np.int64]

    @staticmethod
    def of(listed: pd.DataFrame) -> Searchable:
        """Every name and title is looked at here, and never again."""
        pairs = zip(listed["name"], listed["title"], strict=True)
        lines = [" ".join(_plain(f"{name} {title}").split("\n")) for name, title in pairs]
        lengths = np.fromiter(map(len, lines), dtype=np.int64, count=len(lines))
        return Searchable(listed, "\n".join(lines), np.cumsum(lengths + 1) - lengths - 1)

    def matching(self, search: str) -> pd.DataFrame:
        """See matching(). Lines with the longest word are found in one go through the text; the others are looked for in these."""
        wanted = _plain(search).split()
        words = sorted(wanted, key=len, reverse=True)
        if not words:
            return self.listed
        found = [(number, line) for number, line in self._lines(words[0]) if all(word in line for word in words[1:])]
        whole = [number for number, line in found if self._is(number, line, " ".join(wanted))]
        rest = [number for number, _ in found if number not in whole]
        return self.listed.iloc[whole + rest].reset_index(drop=True)

    def _is(self, number: int, line: str, wanted: str) -> bool:
        """Whether this is the id or the title, and not a part of them."""
        if not line.startswith(wanted) and not line.endswith(wanted):
            return False
        return any(" ".join(_plain(str(self.listed[column].iloc[number])).split()) == wanted for column in ("name", "title"))

    def _lines(self, word: str) -> Iterator[tuple[int, str]]:
        """Numbers and texts of the lines that hold a word."""
        at = self.text.find(word)
        while at >= 0:
            number = int(self.begins.searchsorted(at, side="right")) - 1
            end = self.text.find("\n", at)
            yield number, self.text[self.begins[number] : end if end >= 0 else None]
            at = self.text.find(word, end) if end >= 0 else -1


def _plain(text: str) -> str:
    """Without case and accents."""
    if text.isascii():
        return text.casefold()
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
