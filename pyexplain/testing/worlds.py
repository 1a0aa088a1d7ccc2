"""A small data set for checks, the same at every call, and its renumbering.

The numbers of users, items and features differ from each other and from the sizes that methods are given in checks (8, 16), so that
an axis of a tensor tells by its length what it counts.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..data.build import assign_parts, build_dataset
from ..data.kinds import HISTORY
from ..data.settings import Settings
from ..data.sparse import SparseRows
from ..data.totals import MentionTotals
from ..data.types import Candidates, Dataset
from ..data.vocabulary import Vocabulary

Int = npt.NDArray[np.int64]
USERS, ITEMS, FEATURES = 29, 23, 11
UNSEEN_USER, UNSEEN_ITEM = USERS - 1, ITEMS - 1
LIKED = 6


def small_world(seed: int = 0) -> Dataset:
    """29 users, 23 items, 11 features. The last user and the last item have no feature and no training pair.

    Each user cares about two features, and takes items that are good at them; reviews say so.
    """
    rng = np.random.default_rng(seed)
    taste = np.stack([rng.permutation(FEATURES)[:2] for _ in range(USERS - 1)])
    quality = rng.choice([-1.0, 1.0], (ITEMS - 1, FEATURES))
    rows, words = [], []
    for user in range(USERS - 1):
        utility = quality[:, taste[user]].sum(axis=1) + rng.gumbel(0, 0.3, ITEMS - 1)
        for item in np.argsort(-utility)[:LIKED]:
            rows.append((f"u{user:02}", f"i{item:02}", 5.0 if rng.random() < 0.9 else 2.0, int(rng.integers(1_000_000))))
            for feature in taste[user]:
                s = quality[item, feature]
                opinion = "good" if s > 0 else "bad"
                words.append((rows[-1][0], rows[-1][1], f"f{feature:02}", opinion, s, f"The f{feature:02} is {opinion}."))
    others = [(f"u{UNSEEN_USER:02}", f"i{UNSEEN_ITEM:02}", 1.0, 0)]
    others += [(f"u{user:02}", f"i{user % (ITEMS - 1):02}", 1.0, 0) for user in range(ITEMS - 1)]  # every item is in the catalogue
    frame = pd.DataFrame(rows + others, columns=["user", "item", "rating", "time"]).drop_duplicates(["user", "item"])
    frame["part"] = assign_parts(frame.reset_index(drop=True), "random", seed, 4.0).to_numpy()
    mentions = pd.DataFrame(words, columns=["user", "item", "feature", "opinion", "sentiment", "sentence"])
    return build_dataset("check", frame, mentions, "heldout", Settings("generated", "random", seed, n_candidates=12))


@dataclass(frozen=True, eq=False)
class Renumbering:
    """new[k]: the new number of user, item or feature k."""

    users: Int
    items: Int
    features: Int

    @staticmethod
    def drawn(data: Dataset, seed: int = 0) -> Renumbering:
        """A random one."""
        rng = np.random.default_rng([seed, 77])
        users, items, features = (rng.permutation(n) for n in (data.n_users, data.n_items, data.n_features))
        return Renumbering(users, items, features if data.features.kinds is None else _by_kind(data, rng, items))

    def of(self, size: int) -> Int | None:
        """The new numbers of what there are `size` of; None where that is neither users, items nor features."""
        return {len(part): part for part in (self.users, self.items, self.features)}.get(size)

    def pairs(self, pairs: Int) -> Int:
        """Renumbered pairs [n, 2]."""
        return np.stack([self.users[pairs[:, 0]], self.items[pairs[:, 1]]], axis=1)


def renumbered(data: Dataset, new: Renumbering) -> Dataset:
    """The same world under other numbers."""
    return replace(
        data,
        users=_names(data.users, new.users),
        items=_names(data.items, new.items),
        features=_names(data.features, new.features),
        train=new.pairs(data.train),
        valid=new.pairs(data.valid),
        test=new.pairs(data.test),
        user_features=_rows(data.user_features, new.users, new.features),
        item_features=_rows(data.item_features, new.items, new.features),
        valid_candidates=_candidates(data.valid_candidates, new),
        test_candidates=_candidates(data.test_candidates, new),
        evidence=_frame(data.evidence, new),
        heldout=_frame(data.heldout, new),
        user_mentions=_totals(data.user_mentions, new.users, new.features),
        item_mentions=_totals(data.item_mentions, new.items, new.features),
        stored=None,
    )


def renamed(data: Dataset) -> Dataset:
    """The same numbers under other names."""
    users, items = (
        Vocabulary([f"{word}-{number}" for number in range(len(known))], word)
        for word, known in (("person", data.users), ("thing", data.items))
    )
    liked = iter(items.names)  # history goes by the names of items
    kinds = [data.features.kind_of(number) for number in range(data.n_features)]
    names = [next(liked) if kind == HISTORY else f"aspect-{number}" for number, kind in enumerate(kinds)]
    features = Vocabulary(names, "aspect", kinds=kinds)
    return replace(data, users=users, items=items, features=features, stored=None)


def digests(data: Dataset) -> dict[str, str]:
    """A hash of each part of a data set, by name, of all that it holds now (nothing is remembered)."""
    found = {}
    for name in data.__dataclass_fields__:
        digest = hashlib.sha256()
        for piece in _bytes(getattr(data, name)):
            digest.update(piece)
        found[name] = digest.hexdigest()
    return found


def _bytes(value: object) -> list[bytes]:
    if isinstance(value, SparseRows):
        return [array.tobytes() for array in (value.offsets, value.indices, value.values)]
    if isinstance(value, Dataset):
        return [digest.encode() for digest in digests(value).values()]
    if isinstance(value, MentionTotals):
        return _bytes(value.counts) + _bytes(value.sums)
    if isinstance(value, Candidates):
        return [array.tobytes() for array in (value.users, value.items, value.relevant)]
    if isinstance(value, pd.DataFrame):
        return [repr(list(value.columns)).encode(), pd.util.hash_pandas_object(value).to_numpy().tobytes()]
    if isinstance(value, np.ndarray):
        return [repr(value.shape).encode(), value.tobytes()]
    return [repr((value.names, value.titles, value.kinds) if isinstance(value, Vocabulary) else value).encode()]


def _by_kind(data: Dataset, rng: np.random.Generator, items: Int) -> Int:
    """New numbers of features of several kinds: each kind stays together, and history follows the items."""
    new = np.empty(data.n_features, dtype=np.int64)
    for kind in data.kinds:
        at = data.features.of_kind(kind)
        new[at] = at[items if kind == HISTORY else rng.permutation(len(at))]
    return new


def _names(known: Vocabulary, new: Int) -> Vocabulary:
    return known.select(np.argsort(new))


def _rows(rows: SparseRows, new_rows: Int, new_columns: Int) -> SparseRows:
    return SparseRows.from_triples(new_rows[rows.row_indices()], new_columns[rows.indices], rows.values, rows.shape)


def _totals(totals: MentionTotals | None, new_rows: Int, new_columns: Int) -> MentionTotals | None:
    if totals is None:
        return None
    return MentionTotals(_rows(totals.counts, new_rows, new_columns), _rows(totals.sums, new_rows, new_columns))


def _candidates(lists: Candidates, new: Renumbering) -> Candidates:
    return replace(lists, users=new.users[lists.users], items=np.where(lists.items < 0, -1, new.items[lists.items]))


def _frame(frame: pd.DataFrame, new: Renumbering) -> pd.DataFrame:
    user, item, feature = (frame[name].to_numpy() for name in ("user", "item", "feature"))
    return frame.assign(user=new.users[user], item=new.items[item], feature=new.features[feature])
