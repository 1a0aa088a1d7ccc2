"""One error speaks to both: Python's words in Python, options on the command line; numbers that no machine stands are refused."""

from __future__ import annotations

import pytest

import pyexplain as px
from pyexplain.data.vocabulary import Vocabulary
from pyexplain.errors import DataError, UsageError, either
from pyexplain.recommenders.options import RunOptions

from .worlds import small_world


def test_a_message_has_two_spellings() -> None:
    error = UsageError(
        "loosen --min-rating", where=either("train(x=...)", "--set x"), hint="See 'pyexplain train --help', or --set."
    )
    assert (error.what, error.where) == ("loosen min_rating", "train(x=...)")
    assert error.hint == "See 'pyexplain train --help', or set."
    assert error.on_command_line()[:2] == ("loosen --min-rating", "--set x")
    assert "\x02" not in str(error) + "".join(error.on_command_line())


def test_unknown_keys_speak_python_and_name_near_ones() -> None:
    for key, said in (("epoch", "Did you mean epochs?"), ("threads", r"RunOptions\(threads=...\)"), ("sede", "Known keys")):
        with pytest.raises(UsageError, match=said) as error:
            px.train(small_world(), baseline="vbpr", **{key: 3})
        assert error.value.where == f"train({key}=...) of vbpr"
        assert "--" not in str(error.value)
        assert error.value.on_command_line()[1] == f"--set {key} of vbpr"


@pytest.mark.parametrize("value", [-1, 0, 2**31, 10**12, 10**30, float("inf"), float("nan"), "", "\0", "[", None, [], True and "x"])
def test_settings_have_bounds(value: object) -> None:
    with pytest.raises(UsageError):
        px.train(small_world(), baseline="vbpr", dim=value)
    with pytest.raises(UsageError):
        px.train(small_world(), baseline="vbpr", learning_rate=-1 if isinstance(value, int) else value)


@pytest.mark.parametrize("name", ["vbpr", "ncf", "bpr-mf"])
def test_what_does_not_fit_the_memory_is_refused_before_it_is_made(name: str) -> None:
    with pytest.raises(UsageError, match="this machine has"):
        px.train(small_world(), baseline=name, dim=2_000_000_000)


def test_options_of_runs_have_bounds() -> None:
    for bad in ({"seed": -1}, {"seed": 2**63}, {"threads": 0}, {"threads": 100_000}, {"max_memory": 0}, {"device": "tpu"}):
        with pytest.raises(UsageError):
            RunOptions(**bad)  # type: ignore[arg-type]
    RunOptions(seed=2**63 - 1, threads=64, max_memory=1, device="cuda:1")


def test_near_ids_are_named_only_where_they_are_near() -> None:
    users = Vocabulary([f"U{number:06}" for number in range(30_000)], "user")
    with pytest.raises(DataError, match="The nearest known: U0"):
        users.index("U00012")
    with pytest.raises(DataError) as error:
        users.index("somebody else")
    assert "nearest" not in str(error.value)
    assert "30,000 are known; data.users.names" in str(error.value)
    assert "pyexplain data users DATASET --search" in error.value.on_command_line()[2]


def test_unknown_methods_are_answered_with_near_ones() -> None:
    with pytest.raises(UsageError, match="Did you mean cnr"):
        px.train(small_world(), explainer="cnrr")
    with pytest.raises(UsageError) as error:
        px.train(small_world(), explainer="zzzzzz")
    assert "Did you mean" not in str(error.value)


def test_a_run_of_an_object_says_what_to_do(tmp_path) -> None:  # type: ignore[no-untyped-def]
    data = small_world()
    run = px.train(data, explainer="cnr", epochs=1, dim=4)
    assert px.evaluate(run, explanations=True, max_pairs=5).to_dict()
    run.save(tmp_path / "run")
    with pytest.raises(DataError, match="given as an object.*\n.*save_dataset.*dataset=") as error:
        px.load_run(tmp_path / "run")
    assert "--dataset" in error.value.on_command_line()[2]
    px.save_dataset(data, tmp_path / "data")
    assert px.load_run(tmp_path / "run", dataset=tmp_path / "data").method == "cnr"
