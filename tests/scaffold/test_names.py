"""Names: what a plugin and its package may be called, and who has a name already."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.requirements import Requirement

from pyexplain.cli.new import KINDS as OFFERED
from pyexplain.errors import UsageError
from pyexplain.registry import Registered, Registry, load_registry
from pyexplain.scaffold import KINDS, check_free, make_names

from ..third_party import GOOD, install

NOBODY = Registry((), ())


def test_the_command_offers_the_kinds_that_there_are() -> None:
    assert OFFERED == KINDS


@pytest.mark.parametrize("name", ["foo", "a", "deep-focus", "x2", "bpr-4-all", "z" * 40])
def test_names_that_are_good(name: str) -> None:
    names = make_names("metric", name)
    assert Requirement(names.package).name == f"pyexplain-{name}"
    assert names.module.isidentifier()
    assert names.cls.isidentifier()
    assert names.cls.endswith("Metric")
    assert names.cls != "Metric"


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("", ""),
        ("Foo", "foo"),
        ("deep_focus", "deep-focus"),
        ("deep.focus", "deep-focus"),
        ("-foo", "foo"),
        ("foo-", "foo"),
        ("a--b", "a-b"),
        ("2fast", "fast"),
        ("über", "ber"),
        ("../evil", "evil"),
        ("a b", "a-b"),
        ("foo\n", "foo"),
        ("pyexplain-foo", "foo"),
        ("日本", ""),
        ("x" * 41, "x" * 40),
    ],
)
def test_names_that_are_not(name: str, near: str) -> None:
    with pytest.raises(UsageError) as caught:
        make_names("explainer", name)
    assert caught.value.where == "name of the explainer"
    if near:
        assert caught.value.hint.endswith(f"For example: {near}")
        make_names("explainer", near)
    else:
        assert "For example" not in caught.value.hint


def test_an_unknown_kind() -> None:
    with pytest.raises(UsageError, match="unknown kind of plugin 'method'"):
        make_names("method", "foo")


@pytest.mark.parametrize(("kind", "name"), [(k, k) for k in KINDS] + [("metric", "deep-metric"), ("explainer", "my-own-explainer")])
def test_no_class_is_called_like_its_base_and_none_says_its_kind_twice_without_need(kind: str, name: str) -> None:
    cls = make_names(kind, name).cls
    assert cls != kind.capitalize()
    assert cls.endswith(kind.capitalize())
    assert "MetricMetric" not in cls or name == "metric"


def test_a_name_of_the_same_kind_is_taken() -> None:
    registry = Registry((Registered("explainer", "foo", object, "acme", "bar"),), ())
    with pytest.raises(UsageError, match="'foo' is taken: plugin bar of acme offers an explainer of that name"):
        check_free(make_names("explainer", "foo"), registry)
    check_free(make_names("metric", "foo"), registry)


def test_built_in_names_are_taken() -> None:
    registry = load_registry()
    for kind in KINDS:
        for name in registry.names(kind):
            with pytest.raises(UsageError, match="is taken"):
                check_free(make_names(kind, name), registry)


def test_the_name_of_a_plugin_is_taken_even_one_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    install(tmp_path, "acme-broken", "raise RuntimeError", plugin="foo")
    with pytest.raises(UsageError, match="'foo' is taken: it is a plugin of acme-broken"):
        check_free(make_names("reader", "foo"), NOBODY)


def test_an_installed_package_and_a_module_have_their_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    install(tmp_path, "pyexplain-foo", GOOD.format(name="other"), plugin="other")
    with pytest.raises(UsageError, match="'foo' is taken: pyexplain-foo 1.0 is installed"):
        check_free(make_names("explainer", "foo"), NOBODY)
    (tmp_path / "pyexplain_bar.py").write_text("")
    with pytest.raises(UsageError, match="there is a module pyexplain_bar already, at .*pyexplain_bar.py"):
        check_free(make_names("explainer", "bar"), NOBODY)
    check_free(make_names("explainer", "baz"), NOBODY)
