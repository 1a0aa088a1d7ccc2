"""What a person's files say of the users, put into the data set: those attributes that somebody names, to learn from alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..data.kinds import PERSON
from ..data.people import with_people
from ..data.types import Dataset
from ..errors import DataError, UsageError, either
from ..registry import Registry
from .attributes import make_attributes
from .item_files import ItemTitles, read_titles
from .settings import PrepareOptions

USUAL = ("user_id", "user", "uid", "reviewer_id", "customer_id", "customer", "client_id", "member_id", "account_id", "id")
COLUMN = either('user_columns={"id": NAME}', "--user-columns id=NAME")
FILE = either("prepare(..., users=...)", "--users")
NAMES = either("user_attributes=[...]", "--user-attributes")


def find_people(options: PrepareOptions, registry: Registry, users: Iterable[str]) -> ItemTitles | None:
    """What `options.people` say of these users; None where there are no files. Nothing is learned from people that nobody named: a
    UsageError where no attribute is. DataError for files without a column of their ids, or that cannot be read."""
    if not options.people:
        if options.people_attributes.names:
            raise UsageError("attributes of people without a file of people", where=NAMES, hint=f"Give the file with {FILE}.")
        return None
    if not options.people_attributes.names:
        hint = f"Name those to learn from with {NAMES}; they are never said."
        raise UsageError("no attribute of people is named", where=FILE, hint=hint)
    known, told = frozenset(users), options.people_columns.get("id")
    if strange := sorted(set(options.people_columns) - {"id"}):
        raise UsageError(f"there is no {strange[0]!r} to name a column for", where="--user-columns", hint="Known: id.")
    theirs = options.read.columns.get("user")  # called so in the other file, and likely here
    for name in [told] if told else [theirs, *USUAL] if theirs else USUAL:
        try:
            return read_titles(options.people, registry, known, replace(options.read, columns={"item": name}))
        except UsageError as error:  # there is no such column
            last = error
        except DataError as error:
            raise DataError(error.what.replace("an item of", "a user of"), where=error.where, hint=error.hint) from None
    raise DataError("there is no column of users' ids", where=last.where, hint=f"{last.hint} Say which it is: {COLUMN}.")


def with_what_people_are(data: Dataset, found: ItemTitles | None, options: PrepareOptions) -> Dataset:
    """The data set with the named attributes of its people, and in its report how many there are."""
    if found is None or PERSON not in options.kinds:
        return data
    made = make_attributes(found.more, data.users, options.people_attributes, FILE)
    report = {**data.report, "people": made.report}
    return replace(with_people(data, made.names, made.has) if made.names else data, report=report)
