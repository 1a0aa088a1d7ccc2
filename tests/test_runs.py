"""Run folders: those of older versions are read and say what they said, newer ones are refused by name."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pyexplain as px
from pyexplain.data.files import write_manifest
from pyexplain.data.store import upgrade_dataset
from pyexplain.errors import DataError
from pyexplain.explainers import Explainer
from pyexplain.margin.margin import Margin
from pyexplain.registry import load_registry
from pyexplain.runs import KIND, RUN_FORMAT
from tests.worlds import small_world

OLD = Path(__file__).parent / "data" / "old"
RUNS = OLD / "runs-222beda"  # trained by 0.1.0 (222beda) on the folder format-1, two epochs, dim 4
SAID: dict[str, dict[str, Any]] = json.loads((RUNS / "figures.json").read_text(encoding="utf-8"))


def shares_of_the_lead(run: px.Run, user: str, item: str, against: str) -> list[tuple[str, float]]:
    """Gradient times input of the item's features over the lead, of those that count for it."""
    u, i, j = run.data.users.index(user), run.data.items.index(item), run.data.items.index(against)
    margin = Margin.of(run.recommender, run.data, np.array([[u, i]]), np.array([j]), side="item")
    value, gradient = margin.value_and_gradient()
    shares = (gradient * margin.there.dense() / value[:, None])[0].tolist()
    return sorted(((run.data.features[k], x) for k, x in enumerate(shares) if x > 0), key=lambda one: -one[1])[:3]


@pytest.mark.parametrize("method", SAID)
@pytest.mark.parametrize("upgraded", [False, True])
def test_runs_of_the_first_version_say_what_they_said(method: str, upgraded: bool, tmp_path: Path) -> None:
    shutil.copytree(OLD / "format-1", tmp_path / "data")
    if upgraded:
        upgrade_dataset(tmp_path / "data")
    run = px.load_run(RUNS / method, dataset=tmp_path / "data")
    user, said = run.data.users[0], SAID[method]
    best = run.recommend(user, 3)
    assert [item for item, _ in best] == [item for item, _ in said["best"]]
    assert [score for _, score in best] == pytest.approx([score for _, score in said["best"]], abs=1e-5)
    if "top" in said:
        explained = run.explain(user, best[0][0], said["against"])
        assert explained.valid == said["valid"]
        top = explained.top(3)
        if method == "cer":  # its weights were gradient times input of the item's features, as shares of the lead
            top = shares_of_the_lead(run, user, best[0][0], said["against"])
        if method == "cnr":  # its weights were gradient times input, as shares of the lead; that is a plugin of its own since
            plain = run.explain(user, best[0][0], said["against"], explainer="gradient-input")
            top = [(name, weight / (explained.margin_before or 0)) for name, weight in plain.top(3)]
        assert top == [(name, pytest.approx(weight, abs=1e-5)) for name, weight in said["top"]]


def changed(folder: Path, **keys: object) -> Path:
    """A run of the first version whose run.json says something else, its manifest in order."""
    shutil.copytree(RUNS / "vbpr", folder)
    facts = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    (folder / "run.json").write_text(json.dumps(facts | keys), encoding="utf-8")
    write_manifest(folder, KIND)
    return folder


@pytest.mark.parametrize(
    ("keys", "said"),
    [({"format": RUN_FORMAT + 1}, f"the run has format {RUN_FORMAT + 1}"), ({"needs": ["x"]}, "with x"), ({"format": "a"}, "'a'")],
)
def test_runs_of_newer_versions_are_refused_by_name(keys: dict[str, object], said: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=said) as told:
        px.load_run(changed(tmp_path / "run", **keys), dataset=OLD / "format-1")
    assert "run.json" in str(told.value)


def test_what_is_written_today_names_its_format_and_is_read(tmp_path: Path) -> None:
    run = px.load_run(RUNS / "cnr", dataset=OLD / "format-1")
    run.save(tmp_path / "run")
    facts = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert (facts["format"], facts["needs"]) == (RUN_FORMAT, [])
    again = px.load_run(tmp_path / "run", dataset=OLD / "format-1")
    assert again.recommend(run.data.users[0]) == run.recommend(run.data.users[0])
    assert px.load_run(changed(tmp_path / "later", later={"a": 1}), dataset=OLD / "format-1").method == "vbpr"


