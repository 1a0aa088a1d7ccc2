"""Every benchmark can be imported and asked what it takes, and takes what the docs tell it."""

from __future__ import annotations

import importlib
import re
import runpy
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = {file.stem: file for file in sorted((ROOT / "benchmarks").glob("*.py")) if file.stem != "__init__"}
PARSING = [name for name, file in FILES.items() if "ArgumentParser(" in file.read_text(encoding="utf-8")]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *FILES.values()]
OPTION = re.compile(r"--[a-z][a-z-]*")
COMMAND = re.compile(r"python -m benchmarks(?:\.(\w+))?([^`\n#]*)")


def commands() -> dict[str, set[str]]:
    """Module -> the long options that some page tells it."""
    found: dict[str, set[str]] = {}
    for page in PAGES:
        for name, words in COMMAND.findall(page.read_text(encoding="utf-8")):
            found.setdefault(name or "__main__", set()).update(OPTION.findall(words))
    return found


@pytest.fixture
def options_of(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[str], set[str]]:
    """The long options that a benchmark says it takes when it is asked for help, as a program in this process."""

    def ask(name: str) -> set[str]:
        monkeypatch.setattr(sys, "argv", [name, "--help"])
        with pytest.raises(SystemExit) as ended:
            runpy.run_module(f"benchmarks.{name}", run_name="__main__")
        assert ended.value.code == 0
        _, listed = capsys.readouterr().out.split("\noptions:\n")  # before it stands the module's text, which names options too
        return set(OPTION.findall(listed))

    return ask


@pytest.mark.parametrize("name", FILES)
def test_it_is_imported(name: str) -> None:
    importlib.import_module(f"benchmarks.{name}")


@pytest.mark.filterwarnings("ignore:.*found in sys.modules:RuntimeWarning")  # it is run beside its import
@pytest.mark.parametrize("name", PARSING)
def test_it_takes_what_the_docs_tell_it(name: str, options_of: Callable[[str], set[str]]) -> None:
    assert commands().get(name, set()) <= options_of(name)


def test_the_docs_name_benchmarks_that_are_there() -> None:
    found = commands()
    assert {"heldout", "hybrid", "waiting", "__main__"} <= set(found)
    assert set(found) <= set(FILES)
