"""All checks of one plugin, without pytest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ..registry import Registry, named
from .contract import Contract, Outcome
from .explainer import ExplainerContract
from .metric import MetricContract
from .reader import ReaderContract
from .recommender import RecommenderContract

CONTRACTS: dict[str, type[Contract]] = {
    "recommender": RecommenderContract,
    "explainer": ExplainerContract,
    "reader": ReaderContract,
    "metric": MetricContract,
}


@dataclass(frozen=True)
class Checked:
    """What became of the checks of one class. kind: "recommender", "explainer", "reader" or "metric"."""

    kind: str
    name: str
    package: str
    outcomes: tuple[Outcome, ...]

    def count(self, status: str) -> int:
        """How many ended so: "passed", "skipped", "expected failure" or "failed"."""
        return sum(outcome.status == status for outcome in self.outcomes)

    @property
    def ok(self) -> bool:
        """Whether none failed."""
        return self.count("failed") == 0


Tell = Callable[[str, int, int], None]


def _silent(label: str, done: int, total: int) -> None:
    """Nobody listens."""


def check_class(kind: str, cls: type[Any], progress: Tell = _silent) -> list[Outcome]:
    """Run every check of a class, in order."""
    contract: type[Contract] = type(f"Check{cls.__name__}", (CONTRACTS[kind],), {"cls": cls})
    names = contract.checks()
    outcomes = []
    for done, name in enumerate(names):
        progress("checking", done, len(names))
        outcomes.append(contract.judge(name))
    progress("checking", len(names), len(names))
    return outcomes


def check_plugin(registry: Registry, name: str, progress: Tell = _silent) -> Iterator[Checked]:
    """Run the checks of everything of that name (a name may stand for a recommender and an explainer).

    UsageError that lists the known names where there is none.
    """
    for registered in named(registry, name):
        yield Checked(registered.kind, name, registered.package, tuple(check_class(registered.kind, registered.cls, progress)))
