"""Benchmarks of two source trees, in turn: python tools/compare_trees.py BEFORE AFTER [--only PART]... [--turns N]

Each tree is a checkout with an environment of its own in .venv. A turn runs `python -m benchmarks` in both, one after the other,
the first of them changing; a row of both tables gives a ratio of that turn, after over before. Printed are the median ratio and a
95 % interval for its mean on the log scale. Status 1 where a whole interval lies above LIMIT: something became slower.
"""

from __future__ import annotations

import argparse
import math
import statistics
import subprocess
import sys
from pathlib import Path

LIMIT = 1.05
T95 = {2: 12.71, 3: 4.30, 4: 3.18, 5: 2.78, 6: 2.57, 7: 2.45, 8: 2.36, 9: 2.31, 10: 2.26}  # Student's t for n values, two-sided


def rows_of(tree: Path, only: list[str], repeats: int) -> dict[str, float]:
    """What is measured -> the tree's own figure, from the table that its benchmarks print."""
    words = [str(tree / ".venv" / "bin" / "python"), "-m", "benchmarks", "--repeats", str(repeats)]
    words += [word for part in only for word in ("--only", part)]
    printed = subprocess.run(words, cwd=tree, check=True, capture_output=True, text=True).stdout
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in printed.splitlines() if line.startswith("| ")]
    return {f"{row[0]} | {row[1]}": float(row[2].split()[0]) for row in cells if len(row) == 8 and row[2][:1].isdigit()}


def interval(ratios: list[float]) -> tuple[float, float]:
    """95 % interval of the geometric mean, as if logs of ratios were normal; without bounds for a single turn."""
    logs = [math.log(ratio) for ratio in ratios]
    if len(logs) < 2:
        return 0.0, math.inf
    half = T95.get(len(logs), 2.0) * statistics.stdev(logs) / math.sqrt(len(logs))
    return math.exp(statistics.mean(logs) - half), math.exp(statistics.mean(logs) + half)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--only", action="append", default=[], help="parts of the benchmarks, as they know them")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    found: dict[str, list[float]] = {}
    for turn in range(given.turns):
        order = (given.before, given.after) if turn % 2 == 0 else (given.after, given.before)
        measured = {tree: rows_of(tree.resolve(), given.only, given.repeats) for tree in order}
        for name, value in measured[given.before].items():
            if name in measured[given.after]:
                found.setdefault(name, []).append(measured[given.after][name] / value)
    lines = ["| what | against | after / before | 95 % interval | |", "|---|---|---|---|---|"]
    slower = False
    for name, ratios in found.items():
        low, high = interval(ratios)
        slower |= low > LIMIT
        lines.append(f"| {name} | {statistics.median(ratios):.3f} | {low:.3f} to {high:.3f} | {'slower' if low > LIMIT else ''} |")
    sys.stdout.write("\n".join(lines) + "\n")
    sys.exit(1 if slower else 0)


if __name__ == "__main__":
    main()
