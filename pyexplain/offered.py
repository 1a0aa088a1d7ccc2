"""What may stand for a recommender, an explainer, a reader or a metric: a whole class of that kind, with a name."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import Any

from .errors import PluginError

BASES = {
    "recommender": ("pyexplain.recommenders.base", "Recommender"),
    "explainer": ("pyexplain.explainers.base", "Explainer"),
    "reader": ("pyexplain.readers.base", "Reader"),
    "metric": ("pyexplain.metrics.base", "Metric"),
}


NAMED = 'Give it one: name = "my-method".'


def classes_of(offered: Any) -> list[Any]:
    """What a hook gave, one after another; PluginError where it is one class alone, or nothing."""
    if isinstance(offered, Iterable) and not isinstance(offered, type):
        return list(offered)
    wanted = f"[{offered.__name__}]" if isinstance(offered, type) else "[MyMethod]"
    raise PluginError(f"gave {offered!r:.80}, expected a list of classes", hint=f"Write: return {wanted}.")


def check_offered(cls: Any, kind: str) -> Any:
    """The class, which a plugin offers or a person hands in; PluginError where it is none of this kind, is not finished, has no
    name (by that it is asked for, and everything that is said of it names it), or has settings that are no Config."""
    if not isinstance(cls, type):
        raise PluginError(f"expected classes with a name, got {cls!r:.80} as a {kind}", hint=_of_an_object(cls))
    base, called = base_of(kind), cls.__name__
    if not isinstance(name := getattr(cls, "name", None), str):
        raise PluginError(f"expected classes with a name, got {called} as a {kind}", hint=NAMED)
    if not issubclass(cls, base):
        raise PluginError(f"{called} is offered as {kind}, but is no subclass of {base.__module__}.{base.__name__}")
    if lacking := sorted(getattr(cls, "__abstractmethods__", ())):
        raise PluginError(f"the {kind} {called} does not give {', '.join(lacking)}()")
    if kind == "recommender" and all(getattr(cls, method) is getattr(base, method) for method in ("build", "fit", "scores")):
        raise PluginError(f"the recommender {called} does not give build(), nor its own prepare(), fit() and scores()")
    if not name.strip():
        raise PluginError(f"the {kind} {called} has an empty name", hint=NAMED)
    if kind in ("recommender", "explainer"):
        _check_settings(cls, kind)
    return cls


def _check_settings(cls: Any, kind: str) -> None:
    """PluginError where the Config of a class is none of ours: nothing could be set, and no run would keep it."""
    wanted: type[Any] = importlib.import_module("pyexplain.recommenders.config").Config
    if not isinstance(cls.Config, type) or not issubclass(cls.Config, wanted):
        hint = f"Write: class Config(pyexplain.{kind}s.Config)."
        raise PluginError(f"Config of the {kind} {cls.__name__} is no subclass of pyexplain.{kind}s.Config", hint=hint)


def _of_an_object(found: Any) -> str:
    return f"Give the class, {type(found).__name__}, not an object of it." if hasattr(type(found), "name") else NAMED


def base_of(kind: str) -> type[Any]:
    """The class that a kind derives from; imported when the first class of the kind is there, since it may need torch."""
    module, name = BASES[kind]
    base: type[Any] = getattr(importlib.import_module(module), name)
    return base
