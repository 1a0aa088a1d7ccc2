"""docs/methods.md: a section for each method of the paper and for the yardsticks beside them, with the same lines; no dead link."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
PAGE = (DOCS / "methods.md").read_text(encoding="utf-8")
SECTIONS = [
    "NCF",
    "VBPR",
    "CER",
    "NAR",
    "CAR",
    "CNR",
    "EASE and item neighbours",
    "Hybrid",
    "Factors and networks of the history",
    "Factorization machines",
    "Gradient times input",
]
LINES = ["equation", "learned", "explanation", "promise", "figure that shows it", "cost", "falls short"]


@pytest.mark.parametrize("name", SECTIONS)
def test_each_method_has_the_same_lines(name: str) -> None:
    section = PAGE.split(f"## {name}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| ([a-z ]+) \| .{10,} \|$", section, flags=re.MULTILINE)
    assert rows == LINES


def anchors(page: str) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", page, flags=re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_each_link_leads_to_a_heading() -> None:
    links = re.findall(r"\]\(([a-z/]+\.md)(?:#([a-z0-9-]+))?\)", PAGE)
    assert len(links) > 15
    for page, anchor in links:
        text = (DOCS / page).read_text(encoding="utf-8")
        assert not anchor or anchor in anchors(text) or any(a.startswith(anchor) for a in anchors(text)), f"{page}#{anchor}"
