"""The blocks of docs/tutorial.md run, in their order, in one folder, and print what the page shows; commands of how-tos exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pyexplain.cli import group

from .cli.conftest import good

DOCS = Path(__file__).parents[1] / "docs"
PAGES = ["tutorial.md", *(f"howto/{path.name}" for path in sorted((DOCS / "howto").glob("*.md")))]
NUMBER = re.compile(r"-?\d+\.\d+")
ENTRY = re.compile(r"^ *pyexplain (?:--strict-plugins )?((?:data )?[a-z]+)(?: |$)(.*)$", re.MULTILINE)


def blocks(page: str) -> list[tuple[str, str]]:
    """Language and content of the fenced blocks of a page."""
    return re.findall(r"```(\w+)\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL)


def words_of(text: str) -> list[list[str]]:
    """Words line by line, with the numbers that a processor decides left open."""
    return [NUMBER.sub("#", line).split() for line in text.strip("\n").splitlines()]


def test_the_tutorial_does_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    printed, seen = "", {"sh": 0, "python": 0, "text": 0}
    for language, content in blocks("tutorial.md"):
        seen[language] += 1
        if language == "sh":
            lines = [shlex.split(line, comments=True) for line in content.strip().splitlines()]
            assert all(words[0] == "pyexplain" for words in lines)
            printed = "".join(good(*words[1:]).stdout for words in lines)
        elif language == "python":
            exec(content, names)  # noqa: S102
        else:
            shown, whole = words_of(content), words_of(printed)
            assert whole[: len(shown)] == shown, printed
    assert min(seen.values()) >= 3
    assert (tmp_path / "shap.html").is_file()


@pytest.mark.parametrize("page", PAGES)
def test_commands_and_options_exist(page: str) -> None:
    found = ENTRY.findall((DOCS / page).read_text(encoding="utf-8"))
    assert found
    for command, rest in found:
        run = CliRunner().invoke(group, [*command.split(), "--help"])
        assert run.exit_code == 0, command
        for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", rest.split("#")[0]):
            assert option in run.output, f"{command} {option}"


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("howto")])
def test_names_in_python_exist(page: str) -> None:
    import pyexplain as px

    for language, content in blocks(page):
        assert language in ("python", "pycon", "sql")  # sessions are run by tests/test_docs_python.py, SQL by test_docs_tables.py
        if language == "python":
            compile(content, page, "exec")
        for name in re.findall(r"\bpx\.(\w+)", content):
            assert hasattr(px, name), name
        for module, imported in re.findall(r"^from (pyexplain[\w.]*) import (.+)$", content, re.MULTILINE):
            found = __import__(module, fromlist=["x"])
            for name in imported.split(", "):
                assert hasattr(found, name), f"{module}.{name}"
