"""docs/architecture.md: every room has its row and its place in the figure, the order is that of the test of imports, and the lists
of files are those that the script traces."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from tests.test_house import ORDER

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
FIGURE = (ROOT / "docs" / "figures" / "rooms.svg").read_text(encoding="utf-8")
ROOMS = sorted(path.parent.name for path in (ROOT / "pyexplain").glob("*/__init__.py"))
MODULES = sorted(path.name for path in (ROOT / "pyexplain").glob("*.py") if not path.name.startswith("__"))


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_has_a_row_and_a_place_in_the_figure(room: str) -> None:
    table = PAGE.split("## The rooms")[1].split("\n## ")[0]
    assert f"`{room}/`" in table
    assert re.search(rf"\b{room}\b", re.sub(r"<(style|desc|title)>.*?</\1>", "", FIGURE))


def test_the_page_names_no_room_that_is_not_there() -> None:
    table = PAGE.split("## The rooms")[1].split("\n## ")[0]
    named = set(re.findall(r"`(\w+)/`", table)) - {"plugins", "csrc"}
    assert named == set(ROOMS)


@pytest.mark.parametrize("module", MODULES)
def test_every_module_beside_the_rooms_is_named(module: str) -> None:
    assert f"`{module}`" in PAGE


def test_the_order_is_the_one_that_is_held() -> None:
    shown = re.search(r"<!-- order: .*-->\n\n(.+)\n", PAGE)
    assert shown
    assert re.findall(r"`(\w+)`", shown[1]) == list(ORDER)


def test_files_that_pages_name_exist() -> None:
    """Of all pages but the one of speed, whose profile names what was there when it was measured."""
    rooms = "pyexplain|plugins|csrc|tests|tools|benchmarks|examples|" + "|".join(ROOMS)
    for page in [*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]:
        if page.name in ("speed.md", "CHANGELOG.md"):
            continue
        for name in re.findall(
            rf"(?<![\w/.-])((?:{rooms})/[\w/]+\.(?:py|cpp|hpp|cu|json|tsv|sh))", page.read_text(encoding="utf-8")
        ):
            assert "NAME" in name or (ROOT / name).is_file() or (ROOT / "pyexplain" / name).is_file(), f"{page.name}: {name}"


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("files_of", ROOT / "tools" / "files_of.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["score", "counterfactual", "step", "review"])
def test_the_files_to_open_are_those_that_are_traced(name: str) -> None:
    tool = script()
    begin, end = tool.marks(name)
    shown = PAGE.split(begin)[1].split(end)[0].strip()
    assert shown == tool.section(name), "python tools/files_of.py --write"


def test_the_figure_loads_nothing() -> None:
    assert "http" not in FIGURE.replace("http://www.w3.org/2000/svg", "")
    assert "<script" not in FIGURE
