"""--log mlflow, against a stand-in that records what it is told; MLflow itself is used where it is installed."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from .conftest import Made, good, run

QUICK = ("--set", "epochs=2", "--set", "dim=4")


class Recorder(ModuleType):
    """What `import mlflow` finds. breaks: the call that raises."""

    def __init__(self, breaks: str = "") -> None:
        super().__init__("mlflow")
        self.breaks, self.calls = breaks, list[tuple[Any, ...]]()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)

        def call(*given: Any, **named: Any) -> str:
            self.calls.append((name, *given, *named.values()))
            if name == self.breaks:
                raise ConnectionError("nobody answers\nat all")
            return "http://somewhere"

        return call

    def of(self, name: str) -> list[tuple[Any, ...]]:
        """The calls of one function."""
        return [call[1:] for call in self.calls if call[0] == name]


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    found = Recorder()
    monkeypatch.setitem(sys.modules, "mlflow", found)
    return found


def test_a_training_its_epochs_and_settings(made: Made, tmp_path: Path, recorder: Recorder) -> None:
    good("train", "--baseline", "bpr-mf", "--dataset", made.dataset, *QUICK, "--out", tmp_path / "r", "--log", "mlflow")
    assert recorder.of("start_run") == [("r",)]
    assert [(sorted(figures), step) for figures, step in recorder.of("log_metrics")[:2]] == [
        (["loss", "ndcg_at_10", "seconds"], 1),
        (["loss", "ndcg_at_10", "seconds"], 2),
    ]
    facts = {key: value for (given,) in recorder.of("log_params") for key, value in given.items()}
    assert (facts["method"], facts["seed"], facts["recommender.dim"]) == ("bpr-mf", "0", "4")
    assert len(facts["fingerprint"]) == 16
    assert recorder.calls[-1] == ("end_run",)


def test_figures_of_an_evaluation(made: Made, recorder: Recorder) -> None:
    document = json.loads(good("evaluate", made.run, "--log", "mlflow", "--json").stdout)
    [(figures,)] = recorder.of("log_metrics")
    assert figures["ranking/ndcg_at_10"] == document["runs"][0]["ranking"]["ndcg@10"]


def test_each_trial_of_a_search(made: Made, tmp_path: Path, recorder: Recorder) -> None:
    words = ("--dataset", made.dataset, "--search", "dim=4,8", "--set", "epochs=1", "--trials", 2, "--out", tmp_path / "t")
    good("tune", "bpr-mf", *words, "--log", "mlflow")
    assert recorder.of("start_run") == [("tune bpr-mf 0",), ("tune bpr-mf 1",)]
    assert all("valid ndcg_at_10" in figures for (figures,) in recorder.of("log_metrics"))


@pytest.mark.parametrize("breaks", ["set_experiment", "start_run"])
def test_a_server_that_is_not_there_is_said_before_the_work(made: Made, tmp_path: Path, breaks: str, recorder: Recorder) -> None:
    recorder.breaks = breaks
    words = ("train", "--baseline", "bpr-mf", "--dataset", made.dataset, *QUICK, "--out", tmp_path / "r", "--log", "mlflow")
    result = run(*map(str, words))
    assert result.exit_code == 1
    assert "http://somewhere: MLflow cannot be written to: nobody answers\n" in result.stderr
    assert not (tmp_path / "r").exists()


def test_a_server_that_leaves_does_not_end_the_work(made: Made, tmp_path: Path, recorder: Recorder) -> None:
    recorder.breaks = "log_metrics"
    words = ("train", "--baseline", "bpr-mf", "--dataset", made.dataset, *QUICK, "--out", tmp_path / "r", "--log", "mlflow")
    result = good(*words)
    assert result.stderr.count("Warning: MLflow takes no more of this run: nobody answers; the work goes on") == 1
    assert (tmp_path / "r" / "run.json").is_file()


def test_a_run_that_fails_is_closed_as_failed(made: Made, tmp_path: Path, recorder: Recorder) -> None:
    words = (
        "train",
        "--baseline",
        "bpr-mf",
        "--dataset",
        made.dataset,
        "--set",
        "dim=-1",
        "--out",
        tmp_path / "r",
        "--log",
        "mlflow",
    )
    assert run(*map(str, words)).exit_code != 0
    assert recorder.calls[-1] == ("end_run", "FAILED")


def test_without_the_package_the_extra_is_named(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    result = run("evaluate", str(made.run), "--log", "mlflow")
    assert result.exit_code == 2
    assert "pip install 'pyexplain[mlflow]'" in result.stderr


@pytest.mark.skipif(importlib.util.find_spec("mlflow") is None, reason="mlflow is not installed")
def test_mlflow_itself_takes_it(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "mlruns").as_uri())
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    good("evaluate", made.run, "--log", "mlflow")
    assert list((tmp_path / "mlruns").rglob("ndcg_at_10"))
