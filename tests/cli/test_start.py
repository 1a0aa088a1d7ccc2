"""What a command does before it can do anything: no more than it needs."""

from __future__ import annotations

import gc
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from click.testing import CliRunner

import pyexplain as px
from pyexplain.cli import group
from pyexplain.registry import load_registry

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
