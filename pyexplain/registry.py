"""Finding and checking plugins. A broken one is reported, with its package and its reason, and stops nobody else."""

from __future__ import annotations

import os
import traceback
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import pluggy

from . import hookspecs
from .boundary import guarded_class, raised_on_purpose
from .errors import PluginError, PyexplainError, UsageError, either
from .misspelt import misspelt_hooks, misspelt_names
from .needed import OURS, needed
from .offered import check_offered, classes_of
from .unknown import hint_for

GROUP = "pyexplain"
HOOKS = {
    "recommender": "pyexplain_recommenders",
    "explainer": "pyexplain_explainers",
    "reader": "pyexplain_readers",
    "metric": "pyexplain_metrics",
}
LIMIT = "PYEXPLAIN_PLUGINS"


@dataclass(frozen=True)
class Finding:
    """What is wrong with a plugin: the package it is from, its entry point, and what it is."""

    package: str
    plugin: str
    reason: str

    def __str__(self) -> str:
        return f"plugin {self.plugin} of {self.package}: {self.reason}"


class Failure(Finding):
    """It could not be loaded."""


class Misspelt(Finding):
    """A name in it does nothing, and another may be meant. It is loaded all the same."""


@dataclass(frozen=True)
class Registered:
    """A class that a plugin offers, and where it is from."""

    kind: str
    name: str
    cls: type[Any]
    package: str
    plugin: str

    @cached_property
    def guarded(self) -> type[Any]:
        """The class as the rest of pyexplain uses it: another package's is watched (see boundary.py)."""
        if self.cls.__module__.startswith("pyexplain."):
            return self.cls
        return guarded_class(self.cls, self.kind, self.package, self.plugin)


@dataclass(frozen=True)
class Registry:
    """All that was found. Classes are looked up by kind ("recommender", "explainer", "reader", "metric") and name.

    misspelt: what was loaded, with names in it that are near to one that is asked for, and are not asked for themselves.
    """

    found: tuple[Registered, ...]
    failures: tuple[Failure, ...]
    misspelt: tuple[Misspelt, ...] = ()

    def names(self, kind: str) -> list[str]:
        """Known names of a kind, sorted."""
        return sorted(r.name for r in self.found if r.kind == kind)

    def classes(self, kind: str) -> dict[str, type[Any]]:
        """Name -> class, sorted by name."""
        return {r.name: r.guarded for r in sorted(self.found, key=lambda r: r.name) if r.kind == kind}

    def get(self, kind: str, name: str) -> type[Any]:
        """The class; UsageError that lists the known names, and any plugin that failed to load."""
        if not isinstance(name, str):
            hint = "An explainer in no package yet is handed to run.explain and evaluate as a class, not as an object."
            raise UsageError(f"expected the name of an installed {kind}, got {name!r:.80}", hint=hint)
        for registered in self.found:
            if registered.kind == kind and registered.name == name:
                return registered.guarded
        others = {other: self.names(other) for other in HOOKS if other != kind}
        raise UsageError(f"unknown {kind} {name!r}", hint=hint_for(name, self.names(kind), self.failures, others))


def named(registry: Registry, name: str) -> list[Registered]:
    """Everything of that name (one may stand for a recommender and an explainer); UsageError that says which is near."""
    found = [registered for registered in registry.found if registered.name == name]
    if not found:
        known = [registered.name for registered in registry.found]
        raise UsageError(f"no plugin is called {name!r}", hint=hint_for(name, known, registry.failures, {}))
    return found


def load_registry(strict: bool = False, only: str | None = None) -> Registry:
    """Load every plugin of the entry-point group, or those that PYEXPLAIN_PLUGINS names (comma-separated).

    only: the kind that is asked for; those of this package that offer none of it need not be loaded (needed.py).
    strict turns a plugin that fails into a PluginError. Two plugins that claim one name are always a PluginError that names both.
    A UserWarning says where a name in one of another package seems to be misspelt.
    UsageError where PYEXPLAIN_PLUGINS names what is not installed.
    """
    manager = pluggy.PluginManager("pyexplain")
    manager.add_hookspecs(hookspecs)
    failures: list[Failure] = []
    sources: dict[int, tuple[str, str]] = {}
    wanted = _wanted(_installed())
    for package, entry in wanted if only is None or strict else needed(wanted, HOOKS[only]):
        try:
            _register(manager, package, entry, sources)
        except BaseException as error:  # a third-party module may raise anything; it is reported
            _pass_signals(error)
            failures.append(Failure(package, entry.name, _reason(error)))
    found = _call_hooks(manager, sources, failures)
    if strict and failures:
        raise PluginError(
            "; ".join(map(str, failures)), hint=f"Repair or uninstall it, or leave out {either('strict=True', '--strict-plugins')}."
        )
    misspelt = tuple(_misspelt(manager, sources, found))
    for one in misspelt:
        warnings.warn(str(one), stacklevel=2)
    return Registry(tuple(found), tuple(failures), misspelt)


def culprit(error: BaseException) -> tuple[str, str] | None:
    """(package, plugin) of the innermost third-party plugin that an exception passed through; None where there was none."""
    if isinstance(error, PluginError) and error.package:
        return error.package, error.plugin
    found = _innermost(error)
    return None if found is None else found[:2]


def place_of(error: BaseException) -> str:
    """ " (my_way.py, line 61)": where it left the innermost third-party plugin that it passed through; "" where there was none."""
    found = _innermost(error)
    return "" if found is None else f" ({found[2]})"


