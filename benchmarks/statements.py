"""How much of what is printed holds: users' first three items explained, and every statement recomputed.

    python -m benchmarks.statements RUN... [--users 500] [--seed 0] [--json FILE]

Prints for each run the share of statements that hold, by kind, with how many there were; and coverage, the share of first items,
and of the first three, with at least one reason, of users with features. False statements are listed.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

import pyexplain as px

from .recomputed import Recomputed

TOP = 3
MOST_SHOWN = 5  # false statements that are listed


@dataclass
class Tally:
    """kind -> statements, and those that hold; items (by place) that were explained, and those with a reason; what was false."""

    said: Counter[str] = field(default_factory=Counter)
    true: Counter[str] = field(default_factory=Counter)
    items: Counter[int] = field(default_factory=Counter)
    covered: Counter[int] = field(default_factory=Counter)
    false: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def coverage(self, first: int) -> float:
        """Share of the items of the first `first` places with a reason."""
        places = range(1, first + 1)
        return sum(self.covered[p] for p in places) / max(1, sum(self.items[p] for p in places))

    def shares(self) -> dict[str, float]:
        """kind -> share that holds."""
        return {kind: self.true[kind] / count for kind, count in sorted(self.said.items())}


def documents(run: px.Run, users: list[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The place of each of the first items of users, and its document as `explain --json` prints it."""
    for user in users:
        for place, (item, _) in enumerate(run.recommend(user, k=TOP), 1):
            yield place, json.loads(run.explain(user, item).to_json())


def measure(run: px.Run, folder: Path, n_users: int, seed: int = 0) -> Tally:
    """Of n_users users, drawn from the seed."""
    data, checked, tally = run.data, Recomputed(run, folder), Tally()
    drawn = np.sort(np.random.default_rng(seed).permutation(data.n_users)[:n_users])
    known = {data.users[int(u)] for u in drawn if len(data.user_features.row(int(u))[0])}
    for place, document in documents(run, [data.users[int(u)] for u in drawn]):
        reasons = 0
        for said in document["statements"]:
            true = checked.holds(document, said)
            tally.said[said["kind"]] += 1
            tally.true[said["kind"]] += true
            reasons += true and said["kind"] == "reason"
            if not true:
                tally.false.append((document["user"], document["item"], said))
        if document["user"] in known:
            tally.items[place] += 1
            tally.covered[place] += reasons > 0
    return tally


def report(name: str, run: px.Run, tally: Tally) -> str:
    """A heading, a table, and what was false."""
    counts = ", ".join(f"{n:,} {what}" for n, what in ((run.data.n_users, "users"), (run.data.n_items, "items")))
    lines = [f"{name}: {run.method} on {run.data.name} ({counts}), {sum(tally.items.values()):,} items of users with features"]
    lines += [f"  {kind:12} {share:.4f} of {tally.said[kind]:,}" for kind, share in tally.shares().items()]
    lines += [f"  coverage     {tally.coverage(1):.4f} of first items, {tally.coverage(TOP):.4f} of the first {TOP}"]
    lines += [f"  false: {user} {item} {json.dumps(said)}" for user, item, said in tally.false[:MOST_SHOWN]]
    return "\n".join(lines)


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.statements", description=__doc__)
    parser.add_argument("runs", type=Path, nargs="+")
    parser.add_argument("--users", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="shares and counts go there too")
    given = parser.parse_args()
    torch.set_num_threads(1)
    kept = {}
    for path in given.runs:
        run = px.load_run(path)
        assert run.trained.data_path is not None
        tally = measure(run, run.trained.data_path, given.users, given.seed)
        kept[str(path)] = {"shares": tally.shares(), "counts": tally.said, "coverage": [tally.coverage(1), tally.coverage(TOP)]}
        print(report(str(path), run, tally), flush=True)
    if given.json:
        given.json.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
