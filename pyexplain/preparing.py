"""From frames or files of reviews, interactions and items to a data set, in one call from Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from .data.kinds import KINDS, chosen_kinds
from .data.settings import Protocol
from .data.types import Dataset
from .errors import UsageError, option
from .registry import Registry, load_registry

if TYPE_CHECKING:
    from .extraction.lexicon import ExtractOptions
    from .readers.base import ReadOptions

Source = str | Path | pd.DataFrame


def prepare(
    *reviews: Source,
    items: Source | Sequence[Source] = (),
    name: str | None = None,
    columns: Mapping[str, str] | None = None,
    item_columns: Mapping[str, str] | None = None,
    kinds: Sequence[str] = KINDS,
    attributes: Sequence[str] = (),
    never: Sequence[str] = (),
    users: Source | Sequence[Source] = (),
    user_columns: Mapping[str, str] | None = None,
    user_attributes: Sequence[str] = (),
    features: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
    split: str = "auto",
    protocol: Protocol = "heldout",
    min_rating: float | None = None,
    rating_scale: tuple[float, float] | None = None,
    seed: int = 0,
    workers: int = 1,
    max_memory: int = 512 * 2**20,
    engine: str = "local",
    ray_address: str | None = None,
    registry: Registry | None = None,
    **extraction: Any,
) -> Dataset:
    """A data set from reviews, or from what people liked without any text, as `pyexplain data prepare` makes it.

    reviews: data frames, or paths of files in any format that a reader knows; user and item are needed; rating, text, time where
    there are. A named index is a column. items: frames or files of titles and attributes. Columns are found by their usual names;
    columns and item_columns name them where they are called otherwise: {"user": "uid", "text": "-"} ("-": go without), {"id":
    "asin", "title": "name"}.
    kinds: of features ("word", "attribute", "history") to keep. attributes: which of the items' columns are features (default: all
    that are fit). never: features that nobody is told of. features: your own vocabulary, names or name -> synonyms, in place of a
    learned one. users: frames or files of attributes of users, of which user_attributes are learned from and never said;
    user_columns: {"id": "customer"}. split: "auto", "random", "temporal", "leave-last" or "given". min_rating: ratings from here
    on are liked (default: the upper two fifths of the scale). rating_scale: lowest and highest (default: found in the ratings).
    workers: processes that read texts, 0 = one a core. max_memory: bytes that what is found in texts, and lists of items, may take
    in memory; what is more goes to the system's folder of temporary files. engine: whose the workers are, "local" or "ray", with
    the same result; ray_address: of a cluster. extraction: max_features, min_count, min_pair and other keys of ExtractOptions
    (docs/extraction.md).
    Raises DataError for what cannot be read and for too little to train on, UsageError for options that are not there.
    """
    from .data.room import Room
    from .limits import MAX_SEED, check_count
    from .preparation.attributes import Wanted
    from .preparation.options import workers_of
    from .preparation.prepare import prepare as prepared
    from .preparation.settings import PrepareOptions

    check_count(max_memory, option("max_memory"), 1, MAX_SEED)
    given = [_source(one) for one in reviews]
    paths = [one for one in given if isinstance(one, Path)]
    options = PrepareOptions(
        name=name or (paths[0].name.split(".")[0] if paths else "") or "frame",
        protocol=protocol,
        split=split,
        seed=seed,
        min_rating=min_rating,
        workers=workers,
        room=Room(max_memory),
        engine=workers_of(engine, workers, ray_address),
        read=_reading(columns or {}, rating_scale),
        extract=_extraction(features, extraction),
        items=_sources(items),
        item_columns=dict(item_columns or {}),
        never=tuple(never),
        people=_sources(users),
        people_columns=dict(user_columns or {}),
        attributes=Wanted(names=tuple(attributes)),
        people_attributes=Wanted(names=tuple(user_attributes)),
        kinds=chosen_kinds(kinds),
    )
    return prepared(given, options, registry or load_registry(only="reader"))


def _sources(given: Source | Sequence[Source]) -> tuple[Path | pd.DataFrame, ...]:
    return tuple(_source(one) for one in ([given] if isinstance(given, Source) else given))


def _source(given: Source) -> Path | pd.DataFrame:
    if isinstance(given, pd.DataFrame):
        named = [name for name in given.index.names if name is not None and name not in given.columns]
        return given.reset_index(level=named) if named else given
    if isinstance(given, str | Path):
        return Path(given)
    raise UsageError(f"a {type(given).__name__} is neither a data frame nor a path", where="prepare", hint="Give pandas.DataFrame.")


def _reading(columns: Mapping[str, str], scale: tuple[float, float] | None) -> ReadOptions:
    from .readers.base import ReadOptions

    if scale is None:
        return ReadOptions(columns=dict(columns), find_scale=True)
    return ReadOptions(columns=dict(columns), min_rating=float(scale[0]), max_rating=float(scale[1]))


def _extraction(features: Sequence[str] | Mapping[str, Sequence[str]] | None, told: Mapping[str, Any]) -> ExtractOptions:
    from .extraction.lexicon import ExtractOptions

    known = sorted(field.name for field in fields(ExtractOptions) if field.name != "features")
    if strange := sorted(set(told) - set(known)):
        raise UsageError(f"prepare() knows no {strange[0]!r:.60}", where="prepare", hint=f"Of the extraction: {', '.join(known)}.")
    named = features if isinstance(features, Mapping) or features is None else dict.fromkeys(features, ())
    own = None if named is None else {name: tuple(others) for name, others in named.items()}
    return ExtractOptions(features=own, **told)
