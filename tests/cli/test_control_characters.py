"""Characters that a terminal obeys, or that make a text look like another, come out of no command raw: they go in everywhere."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pyexplain as px
from pyexplain.data.store import save_dataset
from pyexplain.data.vocabulary import Vocabulary
from pyexplain.present.harmless import escape, escape_json, harmless, harmless_lines

from ..third_party import install
from ..worlds import small_world
from .conftest import good, run

CORE = Path(__file__).parents[2] / "pyexplain"
BAD = "\x1b]0;t\x07\x1b[31m\x9b2J\u202e\u2066\u200b\u200f\ufeff\x08\r\x7f\u2028\u3164"
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\u3164]")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set and a run, whose every name, title and sentence holds such characters."""
    top, data = tmp_path_factory.mktemp("world"), small_world()
    names = {kind: [f"{name}{BAD}" for name in getattr(data, kind).names] for kind in ("users", "items", "features")}
    evidence = data.evidence.assign(sentence=data.evidence["sentence"].astype("str") + BAD, opinion=f"good{BAD}")
    bad = replace(
        data,
        name=f"world{BAD}",
        users=Vocabulary(names["users"], "user"),
        items=Vocabulary(names["items"], "item", [f"Title {n}{BAD}" for n in range(data.n_items)]),
        features=Vocabulary(names["features"], "feature"),
        evidence=evidence,
    )
    save_dataset(bad, top / "data")
    good("train", "--explainer", "cnr", "--dataset", top / "data", "--out", top / "run", "--epochs", 3, "--set", "dim=4")
    return top


def clean(*words: object, status: int = 0) -> None:
    """Runs, and nothing raw comes out, on stdout or stderr."""
    result = run(*map(str, words))
    assert result.exit_code == status, result.output
    assert not RAW.search(result.stdout), RAW.search(result.stdout)
    assert not RAW.search(result.stderr), RAW.search(result.stderr)


@pytest.mark.parametrize("form", [[], ["--json"]], ids=["text", "json"])
def test_no_command_hands_them_on(world: Path, form: list[str], tmp_path: Path) -> None:
    user, item = f"u000{BAD}", f"i000{BAD}"
    data, folder = world / "data", world / "run"
    clean("data", "report", data, *form)
    clean("data", "audit", data, *form)
    clean("data", "users", data, *form)
    clean("data", "items", data, *form)
    clean("train", "--baseline", "vbpr", "--dataset", data, "--out", tmp_path / "r", "--epochs", 1, "--set", "dim=4", *form)
    clean("recommend", folder, "--user", user, "--explain", *form)
    for register in ("customer", "analyst"):
        clean("explain", folder, "--user", user, "--item", item, "--for", register, *form)
    clean("evaluate", folder, "--explanations", "--max-pairs", 20, *form)


def test_pages_and_pictures_hold_none(world: Path, tmp_path: Path) -> None:
    clean("data", "report", world / "data", "--plot", tmp_path / "tail.svg")
    clean("evaluate", world / "run", "--explanations", "--max-pairs", 20, "--report", tmp_path / "report.html")
    pages = [(tmp_path / name).read_text(encoding="utf-8") for name in ("tail.svg", "report.html")]
    pages.append(px.load_run(world / "run").explain(f"u000{BAD}", f"i000{BAD}")._repr_html_())
    for page in pages:
        assert not RAW.search(page), RAW.search(page)


def test_errors_hold_none(world: Path, tmp_path: Path) -> None:
    file = tmp_path / f"f{BAD.replace('/', '')}.json"
    file.write_text("{")
    for form in ([], ["--json"]):
        clean("recommend", world / "run", "--user", f"nobody{BAD}", *form, status=1)
        clean("data", "report", file, *form, status=1)
        clean("train", "--baseline", f"x{BAD}", "--dataset", world / "data", *form, status=2)
        clean(
            "train", "--baseline", "vbpr", "--dataset", world / "data", "--config", file, "--out", tmp_path / "r", *form, status=1
        )
        clean(f"nothing{BAD}", *form, status=2)
        clean("data", f"nothing{BAD}", *form, status=2)
        clean("train", "--epochs", f"1{BAD}", *form, status=2)


def test_plugins_that_fail_hand_none_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "acme-bad", f"raise ValueError({BAD!r} + '\\nError: all is well')")
    monkeypatch.syspath_prepend(str(tmp_path))
    clean("plugins")
    clean("doctor")
    assert not any(line.startswith("Error: all is well") for line in run("plugins").stderr.splitlines())


@given(st.text())
def test_what_is_harmless_holds_none_and_keeps_what_is_shown(text: str) -> None:
    for made in (harmless(text), escape(text), harmless_lines(text).replace("\n", "")):
        assert all(character.isprintable() for character in made)
    assert "<" not in escape(text)
    shown = "".join(c for c in text if c.isprintable() and c not in "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
    assert harmless(text).replace(" ", "") == shown.replace(" ", "")


@given(st.text())
def test_json_means_the_same(text: str) -> None:
    document = escape_json(json.dumps({"a": text}, ensure_ascii=False))
    assert json.loads(document) == {"a": text}
    assert all(c.isprintable() for c in document)


@pytest.mark.parametrize("path", sorted(CORE.rglob("*.py")), ids=lambda path: str(path.relative_to(CORE)))
def test_there_is_one_place_that_prints_and_one_that_escapes(path: Path) -> None:
    name = str(path.relative_to(CORE))
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in ("print", "click.echo", "click.secho", "sys.stdout.write"), (
                "print by cli/output.py: say, show, print_json"
            )
        if isinstance(node, ast.ImportFrom) and node.module == "html" and any(a.name == "escape" for a in node.names):
            raise AssertionError(f"{name}: escape by present/harmless.py")
