"""What may stand for a recommender, an explainer, a reader or a metric: a whole class of that kind, with a name."""

from __future__ import annotations

import importlib
from typing import Any

from .errors import PluginError

BASES = {
    "recommender": ("pyexplain.recommenders.base", "Recommender"),
    "explainer": ("pyexplain.explainers.base", "Explainer"),
    "reader": ("pyexplain.readers.base", "Reader"),
    "metric": ("pyexplain.metrics.base", "Metric"),
}


def check_offered(cls: Any, kind: str) -> Any:
    """The class, which a plugin offers or a person hands in; PluginError where it is none of this kind, is not finished, or has no
    name: by that it is asked for, and everything that is said of it names it."""
    name = getattr(cls, "name", None)
    if not isinstance(cls, type) or not isinstance(name, str):
        raise PluginError(f"expected classes with a name, got {cls!r} as a {kind}")
    base = _base(kind)
    if not issubclass(cls, base):
        raise PluginError(f"{cls.__name__} is offered as {kind}, but is no subclass of {base.__module__}.{base.__name__}")
    if lacking := sorted(getattr(cls, "__abstractmethods__", ())):
        raise PluginError(f"the {kind} {cls.__name__} does not give {', '.join(lacking)}()")
    if not name.strip():
        raise PluginError(f"the {kind} {cls.__name__} has an empty name", hint='Give it one: name = "my-method".')
    return cls


def _base(kind: str) -> type[Any]:
    """The class that a kind derives from; imported when the first class of the kind is there, since it may need torch."""
    module, name = BASES[kind]
    base: type[Any] = getattr(importlib.import_module(module), name)
    return base
