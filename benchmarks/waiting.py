"""What a person waits for once a run is loaded: a list, one explanation with all that is printed, and a part of `explain --all`.

    python -m benchmarks.waiting RUN [RUN ...] [--users 200]

Prints processor time of one thread, medians over users drawn from a seed; another version is compared by running both in turn.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

import pyexplain as px
from pyexplain.everyone import USERS, _part
from pyexplain.parts import Parts, packed
from pyexplain.statements.telling import Teller

WARM, K = 10, 10


def median_ms(ask: Callable[[str], object], users: list[str]) -> float:
    """Milliseconds a user, without the first few."""
    taken = []
    for user in users:
        began = time.thread_time()
        ask(user)
        taken.append(time.thread_time() - began)
    return float(1e3 * np.median(taken[WARM:]))


def pairs_a_second(run: px.Run, users: int) -> float:
    """Of each user's K best items: explained, checked, put into sentences, and written to a file."""
    explainer, numbers = run.explainer(), np.arange(min(users, run.data.n_users))
    teller = Teller(run.checker)
    _part(run, explainer, teller, numbers[:WARM])
    with TemporaryDirectory() as folder:
        began = time.process_time()
        parts = Parts(Path(folder) / "all.parquet")
        parts.begin({}, resume=False)
        for number, some in enumerate(np.array_split(numbers, -(-len(numbers) // USERS))):
            parts.write(number, packed(_part(run, explainer, teller, some)))
        parts.join(parts.out)
        return K * len(numbers) / (time.process_time() - began)


def main() -> None:
    """A line a run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.waiting", description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, nargs="+")
    parser.add_argument("--users", type=int, default=200)
    given = parser.parse_args()
    torch.set_num_threads(1)
    for path in given.run:
        run = px.load_run(path)
        known = np.flatnonzero(np.diff(run.data.user_features.offsets))
        drawn = np.random.default_rng(0).permutation(known)[: given.users + WARM]
        users = [run.data.users[user] for user in drawn.tolist()]
        best = {user: run.recommend(user, 1)[0][0] for user in users}

        def explained(user: str, run: px.Run = run, best: dict[str, str] = best) -> object:
            found = run.explain(user, best[user])
            return found.say(), str(found), found.to_dict()

        listed = median_ms(partial(run.recommend, k=K), users)
        why, whole = median_ms(explained, users), pairs_a_second(run, given.users)
        print(f"{path}: the best {K} of {run.data.n_items:,} items {listed:.2f} ms, one explanation {why:.1f} ms, ", end="")
        print(f"explain --all {whole:,.0f} pairs a second")


if __name__ == "__main__":
    main()
