"""The built-in data: reviews in Amazon's format with planted truth. Users care about some features, items are good or bad at
some, users choose items that are good at what they care about, and write about it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import numpy as np
import numpy.typing as npt

from ..errors import DataError, UsageError
from ..limits import human, machine_memory
from .demo_text import Said, write_review
from .demo_titles import demo_titles
from .demo_words import FEATURES, SUMMARIES
from .files import write_atomically, write_json, write_text
from .json_file import read_json

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]
CARED = 4  # features that a user cares about
TASTE = 2.0  # what the qualities that a user cares for weigh beside an item's popularity
SEEN = 60  # items that a user looks at before each choice
CHUNK = 1000
ITEM, CELL, USER = 700, 110, 700  # bytes of an item, of what can be said of one at one feature, of a user: at most
FIRST_DAY = 1_500_000_000
ITEMS_FILE = "items.jsonl"


@dataclass(frozen=True, eq=False)
class Truth:
    """What was planted. cares: user -> features cared for. qualities: item -> feature -> quality in -1..1. popularity: item -> what
    everybody sees in it. mentions: (user, item, feature, polarity 1 or -1) of every review."""

    features: tuple[str, ...]
    cares: dict[str, tuple[str, ...]]
    qualities: dict[str, dict[str, float]]
    popularity: dict[str, float]
    mentions: frozenset[tuple[str, str, str, int]]

    def appeal(self, users: Sequence[str], items: Sequence[str]) -> Float:
        """What users chose by, less chance, [U, I]: TASTE times the qualities that each cares for, and the item's popularity."""
        place = {name: number for number, name in enumerate(self.features)}
        cares, quality = np.zeros((len(users), len(place))), np.zeros((len(items), len(place)))
        for number, user in enumerate(users):
            cares[number, [place[name] for name in self.cares[user]]] = 1
        for number, item in enumerate(items):
            for name, value in self.qualities[item].items():
                quality[number, place[name]] = value
        known: Float = TASTE * cares @ quality.T + np.array([self.popularity[item] for item in items])
        return known


def write_demo(
    out: Path,
    users: int = 600,
    items: int = 200,
    features: int = 40,
    reviews: int | None = None,
    seed: int = 0,
    progress: Callable[[str, int, int], None] = lambda label, done, total: None,
) -> Path:
    """Write out/reviews.jsonl (Amazon 2014), out/items.jsonl (ids and titles), out/truth.json and out/truth_mentions.jsonl; the
    path of the first.

    reviews: in all, 10 a user by default. Streamed: memory does not grow with users beyond the items' table. Same arguments, same
    bytes. Raises UsageError for sizes that cannot be, or that the memory does not hold, and DataError where the
    folder cannot be written.
    """
    reviews = 10 * users if reviews is None else reviews
    if not 2 <= features <= len(FEATURES):
        raise UsageError(f"{features} features were asked for", where="--features", hint=f"Between 2 and {len(FEATURES)}.")
    if items < 10 or reviews < users:
        raise UsageError(f"{items} items and {reviews} reviews for {users} users", hint="At least 10 items, and a review a user.")
    needed = items * (ITEM + features * CELL) + users * USER
    if needed > machine_memory():
        what = f"{items:,} items, {users:,} users need {human(needed)} of memory, this machine has {human(machine_memory())}"
        raise UsageError(what, where="--items", hint="Ask for fewer.")
    names = tuple(FEATURES)[:features]
    quality = _qualities(items, features, seed)
    path = out / "reviews.jsonl"
    world = _World(names, quality, _popularity(items, seed), _taste_weights(features), seed)
    tables: dict[str, list[str]] = {}

    def write_all(temporary: Path) -> None:
        def mentions(beside: Path) -> None:
            with temporary.open("w", encoding="utf-8") as lines, beside.open("w", encoding="utf-8") as said:
                for user in range(users):
                    mine = reviews // users + (user < reviews % users)
                    tables[f"U{user:06}"] = _write_user(world, user, mine, lines, said)
                    if user % CHUNK == 0:
                        progress("writing reviews", user, users)

        write_atomically(out / "truth_mentions.jsonl", mentions)

    write_atomically(path, write_all)
    good = {f"B{i:06}": {names[k]: round(float(q), 3) for k, q in enumerate(row) if q} for i, row in enumerate(quality)}
    known = {f"B{i:06}": round(float(p), 4) for i, p in enumerate(world.popularity)}
    lines = (json.dumps({"asin": f"B{i:06}", "title": title}) + "\n" for i, title in enumerate(demo_titles(items, seed)))
    write_text(out / ITEMS_FILE, "".join(lines))
    write_json(out / "truth.json", {"seed": seed, "features": names, "cares": tables, "qualities": good, "popularity": known})
    progress("writing reviews", users, users)
    return path


