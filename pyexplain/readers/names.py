"""What a file calls our columns: usual names, folded for case, spaces and underscores; and which `title` is an opinion."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import DataError, UsageError, either
from .read_log import ReadLog

# Folded: "User ID", "user_id" and "userId" are "userid". The first name that the file has is taken.
KNOWN: dict[str, tuple[str, ...]] = {
    "user": (
        "userid", "user", "reviewerid", "uid", "customerid", "author.id", "author.steamid", "gplususerid", "authorid", "memberid",
        "steamid", "user.id", "reviewer.id", "username", "profilename", "reviewer", "customer", "author", "reviewername",
    ),
    "item": (
        "itemid", "item", "parentasin", "asin", "iid", "productid", "businessid", "bookid", "movieid", "beerid", "wineid", "gmapid",
        "gplusplaceid", "placeid", "hotelid", "offeringid", "restaurantid", "appid", "gameid", "recipeid", "clothingid", "isbn",
        "product.id", "item.id", "product", "business", "book", "movie", "hotel",
    ),
    "rating": (
        "rating", "overall", "stars", "score", "starrating", "reviewrating", "ratings.overall", "reviewoverall", "reviewscore",
        "points", "recommend", "recommended", "isrecommended", "votedup", "thumbs", "liked",
    ),
    "text": ("text", "review", "reviewtext", "reviewbody", "reviewcontent", "content", "body", "comment"),
    "summary": ("summary", "headline", "reviewheadline", "reviewtitle", "reviewsummary"),
    "time": (
        "timestamp", "time", "unixreviewtime", "unixtime", "date", "reviewtime", "reviewdate", "dateadded", "timestampcreated",
        "createdat", "publisheddate", "datetime", "submitted", "posted",
    ),
    "feature": ("feature", "aspect"),
    "opinion": ("opinion",),
    "sentiment": ("sentiment", "polarity"),
    "sentence": ("sentence",),
    "split": ("split", "part"),
    "review": ("reviewid",),
}  # fmt: skip
WITHOUT = "-"  # --columns time=- goes without
SHOWN = 12  # columns that are not read and are named
# A column `title` is the writer's headline beside the first, and the product's name beside the second or neither.
OF_WRITERS = frozenset(
    (
        "parentasin", "helpfulvote", "recommendedind", "positivefeedbackcount", "producttitle", "productname", "itemname",
        "booktitle", "author.id", "ratings.overall", "offeringid",
    )
)  # fmt: skip
OF_PRODUCTS = frozenset(
    (
        "maincategory", "averagerating", "ratingnumber", "store", "price", "categories", "brand", "imurl", "genres", "authors",
        "publisher",
    )
)  # fmt: skip


@dataclass(frozen=True)
class Columns:
    """Our name -> position in the file's rows; names that the file lacks are absent. names: the file's own, in order."""

    at: dict[str, int]
    count: int
    names: tuple[str, ...] = ()

    def value(self, row: Sequence[Any], name: str, default: Any = None) -> Any:
        """The cell of a row under our name."""
        place = self.at.get(name)
        return default if place is None else row[place]

    def others(self, row: Sequence[Any]) -> dict[str, Any]:
        """The cells of a row that are none of ours, by the file's names."""
        ours = set(self.at.values())
        return {name: row[place] for place, name in enumerate(self.names) if place not in ours}

    def numeric(self) -> tuple[int, ...]:
        """Positions whose cells must be numbers or thumbs."""
        return tuple(self.at[name] for name in ("rating", "sentiment") if name in self.at)


def fold(name: str) -> str:
    """A name without what differs between files: case, spaces, underscores, quotes, RecBole's type behind it, and "review/" before
    it."""
    text = re.sub(r"(?<=.):(token|float)(_seq)?$", "", name.strip().strip('"').lower())
    text = re.sub(r"^reviews?[./ ](?=(text|rating|date|username|user|summary|score|time|overall|profilename)\w*$)", "", text)
    folded = ".".join(re.sub(r"[\W_]+", "", part) for part in text.split("."))
    return folded if folded.strip(".") else text


