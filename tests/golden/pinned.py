"""The file of pinned figures: read, compared with, written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .compare import differences
from .machine import machine
from .runs import dataset, figures, method_names

FILE = Path(__file__).with_name("figures.json")
HOW = "Written by `python -m tests.golden --write`. Bits are compared on `machine` alone, elsewhere tolerances (compare.py)."


def read() -> dict[str, Any]:
    """The file as it stands; without one nothing is pinned."""
    return json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {"machine": {}, "dataset": "", "runs": {}}


def is_here(pinned: dict[str, Any]) -> bool:
    """Whether these are the processor and the versions that made the figures."""
    return pinned["machine"] == machine() and "unknown" not in machine().values()


def check(names: list[str]) -> list[str]:
    """What differs, a line each."""
    pinned = read()
    exact = is_here(pinned)
    lines = [f"{name}: nothing is pinned; see --write" for name in names if name not in pinned["runs"]]
    if exact and pinned["dataset"] != dataset().fingerprint:
        lines.append(f"the data set is {dataset().fingerprint}, pinned {pinned['dataset']}")
    known = [name for name in names if name in pinned["runs"]]
    return lines + [
        line for name, found in figures(known).items() for line in differences(name, pinned["runs"][name], found, exact=exact)
    ]


def write(names: list[str]) -> list[str]:
    """Pin the figures of the named methods; what changed, a line each. On another machine all: bits of two do not mix."""
    pinned = read()
    if not is_here(pinned) or pinned["dataset"] != dataset().fingerprint:
        names = method_names()
    found = figures(names)
    before = {name: runs for name, runs in pinned["runs"].items() if name in method_names()}
    runs = dict(sorted((before | found).items()))
    content = {"how": HOW, "machine": machine(), "dataset": dataset().fingerprint, "runs": runs}
    FILE.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return [line for name in names for line in differences(name, before.get(name, {}), found[name], exact=True)]
