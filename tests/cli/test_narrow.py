"""What is said on a terminal is folded between words; into a pipe it goes as it is, for programs that look for a line."""

from __future__ import annotations

import io

import pytest

from pyexplain.cli.output import say

LONG = "Error: unknown recommender 'eaze'\n  Did you mean ease? Known: " + ", ".join(f"method-{n}" for n in range(40)) + "."


class Screen(io.StringIO):
    """A terminal, or not."""

    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


def said(monkeypatch: pytest.MonkeyPatch, terminal: bool) -> str:
    screen = Screen(terminal)
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("COLUMNS", "80")
    say(LONG)
    return screen.getvalue()


def test_a_long_line_is_folded_between_words(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = said(monkeypatch, terminal=True).splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0] == "Error: unknown recommender 'eaze'"
    assert all(line.startswith("  ") and not line.startswith("   ") for line in lines[1:])
    assert " ".join(" ".join(lines).split()) == " ".join(LONG.split())  # no word is cut


def test_what_goes_into_a_pipe_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert said(monkeypatch, terminal=False) == LONG + "\n"
