"""docs/plugins.md shows the signatures that are, names every hook and every public base, and commands that exist."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pyexplain import INTERFACE_VERSION, hookspecs
from pyexplain.cli import group
from pyexplain.explainers import Explainer
from pyexplain.metrics import Metric
from pyexplain.readers.base import Reader
from pyexplain.recommenders import Recommender
from pyexplain.testing import check_class

PAGE = (Path(__file__).parents[1] / "docs" / "plugins.md").read_text(encoding="utf-8")
BASES = [Recommender, Explainer, Reader, Metric]


def signatures(cls: type) -> list[str]:
    """What a person may write of a class: public methods in the order of the class, as they are declared."""
    out = []
    for name, found in vars(cls).items():
        if inspect.isfunction(found) and not name.startswith("_"):
            out.append(f"def {name}{inspect.signature(found)}".replace("'", ""))
    return out


@pytest.mark.parametrize("cls", BASES, ids=lambda cls: cls.__name__)
def test_every_method_stands_on_the_page_as_it_is(cls: type) -> None:
    section = PAGE.split(f"### {cls.__name__}\n")[1].split("\n### ")[0]
    shown = re.findall(r"^def .+$", section, re.M)
    assert shown == signatures(cls)


def test_every_hook_stands_on_the_page_as_it_is() -> None:
    hooks = {name: found for name, found in vars(hookspecs).items() if name.startswith("pyexplain_")}
    shown = re.findall(r"^def (pyexplain_\w+)\(\) -> (.+)$", PAGE, re.M)
    assert dict(shown) == {name: str(inspect.signature(f).return_annotation).strip("'") for name, f in hooks.items()}
    assert f"INTERFACE_VERSION` is {INTERFACE_VERSION}" in PAGE


def test_the_network_on_the_page_keeps_every_promise() -> None:
    blocks = [b for b in re.findall(r"^```python\n(.+?)^```", PAGE, re.M | re.S) if "class MyNetwork" in b]
    names: dict[str, Any] = {"__name__": "page"}
    exec(compile("\n".join(blocks), "docs/plugins.md", "exec"), names)
    outcomes = check_class("recommender", names["MyRecommender"])
    assert [o for o in outcomes if o.status == "failed"] == []
    assert {o.check for o in outcomes if o.status == "passed"} >= {"linear_user_side_gives_the_scores", "state_restores_scores"}


def test_commands_on_the_page_exist() -> None:
    commands = {
        tuple(words.split())
        for words in re.findall(r"^ +pyexplain ((?:new|plugins|train|evaluate|explain)\b(?: check)?)", PAGE, re.M)
    }
    assert len(commands) >= 4
    for words in commands:
        assert CliRunner().invoke(group, [*words, "--help"]).exit_code == 0, words
