"""What customers are told, for people to read: the first item of users drawn from a seed, mixed over the runs.

    python -m benchmarks.sentences RUN [RUN ...] [--users 20] [--seed 0]

Prints numbered sentences without saying which run they are of, and behind them, with --key, which is of which.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

import numpy as np

import pyexplain as px


def customer_sentences(path: Path, users: int, seed: int) -> list[str]:
    """The customer's sentences of the first item of users who have features."""
    run = px.load_run(path)
    known = np.flatnonzero(np.diff(run.data.user_features.offsets) > 0)
    drawn = np.random.default_rng(seed).choice(known, min(users, len(known)), replace=False)
    return [run.recommend_with_reasons(run.data.users[int(user)], 1)[0][2].say() for user in drawn]


def main() -> None:
    """The sentences, shuffled."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sentences", description=__doc__)
    parser.add_argument("run", type=Path, nargs="+")
    parser.add_argument("--users", type=int, default=20, help="of each run")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--key", action="store_true", help="say at the end which sentence is of which run")
    given = parser.parse_args()
    found = [(path, text) for path in given.run for text in customer_sentences(path, given.users, given.seed)]
    random.Random(given.seed).shuffle(found)
    print("\n\n".join(f"{number}. {text}" for number, (_, text) in enumerate(found, 1)))
    if given.key:
        print("\n" + "\n".join(f"{number}: {path}" for number, (path, _) in enumerate(found, 1)))


if __name__ == "__main__":
    main()
