"""`train --warm-start RUN`: what is recorded and said, what goes on after a stop, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import pyexplain as px
from tests.worlds import grown_world, small_world

from .conftest import good, run

SHORT = ("--epochs", 4, "--set", "dim=6", "--set", "patience=0", "--set", "batch_size=64")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set, a run of vbpr on it, and the data set grown."""
    top = tmp_path_factory.mktemp("warm")
    px.save_dataset(small_world(), top / "before")
    px.save_dataset(grown_world(), top / "grown")
    good("train", "--baseline", "vbpr", "--dataset", top / "before", "--out", top / "run", *SHORT)
    return top


def test_it_is_said_and_kept_where_training_started(place: Path) -> None:
    said = good("train", "--warm-start", place / "run", "--dataset", place / "grown", "--out", place / "warm").stdout
    assert "it knew 40 of the users and 29 of the items" in " ".join(said.split())
    facts = json.loads((place / "warm" / "run.json").read_text())
    assert facts["method"] == "vbpr"
    assert facts["recommender"]["config"]["dim"] == 6
    assert facts["warm_start"]["run"] == str(place / "run")
    assert facts["warm_start"]["dataset"] == small_world().fingerprint
    again = px.load_run(place / "warm")
    again.save(place / "again")
    assert json.loads((place / "again" / "run.json").read_text())["warm_start"] == facts["warm_start"]
    document = json.loads(
        good("train", "--warm-start", place / "run", "--dataset", place / "grown", "--out", place / "j", "--json").stdout
    )
    assert document["warm_start"] == facts["warm_start"]


def test_a_run_that_stopped_goes_on_from_the_same_start_alone(place: Path) -> None:
    data = px.load_dataset(place / "grown")
    before = px.load_run(place / "run")

    def stop(label: str, done: int, total: int) -> None:
        if label == "training" and done == 2:
            raise KeyboardInterrupt

    whole = px.train(data, warm_start=before)
    folder = place / "stopped"
    folder.mkdir()
    with pytest.raises(KeyboardInterrupt):
        px.train(data, warm_start=before, options=px.RunOptions(checkpoints=folder, progress=stop))
    rest = px.RunOptions(checkpoints=folder, resume=True)
    with pytest.raises(px.RunError, match="no warm start"):
        px.train(data, baseline="vbpr", options=rest, settings=before.recommender.config.model_dump())
    resumed = px.train(data, warm_start=before, options=rest)
    assert [entry["loss"] for entry in resumed.history] == [entry["loss"] for entry in whole.history]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--baseline", "ncf"), "the run is of vbpr"),
        (("--set", "dim=7"), "widths"),
        (("--out", "RUN"), "run"),
    ],
)
def test_what_does_not_fit_is_refused(place: Path, words: tuple[str, ...], said: str) -> None:
    words = tuple(str(place / "run") if word == "RUN" else word for word in words)
    out = () if "--out" in words else ("--out", str(place / "never"))
    result = run("train", "--warm-start", str(place / "run"), "--dataset", str(place / "grown"), *words, *out)
    assert result.exit_code in (1, 2)
    assert said in result.output
    assert (place / "run" / "run.json").is_file()
    assert not (place / "never").exists()


def test_a_method_in_closed_form_is_trained_anew(place: Path) -> None:
    good("train", "--baseline", "ease", "--dataset", place / "before", "--out", place / "ease")
    result = run("train", "--warm-start", str(place / "ease"), "--dataset", str(place / "grown"), "--out", str(place / "never"))
    assert result.exit_code == 2
    assert "closed form" in result.output
