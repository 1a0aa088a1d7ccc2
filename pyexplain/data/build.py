"""From interactions and mentions to a data set. Nothing of a held-out review reaches features, vocabulary or evidence."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import DataError
from .candidates import draw_candidates
from .features import compute_features
from .split import carve_validation, split_pairs
from .types import MENTION_COLUMNS, Dataset, Protocol, Settings
from .vocabulary import Vocabulary

Int = npt.NDArray[np.int64]
MIN_USERS, MIN_ITEMS, MIN_FEATURES, MIN_TRAIN = 5, 5, 2, 10
EVIDENCE_COLUMNS = ["user", "item", "feature", "opinion", "sentiment", "sentence"]


def assign_parts(interactions: pd.DataFrame, split: str, seed: int, min_rating: float) -> pd.Series:
    """The part of each interaction (user, item, rating, time): "train", "valid", "test", or "unused".

    Only positive interactions (rating >= min_rating) are held out. The others are read for features in training, unless the
    split is by time and they were written after their user's first held-out pair: that would be looking ahead.
    """
    positive = (interactions["rating"] >= min_rating).to_numpy()
    labels = np.full(len(interactions), "train", dtype=object)
    labels[positive] = split_pairs(interactions.loc[positive, ["user", "item", "time"]], split, seed)
    return _without_lookahead(interactions, labels, positive) if split in ("temporal", "leave-last") else pd.Series(labels)


def given_parts(interactions: pd.DataFrame, seed: int, min_rating: float) -> pd.Series:
    """Parts from the file's own `split` column (train, test, maybe valid); a validation part is carved where there is none."""
    known = {"train": "train", "valid": "valid", "validation": "valid", "val": "valid", "dev": "valid", "test": "test"}
    parts = interactions["split"].str.lower().map(known)
    if parts.isna().any():
        strange = interactions["split"][parts.isna()].iloc[0]
        raise DataError(f"unknown split {strange!r}", where="column split", hint="Known: train, valid, test.")
    labels = parts.to_numpy(dtype=object).copy()
    positive = (interactions["rating"] >= min_rating).to_numpy()
    labels[(labels == "test") & ~positive] = "unused"
    labels[(labels == "valid") & ~positive] = "unused"
    if not (labels == "valid").any():
        chosen = np.flatnonzero(positive)
        labels[chosen] = carve_validation(interactions["user"].to_numpy()[chosen], labels[chosen], seed)
    return pd.Series(labels)


def _without_lookahead(interactions: pd.DataFrame, labels: npt.NDArray[np.object_], positive: npt.NDArray[np.bool_]) -> pd.Series:
    held = interactions.assign(part=labels)
    first = held[held["part"] != "train"].groupby("user")["time"].min()
    limit = held["user"].map(first).fillna(np.inf).to_numpy(dtype=np.float64)
    late = ~positive & (held["time"].to_numpy(dtype=np.float64) >= limit)
    labels[late] = "unused"
    return pd.Series(labels)


def build_dataset(
    name: str,
    interactions: pd.DataFrame,
    mentions: pd.DataFrame | None,
    protocol: Protocol,
    settings: Settings,
    report: dict[str, object] | None = None,
) -> Dataset:
    """A data set from interactions (user, item, rating, part) and mentions (MENTION_COLUMNS), both with names; mentions None: there
    are no texts, and so no words.

    heldout: features, their vocabulary and the evidence come from mentions of the part "train" alone; the ground truth is what
    the reviews of the part "test" mention. paper: as published, features come from all positive reviews, test ones included,
    and the ground truth is the support of those features.
    Raises DataError where too little is left to train on, with the numbers and the minimum.
    """
    interactions = _rows(interactions, (interactions["part"] != "unused").to_numpy())
    interactions = interactions.assign(positive=interactions["rating"] >= settings.min_rating)
    users = Vocabulary(sorted(interactions["user"].unique()), "user")
    items = Vocabulary(sorted(interactions["item"].unique()), "item")
    pairs = {part: _pairs(interactions, part, users, items) for part in ("train", "valid", "test")}
    least = 0 if mentions is None else MIN_FEATURES  # without words there is history
    mentions = _no_mentions() if mentions is None else mentions
    numbered = _numbered(mentions, interactions, users, items)
    mentions = mentions[["opinion", "sentence"]]
    del interactions
    features = _by_frequency(_seen(numbered, protocol)["feature"])
    check_sizes(len(users), len(items), len(features), len(pairs["train"]), least)

    numbered["feature"] = _numbers_of(numbered["feature"], features)
    numbered = _rows(numbered, (numbered["feature"] >= 0).to_numpy())
    seen = _seen(numbered, protocol)
    _give_back()
    evidence, truth = _quoted(seen, mentions), _ground_truth(numbered, seen, protocol, mentions)
    del numbered, mentions  # whatever is not needed any more is let go of: sentences are most of the memory
    _give_back()
    made = compute_features(seen, len(users), len(items), len(features), settings.max_rating, settings.unmentioned)
    del seen
    _give_back()
    drawn_from = (np.concatenate(list(pairs.values())), len(users), len(items), settings.n_candidates, settings.seed)
    return Dataset(
        name,
        protocol,
        users,
        items,
        features,
        pairs["train"],
        pairs["valid"],
        pairs["test"],
        made.user_features,
        made.item_features,
        draw_candidates(pairs["valid"], *drawn_from),
        draw_candidates(pairs["test"], *drawn_from),
        evidence,
        truth,
        settings,
        report or {},
        user_mentions=made.user_mentions,
        item_mentions=made.item_mentions,
    )


