"""From what files say of items to attributes: values of one or many, numbers in ranges, ids and texts left out; all is said."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..data.sparse import SparseRows
from ..data.titles import clean_title
from ..data.unsaid import is_sensitive
from ..data.vocabulary import Vocabulary
from ..errors import DataError
from ..readers.names import fold
from ..readers.review_rows import WORDS_FOR_MISSING
from .ranges import Ranges

LONGEST = 60  # characters of a value; what is longer is a text
MOST_VALUES = 50
FEWEST_ITEMS = 2  # that have a value: one that a single item has says what the item is, not what it is like
FEW_NUMBERS = 8  # as many different numbers, or fewer, are values of their own
NUMBERS = 0.95  # share of the values that must be numbers
MANY = 0.05  # share of the values that hold a separator: they are several values each
SEPARATORS = "|;"
SIGNS_TURNED = str.maketrans(",.", ".,")  # 1.200,99 as 1,200.99
OF_ITS_OWN = 0.5  # share of the values that a single item has, beyond which they are names or ids
NO_REASONS = re.compile(
    r"(^|[a-z])(ids?|urls?|uri|links?|images?|img|imgurl|imurl|poster|asin|isbn|sku|ean|upc|gtin|barcode|timestamp)$"
)

Values = Mapping[str, Any]  # item -> what a file says


@dataclass(frozen=True)
class Wanted:
    """Which attributes: names, as in the file or as people read them, empty = all that are fit. most_values: of an attribute, the
    most frequent."""

    names: tuple[str, ...] = ()
    most_values: int = MOST_VALUES


@dataclass(frozen=True, eq=False)
class Attributes:
    """names: of the features, "genre: horror"; has [I, A]: 1 where an item has it; report: what was kept, cut and left out."""

    names: list[str]
    has: SparseRows
    report: dict[str, Any] = field(default_factory=dict)


def make_attributes(said: Mapping[str, Values], items: Vocabulary, wanted: Wanted, where: str = "--attributes") -> Attributes:
    """Features from what the files say: column -> item -> value; of items, or of users. DataError where a wanted attribute is none
    of the columns. where: who asked for them."""
    columns = {readable(column): _in_sequence(values) if column.endswith("_seq") else values for column, values in said.items()}
    asked = [readable(name) for name in wanted.names]
    if missing := [name for name in asked if name not in columns]:
        there = ", ".join(columns) or "none"
        raise DataError(f"there is no attribute {missing[0]!r}", where=where, hint=f"The files have: {there}.")
    kept: dict[str, list[str]] = {}
    cells: list[tuple[int, str]] = []
    left_out, report = {}, {}
    for name in asked or sorted(columns):
        values, dropped = _values(name, columns[name], items, wanted.most_values, named=bool(asked))
        if isinstance(values, str):
            left_out[name] = values
            continue
        kept[name] = sorted({value for own in values.values() for value in own}, key=_order)
        cells += [(items.index(item), f"{name}: {value}") for item, own in values.items() for value in own]
        report[name] = {"values": len(kept[name]), "items": len(values), "rare_values_dropped": dropped}
    names = [f"{name}: {value}" for name, values in kept.items() for value in values]
    place = {name: number for number, name in enumerate(names)}
    at = np.array(sorted({(item, place[name]) for item, name in cells}), dtype=np.int64).reshape(-1, 2)
    has = SparseRows.from_triples(at[:, 0], at[:, 1], np.ones(len(at), np.float32), (len(items), len(names)))
    return Attributes(names, has, {"kept": report, "left_out": left_out})


def readable(column: str) -> str:
    """ "release_year:token" and "releaseYear" are "release year"."""
    words = re.sub(r"([a-z])([A-Z])", r"\1 \2", column.split(":")[0])
    return " ".join(re.sub(r"[\W_]+", " ", words).lower().split()) or column


def _in_sequence(values: Values) -> Values:
    """RecBole's token_seq, where it comes as a text: its values stand between spaces."""
    return {item: value.split() if isinstance(value, str) else value for item, value in values.items()}


