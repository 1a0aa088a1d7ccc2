"""The packages that `new` writes, unedited: installed, listed, run, tested, uninstalled."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyexplain.data.store import save_dataset
from pyexplain.scaffold import KINDS

from ..cli.conftest import good
from ..worlds import small_world
from .environment import Environment

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("packages")]
NAMES = {kind: f"my-{kind}" for kind in KINDS}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    """An environment with the four packages, written by the command and installed as `pip install -e` does; and a data set."""
    home = Environment.make(tmp_path_factory.mktemp("home"))
    for kind, name in NAMES.items():
        good("new", kind, name, "--out", home.work / f"pyexplain-{name}")
    home.install(*(word for name in NAMES.values() for word in ("-e", f"pyexplain-{name}")))
    save_dataset(small_world(), home.work / "data")
    yield home
    home.end()
    home.pip("uninstall", "-y", *(f"pyexplain-{name}" for name in NAMES.values()))
    assert not [name for (_, name) in home.plugins() if name in NAMES.values()]


def figures(home: Environment, run: str, *words: object) -> dict[str, object]:
    """The one run in the document of evaluate."""
    (result,) = json.loads(home.pyexplain("evaluate", run, "--json", *words).stdout)["runs"]
    return result


def test_each_is_listed_with_its_package(home: Environment) -> None:
    found = home.plugins()
    assert {(kind, name): found.get((kind, name)) for kind, name in NAMES.items()} == {
        (kind, name): f"pyexplain-{name}" for kind, name in NAMES.items()
    }


def test_the_explainer_is_trained_for_and_measured(home: Environment) -> None:
    home.pyexplain(
        "train",
        "--explainer",
        "my-explainer",
        "--dataset",
        "data",
        "--out",
        "run",
        "--epochs",
        3,
        "--set",
        "dim=8",
        "--set",
        "least=0",
    )
    measured = figures(home, "run", "--explanations", "--max-pairs", 40)
    assert measured["explanations"]["explainer"] == "my-explainer"
    assert {"agreement", "faithfulness", "focus"} <= set(measured["explanations"])
    assert 0 < measured["explanations"]["focus"]["my-metric@10"] <= 1
    explained = home.pyexplain("explain", "run", "--user", "u000", "--item", "i000")
    assert "u000" in explained.stdout or "i000" in explained.stdout


def test_the_recommender_is_trained_and_can_be_explained(home: Environment) -> None:
    home.pyexplain("train", "--baseline", "my-recommender", "--dataset", "data", "--out", "ranks")
    measured = figures(home, "ranks", "--explanations", "--max-pairs", 40, "--explainer", "my-explainer")
    ranking, controls = measured["ranking"], measured["controls"]
    assert ranking["ndcg@10"] > controls["random"]["ranking"]["ndcg@10"]


def test_the_reader_reads_what_data_prepare_is_given(home: Environment, tmp_path: Path) -> None:
    home.pyexplain("data", "demo", "--out", tmp_path, "--users", 60, "--items", 20, "--features", 6)
    reviews = [json.loads(line) for line in (tmp_path / "reviews.jsonl").read_text(encoding="utf-8").splitlines()]
    keys = ("reviewerID", "asin", "overall", "unixReviewTime", "reviewText")
    rows = ["\t".join(str(review[key]).replace("\t", " ").replace("\n", " ") for key in keys) for review in reviews]
    (tmp_path / "reviews.txt").write_text("#my-reader\n" + "\n".join(rows) + "\n", encoding="utf-8")
    told = home.pyexplain("data", "prepare", tmp_path / "reviews.txt", "--out", tmp_path / "data", "--workers", 1, "--json")
    assert f'"kept": {len(reviews)}' in told.stdout
    (tmp_path / "bad.txt").write_text("#my-reader\nu1\ti1\t5\n", encoding="utf-8")
    refused = home.pyexplain("data", "prepare", tmp_path / "bad.txt", "--out", tmp_path / "no", status=1)
    assert "bad.txt:2: 3 cells, wanted user, item, rating, time and text" in refused.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_its_own_tests_and_the_check_pass_unedited(home: Environment, kind: str) -> None:
    """The test file in the package, as written; and the same checks by the command, none of which fails."""
    folder = home.work / f"pyexplain-{NAMES[kind]}"
    told = home.python_run("-m", "pytest", "-q", "-p", "no:cacheprovider", "-rs", folder).stdout
    assert " passed" in told
    (checked,) = json.loads(home.pyexplain("plugins", "check", NAMES[kind], "--json").stdout)["checked"]
    outcomes = [check["outcome"] for check in checked["checks"]]
    assert f"{outcomes.count('passed')} passed" in told
    assert outcomes.count("failed") == 0
    # what a plugin need not give is not asked of one that does not give it
    optional = {
        "linear_slopes_are_those_of_the_scores",
        "catalogue_scores_are_the_scores",
        "scores_in_cells_are_the_scores",
        "most_lifted_bounds_the_scores",
        "lifted_closely_bounds_the_scores",
        "with_users_gives_their_scores",
        "with_values_gives_their_scores",
    }
    asked = [check for check in checked["checks"] if not any(name in check["check"] for name in optional)]
    assert sum(check["outcome"] == "skipped" for check in asked) <= 4
