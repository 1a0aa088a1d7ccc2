"""Every explainer on every recommender that fits, as Markdown: python -m benchmarks.plugin_table [--dataset DIR]... [--json FILE].

Without --dataset on the demo data. A DIR is a data set that `pyexplain data prepare` or `data import` wrote. Budgets are small: the
table says which pairs work and how they compare on equal terms, not what a method reaches at its best.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import torch

import pyexplain as px
from pyexplain.data.demo import write_demo
from pyexplain.data.types import Dataset
from pyexplain.evaluation.evaluate import Plan, measure_explanations
from pyexplain.evaluation.questions import Sample, make_questions
from pyexplain.evaluation.scoring import BatchScorer
from pyexplain.preparation.prepare import prepare
from pyexplain.preparation.settings import PrepareOptions
from pyexplain.registry import Registry, load_registry

METRICS = ("validity", "deletion")


class Cell(NamedTuple):
    """An explainer on a recommender. missing: what it needs and is not offered, else "". n: pairs measured (the model puts the item
    above the other one). validity: None where the explainer names no change."""

    explainer: str
    recommender: str
    missing: str = ""
    n: int = 0
    deletion: float | None = None
    validity: float | None = None
    seconds: float = 0.0

    def text(self) -> str:
        """What the table shows."""
        if self.missing:
            return f"needs {self.missing}"
        shown = "none to measure" if self.deletion is None else f"{self.deletion:.2f}"
        return shown if self.validity is None else f"{shown}, {self.validity:.0%} valid"


def table(data: Dataset, registry: Registry, epochs: int, dim: int, pairs: int, seed: int = 0) -> Iterator[Cell]:
    """All cells, recommender by recommender. Every explainer of a recommender is asked the same questions."""
    for name, kind in registry.classes("recommender").items():
        keys = {k: v for k, v in {"epochs": epochs, "dim": dim, "patience": 0}.items() if k in kind.Config.model_fields}
        run = px.train(data, baseline=name, registry=registry, options=px.RunOptions(seed=seed), settings=keys)
        sample = make_questions(run.recommender, run.data, px.explainers.choose_against, seed, pairs).top
        for explainer, cls in registry.classes("explainer").items():
            missing = ", ".join(sorted(cls.needs - kind.offers))
            yield Cell(explainer, name, missing) if missing else measured(run.recommender, cls(), sample, run.data, registry, seed)


def measured(
    recommender: px.recommenders.Recommender,
    explainer: px.explainers.Explainer,
    sample: Sample,
    data: Dataset,
    registry: Registry,
    seed: int,
) -> Cell:
    """Fit the explainer with its default settings, ask it, and ask the recommender again."""
    began = time.perf_counter()
    explainer.fit(recommender, data, px.RunOptions(seed=seed))
    found = explainer.explain(sample.pairs, sample.against)
    taken = time.perf_counter() - began
    given = px.metrics.MetricInput(data, explanations=found, scores=BatchScorer(recommender, data.n_features))
    plan = Plan(tuple(registry.get("metric", name)() for name in METRICS))
    values = {e.metric: e for e in measure_explanations(given, plan, explainer.name)}
    deletion, validity = values.get("deletion"), values.get("validity")
    return Cell(
        explainer.name,
        recommender.name,
        n=len(deletion.values) if deletion else 0,
        deletion=deletion.number if deletion else None,
        validity=validity.number if validity else None,
        seconds=taken,
    )


def markdown(cells: list[Cell], data: Dataset) -> str:
    """Explainers down, recommenders across."""
    across, down = (list(dict.fromkeys(names)) for names in ([c.recommender for c in cells], [c.explainer for c in cells]))
    text = {(c.explainer, c.recommender): c.text() for c in cells}
    counts = {c.recommender: c.n for c in cells if not c.missing}
    head = f"### {data.name} ({data.protocol}): {data.n_users:,} users, {data.n_items:,} items, {data.n_features:,} features"
    lines = [head, "", f"| explainer | {' | '.join(across)} |", f"|{'---|' * (len(across) + 1)}"]
    lines += [f"| {e} | {' | '.join(text[e, r] for r in across)} |" for e in down]
    lines += [f"| *pairs measured* | {' | '.join(str(counts.get(r, 0)) for r in across)} |"]
    return "\n".join(lines)


def demo() -> Dataset:
    """The built-in data set, prepared like any other."""
    with tempfile.TemporaryDirectory() as scratch:
        reviews = write_demo(Path(scratch))
        return prepare([reviews], PrepareOptions(name="demo"), load_registry())


def main() -> None:
    """Print a table for each data set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", type=Path, action="append", default=[], help="a prepared data set; may be repeated")
    parser.add_argument("--demo", action="store_true", help="the demo data too; always without --dataset")
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--dim", type=int, default=32)
    parser.add_argument("--pairs", type=int, default=300, help="pairs explained, at most: the first three items of users")
    parser.add_argument("--json", type=Path, help="also write the cells to this file")
    given = parser.parse_args()
    torch.set_num_threads(1)
    registry = load_registry(strict=True)
    sets = ([demo()] if given.demo or not given.dataset else []) + [px.load_dataset(place) for place in given.dataset]
    kept: dict[str, Any] = {}
    for data in sets:
        cells = list(table(data, registry, given.epochs, given.dim, given.pairs))
        kept[data.name] = [cell._asdict() for cell in cells]
        print(markdown(cells, data), end="\n\n", flush=True)
    if given.json:
        given.json.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
