"""Isolation: a broken plugin is named in one line with its package and its reason, and everything else goes on."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

import pyexplain as px
from pyexplain import registry
from pyexplain.data.store import save_dataset
from pyexplain.errors import PluginError, UsageError
from pyexplain.recommenders.options import RunOptions
from pyexplain.registry import Failure, Registry, load_registry

from .cli.conftest import run
from .third_party import GOOD, install
from .worlds import small_world

Install = Callable[..., str]
BROKEN = {
    "raises on import": ("raise RuntimeError('no such sensor')", "RuntimeError: no such sensor"),
    "imports what is not there": ("import no_such_library_at_all", "No module named 'no_such_library_at_all'"),
    "leaves on import": ("raise SystemExit('goodbye')", "SystemExit: goodbye"),
    "raises in its hook": (
        """
        from pyexplain import hookimpl

        @hookimpl
        def pyexplain_metrics():
            raise KeyError("weights.bin")
        """,
        "pyexplain_metrics: KeyError: 'weights.bin'",
    ),
    "asks for an argument that the hook does not have": (
        """
        from pyexplain import hookimpl

        @hookimpl
        def pyexplain_metrics(registry):
            return []
        """,
        "Argument(s) {'registry'} are declared in the hookimpl but can not be found in the hookspec",
    ),
    "misspells a hook": (
        """
        from pyexplain import hookimpl

        @hookimpl
        def pyexplain_explainer():
            return []
        """,
        "there is no hook pyexplain_explainer; known: pyexplain_recommenders, pyexplain_explainers",
    ),
    "is written for another interface": (
        """
        from pyexplain import hookimpl
        PYEXPLAIN_INTERFACE = 99

        @hookimpl
        def pyexplain_explainers():
            return []
        """,
        "written for interface 99, this pyexplain has interface 1",
    ),
    "offers nothing": ("answer = 42", "offers nothing"),
    "offers an instance": (
        """
        from pyexplain import hookimpl

        @hookimpl
        def pyexplain_explainers():
            return [object()]
        """,
        "expected classes with a name",
    ),
    "offers a class of another kind": (
        """
        from pyexplain import hookimpl
        from pyexplain.recommenders import Recommender

        class Lost(Recommender):
            name = "lost"

        @hookimpl
        def pyexplain_explainers():
            return [Lost]
        """,
        "Lost is offered as explainer, but is no subclass of pyexplain.explainers.base.Explainer",
    ),
    "offers a class that is not finished": (
        """
        from pyexplain import hookimpl
        from pyexplain.explainers import Explainer

        class Half(Explainer):
            name, comes_with = "half", "vbpr"

        @hookimpl
        def pyexplain_explainers():
            return [Half]
        """,
        "the explainer Half does not give weigh()",
    ),
    "offers a class with an empty name": (
        """
        from pyexplain import hookimpl
        from pyexplain.explainers import Explainer

        class Nameless(Explainer):
            name, comes_with = " ", "vbpr"

            def weigh(self, margin):
                return margin.gradient()

        @hookimpl
        def pyexplain_explainers():
            return [Nameless]
        """,
        "the explainer Nameless has an empty name",
    ),
    "offers a class and not a list": (
        """
        from pyexplain import hookimpl
        from pyexplain.recommenders import Recommender

        class Lost(Recommender):
            name = "lost"

        @hookimpl
        def pyexplain_recommenders():
            return Lost
        """,
        "expected a list of classes. Write: return [Lost]",
    ),
    "has nothing to train": (
        """
        from pyexplain import hookimpl
        from pyexplain.recommenders import Recommender

        class Bare(Recommender):
            name = "bare"

        @hookimpl
        def pyexplain_recommenders():
            return [Bare]
        """,
        "the recommender Bare does not give build(), nor its own prepare(), fit() and scores()",
    ),
    "has settings of its own making": (
        """
        from pyexplain import hookimpl
        from pyexplain.recommenders import Recommender

        class Plain(Recommender):
            name = "plain"

            class Config:
                dim = 3

            def build(self, data, seed):
                return None

        @hookimpl
        def pyexplain_recommenders():
            return [Plain]
        """,
        "Config of the recommender Plain is no subclass of pyexplain.recommenders.Config",
    ),
    "needs what no metric is given": (
        """
        from pyexplain import hookimpl
        from pyexplain.metrics import Metric

        class Wanting(Metric):
            name, group, key, direction = "wanting", "odd", "wanting", "higher"
            needs = frozenset({"explanation"})

        @hookimpl
        def pyexplain_metrics():
            return [Wanting]
        """,
        "metric wanting needs explanation, which is not known. Did you mean explanations? Known: against, ",
    ),
}


@pytest.fixture
def put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Installs third-party packages for one test."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    before = set(sys.modules)

    def put(package: str, code: str, **more: str) -> str:
        return install(folder, package, code, **more)

    yield put
    for name in set(sys.modules) - before:
        if getattr(sys.modules[name], "__file__", None) and str(folder) in str(sys.modules[name].__file__):
            del sys.modules[name]


def only_failure(found: Registry, package: str) -> Failure:
    (failure,) = [f for f in found.failures if f.package == package]
    return failure


@pytest.mark.parametrize("way", BROKEN)
def test_a_broken_plugin_is_named_and_stops_nobody(way: str, put: Install) -> None:
    code, reason = BROKEN[way]
    put("acme-broken", code, plugin="broken")
    put("acme-good", GOOD.format(name="echoing"), plugin="good")
    found = load_registry()
    line = str(only_failure(found, "acme-broken"))
    assert line.startswith("plugin broken of acme-broken: ")
    assert reason in line
    assert "\n" not in line
    assert found.get("explainer", "echoing").name == "echoing"
    assert found.get("explainer", "cnr").name == "cnr"
    assert not [r for r in found.found if r.package == "acme-broken"]


@pytest.mark.parametrize("way", BROKEN)
def test_strict_makes_it_an_error(way: str, put: Install) -> None:
    put("acme-broken", BROKEN[way][0], plugin="broken")
    with pytest.raises(PluginError, match="plugin broken of acme-broken") as caught:
        load_registry(strict=True)
    assert "strict=True" in caught.value.hint
    assert "--strict-plugins" in caught.value.on_command_line()[2]


def test_a_plugin_that_half_registers_is_dropped_whole(put: Install) -> None:
    """One right hook and one misspelt: neither counts."""
    put("acme-half", dedent(GOOD.format(name="echoing")) + "\n@hookimpl\ndef pyexplain_metric():\n    return []\n")
    found = load_registry()
    assert "no hook pyexplain_metric;" in only_failure(found, "acme-half").reason
    assert "echoing" not in found.names("explainer")


def test_two_plugins_of_one_name_are_an_error_that_names_both(put: Install) -> None:
    put("acme-one", GOOD.format(name="echoing"), plugin="one")
    put("acme-two", GOOD.format(name="echoing"), plugin="two")
    with pytest.raises(PluginError, match="two plugins offer the explainer 'echoing': one of acme-one and two of acme-two"):
        load_registry()


def test_two_metrics_of_one_place_in_reports_are_an_error_that_names_both(put: Install) -> None:
    """One figure would be written over the other, and nobody would see it."""
    put("acme-odd", FAILS_IN_MEASURING, plugin="odd")
    put("acme-even", FAILS_IN_MEASURING.replace('name = key = "odd"', 'name, key = "even", "odd"'), plugin="even")
    with pytest.raises(PluginError, match="the figure 'odd' of the group 'odd': (odd of acme-odd|even of acme-even) and"):
        load_registry()


def test_one_entry_name_in_two_packages_is_no_clash(put: Install) -> None:
    put("acme-one", GOOD.format(name="first-echo"), plugin="echo")
    put("acme-two", GOOD.format(name="second-echo"), plugin="echo")
    found = load_registry()
    assert {"first-echo", "second-echo"} <= set(found.names("explainer"))
    assert not found.failures


def test_an_environment_variable_limits_what_is_loaded(put: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    module = put("acme-good", GOOD.format(name="echoing"), plugin="good")
    put("acme-broken", "raise RuntimeError('loaded')", plugin="broken")
    monkeypatch.setenv("PYEXPLAIN_PLUGINS", "good, vbpr")
    found = load_registry()
    assert found.names("explainer") == ["echoing"]
    assert found.names("recommender") == ["vbpr"]
    assert not found.failures
    monkeypatch.setenv("PYEXPLAIN_PLUGINS", "")
    assert load_registry().found == ()
    assert module in sys.modules


def test_the_limit_refuses_a_name_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYEXPLAIN_PLUGINS", "vbpr,nowhere")
    with pytest.raises(UsageError, match="no plugin nowhere is installed") as caught:
        load_registry()
    assert "vbpr" in caught.value.hint


def test_an_unknown_name_lists_the_plugins_that_failed(put: Install) -> None:
    put("acme-broken", "raise RuntimeError('no such sensor')", plugin="broken")
    with pytest.raises(UsageError) as caught:
        load_registry().get("explainer", "sensed")
    assert "plugin broken of acme-broken: RuntimeError: no such sensor" in caught.value.hint
    assert "cnr" in caught.value.hint


def test_the_command_line_warns_and_strict_stops(put: Install) -> None:
    put("acme-broken", "raise RuntimeError('no such sensor')", plugin="broken")
    listed = run("plugins")
    assert listed.exit_code == 0
    assert "Warning: plugin broken of acme-broken: RuntimeError: no such sensor" in listed.output
    assert "cnr" in listed.output
    strict = run("--strict-plugins", "plugins")
    assert strict.exit_code == 1
    assert "plugin broken of acme-broken" in strict.output


FAILS_LATER = """
    from pyexplain import hookimpl
    from pyexplain.recommenders import Recommender

    class Late(Recommender):
        name = "late-net"

        def fit(self, data, options):
            return 1 / 0

    @hookimpl
    def pyexplain_recommenders():
        return [Late]
