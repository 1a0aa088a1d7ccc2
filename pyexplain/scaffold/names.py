"""From the name of a plugin to those of its package, module and class; and what names cannot be had."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution, entry_points
from importlib.util import find_spec

from ..errors import UsageError
from ..registry import GROUP, Registry

KINDS = ("explainer", "recommender", "reader", "metric")
LONGEST = 40
# The names that packages may have (PEP 508), in the one way of writing them that installers do not change, and begun by a letter
# so that a class can be called by it.
PATTERN = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
PREFIX = "pyexplain-"


@dataclass(frozen=True)
class Names:
    """What a package of a plugin is called: kind "metric" and name "deep-focus" give the package pyexplain-deep-focus with the
    module pyexplain_deep_focus and the class DeepFocusMetric."""

    kind: str
    name: str

    @property
    def package(self) -> str:
        """The distribution, as pip knows it."""
        return PREFIX + self.name

    @property
    def module(self) -> str:
        """What Python imports."""
        return self.package.replace("-", "_")

    @property
    def cls(self) -> str:
        """The class; it ends in its kind, and in more than that, so that no name gives the name of a base class."""
        parts = self.name.split("-")
        if len(parts) == 1 or parts[-1] != self.kind:
            parts.append(self.kind)
        return "".join(part.capitalize() for part in parts)


def make_names(kind: str, name: str) -> Names:
    """UsageError for an unknown kind, and for a name that no package can have, with the nearest one that it can."""
    if kind not in KINDS:
        raise UsageError(f"unknown kind of plugin {kind!r}", hint=f"Known: {', '.join(KINDS)}.")
    if PATTERN.fullmatch(name) and len(name) <= LONGEST and not name.startswith(PREFIX):
        return Names(kind, name)
    wanted = f"Expected: a letter, then letters and digits in lower case, parts joined by '-', at most {LONGEST} characters."
    near = re.sub(r"[^a-z0-9]+", "-", name.lower()).removeprefix(PREFIX).lstrip("-0123456789")[:LONGEST].rstrip("-")
    what = f"{name!r} begins with {PREFIX!r}, which is added to it" if name.startswith(PREFIX) else f"{name!r} cannot be a name"
    raise UsageError(what, where=f"name of the {kind}", hint=f"{wanted} For example: {near}" if near else wanted)


def check_free(names: Names, registry: Registry) -> None:
    """UsageError that says who has the name: a method of this kind, a plugin, an installed package, or a module."""
    for registered in registry.found:
        if (registered.kind, registered.name) == (names.kind, names.name):
            raise _taken(names, f"plugin {registered.plugin} of {registered.package} offers {_article(names.kind)} of that name")
    for entry in entry_points(group=GROUP, name=names.name):
        raise _taken(names, f"it is a plugin of {(entry.dist.name if entry.dist else None) or 'an unknown package'}")
    try:
        raise _taken(names, f"{names.package} {distribution(names.package).version} is installed")
    except PackageNotFoundError:
        pass
    if (found := find_spec(names.module)) is not None:
        raise _taken(names, f"there is a module {names.module} already, at {found.origin}")


def _article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def _taken(names: Names, why: str) -> UsageError:
    return UsageError(f"the name {names.name!r} is taken: {why}", where=f"name of the {names.kind}", hint="Choose another name.")