def _values(name: str, said: Values, items: Vocabulary, most: int, named: bool) -> tuple[dict[str, tuple[str, ...]] | str, int]:
    """item -> its values, and how many values were dropped because few items have them; or why the column is no attribute."""
    if not named and is_sensitive(name):
        return "never said of anybody, so that it is no reason", 0
    if not named and NO_REASONS.search(fold(name)):
        return "ids, links or times", 0
    found = {item: parts for item, value in said.items() if item in items and (parts := _parts(value))}
    if not found:
        return "no values, or none that is a word or a number", 0
    flat = [part for parts in found.values() for part in parts]
    if sum(len(part) > LONGEST for part in flat) > len(flat) / 2:
        return "texts", 0
    numbers = _numbers(found)
    if numbers is not None:
        if len(set(numbers.values())) > FEW_NUMBERS:
            ranges = Ranges(list(numbers.values()))
            return {item: (ranges.name(value),) for item, value in numbers.items()}, 0
        found = {item: (f"{value:.10g}",) for item, value in numbers.items()}
    else:
        found = _separated(found)
    return _frequent(found, items, most, named)


def _frequent(
    found: dict[str, tuple[str, ...]], items: Vocabulary, most: int, named: bool
) -> tuple[dict[str, tuple[str, ...]] | str, int]:
    counts = Counter(part for parts in found.values() for part in set(parts))
    alone = sum(count == 1 for count in counts.values())
    if not named and sum(value in items for value in counts) > len(counts) / 2:
        return "ids of items", 0
    if not named and len(counts) > FEW_NUMBERS and alone > OF_ITS_OWN * len(found):
        return "nearly every item has a value of its own", 0
    said = [v for v, n in counts.items() if FEWEST_ITEMS <= n < len(items) and len(v) <= LONGEST]
    chosen = set(sorted(said, key=lambda value: (-counts[value], value))[:most])
    if not chosen:
        return "no value that several items have, and not all", 0
    left = {item: own for item, parts in found.items() if (own := tuple(part for part in parts if part in chosen))}
    return left, len(counts) - len(chosen)


def _parts(value: Any) -> tuple[str, ...]:
    """The values of a cell as texts: of a list each, of a list of lists too; none of what is missing or an object."""
    if isinstance(value, (list, tuple, set, np.ndarray)):
        return tuple(dict.fromkeys(part for one in value for part in _parts(one)))
    if isinstance(value, (bool, np.bool_)):
        return ("yes" if value else "no",)
    if value is ... or isinstance(value, Mapping):
        return ()
    text = clean_title(f"{value:.10g}" if isinstance(value, float) else str(value))
    return () if text.lower() in WORDS_FOR_MISSING else (text,)


def _numbers(found: Mapping[str, Sequence[str]]) -> dict[str, float] | None:
    """item -> number, where nearly all items have a single one, all written in one way; the others have none then."""
    for read in (_number, _number_with_comma):
        numbers = {item: number for item, parts in found.items() if len(parts) == 1 and (number := read(parts[0])) is not None}
        if len(numbers) >= NUMBERS * len(found):
            return numbers
    return None


def _number(text: str) -> float | None:
    """12, 12.5, 1,200 and $12.99."""
    plain = re.fullmatch(r"[$€£¥]?\s*(-?\d{1,3}(?:,\d{3})+(?:\.\d+)?|-?\d+(?:\.\d+)?)\s*[$€£¥]?", text)
    return float(plain[1].replace(",", "")) if plain else None


def _number_with_comma(text: str) -> float | None:
    """The same where the decimal sign is a comma: 12, 12,5, 1.200,99 and 12,99 €; "1,200" is twelve hundred where all read so."""
    return None if re.search(r"\.\d{1,2}(?!\d)", text) else _number(text.translate(SIGNS_TURNED))


def _separated(found: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Values "Action|Comedy" taken apart, where a column has such."""
    for sign in SEPARATORS:
        if sum(any(sign in part for part in parts) for parts in found.values()) >= MANY * len(found):
            return {item: _split(parts, sign) for item, parts in found.items()}
    return found


def _split(parts: Iterable[str], sign: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(clean for part in parts for one in part.split(sign) if (clean := one.strip())))


def _order(value: str) -> tuple[int, float, str]:
    """Ranges and numbers by size, the rest by name."""
    first = re.search(r"\d+(\.\d+)?", value)
    if first is None or not re.match(r"(under |up to )?-?\d", value):
        return (1, 0.0, value)
    return (0, float(first[0]) - (value.startswith(("under ", "up to "))) * 0.5, value)
