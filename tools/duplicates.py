"""Runs of six lines of code that stand twice in pyexplain/, plugins/ or csrc/: `python tools/duplicates.py` lists them.

Counted are lines that do something: no blank lines, comments, docstrings, imports or lines of brackets, and no parameters of Python
functions, which two functions may well share. Lines are the same when they differ in white space only. Exit status 1 where a run is
not explained in EXPLAINED.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
LINES = 6
FOLDERS = ("pyexplain", "plugins", "csrc")
ENDINGS = {".py", ".cpp", ".hpp", ".cu", ".cuh"}
# Pairs of files that share a run, and why it is better to leave it so.
EXPLAINED: dict[tuple[str, str], str] = {}

Place = tuple[str, int]


def main() -> int:
    """Print the runs that are not explained."""
    found = unexplained(repeated(sources()))
    for (one, other), (first, second, count) in sorted(found.items()):
        print(f"{one}:{first} ~ {other}:{second} ({count} lines)")
    return 1 if found else 0


def sources() -> dict[str, str]:
    """Path -> text of everything that is looked at."""
    paths = (path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*")))
    chosen = (path for path in paths if path.suffix in ENDINGS and "templates" not in path.parts)
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in chosen}


def unexplained(found: dict[tuple[str, str], tuple[int, int, int]]) -> dict[tuple[str, str], tuple[int, int, int]]:
    """Those of no pair of files in EXPLAINED."""
    return {pair: run for pair, run in found.items() if pair not in EXPLAINED}


def repeated(texts: dict[str, str]) -> dict[tuple[str, str], tuple[int, int, int]]:
    """(file, file) -> (line, line, how many lines of code) of the longest run that both have; a file may be paired with itself."""
    code = {path: list(lines_of_code(path, text)) for path, text in texts.items()}
    places: dict[tuple[str, ...], list[Place]] = defaultdict(list)
    for path, lines in code.items():
        for start in range(len(lines) - LINES + 1):
            places[tuple(line for _, line in lines[start : start + LINES])].append((path, start))
    found: dict[tuple[str, str], tuple[int, int, int]] = {}
    for standing in places.values():
        for n, (one, start) in enumerate(standing):
            for other, second in standing[n + 1 :]:
                if one == other and second < start + LINES:
                    continue  # the run and itself, a few lines on
                length = _length(code[one], start, code[other], second)
                if length > found.get((one, other), (0, 0, 0))[2]:
                    found[one, other] = code[one][start][0], code[other][second][0], length
    return found


def _length(one: list[tuple[int, str]], start: int, other: list[tuple[int, str]], second: int) -> int:
    length = 0
    while start + length < len(one) and second + length < len(other) and one[start + length][1] == other[second + length][1]:
        length += 1
    return length


def lines_of_code(path: str, text: str) -> Iterator[tuple[int, str]]:
    """(number, text without white space at its ends and with single blanks) of each line of code."""
    skipped = _says_nothing(text) if path.endswith(".py") else set()
    marks = ("#",) if path.endswith(".py") else ("//", "#include", "#pragma once")
    for number, line in enumerate(text.splitlines(), 1):
        plain = " ".join(line.split())
        if number not in skipped and any(c.isalnum() for c in plain) and not plain.startswith(marks):
            yield number, plain


def _says_nothing(text: str) -> set[int]:
    lines: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        string = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        if isinstance(node, ast.Import | ast.ImportFrom) or string:
            lines |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        if isinstance(node, ast.FunctionDef):
            lines |= set(range(node.lineno, node.body[0].lineno))
    return lines


if __name__ == "__main__":
    sys.exit(main())
