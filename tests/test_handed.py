"""What a plugin is handed is the same afterwards, or the change is named; what it hands back is what the contract says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

import pyexplain as px
from pyexplain.boundary import guarded_class
from pyexplain.data.types import Dataset, Items, Reviews
from pyexplain.errors import PluginError
from pyexplain.handed import LARGE
from pyexplain.metrics import Evaluation, Metric, MetricInput, Ranking, Values, find_hits
from pyexplain.readers import MentionTable, Reader, ReadLog, ReadOptions
from pyexplain.recommenders import Recommender
from pyexplain.recommenders.options import RunOptions

from .test_boundary import NAMED, watched
from .worlds import small_world

FRAMES: dict[str, Callable[[pd.DataFrame], object]] = {
    "one cell": lambda frame: frame.__setitem__("sentiment", frame["sentiment"].where(frame.index > 0, 0.25)),
    "by place": lambda frame: frame.iloc.__setitem__((0, 0), 3),
    "by name": lambda frame: frame.loc.__setitem__((0, "sentiment"), 0.25),
    "a text": lambda frame: frame.loc.__setitem__((0, "sentence"), "Never said."),
    "a new column": lambda frame: frame.insert(0, "mine", 1),
    "a column less": lambda frame: frame.pop("opinion"),
    "another order": lambda frame: frame.__setitem__(list(frame), frame.iloc[::-1].set_axis(frame.index)),
    "another index": lambda frame: setattr(frame, "index", frame.index + 1),
    "other names": lambda frame: setattr(frame, "columns", [f"my {name}" for name in frame]),
}


@pytest.fixture
def data() -> Dataset:
    return small_world(seed=5)


class Writes(Recommender):
    """Does what `act` says with the data set."""

    name = "writes"
    act: Callable[[Dataset], object]

    def prepare(self, data: Dataset, options: RunOptions) -> None:
        type(self).act(data)

    def fit(self, data: Dataset, options: RunOptions) -> list[dict[str, float]]:
        type(self).act(data)
        return []

    def scores(self, users: Any, items: Any, user_features: Any = None, item_features: Any = None) -> torch.Tensor:
        return torch.zeros(len(users))


def fitted(act: Callable[[Dataset], object], data: Dataset, how: str = "fit") -> None:
    made = guarded_class(type("Writes", (Writes,), {"act": staticmethod(act)}), "recommender", "acme-odd", "odd-entry")
    getattr(made(), how)(data, RunOptions())


@pytest.mark.parametrize("how", ["fit", "prepare"])
@pytest.mark.parametrize("name", ["evidence", "heldout"])
@pytest.mark.parametrize("change", FRAMES)
def test_a_frame_that_is_written_to_is_named_and_as_before(data: Dataset, change: str, name: str, how: str) -> None:
    before = getattr(data, name).copy(deep=True)
    with pytest.raises(PluginError, match=f"{NAMED}.*changed the {name} of the data set"):
        fitted(lambda data: FRAMES[change](getattr(data, name)), data, how)
    pd.testing.assert_frame_equal(getattr(data, name), before)


def test_reading_copies_and_what_fails_on_the_way_are_no_change(data: Dataset) -> None:
    def reads(data: Dataset) -> None:
        for frame in (data.evidence, data.heldout):
            frame.groupby("feature")["sentiment"].mean()
            own = frame.copy(deep=False)
            own["sentiment"] = 0.0
            own.loc[0, "sentence"] = "Never said."
            frame["sentence"].str.lower()

    fitted(reads, data)
    with pytest.raises(ZeroDivisionError):
        fitted(lambda data: 1 // 0, data)


def test_the_report_of_a_data_set_is_looked_at_too(data: Dataset) -> None:
    with pytest.raises(PluginError, match="changed the report"):
        fitted(lambda data: data.report.update(read="nothing"), data)


def test_an_explainer_that_writes_into_the_evidence_is_named(data: Dataset) -> None:
    explainer = watched("explainer", in_explain="self.data.evidence.loc[0, 'sentiment'] = 0.25")()
    explainer.fit(px.train(data, baseline="vbpr", epochs=1, dim=4).recommender, data, RunOptions())
    before = data.evidence.copy(deep=True)
    with pytest.raises(PluginError, match="changed the evidence"):
        explainer.explain(data.train[:3])
    pd.testing.assert_frame_equal(data.evidence, before)


TENSORS = {
    "in place": "items.mul_(2)",
    "through numpy": "items.numpy()[:] = 3",
    "an exchange": "items.numpy()[:2] = items.numpy()[:2][::-1].copy()",
    "through data": "items.data[0] = 4",
}


@pytest.mark.parametrize("inference", [False, True])
@pytest.mark.parametrize("change", TENSORS)
def test_tensors_that_are_written_to_are_named(change: str, inference: bool) -> None:
    ranker = watched("recommender", in_scores=TENSORS[change])()
    ranker.fit(small_world(), RunOptions())
    with torch.inference_mode(inference), pytest.raises(PluginError, match="wrote into the tensors"):
        ranker.scores(torch.arange(5), torch.arange(5))


def test_tensors_of_inference_mode_are_scored() -> None:
    ranker = watched("recommender")()
    ranker.fit(small_world(), RunOptions())
    with torch.inference_mode():
        assert ranker.scores(torch.arange(5), torch.arange(5)).tolist() == [0, 1, 2, 3, 4]


def test_a_large_tensor_is_looked_at_in_rows_spread_over_it() -> None:
    ranker = watched("recommender", in_scores="user_features.numpy()[:] += 1")()
    ranker.fit(small_world(), RunOptions())
    n = LARGE // 4 // 256 + 1
    with pytest.raises(PluginError, match="wrote into the tensors"):
        ranker.scores(torch.zeros(n, dtype=torch.long), torch.zeros(n, dtype=torch.long), torch.zeros(n, 256))


STATES: dict[str, object] = {
    "a list": [],
    "numpy": {"w": np.zeros(2)},
    "a number as a name": {1: torch.zeros(2)},
    "NaN": {"w": torch.tensor([0.0, float("nan")])},
    "nothing": None,
}


@pytest.mark.parametrize("state", STATES)
def test_wrong_states_are_named(state: str) -> None:
    made = type("Odd", (Writes,), {"state": lambda self: STATES[state]})
    with pytest.raises(PluginError, match=rf"{NAMED}.*state\(\) gave"):
        guarded_class(made, "recommender", "acme-odd", "odd-entry")().state()


class Counts(Metric):
    """One for each user of the ranking."""

    name, group, key, direction, needs = "counts", "odd", "counts", "higher", frozenset({"ranking"})
    gives: Callable[[MetricInput], object]

    def values(self, given: MetricInput) -> Values:
        return type(self).gives(given)  # type: ignore[return-value]


def good(given: MetricInput) -> Values:
    assert given.ranking is not None
    return Values(given.ranking.users.copy(), np.linspace(0, 1, len(given.ranking.users)))


def measured(gives: Callable[[MetricInput], object], data: Dataset, **more: object) -> Evaluation:
    made = guarded_class(type("Counts", (Counts,), {"gives": staticmethod(gives), **more}), "metric", "acme-odd", "odd-entry")
    lists = data.test_candidates
    ranking = Ranking(lists.users, lists.items, np.zeros(lists.items.shape, dtype=np.float32))
    return made().measure(MetricInput(data, ranking=ranking, said=({"features": [{"name": "x"}]},)), "some")


VALUES: dict[str, Callable[[MetricInput], object]] = {
    "None": lambda given: None,
    "a number": lambda given: 0.5,
    "an array": lambda given: good(given).values,
    "NaN": lambda given: replace(good(given), values=good(given).values * np.nan),
    "too many users": lambda given: replace(good(given), users=np.arange(10_000)),
    "a list": lambda given: replace(good(given), values=good(given).values.tolist()),
    "users by name": lambda given: replace(good(given), users=good(given).users.astype(str)),
    "fractions of users": lambda given: replace(good(given), users=good(given).users + 0.5),
    "users of nowhere": lambda given: replace(good(given), users=good(given).users + 10_000),
    "negative users": lambda given: replace(good(given), users=good(given).users - 10_000),
    "texts": lambda given: replace(good(given), values=good(given).values.astype(object)),
    "a matrix": lambda given: replace(good(given), values=good(given).values[:, None]),
    "outside the range": lambda given: replace(good(given), values=good(given).values + 1),
    "parts of another length": lambda given: replace(good(given), parts=np.zeros((1, 2))),
    "parts of one dimension": lambda given: replace(good(given), parts=good(given).values),
    "the end of the program": lambda given: exit(0),
}
WRITES: dict[str, Callable[[MetricInput], object]] = {
    "ranking": lambda given: given.ranking.scores.__setitem__(0, 1),  # type: ignore[union-attr]
    "users": lambda given: given.ranking.users.sort(),  # type: ignore[union-attr]
    "what is shared": lambda given: given.once(find_hits).positions.__setitem__(0, 1),
    "pairs": lambda given: given.data.test.__setitem__(0, 1),
}


def test_a_sound_metric_passes_and_keeps_its_mean(data: Dataset) -> None:
    assert measured(good, data).averaged
    assert not measured(good, data, summary=lambda self, values: float(np.median(values.values))).averaged


@pytest.mark.parametrize("wrong", VALUES)
def test_wrong_values_of_metrics_are_named(wrong: str, data: Dataset) -> None:
    with pytest.raises(PluginError, match=NAMED):
        measured(VALUES[wrong], data)


@pytest.mark.parametrize("summary", [None, float("nan"), "0.5", True, np.zeros(2)])
def test_wrong_summaries_are_named(summary: object, data: Dataset) -> None:
    with pytest.raises(PluginError, match=rf"{NAMED}.*summary\(\) gave"):
        measured(good, data, summary=lambda self, values: summary)


@pytest.mark.parametrize("where", WRITES)
def test_what_metrics_see_cannot_be_written_to(where: str, data: Dataset) -> None:
    with pytest.raises((ValueError, AttributeError), match="read-only|no attribute"):
        measured(WRITES[where], data)


def test_frames_and_documents_that_a_metric_changes_are_named(data: Dataset) -> None:
    def says(given: MetricInput) -> Values:
        given.said[0]["features"].clear()  # type: ignore[index]
        return good(given)

    with pytest.raises(PluginError, match="changed what is said"):
        measured(says, data)
    with pytest.raises(PluginError, match="changed the heldout"):
        measured(lambda given: (given.data.heldout.insert(0, "mine", 1), good(given))[1], data)  # type: ignore[func-returns-value]


class Odd(Reader):
    """Gives what it is told to."""

    name, kind, gives = "odd", "reviews", None

    def detect(self, path: Path, head: bytes) -> bool:
        return self.gives  # type: ignore[return-value]

    def read(self, path: Path, options: ReadOptions, log: ReadLog) -> Iterator[Reviews]:
        return self.gives  # type: ignore[return-value]

    def read_items(self, path: Path, options: ReadOptions, log: ReadLog) -> Iterator[Items]:
        return self.gives  # type: ignore[return-value]

    def read_mentions(self, path: Path, options: ReadOptions, log: ReadLog) -> MentionTable:
        return self.gives  # type: ignore[return-value]

    def read_dataset(self, path: Path, name: str, seed: int = 0) -> Dataset:
        return self.gives  # type: ignore[return-value]


def gave(gives: object, method: str) -> object:
    made = guarded_class(type("Odd", (Odd,), {"gives": gives}), "reader", "acme-odd", "odd-entry")()
    arguments = {"detect": (Path(), b""), "read_dataset": (Path(), "x")}.get(method, (Path(), ReadOptions(), ReadLog(False)))
    found = getattr(made, method)(*arguments)
    return list(found) if method in ("read", "read_items") else found


def rows(**changed: object) -> pd.DataFrame:
    sound = {"user": ["u1", "u2"], "item": ["i1", "i1"], "rating": [5.0, 4.0], "text": ["", "Good."], "time": [-1, 9], "split": ""}
    return pd.DataFrame(sound | changed)


def said(**changed: object) -> pd.DataFrame:
    sound = {"user": ["u1"], "item": ["i1"], "feature": ["screen"], "opinion": [""], "sentiment": [1.0], "sentence": [""]}
    return pd.DataFrame(sound | changed)


ROWS: dict[str, dict[str, object]] = {
    "no rating": {"rating": [np.nan, 1.0]},
    "ratings as texts": {"rating": ["5", "4"]},
    "a user of nothing": {"user": ["u1", None]},
    "a user without a name": {"user": ["u1", ""]},
    "items as numbers": {"item": [1, 2]},
    "fractions of seconds": {"time": [0.5, 1.5]},
    "a time before 1970": {"time": [-5, 1]},
}


@pytest.mark.parametrize("wrong", ROWS)
def test_wrong_rows_of_readers_are_named(wrong: str) -> None:
    for method, made in (("read", [Reviews(rows(**ROWS[wrong]))]), ("read_mentions", MentionTable(rows(**ROWS[wrong]), said()))):
        with pytest.raises(PluginError, match=rf"{NAMED}.*{method}\(\) gave a column"):
            gave(made, method)


WRONG: list[tuple[str, object]] = [
    ("detect", None), ("detect", "yes"), ("read", None), ("read", [rows()]), ("read", [Reviews(rows(text=[None, ""]))]),
    ("read_items", [rows()]), ("read_items", [Items(pd.DataFrame({"item": ["a", ""], "title": ""}))]),
    ("read_items", [Items(pd.DataFrame({"item": ["a"], "title": [None]}))]), ("read_dataset", None), ("read_mentions", rows()),
    ("read_mentions", MentionTable(rows(), said(feature=[""]))), ("read_mentions", MentionTable(rows(), said(item=["i9"]))),
    ("read_mentions", MentionTable(rows(user=["u1", "u1"]), said())), ("read_mentions", MentionTable(rows(split=[1, 2]), said())),
]  # fmt: skip


@pytest.mark.parametrize(("method", "gives"), WRONG)
def test_other_wrong_answers_of_readers_are_named(method: str, gives: object) -> None:
    with pytest.raises(PluginError, match=NAMED):
        gave(gives, method)


def test_sound_answers_of_readers_pass(data: Dataset) -> None:
    assert len(gave([Reviews(rows()), Reviews(rows().iloc[:0])], "read")) == 2  # type: ignore[arg-type]
    table = MentionTable(rows().astype({"user": "category", "item": "str"}), said())
    assert gave(table, "read_mentions") is table
    assert gave([Items(pd.DataFrame({"item": ["a"], "title": [""]}))], "read_items")
    assert gave(data, "read_dataset") is data
    assert gave(True, "detect") is True
