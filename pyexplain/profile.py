"""A person who is in no data set: what they like and care about, said in a few words, in place of a user's id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .data.counts import user_counts
from .data.json_file import read_json
from .data.kinds import ATTRIBUTE, HISTORY, WORD
from .data.settings import user_strength
from .data.sparse import SparseRows
from .data.totals import MentionTotals
from .data.types import Dataset
from .errors import DataError, UsageError

NAME = "profile"  # the id that a profile goes by; with stars behind it where a user has it already


@dataclass(frozen=True)
class Profile:
    """likes: ids of items. words: how often each feature of the kind word is mentioned, above 0. attributes: how many liked items
    have each; None: as the liked items have them.

    Whoever asks a run with it (`run.recommend(profile)`, `run.explain(profile, item)`) is answered as a user of the data set with
    these training pairs and mentions would be, by recommenders that keep nothing of users' identities; the others refuse.
    UsageError for an amount that is not above 0.
    """

    likes: Sequence[str] = ()
    words: Mapping[str, float] = field(default_factory=dict)
    attributes: Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        if isinstance(self.likes, str):
            raise UsageError(f"likes is one text, {self.likes!r:.60}", where=NAME, hint="Give a list of items' ids.")
        for name, amount in {**self.words, **(self.attributes or {})}.items():
            if not isinstance(amount, int | float) or isinstance(amount, bool) or not 0 < amount < 1e6:
                raise UsageError(f"{name!r:.60}: {amount!r:.60}", where=NAME, hint="Say how often, with a number above 0.")

    @staticmethod
    def read(path: Path) -> Profile:
        """From a JSON file, an object with these keys; DataError where it is none."""
        known = [one.name for one in fields(Profile)]
        found = read_json(path, hint="A profile is a JSON object: " + ", ".join(known) + ".")
        wanted = {"likes": list, "words": dict, "attributes": (dict, type(None))}
        strange = [key for key, value in found.items() if key not in wanted or not isinstance(value, wanted[key])]  # type: ignore[arg-type]
        if strange:
            what = f"{strange[0]!r:.60} is not what a profile holds"
            if strange[0] in wanted:
                what = f"what {strange[0]!r} holds is no {'list' if strange[0] == 'likes' else 'object'}"
            hint = 'A list "likes" of ids, objects "words" and "attributes" of numbers.'
            raise DataError(what, where=str(path), hint=hint)
        return Profile(**found)


def with_profile(data: Dataset, profile: Profile) -> Dataset:
    """The data set with one user more, the last one, who is known by the profile alone; candidate lists and evidence are as they
    were. DataError where it names an item or a feature that there is not."""
    liked = np.unique(np.array([data.items.index(item) for item in profile.likes], dtype=np.int64))
    me, name = data.n_users, NAME
    while name in data.users:
        name += "*"
    words = _numbers(data, profile.words, WORD)
    pairs = np.stack([np.full(len(liked), me), liked], axis=1)
    mentions = None if data.user_mentions is None else _mentions(data.user_mentions, words)
    grown = replace(
        data,
        users=data.users.with_name(name),
        train=np.concatenate([data.train, pairs]),
        user_features=_under(data.user_features, {}),
        user_mentions=mentions,
        stored=data.source,
    )
    return replace(grown, user_features=_under(data.user_features, _values(grown, words, profile)))


def _numbers(data: Dataset, amounts: Mapping[str, float], kind: str) -> dict[int, float]:
    return {data.features.index(name, kind): float(amount) for name, amount in amounts.items()} if kind in data.kinds else {}


def _values(grown: Dataset, words: dict[int, float], profile: Profile) -> dict[int, float]:
    """f_u of the last user, by feature."""
    top, kinds = grown.settings.max_rating, grown.features
    columns, values = user_counts(grown, np.array([grown.n_users - 1])).row(0)
    counts = dict(zip(columns.tolist(), values.tolist(), strict=True))
    if profile.attributes is not None:
        counts = {k: n for k, n in counts.items() if kinds.kind_of(k) != ATTRIBUTE} | _numbers(grown, profile.attributes, ATTRIBUTE)
    counts |= words
    if HISTORY in grown.kinds:
        begin = int(kinds.of_kind(HISTORY)[0])
        counts |= {begin + int(item): 1.0 for item in grown.liked.items[grown.liked.offsets[-2] :]}
    if grown.counted:
        return {k: min(n, top) for k, n in counts.items()}
    return {k: n if kinds.kind_of(k) == HISTORY else float(user_strength(n, top)) for k, n in counts.items()}


def _mentions(totals: MentionTotals, words: dict[int, float]) -> MentionTotals:
    """With the profile's, rounded up to whole mentions; of what sentiment nobody said, so of none."""
    whole = {k: float(np.ceil(n)) for k, n in words.items()}
    return MentionTotals(_under(totals.counts, whole), _under(totals.sums, dict.fromkeys(whole, 0.0)))


def _under(rows: SparseRows, values: Mapping[int, float]) -> SparseRows:
    """One row more."""
    columns: npt.NDArray[np.int64] = np.array(sorted(values), dtype=np.int64)
    row = SparseRows(
        np.array([0, len(columns)]), columns, np.array([values[k] for k in columns.tolist()], np.float32), rows.n_columns
    )
    return SparseRows.stacked([rows, row])
