"""The main job as a person types it, and the documents that programs read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from .conftest import Made, good, run

CELLS = ["precision@10", "recall@10", "f1@10", "hit@10", "ndcg@10", "mrr@1", "mrr@10"]


FEW = ("--explanations", "--max-pairs", 60)


@pytest.fixture(scope="module")
def document_text(made: Made) -> str:
    """What `evaluate --explanations --json` prints, of a sample."""
    return good("evaluate", made.run, *FEW, "--json").stdout


@pytest.fixture(scope="module")
def page(made: Made, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """What `evaluate --explanations --report` prints, and its page, of a sample."""
    path = tmp_path_factory.mktemp("page") / "report.html"
    return good("evaluate", made.run, *FEW, "--details", "--report", path).stdout, path.read_text(encoding="utf-8")


@pytest.mark.xdist_group("document")
def test_evaluate_json_is_one_document_of_the_promised_shape(document_text: str) -> None:
    document = json.loads(document_text)
    assert document["schema"] == 2
    assert document["protocol"] == "heldout"
    assert set(document["dataset"]) == {"name", "fingerprint"}
    one = document["runs"][0]
    assert one["method"] == "cnr"
    assert all(0 <= one["ranking"][cell] <= 1 for cell in CELLS)
    explained = one["explanations"]
    assert explained["explainer"] == "cnr"
    assert {"precision@10", "recall@10", "f1@10", "ndcg@10"} <= set(explained["agreement"])
    assert {"validity", "coverage", "size_median", "l1_mean", "l2_mean"} <= set(explained["counterfactual"])
    assert explained["faithfulness"]
    assert {"random", "popularity", "echo", "item-popularity", "feature-match", "signed-match"} <= set(one["controls"])
    assert "agreement" in one["controls"]["echo"]
    assert "ranking" in one["controls"]["feature-match"]


@pytest.mark.xdist_group("document")
def test_evaluating_twice_gives_the_same_document(made: Made, document_text: str) -> None:
    assert good("evaluate", made.run, *FEW, "--json").stdout == document_text


@pytest.mark.xdist_group("page")
def test_people_see_the_protocol_and_the_controls(page: tuple[str, str]) -> None:
    out, _ = page
    assert "protocol heldout" in out
    for control in ("random", "popularity", "echo", "item-popularity", "feature-match", "signed-match"):
        assert f"control: {control}" in out
    for attribution in ("gradient-input", "integrated-gradients"):
        assert f"attribution: {attribution}" in out
    last = " ".join(" ".join(out.splitlines()[-4:]).split())
    assert "the best control" in last  # what holds is said once, and last
    assert "; explanations of " in last


def test_recommend_leaves_out_what_was_liked_and_says_why(made: Made) -> None:
    document = json.loads(good("recommend", made.run, "--user", made.user, "-k", 3, "--explain", "--json").stdout)
    assert len(document["items"]) == 3
    scores = [item["score"] for item in document["items"]]
    assert scores == sorted(scores, reverse=True)
    assert all(item["sentence"] and item["explanation"]["against"] for item in document["items"])
    shown = good("recommend", made.run, "--user", made.user, "-k", 3, "--explain").stdout
    assert document["items"][0]["item"] in shown


def test_explain_says_what_would_turn_it_around_and_whether_it_does(made: Made) -> None:
    best = [item["item"] for item in json.loads(good("recommend", made.run, "--user", made.user, "--json").stdout)["items"]]
    words = ("explain", made.run, "--user", made.user, "--item", best[0], "--against", best[4])
    document = json.loads(good(*words, "--json").stdout)
    keys = {"user", "item", "against", "method", "valid", "margin_before", "margin_after", "rank_before", "rank_after", "features"}
    assert keys <= set(document)
    assert document["rank_before"] == 1
    assert document["margin_before"] > 0
    assert document["valid"] is (document["margin_after"] < 0)
    for feature in document["features"]:
        assert {"feature", "weight", "from", "to", "evidence"} <= set(feature)
    weights = [feature["weight"] for feature in document["features"]]
    assert weights == sorted(weights, reverse=True)
    shown = good(*words).stdout
    assert f"{best[0]} ranks above {best[4]}" in " ".join(shown.split())
    assert "Asked again with the change" in shown
    assert "Checked, and true" in shown


@pytest.mark.parametrize("explainer", ["car", "cer", "popularity"])
def test_another_explainer_explains_the_same_run(made: Made, explainer: str) -> None:
    document = json.loads(
        good("explain", made.run, "--user", made.user, "--item", "B000001", "--explainer", explainer, "--json").stdout
    )
    assert document["method"] == explainer


def test_everyone_is_explained_in_one_file_and_an_interrupted_call_goes_on(made: Made, tmp_path: Path) -> None:
    words = ("explain", made.run, "--all", "-k", 2, "--top", 3)
    good(*words, "--out", tmp_path / "whole.parquet")
    whole = pd.read_parquet(tmp_path / "whole.parquet")
    assert whole.groupby(["user", "item"]).ngroups == 240
    named = whole[whole["feature"] != ""]
    assert ((named["weight"] > 0) == (named["from"] != named["to"])).all()  # a change is told whole, and nothing beside it
    good(*words[:-2], "--top", 1, "--explainer", "gradient-input", "--out", tmp_path / "one.parquet")
    assert pd.read_parquet(tmp_path / "one.parquet").groupby(["user", "item"]).size().max() == 1
    parts = tmp_path / ".again.parquet.parts"
    small = ("--max-memory", "200K")
    good(*words, *small, "--out", tmp_path / "again.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "again.parquet"), whole, rtol=1e-3, atol=1e-4)
    assert not parts.exists()


def test_training_again_with_one_seed_gives_the_same_run(made: Made, tmp_path: Path) -> None:
    words = ("train", "--baseline", "vbpr", "--dataset", made.dataset, "--epochs", 3, "--set", "dim=8", "--threads")
    good(*words, 1, "--out", tmp_path / "a")
    good(*words, 1, "--out", tmp_path / "b")
    assert (tmp_path / "a" / "state.safetensors").read_bytes() == (tmp_path / "b" / "state.safetensors").read_bytes()


def test_a_run_folder_holds_no_pickle_and_no_leftovers(made: Made) -> None:
    assert sorted(path.name for path in made.run.iterdir()) == ["history.jsonl", "manifest.json", "run.json", "state.safetensors"]


def test_plugins_and_doctor_speak_to_programs(made: Made) -> None:
    plugins = json.loads(good("plugins", "--json").stdout)
    assert {p["name"] for p in plugins["plugins"] if p["kind"] == "explainer"} >= {"cnr", "car", "nar", "cer", "random", "echo"}
    # in a process of its own: what other tests have loaded into this one is no fact of the installation
    words = [sys.executable, "-m", "pyexplain", "doctor", "--json"]
    facts = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
    assert facts["native"]["instruction_set"]
    assert facts["problems"] == []


def test_the_held_out_data_set_has_no_fault(made: Made) -> None:
    findings = json.loads(good("data", "audit", made.dataset, "--json").stdout)["findings"]
    assert [f for f in findings if f["severity"] != "note"] == []


@pytest.mark.xdist_group("page")
def test_report_is_one_page_without_scripts(page: tuple[str, str]) -> None:
    _, html = page
    assert "<script" not in html
    assert "http" not in html
    assert "protocol heldout" in html


def test_a_config_file_is_under_the_command_line(made: Made, tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("dim = 4\nepochs = 2\n")
    good(
        "train",
        "--baseline",
        "vbpr",
        "--dataset",
        made.dataset,
        "--config",
        tmp_path / "c.toml",
        "--set",
        "dim=6",
        "--out",
        tmp_path / "r",
    )
    config = json.loads((tmp_path / "r" / "run.json").read_text())["recommender"]["config"]
    assert (config["dim"], config["epochs"]) == (6, 2)


def test_wrong_use_ends_with_two(made: Made) -> None:
    assert run("train", "--explainer", "cnr", "--baseline", "vbpr").exit_code == 2
    assert run("explain", str(made.run), "--all").exit_code == 2


@pytest.mark.parametrize("command", ["explain", "recommend"])
@pytest.mark.parametrize("name", ["all.csv", "all.XLSX", "all.json"])
def test_a_file_of_another_kind_than_its_name_says_is_not_written(made: Made, tmp_path: Path, command: str, name: str) -> None:
    result = run(command, str(made.run), "--all", "--out", str(tmp_path / name))
    assert result.exit_code == 2
    assert "Name it all.parquet" in result.output
    assert not list(tmp_path.iterdir())


def test_runs_that_explain_different_sides_stand_in_one_table(made: Made, tmp_path: Path) -> None:
    good("train", "--explainer", "cer", "--dataset", made.dataset, "--out", tmp_path / "cer", "--epochs", 4, "--set", "dim=8")
    document = json.loads(good("evaluate", made.run, tmp_path / "cer", *FEW, "--json").stdout)
    assert [run["method"] for run in document["runs"]] == ["cnr", "cer"]
    assert all(run["explanations"]["counterfactual"]["validity"] is not None for run in document["runs"])


def test_several_seeds_are_several_runs_and_one_line_of_mean_and_deviation(made: Made, tmp_path: Path) -> None:
    words = ("--dataset", made.dataset, "--epochs", 2, "--set", "dim=4", "--seed", 5, "--seeds", 2, "--out", tmp_path / "r")
    good("train", "--baseline", "vbpr", *words)
    folders = [tmp_path / "r-5", tmp_path / "r-6"]
    assert [json.loads((folder / "run.json").read_text())["seed"] for folder in folders] == [5, 6]
    document = json.loads(good("evaluate", *folders, "--json").stdout)
    over = document["over_seeds"]["vbpr"]["ranking"]["ndcg@10"]
    assert over["n"] == 2
    shown = good("evaluate", *folders, "--report", tmp_path / "report.html").stdout
    page = (tmp_path / "report.html").read_text()
    for text in (shown, page):
        assert "vbpr (mean of 2 seeds)" in text
        assert f"{over['mean']:.4f}" in text
        assert f"± {over['deviation']:.4f}" in text
        assert "mean of 2 seeds" in " ".join(text.split())
    assert page.count("ranking ndcg@10: vbpr less ") == 1  # not once for each run as well
