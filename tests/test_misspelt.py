"""Names that nobody asks for and that are near to one that is: said when a plugin is loaded; of no sound plugin."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

import pyexplain as px
from pyexplain.explainers import Explainer
from pyexplain.metrics import Metric
from pyexplain.misspelt import misspelt_hooks, misspelt_names
from pyexplain.recommenders import Recommender
from pyexplain.registry import HOOKS, load_registry
from pyexplain.scaffold.names import KINDS, make_names
from pyexplain.scaffold.write import package_texts

from .cli.conftest import run
from .third_party import GOOD, install
from .worlds import small_world

REGISTRY = load_registry(strict=True)
ROOT = Path(__file__).parents[1]
MISSPELT = [
    ("recommender", "most_lifed", "most_lifted"),
    ("recommender", "linear_slope", "linear_slopes"),
    ("recommender", "catalog_scores", "catalogue_scores"),
    ("recommender", "lifted_most", "most_lifted"),
    ("recommender", "userSide", "user_side"),
    ("recommender", "with_user", "with_users"),
    ("recommender", "offer", "offers"),
    ("recommender", "config", "Config"),
    ("recommender", "check_setting", "check_settings"),
    ("explainer", "explain_list", "explain_lists"),
    ("explainer", "contrastiv", "contrastive"),
    ("metric", "sumary", "summary"),
    ("reader", "read_dataset_", "read_dataset"),
]
BASES = {"recommender": Recommender, "explainer": Explainer, "metric": Metric, "reader": px.readers.Reader}


@pytest.mark.parametrize(("kind", "name", "right"), MISSPELT)
def test_the_class_the_name_and_the_right_one_are_said(kind: str, name: str, right: str) -> None:
    made = type("Mine", (BASES[kind],), {name: None, "__module__": "acme.mine"})
    hint = f"Mine.{name} is asked for by nobody. Did you mean {right}? If not, write _{name}"
    assert misspelt_names(made, kind) == [hint]
    below = type("Below", (made,), {"__module__": "acme.below"})
    assert misspelt_names(below, kind) == [hint], "where it is inherited, the class that writes it is named"


def test_a_helper_beside_the_right_one_is_none_nor_are_names_of_other_packages() -> None:
    given = {"linear_slope": None, "linear_slopes": None, "_most_lifed": None, "cares": None, "__module__": "acme.mine"}
    assert misspelt_names(type("Mine", (Recommender,), given), "recommender") == []
    foreign = type("Layer", (), {"most_lifed": None, "__module__": "torch.nn"})
    assert misspelt_names(type("Mine", (Recommender, foreign), {"__module__": "acme.mine"}), "recommender") == []


def test_words_that_are_offered() -> None:
    offers = {"offers": frozenset({"scores", "gradient", "linear_user_side", "magic"}), "__module__": "acme.mine"}
    assert misspelt_names(type("Mine", (Recommender,), offers), "recommender") == [
        "Mine offers 'gradient', which is asked for by nobody. Did you mean 'gradients'?",
        "Mine offers 'linear_user_side', which is asked for by nobody. Did you mean 'linear-user-side'?",
    ]


def test_hooks_that_are_not_marked_and_an_interface_of_another_name() -> None:
    module = ModuleType("acme")
    exec("def pyexplain_metric(): ...\ndef pyexplain_readers(): ...\nPYEXPLAIN_INTERFACES = 1", vars(module))
    assert misspelt_hooks(module, HOOKS.values()) == [
        "PYEXPLAIN_INTERFACES is read by nobody. Did you mean PYEXPLAIN_INTERFACE?",
        "pyexplain_metric() is called by nobody. Mark it with pyexplain.hookimpl, as pyexplain_metrics",
        "pyexplain_readers() is called by nobody. Mark it with pyexplain.hookimpl",
    ]


@pytest.mark.parametrize(("kind", "name"), [(r.kind, r.name) for r in REGISTRY.found if r.package == "pyexplain"])
def test_nothing_is_said_of_what_is_built_in(kind: str, name: str) -> None:
    (found,) = [r.cls for r in REGISTRY.found if (r.kind, r.name) == (kind, name)]
    assert misspelt_names(found, kind) == []
    assert misspelt_hooks(sys.modules[found.__module__], HOOKS.values()) == []


def sources() -> dict[str, str]:
    """Of the packages that `new` writes, and of the example."""
    found = {"example": (ROOT / "examples" / "pyexplain-occlusion" / "pyexplain_occlusion.py").read_text(encoding="utf-8")}
    for kind in KINDS:
        texts = package_texts(make_names(kind, f"my-{kind}"), "1.0")
        (found[kind],) = [text for path, text in texts.items() if path.endswith(".py") and "test" not in path]
    return found


@pytest.mark.parametrize(("package", "source"), sources().items())
def test_nothing_is_said_of_what_new_writes_nor_of_the_example(package: str, source: str) -> None:
    module = ModuleType(f"acme_{package}")
    exec(source, vars(module))
    assert misspelt_hooks(module, HOOKS.values()) == []
    offered = [(kind, cls) for kind, hook in HOOKS.items() for cls in getattr(module, hook, list)()]
    assert len(offered) == 1
    assert [said for kind, cls in offered for said in misspelt_names(cls, kind)] == []


WRONG = GOOD.format(name="echoing").replace("        comes_with", "        contrastiv = False\n        comes_with")
SAID = "plugin echo of acme-echo: Echoing.contrastiv is asked for by nobody. Did you mean contrastive? If not, write _contrastiv"


def test_it_is_said_where_plugins_are_loaded_and_the_plugin_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    module = install(tmp_path, "acme-echo", WRONG, plugin="echo")
    try:
        with pytest.warns(UserWarning, match="Echoing.contrastiv") as warned:
            found = load_registry(strict=True)
        assert [str(one.message) for one in warned] == [SAID] == [str(one) for one in found.misspelt]
        assert found.get("explainer", "echoing").name == "echoing"
        listed = run("plugins", "--json")
        assert listed.stderr.count(SAID) == 1
        assert f"Warning: {SAID}" in listed.stderr
        assert '"misspelt": [' in listed.stdout
        assert "contrastiv is asked for" in listed.stdout
    finally:
        sys.modules.pop(module, None)


def test_it_is_said_of_a_class_that_is_handed_in() -> None:
    class Mine(Explainer):
        name = "mine"
        pairs_at_onc = 3

        def weigh(self, margin):
            return margin.features

    made = px.train(small_world(), baseline="item-popularity")
    with pytest.warns(UserWarning, match="Mine.pairs_at_onc is asked for by nobody. Did you mean pairs_at_once"):
        made.explainer(Mine)
