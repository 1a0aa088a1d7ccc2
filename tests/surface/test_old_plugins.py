"""Plugins written against 0.1.0 run unchanged: what `pyexplain new` wrote then, and the example package of then."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import pytest

from pyexplain import INTERFACE_VERSION
from pyexplain.registry import Registry, load_registry
from pyexplain.testing import check_plugin

from ..third_party import install

WRITTEN = Path(__file__).parent / "written_for_0_1"
OFFERED = {
    "explainer": ("explainer", "old-explainer"),
    "recommender": ("recommender", "old-recommender"),
    "reader": ("reader", "old-reader"),
    "metric": ("metric", "old-metric"),
    "occlusion": ("explainer", "occlusion"),
}


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """With a package for each of the old modules."""
    for name in OFFERED:
        install(tmp_path, f"old-{name}", (WRITTEN / f"{name}.py.txt").read_text(encoding="utf-8"))
        monkeypatch.delitem(sys.modules, f"old_{name}", raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        found = load_registry()
    assert not found.failures
    assert any("the old name works until interface 2" in str(warning.message) for warning in told)
    return found


@pytest.mark.filterwarnings("default:.*the old name works until interface 2:DeprecationWarning")  # a warning to them, no error
@pytest.mark.parametrize("plugin", OFFERED)
def test_it_is_found_and_keeps_its_promises(registry: Registry, plugin: str) -> None:
    """The conformance kit trains, explains, measures and reads with it."""
    kind, name = OFFERED[plugin]
    assert name in registry.names(kind)
    (checked,) = check_plugin(registry, name)
    assert checked.package == f"old-{plugin}"
    assert checked.ok, [str(outcome) for outcome in checked.outcomes if outcome.status == "failed"]
    assert checked.count("passed") >= 5


def test_the_interface_is_the_same() -> None:
    assert INTERFACE_VERSION == 1