"""


def test_an_error_inside_a_plugin_is_traced_to_its_package(put: Install) -> None:
    put("acme-late", FAILS_LATER, plugin="late")
    recommender = load_registry().get("recommender", "late-net")()
    with pytest.raises(ZeroDivisionError) as caught:
        recommender.fit(small_world(), RunOptions())
    assert registry.culprit(caught.value) == ("acme-late", "late")
    with pytest.raises(AttributeError) as ours:
        load_registry().get("recommender", "vbpr")().fit(None, RunOptions())
    assert registry.culprit(ours.value) is None


def test_the_command_line_names_the_plugin_that_failed_in_use(put: Install, tmp_path: Path) -> None:
    put("acme-late", FAILS_LATER, plugin="late")
    save_dataset(small_world(), tmp_path / "data")
    failed = run("train", "--baseline", "late-net", "--dataset", tmp_path / "data", "--out", tmp_path / "run")
    assert failed.exit_code == 1
    assert "Error: plugin late of acme-late: ZeroDivisionError: division by zero" in failed.output


FAILS_IN_EXPLAIN = """
    from pyexplain import hookimpl
    from pyexplain.explainers import Explainer

    class Mute(Explainer):
        name, comes_with = "mute", "feature-match"

        def explain(self, pairs, against=None):
            raise LookupError("no words")

    @hookimpl
    def pyexplain_explainers():
        return [Mute]
