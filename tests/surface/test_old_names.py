"""Everything that was promised before the rooms were there goes on working, and says once where it is now."""

from __future__ import annotations

import importlib
import inspect
import sys
import warnings
from collections.abc import Iterator
from types import FunctionType

import pytest

import pyexplain
from pyexplain import old_names
from pyexplain.evaluation import Report
from pyexplain.measuring import evaluate
from tests.worlds import small_world

# All names that `import pyexplain` offered in 0.1.0.
OFFERED = """
    Coalitions Config Contributions DataError Dataset Evaluation Explainer Explanations FactorNetwork FeatureMap
    FeatureProduct FeatureProductNetwork FeatureRows Head INTERFACE_VERSION ItemSimilarity Mentions Metric MetricInput
    NO_ITEM Objective PluginError PyexplainError QuerySettings Ranking Recommender Reviews Run RunError RunOptions
    Scores SimilarityConfig SolverSettings SparseRows Term TrainingConfig Unliked UsageError UserSide Values
    WrappedModel adversarial_step apply_change check_wrapped choose_against contributions difference_between_users
    evaluate explain_model find_agreement find_curves find_distances find_hits find_irreducible find_necessity
    find_rescored find_statements hookimpl import_paper_folder load_dataset load_run margin_gradient matrix_product
    overlap save_dataset shapley_values solve solve_by_questions sparse_weights table_rows train wrap
""".split()  # noqa: SIM905  (a list of that many names is easier read so)
# Names by the modules that the documentation of 0.1.0 gave for them.
DOCUMENTED = [
    ("pyexplain.evaluate", "Metric"),
    ("pyexplain.evaluate", "Ranking"),
    ("pyexplain.evaluate.base", "Metric"),
    ("pyexplain.evaluate.base", "MetricInput"),
    ("pyexplain.evaluate.evaluate", "measure_explanations"),
    ("pyexplain.evaluate.evaluate", "measure_ranking"),
    ("pyexplain.evaluate.frames", "explanations_from_frame"),
    ("pyexplain.evaluate.frames", "ranking_from_frame"),
    ("pyexplain.explain", "Explanations"),
    ("pyexplain.explain", "NO_ITEM"),
    ("pyexplain.explain.order", "Order"),
    ("pyexplain.explain.standing", "with_places"),
    ("pyexplain.explain.types", "Explanations"),
    ("pyexplain.explain.types", "turned_around"),
    ("pyexplain.explain.until", "Until"),
    ("pyexplain.methods", "Recommender"),
    ("pyexplain.methods.base", "Explainer"),
    ("pyexplain.methods.base", "Recommender"),
    ("pyexplain.methods.config", "TrainingConfig"),
    ("pyexplain.methods.objective", "Objective"),
    ("pyexplain.methods.objective", "Term"),
    ("pyexplain.methods.options", "RunOptions"),
    ("pyexplain.methods.wrapped", "wrap"),
    *(("pyexplain.reviews", name) for name in ("Reader", "RecordReader", "Tally", "ReadOptions", "lines", "MentionRows")),
]


@pytest.fixture(autouse=True)
def old_modules_are_not_imported_yet() -> Iterator[None]:
    """A module is imported once a process: as if each test were the first to ask for it."""
    forget()
    yield
    forget()


def forget() -> None:
    for name in old_names.MODULES:
        sys.modules.pop(name, None)
        vars(pyexplain).pop(name.split(".")[1], None)


def run(code: str) -> tuple[dict[str, object], list[warnings.WarningMessage]]:
    """What code of a third party leaves behind, and the deprecations it was told of."""
    found: dict[str, object] = {}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        exec(compile(code, "third_party.py", "exec"), found)
    return found, [warning for warning in caught if warning.category is DeprecationWarning]


def new_home(told: list[warnings.WarningMessage]) -> str:
    """What the one warning says, which points at the line of the third party."""
    (warning,) = told
    assert (warning.filename, warning.lineno) == ("third_party.py", 1)
    assert str(warning.message).endswith("; the old name works until interface 2")
    return str(warning.message).split(" is now ")[1].split(";")[0]


