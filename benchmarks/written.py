"""What generated sentences are worth: the figures of docs/metrics.md#generated-text, beside sentences that need no model.

    python -m benchmarks.written DATASET [--method nete] [--seeds 3] [--runs FOLDER]

Of each seed a run is trained (or taken from FOLDER), and its explainer asked about all held-out pairs and the first three items of
every user. Beside its sentences stand, for the same pairs and features: a drawn sentence about the feature in a training review of
the item, and the sentence about the feature that stands in most training reviews, whatever the item. Means over seeds, and the
sample deviation.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

import pyexplain as px
from pyexplain.data.types import Dataset
from pyexplain.evaluation.questions import TOP, top_pairs
from pyexplain.explainers.types import Explanations, Sentence
from pyexplain.metrics.base import MetricInput
from pyexplain.registry import load_registry

from .search import trained_or_kept

GROUPS = {"text": "heldout", "sentences": "top"}  # and the pairs that each is measured on
Choose = Callable[[int, Sentence], str]
Figures = dict[str, dict[str, float]]  # source -> figure -> value


def from_reviews(data: Dataset, found: Explanations, seed: int) -> Choose:
    """A drawn sentence of the item's training reviews about the feature; "" where there is none."""
    texts = data.evidence.groupby(["item", "feature"])["sentence"].agg(list).to_dict()
    rng = np.random.default_rng([seed, 91])

    def choose(row: int, one: Sentence) -> str:
        known = texts.get((int(found.items[row]), one.feature))
        return str(known[int(rng.integers(len(known)))]) if known else ""

    return choose


def commonest(data: Dataset) -> Choose:
    """The sentence about the feature that stands in most training reviews, in small letters; the first of equals."""
    frame = data.evidence.assign(text=data.evidence["sentence"].astype(str).str.lower())
    counts = frame[["user", "item", "feature", "text"]].drop_duplicates().groupby(["feature", "text"]).size().reset_index(name="n")
    best = counts.sort_values(["feature", "n", "text"], ascending=[True, False, True]).drop_duplicates("feature")
    texts = dict(zip(best["feature"].tolist(), best["text"].tolist(), strict=True))
    return lambda row, one: str(texts[one.feature])


def rewritten(found: Explanations, choose: Choose) -> Explanations:
    """The same explanations with other sentences about the same features."""
    assert found.sentences is not None
    rows = [[Sentence(one.feature, choose(row, one)) for one in written] for row, written in enumerate(found.sentences)]
    return replace(found, sentences=tuple(tuple(one for one in row if one.text) for row in rows))


def figures(run: px.Run, pairs: dict[str, npt.NDArray[np.int64]], seed: int) -> Figures:
    """Of the explainer, and of both that need no model; pairs [n, 2] of each sample."""
    metrics = [cls() for cls in load_registry().classes("metric").values() if cls.group in GROUPS]
    out: Figures = {}
    for group, sample in GROUPS.items():
        own = run.explainer().explain(pairs[sample])
        told = {run.method: own}
        told["a review of the item"] = rewritten(own, from_reviews(run.data, own, seed))
        told["the commonest sentence"] = rewritten(own, commonest(run.data))
        for source, found in told.items():
            given = MetricInput(run.data, explanations=found, sample=sample)
            measured = [metric.measure(given, source) for metric in metrics if metric.group == group]
            out.setdefault(source, {}).update({f"{group} {e.metric}": e.value for e in measured})
    return out


def table(found: list[Figures]) -> str:
    """A row a figure, a column a source."""
    sources = list(found[0])
    lines = ["| | " + " | ".join(sources) + " |", "|---" * (1 + len(sources)) + "|"]
    for figure in found[0][sources[0]]:
        cells = []
        for source in sources:
            values = [one[source][figure] for one in found]
            spread = f" ± {statistics.stdev(values):.3f}" if len(values) > 1 else ""
            cells.append(f"{statistics.mean(values):.3f}{spread}")
        lines.append(f"| `{figure}` | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--method", default="nete")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--runs", type=Path)
    given = parser.parse_args()
    data, found = px.load_dataset(given.dataset), []
    for seed in range(given.seeds):
        run = trained_or_kept(data, given.method, seed, {}, given.runs)
        top = top_pairs(run.recommender, run.data, np.arange(data.n_users), TOP)
        found.append(figures(run, {"heldout": np.unique(data.test, axis=0), "top": top}, seed))
        print(f"seed {seed}: {run!r}", flush=True)
    print(table(found))


if __name__ == "__main__":
    main()
