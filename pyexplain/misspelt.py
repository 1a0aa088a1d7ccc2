"""Names in a plugin that nobody asks for, near to one that is: what stands there is never called, and nothing would say so."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterable, Iterator
from inspect import isfunction
from types import ModuleType
from typing import Any

from .offered import base_of, ours

CUTOFF = 0.85  # of difflib: one or two letters too many, too few or others
BY_THE_KIT = frozenset({"expected_failures", "check_settings"})  # what the conformance kit looks for
INTERFACE = "PYEXPLAIN_INTERFACE"


def misspelt_names(cls: type[Any], kind: str) -> list[str]:
    """What is said of each public name of a class that is near to one of its base class of this kind ("recommender", "explainer",
    "reader" or "metric"), or of any class of the core that it derives from; nothing where the class gives that one as well. Of a
    recommender, also of each word in `offers`."""
    bases = [base for base in cls.__mro__ if ours(base.__module__) or base is object]
    known = BY_THE_KIT | {name for base in (*bases, base_of(kind)) for name in dir(base) if not name.startswith("_")}
    own = [base for base in cls.__mro__ if base not in bases and _package(base) == _package(cls)]
    given = {name: base for base in reversed(own) for name in vars(base) if not name.startswith("_")}
    asked_for = known - given.keys()
    said = [
        f"{given[name].__name__}.{name} is asked for by nobody. Did you mean {right}? If not, write _{name}"
        for name in given.keys() - known
        if (right := _near(name, asked_for))
    ]
    return sorted(said) + list(_misspelt_offers(cls, kind))


def misspelt_hooks(module: ModuleType, hooks: Iterable[str]) -> list[str]:
    """What is said of functions of a module that are near to a hook, or one, and not marked as such, and of what is near to
    PYEXPLAIN_INTERFACE."""
    known, said = [*hooks], []
    for name, found in sorted(vars(module).items()):
        if not name.lower().startswith("py"):  # most names are of other things, and need not be compared
            continue
        if isfunction(found) and not hasattr(found, "pyexplain_impl") and (hook := _near(name, known)):
            said.append(f"{name}() is called by nobody. Mark it with pyexplain.hookimpl" + (f", as {hook}" if hook != name else ""))
        elif name != INTERFACE and _near(name, [INTERFACE]):
            said.append(f"{name} is read by nobody. Did you mean {INTERFACE}?")
    return said


def _misspelt_offers(cls: type[Any], kind: str) -> Iterator[str]:
    if kind == "recommender":
        known = importlib.import_module("pyexplain.recommenders.base").OFFERS
        for word in sorted(map(str, frozenset(cls.offers) - known)):
            if right := _near(word.replace("_", "-"), known):
                yield f"{cls.__name__} offers {word!r}, which is asked for by nobody. Did you mean {right!r}?"


def _near(name: str, known: Iterable[str]) -> str:
    """The nearest of them, whatever the case, the underscores and the order of words; "" where none is near."""
    plain = {_plain(one): one for one in sorted(known)}
    if found := difflib.get_close_matches(_plain(name), plain, n=1, cutoff=CUTOFF):
        return plain[found[0]]
    ordered = {_ordered(one): one for one in plain.values()}
    return ordered.get(_ordered(name), "")


def _plain(name: str) -> str:
    return name.lower().replace("_", "")


def _ordered(name: str) -> str:
    return "_".join(sorted(name.lower().split("_")))


def _package(cls: type[Any]) -> str:
    """Whoever wrote it: what a class takes from other libraries is not for us to read."""
    return cls.__module__.split(".")[0]
