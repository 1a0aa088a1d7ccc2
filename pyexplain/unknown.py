"""What is said of a name that no plugin has: what was meant, which there are, and what could not be loaded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .errors import did_you_mean

MOST = 40  # names that a person still reads through
TAKEN_BY = {"recommender": "Give it to --baseline.", "explainer": "Give it to --explainer."}


def hint_for(name: str, known: Iterable[str], failures: Iterable[object], others: Mapping[str, Iterable[str]]) -> str:
    """The hint of an error about `name`, which is none of the names known. others: kind -> names, of the kinds that were not asked
    for; failures: the plugins that could not be loaded, which may have offered it."""
    names = sorted(set(known))
    elsewhere = [f"It is {_a(kind)}. {TAKEN_BY.get(kind, '')}".strip() + " " for kind, of in others.items() if name in of]
    near = did_you_mean(name, names)
    listed = f"Known: {', '.join(names)}." if len(names) <= MOST else f"'pyexplain plugins' lists all {len(names)}."
    return "".join([*elsewhere, near, listed, *(f"\n  Not loaded: {failure}." for failure in failures)])


def _a(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"
