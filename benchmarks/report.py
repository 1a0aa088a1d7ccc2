"""The page of the benchmarks: Markdown, printed, and put between two marks of docs/results/speed.md."""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
from pathlib import Path

import torch

import pyexplain
from pyexplain.ops import native_info

from .measure import Row
from .scaling import Curve

BEGIN, END = "<!-- benchmarks: written by `python -m benchmarks --write` -->", "<!-- end of benchmarks -->"


def page(
    rows: list[Row], curves: list[Curve], shares: dict[str, list[tuple[str, float]]], data: str, given: argparse.Namespace
) -> str:
    """All of it."""
    parts = ["    make bench"]
    parts.append(f"{machine(given.threads)} Medians over {given.repeats} turns, both sides in one process and in turn.")
    parts.append(f"Counterfactuals, adversarial explanations and ranking: CNR at d = 350 on {data}.")
    parts.append(table(rows))
    parts += [f"* {row.what}: {row.note}." for row in rows if row.note]
    if curves:
        parts.append("Cost against size, everything else held; slope of the last doubling on log scales (1 is linear):")
        parts.append(curve_table(curves))
    for what, lines in shares.items():
        parts.append(f"Where the time of {what} goes (by function, itself alone):")
        parts.append("\n".join(["| function | share |", "|---|---|", *(f"| `{name}` | {share:.0%} |" for name, share in lines)]))
    return "\n\n".join(parts)


def table(rows: list[Row]) -> str:
    """One line a row."""
    lines = ["| what | against | ours | theirs | ratio | must | aim | |", "|---|---|---|---|---|---|---|---|"]
    for row in rows:
        sign = "at most " if row.at_most else ""
        targets = " | ".join("" if t is None else f"{sign}{t:g}" for t in (row.must, row.aim))
        numbers = f"{row.ours:.3g} {row.unit} | {row.theirs:.3g} {row.unit} | **{row.ratio:.2f}**"
        lines.append(f"| {row.what} | {row.peer} | {numbers} | {targets} | {row.verdict} |")
    return "\n".join(lines)


def curve_table(curves: list[Curve]) -> str:
    """Sizes, seconds and the slope of each curve."""
    lines = ["| cost of | when there are more | sizes | seconds | slope |", "|---|---|---|---|---|"]
    for c in curves:
        sizes, seconds = ", ".join(f"{s:,}" for s in c.sizes), ", ".join(f"{s:.3f}" for s in c.seconds)
        lines.append(f"| {c.what} | {c.grows} | {sizes} | {seconds} | {c.slope:.2f} |")
    return "\n".join(lines)


def machine(threads: int) -> str:
    """Processor, threads, versions and commit."""
    info = native_info()
    cpu = next((line.split(":")[1].strip() for line in _cpuinfo() if line.startswith("model name")), platform.processor())
    versions = f"Python {platform.python_version()}, torch {torch.__version__}, pyexplain {pyexplain.__version__} at {_commit()}"
    gpu = f"GPU: {info.gpu}." if info.gpu else "No GPU."
    return f"{cpu}, {threads} thread(s), {info.instruction_set}; {versions}; {platform.system()}. {gpu}"


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.is_file() else []


def _commit() -> str:
    found = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=Path(__file__).parent, check=False, capture_output=True, text=True
    )
    return f"`{found.stdout.strip()}`" if found.returncode == 0 else "an unknown commit"


def show(text: str) -> None:
    """On the terminal."""
    sys.stdout.write(text + "\n")


def write(text: str, path: Path) -> None:
    """Replace what stands between the marks, or add both at the end."""
    whole = path.read_text(encoding="utf-8")
    if BEGIN not in whole:
        whole = f"{whole.rstrip()}\n\n## Speed\n\n{BEGIN}\n{END}\n"
    before, rest = whole.split(BEGIN)
    after = rest.split(END)[1]
    path.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")
