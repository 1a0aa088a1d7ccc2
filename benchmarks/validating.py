"""What the validation of an epoch costs beside its training steps.

    python -m benchmarks.validating DATASET [--method vbpr] [--dim 350] [--epochs 5]

Prints processor time of one thread, medians over the epochs: the training steps, validation as it is, and validation that asks for
every score of every list.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch

from pyexplain.data.store import load_dataset
from pyexplain.recommenders import RunOptions, validation
from pyexplain.recommenders.objective import Objective
from pyexplain.recommenders.training import _run_epoch, _trainable
from pyexplain.registry import load_registry


def seconds(work: Callable[[], object]) -> float:
    """Of processor time."""
    began = time.process_time()
    work()
    return time.process_time() - began


def main() -> None:
    """Train for some epochs, and validate each twice."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.validating", description=__doc__.splitlines()[0])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--method", default="vbpr")
    parser.add_argument("--dim", type=int, default=350)
    parser.add_argument("--epochs", type=int, default=5)
    given = parser.parse_args()
    torch.set_num_threads(1)
    data, cls = load_dataset(given.dataset), load_registry().get("recommender", given.method)
    made, options = cls(cls.Config(dim=given.dim)), RunOptions(seed=1)
    made.prepare(data, options)
    engine, (pairs, sampler), taken = made.model._engine(made.config), _trainable(data), []
    lists, whole_lists = (validation.ValidationLists(data.valid_candidates, made.device) for _ in range(2))

    def validate(which: validation.ValidationLists = lists) -> float | None:
        made.model.changed()
        return which.ndcg(made.scores)

    def train(number: int) -> None:
        _run_epoch(number, made.model.network, engine, Objective(), pairs, sampler, made.config, options)

    for number in itertools.count(1):
        step = seconds(partial(train, number))
        now = seconds(validate)
        with patch.object(validation, "STAGES", ()):
            taken.append((step, now, seconds(lambda: validate(whole_lists))))
        if number == given.epochs:
            break
    steps, now, whole = np.median(taken, axis=0)
    print(
        f"{len(pairs):,} pairs, {len(data.valid_candidates):,} lists: training steps {steps:.2f} s, validation {now:.2f} s ", end=""
    )
    print(f"({whole:.2f} s of whole lists): an epoch over its steps {1 + now / steps:.2f} ({1 + whole / steps:.2f})")


if __name__ == "__main__":
    main()
