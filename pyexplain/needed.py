"""Which plugins have to be loaded for one kind of thing: reading files waits for no method, and so not for torch."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import EntryPoint
from importlib.util import find_spec

OURS = "pyexplain."  # the modules that come with this package


def needed(entries: Sequence[tuple[str, EntryPoint]], hook: str) -> Sequence[tuple[str, EntryPoint]]:
    """Of (package, entry point), those that may implement this hook.

    Ours do where their source names it. Where others' are installed all are: what they offer is known when they are loaded, and a
    name that two claim is an error, of whatever kind it is.
    """
    if not all(entry.module.startswith(OURS) for _, entry in entries):
        return entries
    return [(package, entry) for package, entry in entries if _may_have(entry.module, hook)]


def _may_have(module: str, hook: str) -> bool:
    """Whether a module of ours names the hook; also where that cannot be seen, so that loading it says why."""
    try:
        spec = find_spec(module)
        source = spec.loader.get_source(module) if spec and spec.loader else None  # type: ignore[attr-defined]
    except (ImportError, AttributeError, SyntaxError, UnicodeDecodeError, OSError):
        return True
    return source is None or hook in source
