"""People taken out of a data set: what is left is as if it had been built without them, and says how many were taken out.

Features, evidence and ground truth are those that build.py would make of everybody else's reviews, their parts as they were. The
catalogue of items stays, so that item numbers and the frozen candidate lists of others do; a feature that nobody else mentions
goes. A data set whose features were not computed from its own mentions cannot be treated so, and is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import DataError, UsageError
from .attributes import attributes_of, with_attributes, without_attributes
from .build import check_sizes
from .features import Computed, compute_features
from .forget_report import scrubbed
from .kinds import ATTRIBUTE, PERSON
from .people import people_of, with_people
from .types import Ancestor, Candidates, Dataset

Int = npt.NDArray[np.int64]


def forget(data: Dataset, users: Sequence[str]) -> Dataset:
    """The data set without these people (ids). Their number, and the fingerprint before, go into its lineage; no id does.

    Raises DataError for an unknown id, a data set that cannot be computed again, and where too little would be left to train on.
    """
    data = data.source
    if not users:
        raise UsageError("nobody was named", where="forget", hint="Name a person by id.")
    gone = np.unique([data.users.index(user) for user in users])
    kept = _without(without_attributes(data), gone)
    if ATTRIBUTE in data.kinds:  # what items are like is no person's data; what users like of it is counted again
        kept = with_attributes(kept, *attributes_of(data))
    if PERSON in data.kinds:
        names, has = people_of(data)
        kept = with_people(kept, names, has.select(np.setdiff1d(np.arange(data.n_users), gone)))
    return replace(kept, lineage=(*data.lineage, Ancestor(data.fingerprint, len(gone))))


def _without(data: Dataset, gone: Int) -> Dataset:
    """The data set of words without these users."""
    _check_computed(data)
    moved = _moved(data.n_users, gone)
    evidence = _left(data.evidence, moved)
    spoken = np.unique(evidence["feature"].to_numpy(dtype=np.int64))
    renamed = _moved(data.n_features, np.setdiff1d(np.arange(data.n_features), spoken))
    evidence, heldout = (_named(frame, renamed) for frame in (evidence, _left(data.heldout, moved)))
    kept, features = (names.select(np.flatnonzero(new >= 0)) for names, new in ((data.users, moved), (data.features, renamed)))
    train, valid, test = (_pairs(part, moved) for part in (data.train, data.valid, data.test))
    check_sizes(len(kept), data.n_items, len(features), len(train), *([] if data.n_features else [0]))
    made = _features(data, evidence, len(kept), len(features))
    return replace(
        data,
        users=kept,
        features=features,
        train=train,
        valid=valid,
        test=test,
        user_features=made.user_features,
        item_features=made.item_features,
        user_mentions=made.user_mentions,
        item_mentions=made.item_mentions,
        valid_candidates=_lists(data.valid_candidates, moved),
        test_candidates=_lists(data.test_candidates, moved),
        evidence=evidence,
        heldout=heldout,
        report=scrubbed(data, [data.users[g] for g in gone], evidence, heldout, features),
    )


def _check_computed(data: Dataset) -> None:
    """DataError unless the features are those of the evidence: only then what one person added to them can be taken away."""
    found = _features(data, data.evidence, data.n_users, data.n_features)
    both = ((data.user_features, found.user_features), (data.item_features, found.item_features))
    for rows, again in both:
        same = np.array_equal(rows.offsets, again.offsets) and np.array_equal(rows.indices, again.indices)
        if not same or not np.allclose(rows.values, again.values, rtol=1e-5, atol=1e-6):
            raise DataError(
                "its features were not computed from its mentions, so what a person added to them cannot be taken away",
                where=f"data set {data.name}",
                hint="Make it again from the reviews, or the mentions, of everybody else.",
            )


def _features(data: Dataset, evidence: pd.DataFrame, n_users: int, n_features: int) -> Computed:
    return compute_features(evidence, n_users, data.n_items, n_features, data.settings.max_rating, data.settings.unmentioned)


def _moved(size: int, gone: Int) -> Int:
    """Old number -> new number, -1 for those that are gone, [size]."""
    kept = ~np.isin(np.arange(size), gone)
    return np.where(kept, np.cumsum(kept) - 1, -1)


def _pairs(pairs: Int, moved: Int) -> Int:
    kept = pairs[moved[pairs[:, 0]] >= 0]
    return np.stack([moved[kept[:, 0]], kept[:, 1]], axis=1)


def _left(frame: pd.DataFrame, moved: Int) -> pd.DataFrame:
    """The rows of people who stay, with their new numbers."""
    user = moved[frame["user"].to_numpy(dtype=np.int64)]
    left: pd.DataFrame = frame[user >= 0].reset_index(drop=True)
    return left.assign(user=user[user >= 0])


def _named(frame: pd.DataFrame, renamed: Int) -> pd.DataFrame:
    """The rows of features that stay, with their new numbers."""
    feature = renamed[frame["feature"].to_numpy(dtype=np.int64)]
    left: pd.DataFrame = frame[feature >= 0].reset_index(drop=True)
    return left.assign(feature=feature[feature >= 0])


def _lists(lists: Candidates, moved: Int) -> Candidates:
    """The lists of people who stay, as they were drawn."""
    kept = moved[lists.users] >= 0
    return Candidates(moved[lists.users[kept]], lists.items[kept], lists.relevant[kept])
