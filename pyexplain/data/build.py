"""From interactions and mentions to a data set. Nothing of a held-out review reaches features, vocabulary or evidence."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from ..errors import DataError
from .candidates import NegativeSampler, draw_lists
from .features import compute_features
from .interactions import numbered, rows_of
from .quoted import Reviewed, quoted, seen_features
from .room import IN_MEMORY, Room
from .said import SaidInReviews
from .settings import Protocol, Settings
from .split import PARTS, TRAIN, UNUSED, Codes, carve_validation, split_codes
from .strings import TEXT, Strings
from .types import Dataset
from .views import blocks
from .vocabulary import Vocabulary

Int = npt.NDArray[np.int64]
Int32 = npt.NDArray[np.int32]
Bool = npt.NDArray[np.bool_]
MIN_USERS, MIN_ITEMS, MIN_FEATURES, MIN_TRAIN = 5, 5, 2, 10


def assign_parts(interactions: pd.DataFrame, split: str, seed: int, min_rating: float, room: Room = IN_MEMORY) -> pd.Series:
    """The part of each interaction (user, item, rating, time): "train", "valid", "test", or "unused".

    Only positive interactions (rating >= min_rating) are held out. The others are read for features in training, unless the
    split is by time and they were written after their user's first held-out pair: that would be looking ahead. room: where numbers
    go that are too many for memory.
    """
    rating = interactions["rating"].to_numpy()
    positive = room.where(len(rating), lambda part: rating[part] >= min_rating)
    labels = room.made(len(rating), np.int8, lambda part: TRAIN)
    columns = ["user"] if split == "random" else ["user", "item", "time"]
    codes = split_codes(rows_of(interactions[columns], positive, room), split, seed, room)
    for part in blocks(len(positive)):
        labels[positive[part]] = codes[part]
    if split in ("temporal", "leave-last"):
        _without_lookahead(interactions, labels, min_rating, room)
    return _as_parts(labels)


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
        labels[chosen] = carve_validation(numbered(interactions["user"])[chosen], labels[chosen], seed)
    codes = np.full(len(labels), TRAIN)
    for number, part in enumerate(PARTS):
        codes[labels == part] = number
    return _as_parts(codes)


def _as_parts(codes: Codes) -> pd.Series:
    return pd.Series(pd.Categorical.from_codes(codes, pd.Index(PARTS)), copy=False)


def _without_lookahead(interactions: pd.DataFrame, labels: Codes, min_rating: float, room: Room) -> None:
    user, time, rating = numbered(interactions["user"]), interactions["time"].to_numpy(), interactions["rating"].to_numpy()
    first = room.made(int(user.max(initial=-1)) + 1, np.float64, lambda part: np.inf)
    for part in blocks(len(labels)):
        held = labels[part] != TRAIN
        np.minimum.at(first, user[part][held], time[part][held])
    for part in blocks(len(labels)):
        labels[part][(rating[part] < min_rating) & (time[part] >= first[user[part]])] = UNUSED


def build_dataset(
    name: str,
    interactions: pd.DataFrame,
    mentions: pd.DataFrame | SaidInReviews | None,
    protocol: Protocol,
    settings: Settings,
    report: dict[str, object] | None = None,
    room: Room | None = None,
) -> Dataset:
    """A data set from interactions (user, item, rating, part) and mentions (MENTION_COLUMNS), both with names, or the latter of
    rows of the former; mentions None: there are no texts, and so no words. room: what is too large for memory goes there.

    heldout: features, their vocabulary and the evidence come from mentions of the part "train" alone; the ground truth is what
    the reviews of the part "test" mention. paper: as published, features come from all positive reviews, test ones included,
    and the ground truth is the support of those features.
    Raises DataError where too little is left to train on, with the numbers and the minimum.
    """
    room = room or Room()
    kept = in_parts(interactions, [part for part in PARTS if part != PARTS[UNUSED]], room)
    (users, user), (items, item) = (_vocabulary(interactions[name], name, kept, room) for name in ("user", "item"))
    positive = liked_in(interactions, settings.min_rating, room)
    part = {name: in_parts(interactions, [name], room) for name in ("train", "valid", "test")}
    del interactions
    pairs = {name: _pairs(user, item, (positive, marks), len(items), room) for name, marks in part.items()}
    of = Reviewed(user, item, part["train"] if protocol == "heldout" else _both(positive, kept, room), part["test"])
    least = 0 if mentions is None else MIN_FEATURES  # without words there is history
    said = mentions if isinstance(mentions, SaidInReviews) else _said(mentions, of, kept, users, items, room)
    del mentions, part, positive, kept
    features = seen_features(said, of)
    check_sizes(len(users), len(items), len(features), len(pairs["train"]), least)
    evidence = quoted(said, of, of.seen, features, room)
    truth = quoted(said, of, of.tested, features, room) if protocol == "heldout" else _supported(evidence)
    del said, of, user, item  # whatever is not needed any more is let go of
    made = compute_features(evidence, len(users), len(items), len(features), settings.max_rating, settings.unmentioned, room)
    drawn_from = (
        NegativeSampler.of(list(pairs.values()), len(users), len(items), room),
        settings.n_candidates,
        settings.seed,
        room,
    )
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
        draw_lists(pairs["valid"], *drawn_from),
        draw_lists(pairs["test"], *drawn_from),
        evidence,
        truth,
        settings,
        report or {},
        user_mentions=made.user_mentions,
        item_mentions=made.item_mentions,
    )


def liked_in(interactions: pd.DataFrame, min_rating: float, room: Room) -> Bool:
    """Which interactions [n] have at least this rating."""
    rating = interactions["rating"].to_numpy()
    return room.made(len(rating), np.bool_, lambda part: rating[part] >= min_rating)


def _both(marks: Bool, others: Bool, room: Room) -> Bool:
    return room.made(len(marks), np.bool_, lambda part: marks[part] & others[part])


def in_parts(interactions: pd.DataFrame, parts: list[str], room: Room) -> Bool:
    """Which interactions [n] are of one of these parts."""
    of = interactions["part"]
    if not isinstance(of.dtype, pd.CategoricalDtype):
        return of.isin(parts).to_numpy()
    codes = of.cat.codes.to_numpy()
    wanted = np.append(of.cat.categories.isin(parts), False)  # the code of none is -1, the last
    marks: Bool = room.made(len(codes), np.bool_, lambda part: wanted[codes[part]])
    return marks


def _said(
    mentions: pd.DataFrame | None, of: Reviewed, kept: Bool, users: Vocabulary, items: Vocabulary, room: Room
) -> SaidInReviews:
    """Mentions with names, those of kept interactions, with their rows."""
    if mentions is None:
        return SaidInReviews(room)
    user, item = (_numbers_of(mentions[name.kind], name) for name in (users, items))
    said = SaidInReviews(room)
    rows = room.where(len(kept), lambda part: kept[part])
    known = of.user[rows].astype(np.int64) * len(items) + of.item[rows]
    order = np.argsort(known, kind="stable")
    known = known[order]
    for part in blocks(len(mentions) if len(rows) else 0):
        cells = user[part].astype(np.int64) * len(items) + item[part]
        place = np.minimum(np.searchsorted(known, cells), len(known) - 1)
        there = np.flatnonzero((user[part] >= 0) & (item[part] >= 0) & (known[place] == cells))
        said.add_named(mentions.iloc[part].iloc[there], rows[order[place[there]]])
    return said


def _vocabulary(names: pd.Series, kind: str, kept: Bool, room: Room = IN_MEMORY) -> tuple[Vocabulary, Int32]:
    """Of names [n], those of kept rows in the order of their characters, and the number [n] of each, -1 for the others."""
    codes, texts = _coded(names)
    there = np.zeros(len(texts) + 1, dtype=bool)  # the code of none is -1, the last
    for part in blocks(len(codes)):
        there[codes[part][kept[part]]] = True
    at = np.flatnonzero(there[:-1])
    at = at[texts.take(at, room).in_order()]
    numbers = np.full(len(texts) + 1, -1, dtype=np.int32)
    numbers[at] = np.arange(len(at))
    return Vocabulary(texts.take(at, room), kind), room.made(len(codes), np.int32, lambda part: numbers[codes[part]])


def _numbers_of(names: pd.Series, vocabulary: Vocabulary) -> Int32:
    """Numbers [n] of names, -1 for strange ones; each different name is looked up once."""
    codes, texts = _coded(names)
    found: Int32 = np.append(vocabulary.indices(texts), -1).astype(np.int32)[codes]
    return found


def _coded(names: pd.Series) -> tuple[npt.NDArray[np.integer], Strings]:
    """A number [n] for each name, -1 for none, and the names that they stand for."""
    if isinstance(names.dtype, pd.StringDtype):
        texts = pa.array(names.array, TEXT)
        pieces = texts.chunks if isinstance(texts, pa.ChunkedArray) else [texts]
        # each by itself: Arrow would give each piece all names up to it
        tables = pa.chunked_array([piece.dictionary_encode() for piece in pieces], pa.dictionary(pa.int32(), TEXT))
        coded = tables.unify_dictionaries().combine_chunks()
        return coded.indices.fill_null(-1).to_numpy(zero_copy_only=False), Strings(coded.dictionary)
    kinds = names if isinstance(names.dtype, pd.CategoricalDtype) else names.astype("category")
    known = kinds.cat.categories
    return kinds.cat.codes.to_numpy(), Strings.of_frame(known if isinstance(known.dtype, pd.StringDtype) else known.map(str))


def _supported(evidence: pd.DataFrame) -> pd.DataFrame:
    """The ground truth of the published protocol: who mentions what, and on which side on the whole."""
    table = evidence.groupby(["user", "feature"], sort=True)["sentiment"].mean().reset_index()
    return table.assign(item=-1, opinion="", sentence="")[list(evidence.columns)]


def _pairs(user: Int32, item: Int32, marks: tuple[Bool, Bool], n_items: int, room: Room) -> Int:
    """The (user, item) pairs [n, 2] that are marked in both, in order."""
    rows = room.where(len(user), lambda part: marks[0][part] & marks[1][part])
    cells, pairs = room.array((len(rows),), np.int64), room.array((len(rows), 2), np.int64)
    for part in blocks(len(rows)):
        cells[part] = user[rows[part]] * np.int64(n_items) + item[rows[part]]
    cells.sort()
    for part in blocks(len(rows)):
        pairs[part, 0], pairs[part, 1] = np.divmod(cells[part], max(1, n_items))
    return pairs


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
