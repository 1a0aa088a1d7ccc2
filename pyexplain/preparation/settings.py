"""What the preparation of a data set can be told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from ..data.kinds import KINDS, WORD
from ..data.room import Room
from ..data.settings import Protocol, Settings
from ..engines.base import Engine
from ..errors import UsageError, either
from ..extraction.lexicon import ExtractOptions
from ..readers.base import ReadOptions
from .attributes import Wanted
from .item_files import ItemFile


@dataclass(frozen=True)
class PrepareOptions:
    """What `data prepare` and `data import` can be told; the defaults are theirs.

    min_rating: ratings from here on are liked; None = those of the upper two fifths of the scale. workers: processes that extract;
    0 = one for each core where there are reviews enough to gain by it. items: files, or data frames, that say what the items are
    called and like; item_columns: our names (id, title) -> theirs; attributes: what of that is to be features. people,
    people_columns, people_attributes: the same of users, of whom only what is named is learned from, and never said. split:
    "random", "temporal", "leave-last", "given" (by the files), or "auto": given where the files give one, else random. kinds: of
    features, those that are kept. never: features that nobody is told of. engine: who extracts in place of processes of this one.
    room: how much of what is found stays in memory, and where the rest goes.
    """

    name: str
    format: str = "auto"
    protocol: Protocol = "heldout"
    split: str = "auto"
    seed: int = 0
    min_rating: float | None = None
    unmentioned: Literal["zero", "literal"] = "zero"
    workers: int = 1
    read: ReadOptions = field(default_factory=lambda: ReadOptions(find_scale=True))
    extract: ExtractOptions = field(default_factory=ExtractOptions)
    items: tuple[ItemFile, ...] = ()
    item_columns: Mapping[str, str] = field(default_factory=dict)
    attributes: Wanted = field(default_factory=Wanted)
    people: tuple[ItemFile, ...] = ()
    people_columns: Mapping[str, str] = field(default_factory=dict)
    people_attributes: Wanted = field(default_factory=Wanted)
    never: tuple[str, ...] = ()
    kinds: tuple[str, ...] = KINDS
    engine: Engine | None = None
    room: Room = Room()

    def settings(self, source: str) -> Settings:
        """The part that is kept with the data set."""
        return Settings(
            source,
            self.split,
            self.seed,
            self.liked,
            unmentioned=self.unmentioned,
            lowest_rating=self.read.min_rating,
            highest_rating=self.read.max_rating,
            never=self.never,
        )

    @property
    def liked(self) -> float:
        """The least rating that is liked."""
        return self.read.scale.liked if self.min_rating is None else self.min_rating

    def beside(self, folder: Path) -> PrepareOptions:
        """The same, with what does not fit into memory in this folder."""
        return replace(self, room=replace(self.room, folder=folder))

    @contextmanager
    def begun(self) -> Iterator[PrepareOptions]:
        """The same, with an engine whose workers are started beside the first reading, where texts are wanted."""
        if self.engine is None or WORD not in self.kinds:
            yield self
            return
        with self.engine.ahead() as engine:
            yield replace(self, engine=engine)

    def on(self, read: ReadOptions) -> PrepareOptions:
        """The same with what was found in the files, such as the scale of ratings."""
        if self.min_rating is not None and self.min_rating > read.max_rating:
            scale = either("min_rating and max_rating of ReadOptions", "--rating-scale")
            hint = f"Ratings go from {read.min_rating:g} to {read.max_rating:g}; see {scale}."
            raise UsageError(f"no rating reaches {self.min_rating:g}", where="--min-rating", hint=hint)
        return replace(self, read=read)