def _innermost(error: BaseException) -> tuple[str, str, str] | None:
    """Package, plugin, and file and line."""
    third_party = [(package, e) for package, e in _installed() if not e.module.startswith("pyexplain.")]
    found = None
    for frame, line in traceback.walk_tb(error.__traceback__):
        top = str(frame.f_globals.get("__name__", "")).split(".")[0]
        for package, entry in third_party:
            if entry.module.split(".")[0] == top:
                found = (package, entry.name, f"{Path(frame.f_code.co_filename).name}, line {line}")
    return found


def _installed() -> list[tuple[str, EntryPoint]]:
    """(package, entry point) of every plugin. The metadata of a package, where its name stands, are parsed once for all of them."""
    names: dict[int, str] = {}
    found = []
    for entry in entry_points(group=GROUP):
        key = id(entry.dist)  # the entry points hold it, so no other has its place in memory
        if key not in names:
            names[key] = (entry.dist.name if entry.dist else "") or "unknown package"
        found.append((names[key], entry))
    return found


def _wanted(entries: Iterable[tuple[str, EntryPoint]]) -> list[tuple[str, EntryPoint]]:
    limit = os.environ.get(LIMIT)
    ordered = sorted(entries, key=lambda found: (found[0], found[1].name))
    if limit is None:
        return ordered
    names = {name.strip() for name in limit.split(",") if name.strip()}
    if unknown := names - {e.name for _, e in ordered}:
        known = ", ".join(e.name for _, e in ordered)
        raise UsageError(f"no plugin {', '.join(sorted(unknown))} is installed", where=LIMIT, hint=f"Installed: {known}.")
    return [(package, e) for package, e in ordered if e.name in names]


def _register(manager: pluggy.PluginManager, package: str, entry: EntryPoint, sources: dict[int, tuple[str, str]]) -> None:
    """Import and register one plugin, whole or not at all."""
    module = entry.load()
    _check_interface(module)
    if id(module) in sources:
        other, plugin = sources[id(module)]
        raise PluginError(f"{entry.value} is the plugin {plugin} of {other} already")
    try:
        manager.register(module, name=f"{package}:{entry.name}")  # two packages may use one entry name
        _check_hooks(manager, module)
    except BaseException:
        if manager.is_registered(module):  # some versions of pluggy keep what came before the error
            manager.unregister(module)
        raise
    sources[id(module)] = (package, entry.name)


def _check_interface(module: object) -> None:
    version = getattr(module, "PYEXPLAIN_INTERFACE", hookspecs.INTERFACE_VERSION)
    if version != hookspecs.INTERFACE_VERSION:
        raise PluginError(f"written for interface {version}, this pyexplain has interface {hookspecs.INTERFACE_VERSION}")


def _check_hooks(manager: pluggy.PluginManager, module: object) -> None:
    """PluginError where a hook implementation has no hook of its name, or where there is none at all."""
    known = ", ".join(HOOKS.values())
    callers = manager.get_hookcallers(module) or []
    for caller in callers:
        if not caller.has_spec():
            raise PluginError(f"there is no hook {caller.name}; known: {known}")
    if not callers:
        raise PluginError(f"offers nothing: none of {known} is marked with pyexplain.hookimpl")


def _call_hooks(manager: pluggy.PluginManager, sources: dict[int, tuple[str, str]], failures: list[Failure]) -> list[Registered]:
    found: dict[tuple[str, str], Registered] = {}
    places: dict[tuple[object, ...], Registered] = {}  # where a figure stands in reports: one would be written over the other
    for kind, hook in HOOKS.items():
        for implementation in getattr(manager.hook, hook).get_hookimpls():
            package, plugin = sources[id(implementation.plugin)]
            try:
                offered = [check_offered(cls, kind) for cls in classes_of(implementation.function())]
            except BaseException as error:  # as above
                _pass_signals(error)
                failures.append(Failure(package, plugin, f"{hook}: {_reason(error)}"))
                continue
            for cls in offered:
                registered = Registered(kind, cls.name, cls, package, plugin)
                _taken(found.setdefault((kind, cls.name), registered), registered, f"the {kind} {cls.name!r}")
                if kind == "metric":
                    place = (cls.group, cls.key, cls.at_k, cls.fixed_k)
                    _taken(places.setdefault(place, registered), registered, f"the figure {cls.key!r} of the group {cls.group!r}")
    return sorted(found.values(), key=lambda r: (r.kind, r.name))


def _misspelt(manager: pluggy.PluginManager, sources: dict[int, tuple[str, str]], found: list[Registered]) -> Iterator[Misspelt]:
    """Of plugins of other packages; ours are looked at by a test."""
    for module in manager.get_plugins():
        if not module.__name__.startswith(OURS):
            yield from (Misspelt(*sources[id(module)], said) for said in misspelt_hooks(module, HOOKS.values()))
    for one in found:
        if not one.cls.__module__.startswith(OURS):
            yield from (Misspelt(one.package, one.plugin, said) for said in misspelt_names(one.cls, one.kind))


def _taken(first: Registered, second: Registered, what: str) -> None:
    """PluginError that names both where two offer the same."""
    if first is not second:
        both = f"{first.plugin} of {first.package} and {second.plugin} of {second.package}"
        raise PluginError(f"two plugins offer {what}: {both}", hint=f"Uninstall one, or set {LIMIT}.")


def _reason(error: BaseException) -> str:
    """One line, without a stop at its end: what is raised, and what to do where an error of ours says it."""
    said = f"{error.what}. {error.hint}".rstrip(". ") if isinstance(error, PyexplainError) and not error.where else str(error)
    return " ".join(f"{type(error).__name__}: {said}".split())


def _pass_signals(error: BaseException) -> None:
    """Raise it again where it is a signal to us, and not something that a plugin raised."""
    if not isinstance(error, Exception | SystemExit) and not raised_on_purpose(error):
        raise error