"""
FAILS_IN_MEASURING = """
    from pyexplain import hookimpl
    from pyexplain.metrics import Metric

    class Odd(Metric):
        \"\"\"Nothing.\"\"\"
        name = key = "odd"
        group, direction, needs = "odd", "higher", frozenset({"ranking"})

        def values(self, given):
            raise LookupError("no yardstick")

    @hookimpl
    def pyexplain_metrics():
        return [Odd]
"""


@pytest.mark.parametrize("words", [("explain", "--user", "u000", "--item", "i000"), ("evaluate", "--explanations")])
def test_the_command_line_names_the_explainer_that_failed(put: Install, tmp_path: Path, words: tuple[str, ...]) -> None:
    """Training goes on without it: what fails is only what asks for its reasons."""
    put("acme-mute", FAILS_IN_EXPLAIN, plugin="mute")
    save_dataset(small_world(), tmp_path / "data")
    trained = run("train", "--explainer", "mute", "--dataset", tmp_path / "data", "--out", tmp_path / "run")
    assert trained.exit_code == 0, trained.output
    failed = run(words[0], tmp_path / "run", *words[1:])
    assert failed.exit_code == 1
    assert "Error: plugin mute of acme-mute: LookupError: no words (acme_mute.py, line 9)" in failed.output
    assert run("evaluate", tmp_path / "run").exit_code == 0


def test_the_command_line_names_the_metric_that_failed(put: Install, tmp_path: Path) -> None:
    put("acme-odd", FAILS_IN_MEASURING, plugin="odd")
    save_dataset(small_world(), tmp_path / "data")
    run("train", "--baseline", "feature-match", "--dataset", tmp_path / "data", "--out", tmp_path / "run")
    failed = run("evaluate", tmp_path / "run")
    assert failed.exit_code == 1
    assert "Error: plugin odd of acme-odd: LookupError: no yardstick (acme_odd.py, line 11); the rest was measured" in failed.output
    assert "ndcg@10" in failed.output


def test_what_fails_in_use_stops_nobody_else_unless_strict(put: Install, tmp_path: Path) -> None:
    put("acme-mute", FAILS_IN_EXPLAIN, plugin="mute")
    save_dataset(small_world(), tmp_path / "data")
    words = ("--dataset", tmp_path / "data", "--epochs", 2, "--set", "dim=4")
    run("train", "--explainer", "mute", *words[:2], "--out", tmp_path / "mute")
    run("train", "--explainer", "cnr", *words, "--out", tmp_path / "cnr")
    both = (tmp_path / "mute", tmp_path / "cnr", "--explanations", "--json")
    found = run("evaluate", *both)
    assert found.exit_code == 1
    document = json.loads(found.stdout)
    assert document["failures"] == ["plugin mute of acme-mute: LookupError: no words (acme_mute.py, line 9)"]
    mute, other = document["runs"]
    assert mute["ranking"]["ndcg@10"] is not None
    assert other["explanations"]["counterfactual"]["validity"] is not None
    assert "error" in json.loads(run("--strict-plugins", "evaluate", *both).stdout)


def test_a_package_without_a_name_is_listed_all_the_same(put: Install, tmp_path: Path) -> None:
    """Half-removed packages leave such a folder behind."""
    put("acme-good", GOOD.format(name="echoing"), plugin="good")
    (info,) = (tmp_path / "site").glob("acme_good-1.0.dist-info")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nVersion: 1.0\n", encoding="utf-8")
    found = load_registry()
    assert [r.package for r in found.found if r.name == "echoing"] == ["unknown package"]
    assert "echoing" in run("plugins").output


FORGETFUL = """
    from pyexplain import hookimpl
    from pyexplain.explainers import Explainer

    class Lost(Explainer):
        name = "lost"
        {comes_with}

        def weigh(self, margin):
            margin.features

    @hookimpl
    def pyexplain_explainers():
        return [Lost]