def find_columns(header: Sequence[str], told: Mapping[str, str], wanted: Sequence[str], where: str) -> Columns:
    """Where our columns are: as told by the user, else by the usual names. DataError where a wanted one is missing, UsageError
    for a name that is not ours or a column that is not there."""
    check_told(told)
    folded = [fold(name) for name in header]
    at: dict[str, int] = {}
    for name, usual in KNOWN.items():
        place = _told_place(name, told[name], header, folded, where) if name in told else _usual_place(usual, folded)
        if place is not None:
            at[name] = place
    if "summary" not in at and "summary" not in told and is_headline(folded):
        at["summary"] = folded.index("title")
    missing = [name for name in wanted if name not in at]
    if missing:
        known = "; ".join(f"{name}: {', '.join(KNOWN[name][:12])}" for name in missing)
        python, command = ", ".join(f'"{name}": ...' for name in missing), ",".join(f"{name}=..." for name in missing)
        told_so = either(f"columns={{{python}}}", f'--columns "{command}"')
        goes_without = either('columns={"rating": "-"}', "--columns rating=-")
        without = f" ({goes_without} goes without)" if missing == ["rating"] else ""
        raise DataError(
            f"there is no column for {', '.join(missing)}{without}; the file has {', '.join(header)[:200]}",
            where=where,
            hint=f"Usual names are {known}. Name yours: {told_so}.",
        )
    return Columns(at, len(header), tuple(header))


def has_names(header: Sequence[str], wanted: Sequence[str], told: Mapping[str, str] | None = None) -> bool:
    """Whether these columns hold all that is wanted (our names)."""
    try:
        find_columns(header, told or {}, wanted, "header")
    except (DataError, UsageError):
        return False
    return True


def lacking(header: Sequence[str], wanted: Sequence[str], told: Mapping[str, str], sure: bool = False) -> str:
    """Which of the wanted columns a header lacks, as a message; "" where it lacks none, and where it lacks all and is not `sure`
    to be a header."""
    if not sure and not any(has_names(header, (name,), told) for name in wanted):
        return ""
    try:
        find_columns(header, told, wanted, "")
    except (DataError, UsageError) as error:
        return error.what
    return ""


def check_told(told: Mapping[str, str]) -> None:
    """UsageError for a name in --columns that is none of ours."""
    strange = [name for name in told if name not in KNOWN]
    if strange:
        raise UsageError(f"there is no {strange[0]!r} to name", where="--columns", hint=f"Known: {', '.join(KNOWN)}.")


def is_headline(folded: Sequence[str]) -> bool:
    """Whether the column `title` is what the writer put above the review, and not the product's name; by what is beside it."""
    beside = set(folded)
    return "title" in beside and not beside.isdisjoint(OF_WRITERS) and beside.isdisjoint(OF_PRODUCTS)


def say_columns(columns: Columns, log: ReadLog) -> None:
    """Note for the terminal which column was taken as what, which were not read, and which `title` was not."""
    taken = [f"{name} = {columns.names[place]}" for name, place in columns.at.items()]
    others = _not_read(columns)
    more = f" and {len(others) - SHOWN} more" if len(others) > SHOWN else ""
    log.say(f"columns: {', '.join(taken)}" + (f"; not read: {', '.join(others[:SHOWN])}{more}" if others else ""))
    folded = [fold(name) for name in columns.names]
    if "title" in folded and folded.index("title") not in columns.at.values():
        name = columns.names[folded.index("title")]
        log.say(f"column {name} is taken as the item's name, not as an opinion (--columns summary={name} takes it as the headline)")
    twice = sorted({columns.names[place] for place in columns.at.values() if folded.count(folded[place]) > 1})
    if twice:
        log.say(f"column {', '.join(twice)} is there more than once: the first is taken")


def _not_read(columns: Columns) -> list[str]:
    """Columns that are none of ours, and no `title`."""
    ours = set(columns.at.values())
    return [name for place, name in enumerate(columns.names) if place not in ours and fold(name) != "title"]


def _told_place(name: str, theirs: str, header: Sequence[str], folded: Sequence[str], where: str) -> int | None:
    if theirs == WITHOUT:
        return None
    lower = [own.strip().strip('"').lower() for own in header]
    for wanted, names in ((theirs, list(header)), (theirs.lower(), lower), (fold(theirs), list(folded))):
        if wanted in names:
            return names.index(wanted)
    hint = f"The file's columns: {', '.join(header)[:400]}."
    raise UsageError(f"there is no column {theirs!r} for {name}", where=where, hint=hint)


def _usual_place(usual: Sequence[str], folded: Sequence[str]) -> int | None:
    return next((folded.index(name) for name in usual if name in folded), None)
