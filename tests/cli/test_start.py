"""What a command does before it can do anything: no more than it needs."""

from __future__ import annotations

import ast
import gc
import os
import subprocess
import sys
from importlib import metadata
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from click.testing import CliRunner

import pyexplain as px
from pyexplain.cli import KEPT_PRODUCTS, group
from pyexplain.data.demo import write_demo
from pyexplain.errors import PluginError
from pyexplain.needed import needed
from pyexplain.registry import HOOKS, load_registry

from ..third_party import GOOD, install
from ..worlds import small_world

UNASKED = (
    "pyexplain.evaluation",
    "pyexplain.statements.facts",
    "pyexplain.answers",
    "pyexplain.explainers.counterfactual.until",
    "torch._dynamo",
)


def test_a_recommendation_waits_for_nothing_that_explains_or_measures(tmp_path: Path) -> None:
    data = small_world()
    px.data.save_dataset(data, tmp_path / "data")
    px.train(tmp_path / "data", baseline="vbpr", dim=4, epochs=1).save(tmp_path / "run")
    code = (
        "import sys\nfrom pyexplain.cli import main\n"
        f"try:\n    main(['recommend', {str(tmp_path / 'run')!r}, '--user', {data.users.names[0]!r}])\n"
        "except SystemExit as end:\n    assert not end.code\n"
        f"print([name for name in {UNASKED!r} if name in sys.modules], file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Recommendations for" in done.stdout
    assert done.stderr.strip() == "[]"


def test_the_metadata_of_a_package_are_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of every package with plugins, however many it has."""
    for name in ("one", "other"):
        install(tmp_path, f"start-{name}", GOOD.format(name=f"start-{name}"))
    monkeypatch.syspath_prepend(str(tmp_path))
    parsed: list[str] = []
    real = metadata.Distribution.metadata

    def counted(self: metadata.Distribution) -> object:
        found = real.fget(self)
        parsed.append(found["Name"])
        return found

    monkeypatch.setattr(metadata.Distribution, "metadata", property(counted))
    registry = load_registry()
    assert {"start-one", "start-other"} <= set(registry.names("explainer"))
    assert {"pyexplain", "start-one", "start-other"} <= set(parsed)
    assert len(parsed) == len(set(parsed))


def test_a_command_leaves_the_garbage_collector_as_it_was() -> None:
    before = gc.get_threshold()
    assert CliRunner().invoke(group, ["plugins"]).exit_code == 0
    assert gc.get_threshold() == before


def test_a_command_keeps_few_sizes_of_products_where_the_person_says_nothing_else() -> None:
    code = (
        "import os, sys\nfrom pyexplain.cli import main\nsys.argv = ['pyexplain', '--version']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(os.environ['ONEDNN_PRIMITIVE_CACHE_CAPACITY'], os.environ['LRU_CACHE_CAPACITY'])\n"
    )
    given = {name: value for name, value in os.environ.items() if name not in KEPT_PRODUCTS} | {"LRU_CACHE_CAPACITY": "7"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=given)
    assert done.stdout.splitlines()[-1] == f"{KEPT_PRODUCTS['ONEDNN_PRIMITIVE_CACHE_CAPACITY']} 7"


def test_reading_reviews_waits_for_no_method(tmp_path: Path) -> None:
    """Nor for torch, from the help to the report; the readers are all there."""
    reviews = write_demo(tmp_path / "demo", users=60, items=30, features=10, reviews=600)
    words = ["data", "prepare", str(reviews), "--out", str(tmp_path / "data"), "--workers", "1"]
    code = (
        "import sys\nfrom pyexplain.cli import main\n"
        f"for words in (['data', 'prepare', '--help'], {words!r}):\n"
        "    try:\n        main(words)\n    except SystemExit as end:\n        assert not end.code\n"
        "print([n for n in sys.modules if n == 'torch' or n.startswith('pyexplain.plugins.')], file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = ast.literal_eval(done.stderr.strip().splitlines()[-1])
    assert loaded
    assert all(name.startswith("pyexplain.plugins.readers_") for name in loaded)
    assert len(px.load_dataset(tmp_path / "data").train) > 0


@pytest.mark.parametrize("kind", HOOKS)
def test_as_many_of_a_kind_are_found_where_it_alone_is_asked_for(kind: str) -> None:
    found, every = load_registry(only=kind), load_registry()
    assert [one.plugin for one in found.found if one.kind == kind] == [one.plugin for one in every.found if one.kind == kind]
    assert found.names(kind) == every.names(kind)
    assert found.failures == every.failures == ()
    assert len(found.found) < len(every.found)


def test_with_others_installed_all_are_loaded_and_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "start-good", GOOD.format(name="start-good"))
    install(tmp_path, "start-broken", "raise RuntimeError('not today')")
    monkeypatch.syspath_prepend(str(tmp_path))
    found, every = load_registry(only="reader"), load_registry()
    assert found.failures == every.failures
    assert [failure.plugin for failure in found.failures] == ["start_broken"]
    assert found.names("explainer") == every.names("explainer")
    install(tmp_path, "start-twin", GOOD.format(name="cnr"))
    with pytest.raises(PluginError, match="two plugins offer the explainer 'cnr'"):
        load_registry(only="reader")


def test_one_of_ours_that_cannot_be_read_is_loaded_and_fails_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = EntryPoint("gone", "pyexplain.plugins.gone", "pyexplain")
    assert needed([("pyexplain", ours)], HOOKS["reader"]) == [("pyexplain", ours)]
    monkeypatch.setattr("pyexplain.registry._installed", lambda: [("pyexplain", ours)])
    assert load_registry(only="reader").failures == load_registry().failures != ()
    with pytest.raises(PluginError, match="gone"):
        load_registry(strict=True, only="reader")