"""


@pytest.mark.parametrize(
    ("comes_with", "said"),
    [
        ("comes_with = 'vbpt'", "explainer lost: comes with the recommender 'vbpt', which nobody offers"),
        ("", "explainer lost: names no recommender"),
    ],
)
def test_a_recommender_that_an_explainer_does_not_name_is_told_as_that(put: Install, comes_with: str, said: str) -> None:
    put("acme-lost", FORGETFUL.format(comes_with=comes_with), plugin="lost")
    with pytest.raises(UsageError) as caught:
        px.train(small_world(), explainer="lost")
    assert str(caught.value).startswith(said)
    assert ("Did you mean vbpr?" in caught.value.hint) == bool(comes_with)


def test_weights_that_are_not_returned_are_told_as_that(put: Install) -> None:
    put("acme-lost", FORGETFUL.format(comes_with="comes_with = 'vbpr'"), plugin="lost")
    run_ = px.train(small_world(), explainer="lost", epochs=1, dim=4)
    with pytest.raises(PluginError, match=r"weigh\(\) gave nothing: it ends without a return"):
        run_.explain(run_.data.user_ids[0], run_.data.items[0])


def test_what_is_shown_of_a_plugin_is_what_its_own_docstring_says(put: Install) -> None:
    put("acme-lost", FORGETFUL.format(comes_with="comes_with = 'vbpr'"), plugin="lost")
    assert "No docstring of its own says what it is." in run("plugins", "show", "lost").output
