"""What is searched, from what a person types."""

from __future__ import annotations

import pytest

import pyexplain as px
from pyexplain.recommenders import Config, HeadlessConfig, TrainingConfig
from pyexplain.tuning.space import USUAL, Choice, Range, defaults_in, space_of


def test_values_and_ranges() -> None:
    found = space_of(TrainingConfig, ["dim=32,64", "dropout=0..0.5", "learning_rate=0.001..0.1:log", "epochs=2..9"])
    assert found == {
        "dim": Choice((32, 64)),
        "dropout": Range(0.0, 0.5, False, False),
        "learning_rate": Range(0.001, 0.1, True, False),
        "epochs": Range(2.0, 9.0, False, True),
    }


def test_without_words_the_shared_keys_are_searched_and_hold_the_defaults() -> None:
    found = space_of(TrainingConfig, [])
    assert set(found) == set(USUAL)
    assert defaults_in(found, TrainingConfig, {}) == {key: getattr(TrainingConfig(), key) for key in USUAL}


def test_defaults_outside_are_no_trial() -> None:
    assert defaults_in(space_of(TrainingConfig, ["dim=8,16"]), TrainingConfig, {}) is None
    assert defaults_in(space_of(TrainingConfig, ["dropout=0..0.9"]), TrainingConfig, {"dropout": 0.95}) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("dim", "is not KEY=VALUES"),
        ("dim=", "is not KEY=VALUES"),
        ("dimm=1,2", "Did you mean dim"),
        ("dropout=0.5..0.1", "is no range"),
        ("dropout=a..b", "is no range"),
        ("dropout=0..0.5:log", "is no range"),
        ("dropout=0.1..0.5:lin", "is no range"),
        ("dropout=0..1.5", "less than 1"),
        ("dim=0,8", "greater than or equal to 1"),
        ("dim=8,x", "valid integer"),
        ("dim=true..false", "is no range"),
    ],
)
def test_what_is_no_search(text: str, words: str) -> None:
    with pytest.raises(px.UsageError, match=words):
        space_of(TrainingConfig, [text])


def test_a_method_without_shared_keys_says_which_it_has() -> None:
    class Few(Config):
        neighbours: int = 3

    with pytest.raises(px.UsageError, match="there are neighbours"):
        space_of(Few, [])


def test_keys_that_do_nothing_are_not_searched() -> None:
    """bpr-mf and others take the keys of a head that they have not."""
    assert set(space_of(HeadlessConfig, [])) == set(USUAL) - {"dropout"}
    with pytest.raises(px.UsageError, match="dropout does nothing here") as error:
        space_of(HeadlessConfig, ["dropout=0..0.5"])
    assert "dropout" not in str(error.value.hint)
    assert HeadlessConfig.idle <= set(HeadlessConfig.model_fields)
    said = {key: field.description for key, field in HeadlessConfig.model_fields.items()}
    assert {key for key, text in said.items() if "not used" in str(text)} == HeadlessConfig.idle
