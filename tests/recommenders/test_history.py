"""A method's own term takes part in the model that is kept, and the run says for how many epochs."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from torch import Tensor

import pyexplain as px
from pyexplain.measuring import evaluate
from pyexplain.present.evaluation_tables import evaluation_tables
from pyexplain.present.runs import training_document, training_summary
from pyexplain.recommenders.history import ENOUGH, auxiliary_epochs, is_better, kept_entry
from pyexplain.recommenders.objective import Objective, Term
from pyexplain.registry import load_registry

from ..worlds import small_world

REGISTRY = load_registry(strict=True)
SHORT = {"dim": 8, "epochs": 6, "batch_size": 32, "dropout": 0.2}
WITH_WARMUP = [name for name, cls in REGISTRY.classes("recommender").items() if "warmup_epochs" in cls.Config.model_fields]


def fit(name: str, **more: object) -> px.Run:
    fields = REGISTRY.get("recommender", name).Config.model_fields
    keys = {key: value for key, value in {**SHORT, "rounds": 4, **more}.items() if key in fields}
    return px.train(small_world(), baseline=name, registry=REGISTRY, settings=keys)


def entries(*values: tuple[float, float]) -> list[dict[str, float]]:
    return [{"epoch": n, "ndcg@10": value, "auxiliary": own} for n, (value, own) in enumerate(values, 1)]


def kept_of(history: list[dict[str, float]]) -> int:
    kept = 0
    for epoch in range(1, len(history) + 1):
        kept = epoch if is_better(history[:epoch], kept) else kept
    return kept


def test_an_epoch_with_more_of_the_own_term_stands_before_any_with_less_up_to_enough() -> None:
    assert kept_of(entries((0.9, 0), (0.1, 0.5))) == 2
    assert kept_of(entries((0.9, 0), (0.8, 0.5), (0.1, 1))) == 3
    assert kept_of(entries((0.9, 0), (0.8, 0.5), (0.9, 0), (0.7, 0))) == 3, "no more of it, so the better"
    after = [(0.3, 1.0)] * ENOUGH
    assert kept_of(entries((0.9, 0), *after, (0.2, 1))) == ENOUGH + 1, "enough of it, so the better"
    assert kept_of(entries((0.9, 0), *after, (0.4, 1))) == ENOUGH + 2


def test_without_a_term_of_its_own_the_validation_part_decides() -> None:
    assert kept_of([{"ndcg@10": value} for value in (0.2, 0.3, 0.3, 0.1)]) == 2
    assert kept_of([{"auxiliary": 1}] * 7) == 7, "without a validation part the newest"


@pytest.mark.parametrize("name", WITH_WARMUP)
def test_every_kept_model_met_the_own_term_often_enough(name: str) -> None:
    run = fit(name, warmup_epochs=2, epochs=30, patience=1, rounds=20, learning_rate=1e-9)  # nothing improves
    assert auxiliary_epochs(run.history) == ENOUGH


def test_the_kept_epoch_is_the_marked_one_else_the_best_else_the_last() -> None:
    history = entries((0.9, 0), (0.2, 1), (0.1, 1))
    assert kept_entry(history) == history[0]
    history[1]["kept"] = 1
    assert kept_entry(history) == history[1]
    assert auxiliary_epochs(history) == 1
    assert kept_entry([{"epoch": 1, "loss": 2}, {"epoch": 2, "loss": 1}]) == {"epoch": 2, "loss": 1}
    assert kept_entry([]) is None
    assert auxiliary_epochs([{"epoch": 1, "loss": 2}]) is None


@pytest.mark.parametrize("name", WITH_WARMUP)
def test_the_kept_epoch_is_one_after_the_warm_up(name: str) -> None:
    run = fit(name, warmup_epochs=4)
    kept = kept_entry(run.history)
    assert kept is not None
    assert kept["kept"] == 1
    assert kept["epoch"] > 4
    assert auxiliary_epochs(run.history) == kept["epoch"] - 4
    assert [entry["auxiliary"] for entry in run.history[:4]] == [0] * 4


@pytest.mark.parametrize("name", WITH_WARMUP)
def test_patience_does_not_end_a_training_in_its_warm_up(name: str) -> None:
    run = fit(name, warmup_epochs=12, epochs=14, patience=1, learning_rate=1e-9)  # nothing improves
    assert len(run.history) >= 13


@pytest.mark.parametrize("name", WITH_WARMUP)
def test_a_run_that_never_left_its_warm_up_says_so_everywhere(name: str, tmp_path: Path) -> None:
    run = fit(name, warmup_epochs=9, epochs=2)
    assert auxiliary_epochs(run.history) == 0
    assert "Warning" in "\n".join(map(str, training_summary(run.trained, tmp_path).renderables))
    assert training_document(run.trained, tmp_path)["auxiliary_epochs"] == 0
    report = evaluate(run)
    assert report.to_dict()["runs"][0]["auxiliary_epochs"] == 0
    (warning,) = [line for line in report.warnings if "plain BPR" in line]
    assert name in warning
    shown = "\n".join(map(str, evaluation_tables(report)))
    assert warning in shown
    assert f"{name}-0: 0" in shown


def test_plain_bpr_has_no_term_of_its_own() -> None:
    run = fit("vbpr")
    assert auxiliary_epochs(run.history) is None
    assert not any("auxiliary" in entry for entry in run.history)
    assert evaluate(run).to_dict()["runs"][0]["auxiliary_epochs"] is None


class Late(Objective):
    """Of somebody who knows nothing of warm-ups: in the eleventh epoch a term comes in that spoils the ranking."""

    epoch = 0

    def begin_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def terms(self, batch: Term, user_gradient: Callable[[], Tensor]) -> Iterator[Term]:
        yield batch
        if self.epoch > 10:
            yield Term(batch.users, batch.other, batch.preferred, weight=9.0)


def test_a_term_that_comes_late_counts_without_being_declared() -> None:
    class Spoiled(REGISTRY.get("recommender", "vbpr")):  # type: ignore[misc]
        def objective(self, data: px.Dataset, options: px.RunOptions) -> Objective:
            return Late()

    made = Spoiled(Spoiled.Config(**(SHORT | {"epochs": 12, "learning_rate": 0.02}), patience=0))
    history = made.fit(small_world(), px.RunOptions())
    kept = kept_entry(history)
    assert kept is not None
    assert kept["epoch"] > 10
    assert max(history[:10], key=lambda e: e["ndcg@10"])["ndcg@10"] > kept["ndcg@10"], (
        "the warm-up was better on the validation part"
    )
    assert auxiliary_epochs(history) == kept["epoch"] - 10