def test_a_run_keeps_the_kinds_that_it_sees(tmp_path: Path) -> None:
    px.save_dataset(small_world(), tmp_path / "data")
    run = px.train(tmp_path / "data", explainer="cnr", kinds=["word", "history"], epochs=1, dim=4)
    run.save(tmp_path / "run")
    assert run.data.kinds == ("word", "history")
    assert run.data.n_features == 8 + run.data.n_items
    facts = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert facts["kinds"] == ["word", "history"]
    assert facts["needs"] == ["kinds"]
    assert facts["dataset"]["fingerprint"] == run.data.source.fingerprint != run.data.fingerprint
    again = px.load_run(tmp_path / "run")
    assert again.data.kinds == run.data.kinds
    user = run.data.users[0]
    assert again.recommend(user, 5) == run.recommend(user, 5)
    best = run.recommend(user, 1)[0][0]
    assert again.explain(user, best).to_dict() == run.explain(user, best).to_dict()


def test_a_run_on_words_fits_when_the_data_set_has_grown_other_features(tmp_path: Path) -> None:
    data = small_world()
    px.train(data, baseline="vbpr", epochs=1, dim=4).save(tmp_path / "run")
    facts = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert facts["kinds"] == ["word"]
    assert facts["needs"] == []
    assert "view" not in facts["dataset"]
    grown = replace(data.with_kinds(["word", "history"]), stored=None)  # a data set that has more columns of its own
    assert grown.source is grown
    assert grown.fingerprint != data.fingerprint
    again = px.load_run(tmp_path / "run", dataset=grown)
    assert again.data.fingerprint == data.fingerprint


def test_a_run_whose_kinds_are_not_there_is_refused(tmp_path: Path) -> None:
    grown = replace(small_world().with_kinds(["word", "history"]), stored=None)
    names = [f"is {name}" for name in grown.features.names]
    kinds = ["attribute" if kind == "history" else kind for kind in grown.features.kinds or ()]
    attributed = replace(grown, features=px.data.Vocabulary(names, "feature", kinds=kinds))
    px.train(attributed, baseline="vbpr", kinds=["word", "attribute"], epochs=1, dim=4).save(tmp_path / "run")
    with pytest.raises(px.RunError, match=r"kinds word, attribute: .*no feature of the kind 'attribute'"):
        px.load_run(tmp_path / "run", dataset=small_world())


def test_runs_that_see_other_features_are_measured_side_by_side() -> None:
    runs = [px.train(small_world(), baseline="vbpr", kinds=kinds, epochs=1, dim=4) for kinds in (["word"], ["history"])]
    document = px.evaluate(*runs, explanations=True, explainer="gradient-input", k=3, attack=True).to_dict()
    assert [run["method"] for run in document["runs"]] == ["vbpr by gradient-input", "vbpr by gradient-input (history)"]
    assert document["dataset"]["fingerprint"] == small_world().fingerprint


REGISTRY = load_registry(strict=True)
MADE_READY = [
    name
    for name, one in REGISTRY.classes("explainer").items()
    if one.fit is not Explainer.fit and one.state is Explainer.state and not one.control
]


@pytest.mark.parametrize("name", MADE_READY)
def test_an_explainer_that_learns_nothing_is_ready_when_its_run_is_read(name: str, tmp_path: Path) -> None:
    known = REGISTRY.get("recommender", REGISTRY.get("explainer", name).comes_with).Config.model_fields
    keys = {key: value for key, value in {"epochs": 1, "text_epochs": 1}.items() if key in known}
    run = px.train(small_world(), explainer=name, settings=keys)
    run.save(tmp_path / "run")
    again = px.load_run(tmp_path / "run", dataset=run.data.source)
    pairs = run.data.test[:5]
    np.testing.assert_array_equal(again.explainer().explain(pairs).weights.dense(), run.explainer().explain(pairs).weights.dense())
