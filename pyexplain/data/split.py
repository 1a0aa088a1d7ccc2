"""Which positive pairs train, which choose the epoch, which test. Labels: "train", "valid", "test"."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import UsageError, either
from .interactions import counted, numbered, together
from .people import made_again
from .room import IN_MEMORY, Room
from .types import Candidates, Dataset
from .views import blocks

Labels = npt.NDArray[np.object_]
Codes = npt.NDArray[np.int8]
Int = npt.NDArray[np.int64]
LastFirst = Callable[[Int], Int]  # keys of some rows, by which the last of a user sorts first: [k, m]
PARTS = ("train", "valid", "test", "unused")
TRAIN, VALID, TEST, UNUSED = (np.int8(code) for code in range(len(PARTS)))
SPLITS = ("random", "temporal", "leave-last")
TEST_SHARE, VALID_SHARE = 0.2, 0.1


def split_pairs(pairs: pd.DataFrame, kind: str, seed: int) -> Labels:
    """A label for each positive pair (columns user, item, time), [n]; see split_codes."""
    return labelled(split_codes(pairs, kind, seed))


def labelled(codes: Codes) -> Labels:
    """The names of parts [n]: each the same string, however often it comes."""
    return np.array(PARTS, dtype=object)[codes]


def split_codes(pairs: pd.DataFrame, kind: str, seed: int, room: Room = IN_MEMORY) -> Codes:
    """The part of each positive pair (columns user and, where they are split by time, item and time), [n], by its place in PARTS.

    random: of a user with n pairs, max(1, round(0.2 n)) test (none if n = 1), as in the paper. temporal: the last 20 % of all
    pairs by time test. leave-last: each user's last pair tests, the one before validates; among pairs of one moment the order is
    drawn from the seed and the two ids, so that it does not depend on the order of the files. Else a validation part is carved
    from the rest.
    Raises UsageError for an unknown kind, and for a split by time where times are missing or all the same.
    """
    if kind not in SPLITS:
        raise UsageError(f"unknown split {kind!r}", where="--split", hint=f"Known: {', '.join(SPLITS)}.")
    rng = np.random.default_rng([seed, 1])
    users = numbered(pairs["user"])
    if kind != "random":
        _check_times(pairs["time"].to_numpy(), kind)
    if kind == "temporal":
        return _by_time(pairs["time"].to_numpy(), room)
    last_first = _latest_first(pairs, users, seed) if kind == "leave-last" else _random(len(pairs), rng, room)
    place, size = _place_from_end(users, last_first, room)
    labels = room.made(len(pairs), np.int8, lambda part: TRAIN)
    if kind == "leave-last":
        for part in blocks(len(pairs)):
            labels[part][(place[part] == 0) & (size[part] > 1)] = TEST
            labels[part][(place[part] == 1) & (size[part] > 2)] = VALID
        return labels
    sizes = np.arange(int(size.max(initial=0)) + 1)
    n_test = np.where(sizes > 1, np.maximum(1, np.floor(TEST_SHARE * sizes + 0.5)), 0).astype(np.int32)
    for part in blocks(len(pairs)):
        labels[part][place[part] < n_test[size[part]]] = TEST
    del last_first, place, size
    return carve_codes(users, labels, seed, room)


def _by_time(time: Int, room: Room) -> Codes:
    labels = room.made(len(time), np.int8, lambda part: TRAIN)
    labels[_latest(time, TEST_SHARE, room)] = TEST
    rest = room.where(len(time), lambda part: labels[part] == TRAIN)
    labels[rest[_latest(room.taken(time, rest), VALID_SHARE, room)]] = VALID
    return labels


def _random(count: int, rng: np.random.Generator, room: Room) -> LastFirst:
    """Keys drawn as rng.random(count) does, in memory or on disk."""
    drawn = rng.random(out=room.array((count,), np.float64))
    return lambda rows: -drawn[rows][None]


def all_train(count: int) -> Labels:
    """Labels [count], all "train": the same string, of which np.full would make as many as there are labels."""
    labels: Labels = np.empty(count, dtype=object)
    labels.fill("train")
    return labels


def _check_times(time: npt.NDArray[np.int64], kind: str) -> None:
    """The order of the file never stands for the order of time."""
    missing = int((time < 0).sum())
    if missing or (len(time) > 1 and (time == time[0]).all()):
        some, every = f"{missing:,} of {len(time):,} liked pairs have no time", f"all {len(time):,} liked pairs have the same time"
        column = either('columns={"time": ...}', "--columns time=...")
        hint = f"Name the column of times ({column}), or use --split random."
        raise UsageError(f"{some if missing else every}, which {kind} splits by", where="--split", hint=hint)


def _latest_first(pairs: pd.DataFrame, users: npt.NDArray[np.integer], seed: int) -> LastFirst:
    """Keys of time. Many files know the day alone, so that a user's pairs of one moment are common: these are drawn."""
    time = pairs["time"].to_numpy()

    def keys(rows: Int) -> Int:
        at = np.lexsort((time[rows], users[rows]))
        same = np.logical_and.reduce([np.diff(of[rows][at]) == 0 for of in (time, users)])
        tied = np.unique(np.concatenate([at[:-1][same], at[1:][same]]))
        drawn = np.zeros(len(rows), dtype=np.uint64)
        drawn[tied] = [_draw(seed, *pair) for pair in pairs[["user", "item"]].iloc[rows[tied]].itertuples(index=False)]
        return np.stack([-rows, (~drawn).view(np.int64) ^ np.int64(-(2**63)), -time[rows]])  # an int64 in the order of a uint64

    return keys


