"""What may stand for a recommender, an explainer, a reader or a metric: a whole class of that kind, with a name."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterable, Set
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
        raise PluginError(f"expected classes with a name, got {cls!r:.80} as {a(kind)}", hint=_of_an_object(cls))
    base, called = base_of(kind), cls.__name__
    if not isinstance(name := getattr(cls, "name", None), str):
        raise PluginError(f"expected classes with a name, got {called} as {a(kind)}", hint=NAMED)
    if not issubclass(cls, base):
        raise PluginError(f"{called} is offered as {kind}, but is no subclass of {base.__module__}.{base.__name__}")
    if lacking := sorted(getattr(cls, "__abstractmethods__", ())):
        raise PluginError(f"the {kind} {called} does not give {', '.join(lacking)}()")
    if kind == "recommender" and all(getattr(cls, method) is getattr(base, method) for method in ("build", "fit", "scores")):
        raise PluginError(f"the recommender {called} does not give build(), nor its own prepare(), fit() and scores()")
    if not name.strip():
        raise PluginError(f"the {kind} {called} has an empty name", hint=NAMED)
    if kind in ("recommender", "explainer"):
        _check_words(cls, kind, "offers" if kind == "recommender" else "needs")
        _check_settings(cls, kind)
    return cls


def _check_words(cls: Any, kind: str, which: str) -> None:
    """PluginError where what is offered or needed is no set of words: one word alone would be taken for its letters."""
    given: Any = getattr(cls, which, frozenset())
    if not isinstance(given, Set) or not all(isinstance(word, str) for word in given):
        words = [given] if isinstance(given, str) else [str(word) for word in given] if isinstance(given, Iterable) else ["scores"]
        hint = f"Write: {which} = frozenset({{{', '.join(map(repr, words))}}})."
        raise PluginError(f"{which} of the {kind} {cls.__name__} is {given!r:.60}, expected a set of words", hint=hint)
    if kind == "explainer" and not isinstance(getattr(cls, "comes_with", ""), str):
        raise PluginError(f"comes_with of the explainer {cls.__name__} is {cls.comes_with!r:.60}, expected a recommender's name")


def _check_settings(cls: Any, kind: str) -> None:
    """PluginError where the Config of a class is none of ours: nothing could be set, and no run would keep it."""
    wanted: type[Any] = importlib.import_module("pyexplain.recommenders.config").Config
    if not isinstance(cls.Config, type) or not issubclass(cls.Config, wanted):
        hint = f"Write: class Config(pyexplain.{kind}s.Config)."
        raise PluginError(f"Config of the {kind} {cls.__name__} is no subclass of pyexplain.{kind}s.Config", hint=hint)


def a(kind: str) -> str:
    """A kind with its article."""
    return f"{'an' if kind == 'explainer' else 'a'} {kind}"


def docstring_of(cls: type[Any]) -> str:
    """What its docstring says, in one line, or that of another plugin's class that it is made from; "" where it says nothing: base
    classes of ours say how to write one."""
    for one in cls.__mro__:
        if one is not cls and ours(one.__module__):
            break
        if text := one.__dict__.get("__doc__"):
            return " ".join(inspect.cleandoc(text).split())
    return ""


def _of_an_object(found: Any) -> str:
    return f"Give the class, {type(found).__name__}, not an object of it." if hasattr(type(found), "name") else NAMED


def base_of(kind: str) -> type[Any]:
    """The class that a kind derives from; imported when the first class of the kind is there, since it may need torch."""
    module, name = BASES[kind]
    base: type[Any] = getattr(importlib.import_module(module), name)
    return base


def ours(module: str) -> bool:
    """Whether a module belongs to the core."""
    return module == "pyexplain" or (module.startswith("pyexplain.") and not module.startswith("pyexplain.plugins."))
