"""The benchmark from folder to result: every explainer that fits its model, beside the figures of the benchmark's own."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from ...data.checked import check_json
from ...errors import UsageError
from ...explainers.base import Explainer
from ...metrics.base import Metric
from ...recommenders.options import RunOptions
from ...registry import Registry
from .folder import Benchmark, read_benchmark
from .kept import KeptRows
from .measure import GROUP, ITEM, LIST, ExplainerRow, Level, measure_explainer

NAME = "cfexprec"
LONGEST_REASON = 300
Tell = Callable[[ExplainerRow], None]


@dataclass(frozen=True)
class PublishedRow:
    """An explainer of the benchmark's own code. pairs: the first so many; seconds: each took, at least and at most."""

    name: str
    level: str
    pairs: int
    figures: dict[str, float]
    seconds: tuple[float, float | None]
    note: str = ""


@dataclass(frozen=True)
class Published:
    """What the benchmark reached. k: the length of its lists."""

    title: str
    source: str
    k: int
    rows: tuple[PublishedRow, ...]


@dataclass(frozen=True)
class BenchmarkResult:
    """rows: an explainer each, in the order of their names. users, pairs: how many were explained; threads: that computed."""

    published: Published
    rows: tuple[ExplainerRow, ...]
    users: int
    pairs: int
    seed: int
    threads: int
    fingerprint: str

    @property
    def failures(self) -> dict[str, str]:
        """Explainers that gave nothing, and why."""
        return {row.name: row.failure for row in self.rows if row.failure}

    def to_dict(self) -> dict[str, Any]:
        """The document of --json."""
        facts = {name: getattr(self, name) for name in ("users", "pairs", "seed", "threads", "fingerprint")}
        return {"schema": 1, "target": NAME} | facts | {"published": asdict(self.published), "rows": [asdict(r) for r in self.rows]}

    def to_frame(self) -> pd.DataFrame:
        """Columns row, level, n, seconds, metric, value; a line a figure."""
        lines: list[tuple[str, str, int, float, str, float | None]] = []
        for row in self.rows:
            for level, found in ((ITEM, row.item), (LIST, row.lists)):
                if found is not None:
                    lines += [(row.name, level, found.n, found.seconds, metric, value) for metric, value in found.figures.items()]
        return pd.DataFrame(lines, columns=["row", "level", "n", "seconds", "metric", "value"])


def read_published() -> Published:
    """The figures as they stand in the package."""
    content = files(__package__).joinpath("published.json").read_bytes()
    return check_json(content, Published, "published.json", "Install pyexplain again.")


@dataclass(frozen=True)
class BenchmarkWanted:
    """What a person asked for. data: the benchmark's folder. users: the first so many, None = all. explainers: none = all."""

    data: Path | None = None
    users: int | None = None
    explainers: tuple[str, ...] = field(default=())


def reproduce_benchmark(
    wanted: BenchmarkWanted, options: RunOptions, registry: Registry, kept: KeptRows | None = None, tell: Tell = lambda row: None
) -> BenchmarkResult:
    """Explain and measure. tell: called with each row as it is done. An explainer that fails is reported in its row. UsageError for
    an explainer that is unknown or does not fit, DataError for a folder that cannot be read."""
    if options.threads:
        torch.set_num_threads(options.threads)
    published, bench = read_published(), read_benchmark(wanted.data, wanted.users)
    chosen = fitting(registry, bench, wanted.explainers)
    metrics = [cls() for cls in registry.classes("metric").values() if cls.group == GROUP]
    first = {level: sorted({row.pairs for row in published.rows if row.level == level}) for level in (ITEM, LIST)}
    rows = []
    for number, (name, cls) in enumerate(chosen.items()):
        options.progress("explaining", number, len(chosen))
        identity = _identity(name, cls, bench, metrics, options, published.k)
        row = kept.find(name, identity) if kept else None
        if row is None:
            row = _attempt(cls, bench, published.k, metrics, options, first)
            if kept and not row.failure:
                kept.keep(row, identity)
        tell(row)
        rows.append(row)
    options.progress("explaining", len(chosen), len(chosen))
    n = len(bench.users)
    return BenchmarkResult(
        published, tuple(rows), n, n * published.k, options.seed, torch.get_num_threads(), bench.data.fingerprint
    )


def fitting(registry: Registry, bench: Benchmark, names: Sequence[str] = ()) -> dict[str, type[Explainer]]:
    """The explainers of the user's side that the model offers enough for, by name; or those of the names."""
    known = registry.classes("explainer")
    fits = {n: cls for n, cls in sorted(known.items()) if cls.needs <= bench.recommender.offers and cls.side == "user"}
    if strange := [name for name in names if name not in fits]:
        raise UsageError(f"no explainer {strange[0]!r} fits the model", where="--explainer", hint=f"Known: {', '.join(fits)}.")
    return {name: fits[name] for name in names or fits}


def _attempt(
    cls: type[Explainer],
    bench: Benchmark,
    k: int,
    metrics: Sequence[Metric],
    options: RunOptions,
    first: Mapping[str, Sequence[int]],
) -> ExplainerRow:
    try:
        return measure_explainer(cls, bench, k, metrics, options, first)
    except Exception as error:  # noqa: BLE001  (a plugin may raise anything; its row says what)
        reason = getattr(error, "what", None) or f"{type(error).__name__}: {error}"
        return ExplainerRow(cls.name, {}, 0.0, None, None, str(reason).split("\n")[0][:LONGEST_REASON])


def _identity(
    name: str, cls: type[Explainer], bench: Benchmark, metrics: Sequence[Metric], options: RunOptions, k: int
) -> dict[str, str]:
    """What decides the figures of a row."""
    facts = {"pyexplain": version("pyexplain"), "explainer": name, "module": cls.__module__, "data": bench.data.fingerprint}
    facts |= {"users": str(len(bench.users)), "k": str(k), "seed": str(options.seed), "threads": str(torch.get_num_threads())}
    return facts | {"metrics": ",".join(sorted(metric.name for metric in metrics)), "cores": str(os.cpu_count())}


def best_of(rows: Sequence[ExplainerRow], level: Callable[[ExplainerRow], Level | None], metric: str, lower: bool) -> str | None:
    """The row with the best figure; of several the one whose sets are the smallest, and then the first."""
    known = [
        (value if lower else -value, at.figures.get("size_left") or 0.0, place, row.name)
        for place, row in enumerate(rows)
        if (at := level(row)) and (value := at.figures.get(metric)) is not None
    ]
    return min(known)[-1] if known else None
