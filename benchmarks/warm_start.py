"""A data set that has grown: `train --warm-start` beside training anew, as Markdown.

    python -m benchmarks.warm_start DATASET [--methods hybrid,vbpr,ncf] [--seeds 3] [--new .2]

The data set before it grew is the same without a share of its users and of its items, drawn, and whatever they wrote; parts stay as
they are, so that no held-out pair has been learned from. Epochs: until the one that is kept; NDCG@10 on the test part, mean and
deviation over seeds.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import torch

import pyexplain as px
from pyexplain.data.attributes import attributes_of, with_attributes, without_attributes
from pyexplain.data.build import build_dataset
from pyexplain.data.kinds import ATTRIBUTE, WORD
from pyexplain.recommenders.options import RunOptions

from .search import trained_as


def smaller(data: px.Dataset, share: float, seed: int) -> px.Dataset:
    """`data` before a share of its users and items came; the others' reviews, and parts, are as they are."""
    rng, words = np.random.default_rng([seed, 41]), without_attributes(data)
    known = [rng.random(len(names)) >= share for names in (data.users, data.items)]
    rows = [(u, i, 5.0, part) for part in ("train", "valid", "test") for u, i in getattr(data, part).tolist()]
    frame = pd.DataFrame(rows, columns=["user", "item", "rating", "part"])
    others = words.evidence[["user", "item"]].drop_duplicates()  # reviews that were no likes are read for words
    read = others.merge(frame, how="left", on=["user", "item"]).query("part.isna()")
    frame = pd.concat([frame, read.assign(rating=1.0, part="train")], ignore_index=True)
    said = pd.concat([words.evidence, words.heldout.assign(sentence="")], ignore_index=True)
    named = [_named(data, part[known[0][part["user"]] & known[1][part["item"]]]) for part in (frame, said)]
    named[1]["feature"] = [words.features[k] for k in named[1]["feature"]]
    made = build_dataset(f"{data.name}-before", named[0], named[1] if WORD in data.kinds else None, "heldout", data.settings)
    if ATTRIBUTE not in data.kinds:
        return made
    names, values = attributes_of(data)
    return with_attributes(made, names, values.select([data.items.index(item) for item in made.items.names]))


def _named(data: px.Dataset, frame: pd.DataFrame) -> pd.DataFrame:
    users, items = ([names[n] for n in frame[side]] for side, names in (("user", data.users), ("item", data.items)))
    return frame.assign(user=users, item=items)


def rows(data: px.Dataset, methods: list[str], seeds: int, share: float) -> Iterator[str]:
    """A line a method."""
    for method in methods:
        named = trained_as(method)
        pairs = []
        for seed in range(seeds):
            options = RunOptions(seed=seed, threads=1)
            before = px.train(smaller(data, share, seed), *named, options=options)
            warm = px.train(data, warm_start=before, options=options)
            anew = px.train(data, *named, options=options, kinds=warm.data.kinds)
            assert warm.trained.warm_start is not None
            assert warm.trained.warm_start.heldout == 0
            pairs.append((anew, warm))
        cells = [_cell([pair[side] for pair in pairs]) for side in (0, 1)]
        yield f"| {method} | {' | '.join(cells)} |"


def _cell(runs: list[px.Run]) -> str:
    document = px.evaluate(*runs).to_dict()
    values = [run["ranking"]["ndcg@10"] for run in document["runs"]]
    kept = [next(entry["epoch"] for entry in run.history if entry.get("kept")) for run in runs]
    spent = [sum(entry["seconds"] for entry in run.history if entry["epoch"] <= k) for run, k in zip(runs, kept, strict=True)]
    deviation = f" ± {statistics.stdev(values):.3f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.4f}{deviation} | {statistics.mean(kept):.0f} | {statistics.mean(spent):.1f}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.warm_start", description=__doc__)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--methods", default="hybrid,vbpr,ncf")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--new", type=float, default=0.2, help="share of the users and of the items that are new")
    given = parser.parse_args()
    torch.set_num_threads(1)
    data = px.load_dataset(given.dataset)
    print(f"{data.name}: {given.new:.0%} of users and items new, {given.seeds} seeds\n")
    print("| | anew: ndcg@10 | epochs | seconds | warm start: ndcg@10 | epochs | seconds |\n|---|---|---|---|---|---|---|")
    for line in rows(data, given.methods.split(","), given.seeds, given.new):
        print(line, flush=True)


if __name__ == "__main__":
    main()