def _seen(numbered: pd.DataFrame, protocol: Protocol) -> pd.DataFrame:
    """The mentions that features are made from."""
    return numbered[numbered["part"] == "train"] if protocol == "heldout" else numbered[numbered["positive"]]


def _by_frequency(names: pd.Series) -> Vocabulary:
    """Features, the most mentioned first; of equals in the order of their names."""
    frequency = names.astype("str").value_counts().sort_index()
    return Vocabulary(frequency.sort_values(ascending=False, kind="stable").index, "feature")


def _numbered(mentions: pd.DataFrame, interactions: pd.DataFrame, users: Vocabulary, items: Vocabulary) -> pd.DataFrame:
    """Mentions of the interactions' pairs: user and item as numbers, the part of the review, whether its rating is positive, and
    `at`, their place among the mentions."""
    user, item = _numbers_of(mentions["user"], users), _numbers_of(mentions["item"], items)
    known = _numbers_of(interactions["user"], users) * len(items) + _numbers_of(interactions["item"], items)
    order = np.argsort(known, kind="stable")
    place = np.searchsorted(known[order], user * len(items) + item)
    place = order[np.minimum(place, max(0, len(order) - 1))] if len(order) else place
    there = (user >= 0) & (item >= 0)
    if len(order):
        there &= known[place] == user * len(items) + item
    rows = np.flatnonzero(there)
    joined = mentions[["feature", "sentiment"]].iloc[rows].reset_index(drop=True)
    part = interactions["part"].to_numpy()
    return joined.assign(
        user=user[rows],
        item=item[rows],
        part=pd.Categorical(part[place[rows]]),
        positive=interactions["positive"].to_numpy()[place[rows]],
        at=rows,
    )


def _quoted(numbered: pd.DataFrame, mentions: pd.DataFrame) -> pd.DataFrame:
    """EVIDENCE_COLUMNS: the mentions with their texts, which are taken along only here, because they are what is large."""
    rows = numbered["at"].to_numpy()
    texts = {name: mentions[name].iloc[rows].astype("str").reset_index(drop=True) for name in ("opinion", "sentence")}
    return numbered[["user", "item", "feature", "sentiment"]].reset_index(drop=True).assign(**texts)[EVIDENCE_COLUMNS]


def _give_back() -> None:
    """Strings of data frames lie in Arrow's pool, which keeps what was freed until it is asked; a quarter of the memory here."""
    import pyarrow

    pyarrow.default_memory_pool().release_unused()


def _rows(frame: pd.DataFrame, kept: npt.NDArray[np.bool_]) -> pd.DataFrame:
    """The marked rows; no copy where that is all of them."""
    return frame if kept.all() else frame[kept]


def _numbers_of(names: pd.Series, vocabulary: Vocabulary) -> Int:
    """Numbers [n] of names, -1 for strange ones; each different name is looked up once."""
    kinds = names if isinstance(names.dtype, pd.CategoricalDtype) else names.astype("category")
    found: Int = vocabulary.numbers([str(name) for name in kinds.cat.categories])
    codes = kinds.cat.codes.to_numpy()
    return np.where(codes >= 0, np.append(found, -1)[codes], -1).astype(np.int64)


def _ground_truth(numbered: pd.DataFrame, seen: pd.DataFrame, protocol: Protocol, mentions: pd.DataFrame) -> pd.DataFrame:
    if protocol == "heldout":
        return _quoted(numbered[numbered["part"] == "test"], mentions)
    table = seen.groupby(["user", "feature"], sort=True)["sentiment"].mean().reset_index()
    return table.assign(item=-1, opinion="", sentence="")[EVIDENCE_COLUMNS]


def _pairs(interactions: pd.DataFrame, part: str, users: Vocabulary, items: Vocabulary) -> Int:
    """The positive (user, item) pairs [n, 2] of a part, in order."""
    frame = interactions.loc[interactions["positive"] & (interactions["part"] == part), ["user", "item"]]
    pairs = np.stack([_numbers_of(frame["user"], users), _numbers_of(frame["item"], items)], axis=1)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))].astype(np.int64)


def _no_mentions() -> pd.DataFrame:
    texts = {column: pd.Series(dtype="str") for column in MENTION_COLUMNS}
    return pd.DataFrame(texts | {"sentiment": pd.Series(dtype="float64")})[list(MENTION_COLUMNS)]


def check_sizes(n_users: int, n_items: int, n_features: int, n_train: int, least_features: int = MIN_FEATURES) -> None:
    """DataError, with the numbers and the least that is needed, where there is too little to train on."""
    wanted = [
        ("users", n_users, MIN_USERS),
        ("items", n_items, MIN_ITEMS),
        ("features", n_features, least_features),
        ("training pairs", n_train, MIN_TRAIN),
    ]
    short = [f"{count} {what} (at least {least} are needed)" for what, count, least in wanted if count < least]
    if short:
        raise DataError(
            f"too little to train on: {', '.join(short)}", hint="Give more reviews, or loosen --min-rating or --min-count."
        )
