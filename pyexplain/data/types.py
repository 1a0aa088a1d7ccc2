"""The things that travel from review files to data sets. Each is frozen and checks itself when made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import DataError
from .frozen import freeze
from .kind_views import ColumnChoice, history_rows
from .kinds import HISTORY, WORD
from .liked import LikedItems
from .settings import Protocol, Settings
from .sparse import SparseRows
from .totals import MentionTotals
from .unsaid import unsaid
from .vocabulary import Vocabulary

Int = npt.NDArray[np.int64]

REVIEW_COLUMNS = ("user", "item", "rating", "text", "time")
MENTION_COLUMNS = ("user", "item", "feature", "opinion", "sentiment", "sentence")
ITEM_COLUMNS = ("item", "title")


def _require(frame: pd.DataFrame, columns: tuple[str, ...], what: str) -> None:
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise DataError(f"{what} lack the columns {', '.join(missing)}", hint=f"Expected: {', '.join(columns)}.")


@dataclass(frozen=True, eq=False)
class Reviews:
    """frame: user (str), item (str), rating (float), text (str, may be empty), time (int64 seconds, -1 = unknown); and split (str),
    where the file says in which part each belongs."""

    frame: pd.DataFrame

    def __post_init__(self) -> None:
        _require(self.frame, REVIEW_COLUMNS, "reviews")

    def __len__(self) -> int:
        return len(self.frame)


@dataclass(frozen=True, eq=False)
class Mentions:
    """frame: user, item, feature, opinion (str, may be empty), sentiment (float, -1..1), sentence (str, may be empty)."""

    frame: pd.DataFrame

    def __post_init__(self) -> None:
        _require(self.frame, MENTION_COLUMNS, "mentions")
        sentiment = self.frame["sentiment"].to_numpy(dtype=np.float64)
        if len(sentiment) and not (np.isfinite(sentiment).all() and np.abs(sentiment).max() <= 1):
            raise DataError("sentiments of mentions must lie in -1..1")

    def __len__(self) -> int:
        return len(self.frame)


@dataclass(frozen=True, eq=False)
class Items:
    """frame: item (str), title (str as found, "" = none); what else a file says of its items stands in further columns."""

    frame: pd.DataFrame

    def __post_init__(self) -> None:
        _require(self.frame, ITEM_COLUMNS, "items")

    def __len__(self) -> int:
        return len(self.frame)


@dataclass(frozen=True, eq=False)
class Candidates:
    """Frozen candidate lists: for users [n] the items [n, c] that are ranked, drawn once, shuffled, the same for every method.

    Short lists (tiny catalogues) are filled with -1 at the end. `relevant` [n, c] marks held-out positives.
    """

    users: Int
    items: Int
    relevant: npt.NDArray[np.bool_]

    def __post_init__(self) -> None:
        if self.items.shape != self.relevant.shape or len(self.users) != len(self.items):
            raise DataError("candidate lists, their users and their marks differ in length")

    def __len__(self) -> int:
        return len(self.users)


@dataclass(frozen=True)
class Ancestor:
    """What a data set was before people were taken out of it. forgotten: how many were; who they were is written nowhere."""

    fingerprint: str
    forgotten: int


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Everything that training, explaining and evaluating need. Its arrays are read-only: many hold them.

    train, valid, test: pairs [n, 2] of (user, item) numbers. user_features [U, P] and item_features [I, P]: eq. (1).
    evidence: mentions (numbers in `user`, `item`, `feature`; opinion, sentiment, sentence) that models may see and quote.
    heldout: the same columns, of test reviews: the ground truth of explanations under the `heldout` protocol; under `paper`
    it is the published user-feature table (item = -1: no item known).
    lineage: what it was before people were taken out, the oldest first.
    user_mentions, item_mentions: counts of mentions and sums of sentiments, of the same mentions as eq. (1)'s values; None where
    only those values were published.
    features: each column is of a kind (kinds.py): eq. (1) is of words. stored: what this is a view of, by `with_kinds`; None if it
    is no view. counted: its users hold counts in place of eq. (1)'s values (counts.py).
    """

    name: str
    protocol: Protocol
    users: Vocabulary
    items: Vocabulary
    features: Vocabulary
    train: Int
    valid: Int
    test: Int
    user_features: SparseRows
    item_features: SparseRows
    valid_candidates: Candidates
    test_candidates: Candidates
    evidence: pd.DataFrame
    heldout: pd.DataFrame
    settings: Settings
    report: dict[str, object] = field(default_factory=dict)
    lineage: tuple[Ancestor, ...] = ()
    user_mentions: MentionTotals | None = None
    item_mentions: MentionTotals | None = None
    stored: Dataset | None = field(default=None, repr=False)
    counted: bool = False

    def __post_init__(self) -> None:
        if self.protocol not in ("heldout", "paper"):
            raise DataError(f"unknown protocol {self.protocol!r}", hint="Known: heldout, paper.")
        if self.user_features.shape != (self.n_users, self.n_features):
            raise DataError(f"user features are {self.user_features.shape}, expected {(self.n_users, self.n_features)}")
        if self.item_features.shape != (self.n_items, self.n_features):
            raise DataError(f"item features are {self.item_features.shape}, expected {(self.n_items, self.n_features)}")
        for side, totals, n in (("user", self.user_mentions, self.n_users), ("item", self.item_mentions, self.n_items)):
            if totals is not None and totals.shape != (n, self.n_features):
                raise DataError(f"{side} mentions are {totals.shape}, expected {(n, self.n_features)}")
        for part in (self.train, self.valid, self.test):
            if part.ndim != 2 or part.shape[1] != 2:
                raise DataError(f"pairs must be [n, 2], got {part.shape}")
            if len(part) and ((part < 0).any() or part[:, 0].max() >= self.n_users or part[:, 1].max() >= self.n_items):
                raise DataError("a pair names a user or an item that is not in the data set")
        for lists in (self.valid_candidates, self.test_candidates):
            if len(lists) and (lists.users.min() < 0 or lists.users.max() >= self.n_users):
                raise DataError("a candidate list is of a user who is not in the data set")
            if lists.items.size and (lists.items.min() < -1 or lists.items.max() >= self.n_items):
                raise DataError("a candidate list names an item that is not in the data set")
        freeze(self)

    @property
    def n_users(self) -> int:
        """U."""
        return len(self.users)

    @property
    def n_items(self) -> int:
        """I."""
        return len(self.items)

    @property
    def n_features(self) -> int:
        """P."""
        return len(self.features)

    @property
    def user_ids(self) -> Sequence[str]:
        """All users, by number."""
        return self.users.names

    @property
    def item_ids(self) -> Sequence[str]:
        """All items, by number; `items.title(id)` is what people call one."""
        return self.items.names

    def summary(self) -> pd.Series:
        """How much there is of everything: users, items, features of each kind, pairs of each part, mentions; how it is split."""
        kinds = {
            f"features of kind {kind}": sum(self.features.kind_of(k) == kind for k in range(self.n_features)) for kind in self.kinds
        }
        pairs = {f"{part} pairs": len(getattr(self, part)) for part in ("train", "valid", "test")}
        facts: dict[str, object] = {"users": self.n_users, "items": self.n_items, **kinds, **pairs, "mentions": len(self.evidence)}
        facts |= {"titles": sum(map(bool, self.items.titles or ())), "protocol": self.protocol, "split": self.settings.split}
        return pd.Series(facts, name=self.name, dtype=object)

    def __repr__(self) -> str:
        features = ", ".join(self.kinds) or "none"
        pairs = f"{len(self.train):,} / {len(self.valid):,} / {len(self.test):,} pairs"
        counts = f"{self.n_users:,} users, {self.n_items:,} items, {self.n_features:,} features ({features})"
        return f"<Dataset {self.name}: {counts}, {pairs}, protocol {self.protocol}>"

    def _repr_html_(self) -> str:
        return str(self.summary().to_frame().to_html())

    @property
    def source(self) -> Dataset:
        """What a view is of; itself where it is no view."""
        return self if self.stored is None else self.stored

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of its columns, in the order in which they come."""
        return tuple(dict.fromkeys((WORD,) * bool(len(self.features)) if self.features.kinds is None else self.features.kinds))

    def with_kinds(self, kinds: Iterable[str]) -> Dataset:
        """A view with the columns of these kinds alone ("word", "attribute", "history"), in this order; see kind_views.py.

        History has a column for each item, by its id: 1 for a user who liked it in training, and for the item itself. Raises
        UsageError for what is no kind, DataError where the data set has no feature of one of them.
        """
        source = self.source
        choice = ColumnChoice.of(kinds, source.kinds, source.features, source.items)
        if source.kinds == choice.kinds:
            return source if source.settings == self.settings else replace(source, settings=self.settings, stored=source)
        of_users, of_items = history_rows(source.liked, source.n_items)
        return replace(
            source,
            settings=self.settings,
            features=choice.names(),
            user_features=choice.rows(source.user_features, of_users),
            item_features=choice.rows(source.item_features, of_items),
            evidence=choice.mentions(source.evidence),
            heldout=choice.mentions(source.heldout),
            user_mentions=choice.totals(source.user_mentions),
            item_mentions=choice.totals(source.item_mentions),
            stored=source,
        )

    @cached_property
    def unsaid(self) -> npt.NDArray[np.bool_] | None:
        """Marks [P] of the features that nobody is told of (unsaid.py); None where all may be said."""
        return unsaid(self.features, self.settings.never)

    @cached_property
    def history_columns(self) -> npt.NDArray[np.bool_] | None:
        """Marks [P] of the columns of history; None where there is none. Made once: 10^6 names are not gone through at each
        question."""
        return self.features.where_kind(HISTORY)

    @cached_property
    def liked(self) -> LikedItems:
        """The items that each user liked in training."""
        return LikedItems.of(self.train, self.n_users, self.n_items)

    def forgotten_since(self, fingerprint: str) -> int:
        """How many people were taken out since the data set had this fingerprint; 0 where it is no ancestor of this one."""
        prints = [ancestor.fingerprint for ancestor in self.lineage]
        later = self.lineage[prints.index(fingerprint) :] if fingerprint in prints else ()
        return sum(ancestor.forgotten for ancestor in later)

    @cached_property
    def fingerprint(self) -> str:
        """A hash of all that a model or a metric can see; runs keep it and refuse another data set.

        Totals of mentions are not hashed beside eq. (1)'s values, which are made of them: runs made before they were kept fit.
        """
        return self.compute_fingerprint()

    def compute_fingerprint(self) -> str:
        """The same, of the arrays as they are now."""
        names = [self.protocol, self.users.fingerprint, self.items.fingerprint, self.features.fingerprint]
        digest = hashlib.sha256(json.dumps(names).encode())
        rows = (self.user_features, self.item_features)
        arrays = [self.train, self.valid, self.test, self.test_candidates.items, self.valid_candidates.items]
        for array in arrays + [a for r in rows for a in (r.offsets, r.indices, r.values)]:
            digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)  # no copy: lists may be large
        return digest.hexdigest()[:16]
