"""Nothing stands twice in the sources: what tools/duplicates.py finds, and that it finds it."""

from __future__ import annotations

import pytest

from tools.duplicates import LINES, repeated, sources, unexplained

RUN = "\n".join(f"total += weight[{n}] * value[{n}]" for n in range(LINES))


def test_nothing_stands_twice_without_a_reason() -> None:
    assert unexplained(repeated(sources())) == {}


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [
        (f"def a():\n{RUN.replace('total', '    total')}", f"def b():\n  x = 1\n{RUN.replace('total', '  total')}", LINES),
        (RUN, RUN.replace("+= weight[3]", "+=\n\n# a comment\nweight[3]"), 0),
        (RUN, RUN.replace("\n", "\n\n# a comment\n"), LINES),
        (RUN + "\nmore()", RUN + "\nmore()", LINES + 1),
        (RUN.rpartition("\n")[0], RUN, 0),
    ],
)
def test_runs_are_found_whatever_their_white_space(one: str, other: str, count: int) -> None:
    found = repeated({"plugins/one.cpp": one.replace("#", "//"), "plugins/other.cpp": other.replace("#", "//")})
    assert [length for *_, length in found.values()] == ([count] if count else [])


def test_within_one_file() -> None:
    assert repeated({"csrc/one.cpp": f"{RUN}\nmiddle();\n{RUN}"}) == {("csrc/one.cpp", "csrc/one.cpp"): (1, LINES + 2, LINES)}
    assert repeated({"csrc/one.cpp": "x = 1;\n" * 9}) == {}


def test_parameters_imports_and_docstrings_are_no_logic() -> None:
    listed = ",\n".join(f"    name_{n}: int" for n in range(9))
    text = f'"""Text.\n{RUN}\n"""\nfrom a import (\n{listed.replace(": int", "")}\n)\n\n\ndef f(\n{listed},\n) -> None:\n    go()\n'
    assert repeated({"plugins/one.py": text, "plugins/other.py": text}) == {}