def _draw(*of: object) -> int:
    return int.from_bytes(hashlib.blake2b(repr(of).encode("utf-8", "replace"), digest_size=8).digest(), "little")


def carve_validation(users: npt.NDArray[np.generic], labels: Labels, seed: int) -> Labels:
    """Turn 10 % of the training pairs into validation pairs: at most one a user, and only of users who keep another."""
    out = labels.copy()
    codes = np.where(labels == PARTS[TRAIN], TRAIN, UNUSED)
    out[carve_codes(users, codes, seed) == VALID] = PARTS[VALID]
    return out


def carve_codes(users: npt.NDArray[np.generic], labels: Codes, seed: int, room: Room = IN_MEMORY) -> Codes:
    """The same of places in PARTS, which are changed in place."""
    rng = np.random.default_rng([seed, 2])
    rest = room.where(len(labels), lambda part: labels[part] == TRAIN)
    place, size = _place_from_end(room.taken(users, rest), _random(len(rest), rng, room), room)
    able = room.taken(rest, room.where(len(rest), lambda part: (place[part] == 0) & (size[part] > 1)))
    wanted = min(len(able), max(1, round(VALID_SHARE * len(rest))))
    rng.shuffle(able)
    labels[able[:wanted]] = VALID
    return labels


def without_validation(data: Dataset) -> Dataset:
    """The data set with its validation pairs among the training pairs, for training once more after an epoch has been chosen."""
    none = Candidates(data.valid[:0, 0], data.valid_candidates.items[:0], data.valid_candidates.relevant[:0])
    source = replace(
        data.source,
        settings=data.settings,
        train=np.concatenate([data.train, data.valid]),
        valid=data.valid[:0],
        valid_candidates=none,
    )
    source = made_again(source, data.source)  # attributes are of the training pairs as they are now
    return source if data.stored is None else source.with_kinds(data.kinds)


def _latest(time: Int, share: float, room: Room) -> Int:
    """Positions of the latest pairs; pairs of one moment stay together, on the earlier side."""
    if len(time) == 0:
        return np.zeros(0, dtype=np.int64)
    ordered = room.made(len(time), np.int64, lambda part: time[part])
    ordered.sort()
    cut = ordered[min(len(time) - 1, int(np.floor((1 - share) * len(time))))]
    if cut == ordered[-1]:
        return room.where(len(time), lambda part: time[part] == cut)
    return room.where(len(time), lambda part: time[part] > cut)


def _place_from_end(
    users: npt.NDArray[np.generic], last_first: LastFirst, room: Room
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """For each pair its place among its user's pairs counted from the last (0 = last), and how many the user has."""
    numbers: npt.NDArray[np.integer] = users if users.dtype.kind == "i" else pd.factorize(users)[0]  # type: ignore[assignment]
    size = counted(numbers, room)
    place = room.array((len(users),), np.int32)
    for rows in together(numbers, room):
        own = numbers[rows]
        at = np.lexsort((*last_first(rows), own))  # stable: of equals, the first is the last
        own = own[at]
        first = np.flatnonzero(np.diff(own, prepend=-1))
        place[rows[at]] = np.arange(len(rows)) - np.repeat(first, size[own[first]])
    return place, room.made(len(numbers), np.int32, lambda part: size[numbers[part]])
