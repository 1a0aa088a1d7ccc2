"""The lines of docs/howto/python.md do what the page says."""

from __future__ import annotations

import doctest
from pathlib import Path

from tests.worlds import small_world

PAGE = Path(__file__).parents[1] / "docs" / "howto" / "python.md"


def test_the_lines_of_the_page_run() -> None:
    text = PAGE.read_text(encoding="utf-8").replace("```", "")
    test = doctest.DocTestParser().get_doctest(text, {"data": small_world()}, "howto/python", str(PAGE), 0)
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    runner.run(test, out=said.append)
    assert "".join(said) == ""
    assert len(test.examples) > 20
