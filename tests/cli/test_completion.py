"""What a shell is offered, and where the script goes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from pyexplain.cli.completion import place_of

from ..warm import warm
from .conftest import Made, good


def offered(words: str, folder: Path, **more: str) -> list[str]:
    """As the script asks: the words on the line, the last of which is being typed."""
    place = str(len(words.split(" ")) - 1)
    environment = os.environ | {"_PYEXPLAIN_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": place} | more
    done = warm().run("-c", "from pyexplain.cli import main; main()", env=environment, cwd=folder)
    assert done.stderr == ""
    return [line.split(",", 1)[1] for line in done.stdout.splitlines() if "," in line]


def test_commands_methods_and_ids_are_offered(made: Made, tmp_path: Path) -> None:
    cache = {"XDG_CACHE_HOME": str(tmp_path)}
    assert offered("pyexplain rec", tmp_path) == ["recommend"]
    for _ in range(2):  # found, and then remembered
        assert {"car", "cnr"} <= set(offered("pyexplain train --explainer c", tmp_path, **cache))
    assert len(list((tmp_path / "pyexplain").glob("names-*.json"))) == 1
    users = offered(f"pyexplain recommend {made.run} --user U00000", tmp_path)
    assert made.user in users
    assert all(user.startswith("U00000") for user in users)
    item = json.loads(good("data", "items", made.dataset, "--json").stdout)["items"][0]["item"]
    assert item in offered(f"pyexplain explain x --dataset {made.dataset} --item {item[:3]}", tmp_path)


@pytest.mark.parametrize("words", ["pyexplain recommend nowhere --user U", "pyexplain explain --user U"])
def test_where_there_is_nothing_to_offer_nothing_is_said(words: str, tmp_path: Path) -> None:
    assert offered(words, tmp_path) == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_goes_where_the_shell_looks(shell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    said = good("completion", shell)
    assert place_of(shell).is_relative_to(tmp_path)
    script = place_of(shell).read_text(encoding="utf-8")
    assert "_PYEXPLAIN_COMPLETE" in script
    assert str(place_of(shell)) in said.stderr
    assert good("completion", shell, "--print").stdout.strip() == script.strip()
