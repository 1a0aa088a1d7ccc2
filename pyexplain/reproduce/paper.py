"""What the paper printed, read from values/*.json. The names of its methods live there and nowhere in the code."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from ..errors import UsageError

FOLDER = "values"
METHODS = "methods"
PUBLISHED = "published"


@dataclass(frozen=True)
class PaperMethod:
    """A row of the paper's tables: its label there, whether it is trained as "explainer" or "baseline", and under which name.

    phi: settings of the explainer at which its weights are the vector that the paper sorts in descending order (section
    5.1.2); none where it explains nothing.
    """

    label: str
    trained_as: str
    name: str
    phi: dict[str, object] = field(default_factory=dict)

    def arguments(self) -> dict[str, Any]:
        """As api.train wants them."""
        return {self.trained_as: self.name}


@dataclass(frozen=True)
class Setup:
    """All methods in the paper's order, those that it explains by, its name for what users wrote, and its settings."""

    source: str
    methods: tuple[PaperMethod, ...]
    explained: tuple[PaperMethod, ...]
    ground_truth: str
    settings: dict[str, object]


@dataclass(frozen=True)
class Claim:
    """The paper says that the figure of the pair `greater` of methods is above that of the pair `less`."""

    greater: tuple[str, str]
    less: tuple[str, str]
    says: str


@dataclass(frozen=True)
class Target:
    """A table or figure. values: data set -> what was printed of it. dataset: the only one, where the table is of one.

    metrics: columns. seeds: how many it is worth, unless a person says so. claims: what the text says of a picture. phi_note: why
    the paper's own vectors fall short, said where they do.
    """

    name: str
    kind: str
    title: str
    values: dict[str, Any]
    metrics: tuple[str, ...] = ()
    dataset: str | None = None
    seeds: int = 5
    note: str = ""
    phi_note: str = ""
    claims: tuple[Claim, ...] = field(default=())

    def printed(self, dataset: str | None, label: str, metric: str) -> float | None:
        """The paper's value in a cell; None where it has none."""
        row = self.values.get(dataset or "", {}).get(label)
        return None if row is None else float(row[self.metrics.index(metric)])


def target_names() -> list[str]:
    """What can be reproduced: tables by number, then figures."""
    names = [path.name[: -len(".json")] for path in files(__package__).joinpath(FOLDER).iterdir() if path.name.endswith(".json")]
    return sorted(
        (name for name in names if name not in (METHODS, PUBLISHED)), key=lambda name: (not name.startswith("table"), name)
    )


def read_target(name: str) -> Target:
    """The paper's values of a table or figure; UsageError that lists the known ones."""
    if name not in target_names():
        raise UsageError(f"there is no {name!r} to reproduce", hint=f"Known: {', '.join(target_names())}.")
    facts = _read(name)
    claims = tuple(Claim(tuple(c["greater"]), tuple(c["less"]), c["says"]) for c in facts.pop("claims", []))
    metrics = tuple(facts.pop("metrics", ()))
    return Target(facts.pop("target"), facts.pop("kind"), facts.pop("title"), facts.pop("values"), metrics, claims=claims, **facts)


def read_setup() -> Setup:
    """The methods and the settings of section 5.1.4."""
    facts = _read(METHODS)
    methods = tuple(PaperMethod(**method) for method in facts["methods"])
    explained = tuple(m for label in facts["explained"] for m in methods if m.label == label)
    return Setup(facts["source"], methods, explained, facts["ground_truth"], facts["settings"])


def published() -> dict[str, str]:
    """The paper's data sets, and of each what was published of it."""
    return dict(_read(PUBLISHED))


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files(__package__).joinpath(FOLDER, f"{name}.json").read_text(encoding="utf-8"))
    return found