@pytest.mark.parametrize("name", OFFERED)
@pytest.mark.parametrize("code", ["from pyexplain import {}", "import pyexplain as px; {} = px.{}"], ids=["from", "attribute"])
def test_a_name_of_old_is_what_it_is_at_its_new_place(name: str, code: str) -> None:
    found, told = run(code.replace("{}", name))
    if name in dir(pyexplain):
        assert not told
    else:
        module, _, now = new_home(told).rpartition(".")
        assert now == {"FeatureRows": "TensorRows", "Unliked": "NegativeSampler"}.get(name, name)
        assert found[name] is getattr(importlib.import_module(module), now)


def test_old_and_new_names_are_all_that_were_offered() -> None:
    assert set(old_names.NAMES) == set(OFFERED) - set(dir(pyexplain))
    assert not set(old_names.NAMES) & set(dir(pyexplain))


@pytest.mark.parametrize(("module", "name"), DOCUMENTED)
def test_a_documented_path_of_old_leads_to_the_name(module: str, name: str) -> None:
    found, told = run(f"from {module} import {name}")
    homes = new_home(told).removesuffix(f".{name}").split(" and ")
    now = old_names.READERS.get(name, name)
    offered = [getattr(importlib.import_module(home), now) for home in homes if hasattr(importlib.import_module(home), now)]
    assert found[name] is offered[0]
    assert not run(f"from {module} import {name}")[1] or "." not in module.removeprefix("pyexplain."), "told again"


def test_names_of_readers_that_changed() -> None:
    for old, new in old_names.READERS.items():
        found, told = run(f"from pyexplain.readers import {old}")
        assert found[old] is getattr(pyexplain.readers, new)
        assert new_home(told) == f"pyexplain.readers.{new}"


def test_every_old_module_is_tried() -> None:
    assert set(old_names.MODULES) == {module for module, _ in DOCUMENTED}


def test_star_import_of_an_old_module() -> None:
    found, _ = run("from pyexplain.reviews import *")
    assert set(pyexplain.readers.__all__) <= set(found)


def test_what_never_was_is_not_there() -> None:
    for code in ("import pyexplain.explain.nothing", "import pyexplain.methods.nothing", "import pyexplain.nothing"):
        with pytest.raises(ModuleNotFoundError, match="No module named"):
            run(code)
    for code in ("from pyexplain.reviews import nothing", "from pyexplain.methods import nothing", "from pyexplain import nothing"):
        with pytest.raises(ImportError, match="cannot import name 'nothing'"):
            run(code)


def test_evaluate_stays_the_function() -> None:
    assert isinstance(pyexplain.evaluate, FunctionType)
    found, _ = run("import pyexplain as px, pyexplain.evaluate.frames as frames; evaluate, there = px.evaluate, px.evaluate.frames")
    assert found["frames"] is found["there"]
    with pytest.raises(pyexplain.UsageError, match="no run was given"):
        found["evaluate"]()
    assert inspect.signature(found["evaluate"]) == inspect.signature(evaluate)


def test_gains_were_called_lifts() -> None:
    report = Report("heldout", "d", "f", 10, False, (), gains=(("cnr", None, None),))  # type: ignore[arg-type]
    with pytest.warns(DeprecationWarning, match=r"Report\.lifts is now Report\.gains; the old name works until interface 2"):
        assert report.lifts == report.gains
    with pytest.warns(DeprecationWarning, match=r"attribution_lifts is now Report\.attribution_gains"):
        assert report.attribution_lifts == ()


def test_places_in_a_data_set_were_called_numbers() -> None:
    data = small_world()
    margin = pyexplain.margin.Margin.of(
        pyexplain.train(data, baseline="vbpr", epochs=1).recommender, data, data.train[:3], data.train[:3, 1]
    )
    with pytest.warns(DeprecationWarning, match=r"Vocabulary\.number is now Vocabulary\.index"):
        assert data.users.number(data.users[4]) == data.users.index(data.users[4]) == 4
    with pytest.warns(DeprecationWarning, match=r"Vocabulary\.numbers is now Vocabulary\.indices"):
        assert data.items.numbers([data.items[2], "?"]).tolist() == data.items.indices([data.items[2], "?"]).tolist() == [2, -1]
    with pytest.warns(DeprecationWarning, match=r"SparseRows\.row_numbers is now SparseRows\.row_indices"):
        assert data.user_features.row_numbers().tolist() == data.user_features.row_indices().tolist()
    with pytest.warns(DeprecationWarning, match=r"Margin\.numbers is now Margin\.indices"):
        assert margin.numbers is margin.indices
