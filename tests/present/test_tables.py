"""Tables and documents of findings, lists, recommendations, training, plugins, checks and the installation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pyexplain.data.audit import Finding
from pyexplain.data.listing import listing
from pyexplain.data.types import Ancestor
from pyexplain.data.vocabulary import Vocabulary
from pyexplain.present.audit import audit_document, audit_table
from pyexplain.present.checks import check_document, check_table
from pyexplain.present.dataset import dataset_document, dataset_report
from pyexplain.present.doctor import doctor_table
from pyexplain.present.explanation import PairExplanation
from pyexplain.present.forgotten import forgotten_document, forgotten_lines
from pyexplain.present.listing import listing_document, listing_lines
from pyexplain.present.plugins import plugin_document, plugin_table
from pyexplain.present.recommendations import recommendation_document, recommendation_table
from pyexplain.present.runs import next_command, training_document, training_summary
from pyexplain.present.tail import tail_picture
from pyexplain.recommenders.options import RunOptions
from pyexplain.registry import load_registry
from pyexplain.runs import TrainedRun
from pyexplain.testing.contract import Outcome
from pyexplain.testing.run import Checked
from tests.metrics.toys import DotRecommender, FixedExplainer, toy_data
from tests.worlds import small_world

from .screen import screen

DATA = replace(
    toy_data(
        [[3.0, 2], [1, 0]], [[1.0, 1], [0, 1]], train=[(0, 1), (1, 0)], test=[(0, 0)], evidence=[(0, 1, 1), (1, 0, 0), (1, 1, 1)]
    ),
    items=Vocabulary(["i0", "i1"], "item", ["Norvik <Amp>", ""]),
)
EVIL = "bad\x1b[2Jname"


def trained(history: list[dict[str, float]] | None = None, explained: bool = False) -> TrainedRun:
    explainer = FixedExplainer([1, 0]) if explained else None
    return TrainedRun(DotRecommender(DATA), explainer, DATA, None, RunOptions(seed=5), history or [])


def test_the_name_of_a_finding_is_whole_on_a_narrow_screen() -> None:
    finding = Finding("users-without-training-pairs", "note", 157, 2490, "users have no positive training pair at all")
    assert "note      users-without-training-pairs  157    2,490" in screen(audit_table(DATA, [finding]), 80)


def test_the_reviews_of_which_coverage_is_are_told() -> None:
    """Nothing is looked for in the validation part; a person who adds up asks where it went."""
    found = {"reviews": 4, "reviews_with_a_mention": 3, "mentions": 5}
    valid = DATA.train[:1]
    for kept, but in ((5, " (all but the validation part's)"), (4, "")):
        data = replace(DATA, valid=valid, report={"read": {"read": kept, "kept": kept}, "extraction": found})
        assert f"Coverage: 75% of 4 reviews{but} mention a feature, 5 mentions." in screen(dataset_report(data))


def test_findings_and_their_absence() -> None:
    finding = Finding("cold-users", "warning", 1, 2, "Users without a pair.", "Leave them out.")
    lines = screen(audit_table(DATA, [finding])).splitlines()
    assert lines[0] == "Audit of toy, protocol heldout"
    assert " ".join(lines[2].split()) == "warning cold-users 1 2 Users without a pair. Leave them out."
    assert screen(audit_table(DATA, [])).splitlines()[1] == "No problem found."
    assert audit_document(DATA, [finding])["findings"][0]["code"] == "cold-users"


def test_a_listing_says_how_many_more_there_are() -> None:
    found = listing(DATA, "user")
    text = screen(listing_lines(DATA, "user", found, "", 1))
    assert text.splitlines()[1].split() == [str(cell) for cell in found.drop(columns="title").iloc[0]]
    assert text.splitlines()[-1] == "1 more; -k shows more, --search fewer."
    assert "more;" not in screen(listing_lines(DATA, "user", found, "", 2))
    none = screen(listing_lines(DATA, "item", found.head(0), "amp", 5))
    assert none == "None of the 2 items of toy has all of this in its id or title: amp"
    document = listing_document(DATA, "user", found, "", 1)
    assert (document["found"], [row["user"] for row in document["users"]]) == (2, [found["name"].iloc[0]])


def test_items_of_a_listing_have_a_title_or_null() -> None:
    found = pd.DataFrame([("i0", "Norvik", 1, 1, 1, 1), ("i1", "", 1, 1, 1, 1)], columns=["name", "title", *"abcd"])
    assert [row["title"] for row in listing_document(DATA, "item", found, "", 9)["items"]] == ["Norvik", None]
    assert "Norvik" in screen(listing_lines(DATA, "item", found, "", 9))


def test_recommendations_with_and_without_reasons() -> None:
    best = [("i0", 5.0), ("i1", 2.0)]
    plain = screen(recommendation_table(trained(), "u0", best, None))
    assert "Norvik <Amp> (i0)" in plain
    assert plain.splitlines()[0] == "Recommendations for u0 by dot; 1 item liked in training is left out."
    reasons = [PairExplanation("u0", item, None, "m", ()) for item, _ in best]
    told = screen(recommendation_table(trained(), "u0", best, reasons))
    assert "(i0)" not in told
    assert "(i0)" in screen(recommendation_table(trained(), "u0", best, reasons, "analyst"))
    assert [item["title"] for item in recommendation_document(trained(), "u0", best, None)["items"]] == ["Norvik <Amp>", None]
    assert recommendation_document(trained(), "u0", best, reasons)["items"][0]["explanation"]["item"] == "i0"


HISTORY = [{"epoch": 1.0, "loss": 0.5, "seconds": 1.0, "ndcg@10": 0.2, "kept": 1.0, "auxiliary": 0.0}]


@pytest.mark.parametrize(
    ("history", "line"),
    [
        ([], "Run: out"),
        (HISTORY, "1 epoch in 1.0 s, last loss 0.5000."),
        (HISTORY, "Warning: the method's own term took part in no epoch"),
        ([HISTORY[0] | {"auxiliary": 1.0}], "The method's own term took part in 1 of its epochs."),
        ([{"epoch": 1.0, "loss": 0.5, "seconds": 1.0}], "The validation part is empty: the last epoch is kept."),
    ],
)
def test_what_training_did(history: list[dict[str, float]], line: str) -> None:
    assert line in screen([training_summary(trained(history), Path("out"))])
    document = training_document(trained(history), Path("out"))
    assert (document["epochs"], document["seed"], document["explainer"]) == (len(history), 5, None)


def test_a_run_with_an_explainer_says_how_to_evaluate_it() -> None:
    assert "evaluate out --explanations" in screen([training_summary(trained(explained=True), Path("out"))])


def test_runs_of_further_seeds_repeat_nothing_and_the_next_command_names_all_once() -> None:
    first, second = trained(HISTORY), trained(HISTORY)
    said = screen([training_summary(first, Path("runs/a-0"), last=False)])
    assert said.startswith("Trained dot on toy, protocol heldout, seed 5: ")
    said += "\n" + screen([training_summary(second, Path("runs/a-1"), further=True, last=False)])
    assert said.count("Trained") == 1
    assert said.splitlines()[-3:] == [*said.splitlines()[-3:-1], "Run: runs/a-1"]
    assert "Seed 5:" in said.splitlines()
    assert "Next:" not in said
    folders = [Path(f"runs/a-{n}") for n in range(3, 9)]
    assert next_command(first, folders[:2]) == "Next: pyexplain evaluate runs/a-3 runs/a-4"
    assert next_command(trained(explained=True), folders) == "Next: pyexplain evaluate runs/a-{3..8} --explanations"


def test_a_recommender_of_another_name_than_the_method_is_named() -> None:
    assert "Trained fixed (recommender dot) on toy" in screen([training_summary(trained(explained=True), Path("out"))])


def test_plugins_and_those_that_failed() -> None:
    registry = load_registry()
    text = screen(plugin_table(registry), width=400)
    assert "item-popularity" in text
    assert {"kind", "name", "package", "plugin"} <= plugin_document(registry)["plugins"][0].keys()
    assert len(plugin_document(registry)["plugins"]) == len(registry.found)


def test_checks_are_counted_and_what_was_promised_is_said() -> None:
    outcomes = (Outcome("a", "x", "passed"), Outcome("b", "to be finite", "failed", f"it {EVIL}"))
    checked = Checked("metric", "focus", "mine", outcomes)
    text = screen(check_table(checked))
    assert "(promised: to be finite)" in text
    assert "\x1b" not in text
    assert "2 checks: 1 passed, 0 skipped, 0 expected failures, 1 failed." in text
    assert [check["outcome"] for check in check_document([checked])["checked"][0]["checks"]] == ["passed", "failed"]
    assert not check_document([checked])["checked"][0]["ok"]


@pytest.mark.parametrize(
    ("native", "cuda", "line"),
    [
        (
            {},
            {"usable": False, "why": "it is old", "what_to_do": "buy one"},
            "no kernels built; cannot be used: it is old (buy one)",
        ),
        ({"cuda_architectures": "90", "gpu": "H100"}, {"usable": True}, "kernels built for 90; usable: H100"),
        (
            {"cuda_architectures": "90"},
            {"usable": False, "why": "there is none", "what_to_do": EVIL},
            "built for 90; cannot be used",
        ),
    ],
)
def test_the_installation(native: dict[str, object], cuda: dict[str, object], line: str) -> None:
    facts = {
        "python": "3.11",
        "system": "Linux",
        "packages": {"torch": "2", "rich": None},
        "torch": {"threads": 1, "cuda_built": False, "cuda": False},
        "native": native,
        "cuda": cuda,
        "plugins": {"metric": [EVIL]},
        "problems": [],
    }
    text = screen(doctor_table(facts))
    assert line in text
    assert "torch 2" in text
    assert "rich" not in text
    assert "\x1b" not in text
    assert text.splitlines()[-1] == "No problem found."
    assert screen(doctor_table(facts | {"problems": [EVIL]})).splitlines()[-1].startswith("Problem: bad")


def test_what_went_with_people_who_are_forgotten() -> None:
    after = replace(DATA, train=DATA.train[:1], evidence=DATA.evidence.head(1), lineage=(Ancestor("p", 2),))
    text = screen(forgotten_lines(DATA, after, Path("place")))
    assert text.splitlines()[0].startswith("place: 2 people forgotten, with 1 training pairs, 0 held-out pairs, 2 mentions")
    assert forgotten_document(DATA, after, Path("place"))["removed"]["mentions"] == 2
    one = replace(after, lineage=(Ancestor("p", 1),))
    assert "1 person forgotten" in screen(forgotten_lines(DATA, one, Path("place")))


def test_a_data_set_in_counts_and_as_a_document() -> None:
    world = small_world()
    text = screen(dataset_report(world))
    assert text.splitlines()[0] == f"Data set {world.name}, protocol heldout, fingerprint {world.fingerprint}"
    document = dataset_document(world)
    assert document["counts"]["users"] == world.n_users
    assert sum(document["features"].values()) == len(world.evidence)


def test_the_long_tail_as_a_picture() -> None:
    picture = tail_picture(DATA)
    assert picture.count("<circle") == 2
    assert "f1: 2 mentions, rank 1" in picture
    hostile = replace(DATA, features=Vocabulary(['"><script>', "f1"], "feature"))
    assert "<script" not in tail_picture(hostile)
    assert picture == tail_picture(DATA)
    assert "<circle" not in tail_picture(replace(DATA, evidence=DATA.evidence.head(0)))
    assert np.isfinite([float(x) for x in picture.split('points="')[1].split('"')[0].replace(",", " ").split()]).all()
