"""What is searched: for each key of a configuration some values, or a range."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from ..data.json_file import parse_json
from ..errors import DataError, UsageError, did_you_mean
from ..recommenders.config import Config, make_config

if TYPE_CHECKING:
    from optuna import Trial

USUAL = {
    "dim": "32,64,128,256",
    "learning_rate": "0.0003..0.01:log",
    "dropout": "0..0.9",
    "weight_decay": "0,0.000001,0.00001,0.0001,0.001",
}
"""What is searched of the keys that trained recommenders share, where nothing else is said."""
WHERE = "--search"


@dataclass(frozen=True)
class Choice:
    """One of some values."""

    values: tuple[Any, ...]

    def draw(self, trial: Trial, key: str) -> Any:
        """A value of a trial."""
        return trial.suggest_categorical(key, list(self.values))

    def holds(self, value: Any) -> bool:
        """Whether a trial may be of this value."""
        return value in self.values


@dataclass(frozen=True)
class Range:
    """From low to high, both included; log: even in the logarithm."""

    low: float
    high: float
    log: bool
    whole: bool

    def draw(self, trial: Trial, key: str) -> Any:
        """A value of a trial."""
        if self.whole:
            return trial.suggest_int(key, int(self.low), int(self.high), log=self.log)
        return trial.suggest_float(key, self.low, self.high, log=self.log)

    def holds(self, value: Any) -> bool:
        """Whether a trial may be of this value."""
        return isinstance(value, (int, float)) and not isinstance(value, bool) and self.low <= value <= self.high


Space = dict[str, Choice | Range]


def space_of(config: type[Config], wanted: Iterable[str]) -> Space:
    """From KEY=VALUES: "dim=32,64", "dropout=0..0.9", "learning_rate=0.0003..0.01:log". Nothing wanted: those of USUAL.

    UsageError for an unknown key, for one that does nothing, for what is no such form, and for values that the configuration
    refuses.
    """
    searchable = [key for key in config.model_fields if key not in config.idle]
    told = list(wanted) or [f"{key}={values}" for key, values in USUAL.items() if key in searchable]
    if not told:
        known = ", ".join(searchable) or "none"
        raise UsageError(
            "nothing to search", where=WHERE, hint=f"Name keys: {WHERE} KEY=LOW..HIGH or KEY=A,B,C; there are {known}."
        )
    found = dict(_parsed(text, config) for text in told)
    for key, values in found.items():
        for value in values.values if isinstance(values, Choice) else (values.low, values.high):
            make_config(config, {key: int(value) if isinstance(values, Range) and values.whole else value}, f"{WHERE} {key}")
    return found


def _parsed(text: str, config: type[Config]) -> tuple[str, Choice | Range]:
    key, equals, values = text.partition("=")
    if not equals or not values:
        raise UsageError(f"{text!r} is not KEY=VALUES", where=WHERE, hint=f"For example: {WHERE} dropout=0..0.9")
    known = [name for name in config.model_fields if name not in config.idle]
    if key in config.idle:
        raise UsageError(f"{key} does nothing here", where=WHERE, hint=f"Keys that do: {', '.join(known)}.")
    if key not in known:
        raise UsageError(f"unknown key {key}", where=WHERE, hint=f"{did_you_mean(key, known)}Known keys: {', '.join(known)}.")
    if ".." not in values:
        return key, Choice(tuple(_value(part) for part in values.split(",")))
    ends, _, scale = values.partition(":")
    low, _, high = ends.partition("..")
    bounds = [_value(low), _value(high)]
    numbers = all(isinstance(bound, (int, float)) and not isinstance(bound, bool) for bound in bounds)
    if not numbers or scale not in ("", "log") or not bounds[0] < bounds[1] or (scale and bounds[0] <= 0):
        hint = "LOW..HIGH with LOW below HIGH; with :log both above 0."
        raise UsageError(f"{values!r} is no range", where=f"{WHERE} {key}", hint=hint)
    kind = config.model_fields[key].annotation
    return key, Range(float(bounds[0]), float(bounds[1]), bool(scale), float not in (kind, *get_args(kind)))


def _value(text: str) -> Any:
    """A value as --set reads it: JSON where it is, text otherwise."""
    try:
        value: Any = parse_json(text, WHERE)
    except DataError:
        return text
    return value


def defaults_in(space: Space, config: type[Config], settings: Mapping[str, object]) -> dict[str, Any] | None:
    """The settings that hold without a search, as the first trial; None where the space leaves one of them out."""
    usual = config(**settings).model_dump()
    found = {key: usual[key] for key in space}
    return found if all(space[key].holds(value) for key, value in found.items()) else None