def read_truth(path: Path) -> Truth:
    """truth.json and truth_mentions.jsonl of a folder that write_demo wrote."""
    try:
        content = read_json(path / "truth.json")
        lines = (path / "truth_mentions.jsonl").read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise DataError(f"the planted truth cannot be read: {error}", where=str(path), hint="Make it with 'data demo'.") from error
    mentions = frozenset((m[0], m[1], m[2], int(m[3])) for m in map(json.loads, lines))
    cares = {user: tuple(features) for user, features in content["cares"].items()}
    return Truth(tuple(content["features"]), cares, content["qualities"], content["popularity"], mentions)


@dataclass(frozen=True, eq=False)
class _World:
    names: tuple[str, ...]
    quality: Float  # [items, features], many zeros
    popularity: Float  # [items]
    taste: Float  # [features]: how often a feature is cared for
    seed: int


def _qualities(items: int, features: int, seed: int) -> Float:
    """Each item has something to it at two features of five, good or bad; nothing can be said of the others."""
    rng = np.random.default_rng([seed, 20])
    size = rng.uniform(0.4, 1.0, (items, features)) * rng.choice([-1.0, 1.0], (items, features))
    quality: Float = size * (rng.random((items, features)) < 0.4)
    return quality


def _popularity(items: int, seed: int) -> Float:
    return np.random.default_rng([seed, 21]).normal(0, 0.35, items)


def _taste_weights(features: int) -> Float:
    """Some features are cared for more often than others, as in life, though none by most."""
    weights = (np.arange(features) + 8.0) ** -0.7
    shares: Float = weights / weights.sum()
    return shares


def _write_user(world: _World, user: int, reviews: int, lines: TextIO, said: TextIO) -> list[str]:
    """All reviews of a user, from a generator of their own; the names of the features cared for."""
    rng = np.random.default_rng([world.seed, 22, user])
    n_items, n_features = world.quality.shape
    cares = rng.choice(n_features, min(CARED, n_features), replace=False, p=world.taste)
    utility = world.quality[:, cares].sum(axis=1)
    for item in _choices(world, utility, min(reviews, n_items), rng):
        spoken = _what_is_said(world, item, cares, rng)
        rating = int(np.clip(round(3.9 + 0.8 * utility[item] + rng.normal(0, 0.4)), 1, 5))
        record = {
            "reviewerID": f"U{user:06}",
            "asin": f"B{item:06}",
            "reviewText": write_review(spoken, rng),
            "summary": SUMMARIES[rating],
            "overall": float(rating),
            "unixReviewTime": FIRST_DAY + int(rng.integers(0, 60_000_000)),
        }
        lines.write(json.dumps(record) + "\n")
        said.writelines(json.dumps([record["reviewerID"], record["asin"], s.feature, s.polarity]) + "\n" for s in spoken)
    return [world.names[k] for k in cares]


def _choices(world: _World, utility: Float, count: int, rng: np.random.Generator) -> Iterator[int]:
    """Items one after another, each the best to this user of some that were looked at."""
    left = np.arange(len(utility))
    for _ in range(count):
        seen = left if len(left) <= SEEN else rng.choice(left, SEEN, replace=False)
        appeal = TASTE * utility[seen] + world.popularity[seen] + rng.gumbel(0, 0.5, len(seen))
        chosen = int(seen[np.argmax(appeal)])
        left = left[left != chosen]
        yield chosen


def _what_is_said(world: _World, item: int, cares: Int, rng: np.random.Generator) -> list[Said]:
    """Of what is notable at the item, mostly what the user cares about, and now and then something else."""
    quality = world.quality[item]
    own = [k for k in cares.tolist() if quality[k] and rng.random() < 0.8]
    others = [k for k in np.flatnonzero(quality).tolist() if k not in cares]
    if others and rng.random() < 0.45:
        own.append(others[int(rng.integers(len(others)))])
    order = rng.permutation(len(own))
    return [Said(world.names[own[k]], 1 if quality[own[k]] > 0 else -1) for k in order]
