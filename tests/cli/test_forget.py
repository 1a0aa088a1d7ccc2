"""Forgetting people and upgrading folders through the command line; what runs made before say."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import pyexplain as px

from ..data.test_forget import everything
from ..data.test_formats import FOLDERS, folder_of
from .conftest import Made, good, run


def test_a_person_is_forgotten_in_place(made: Made, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(made.dataset, data)
    assert made.user.encode() in everything(data)
    before = px.load_dataset(data).fingerprint
    said = good("data", "forget", data, "--user", made.user).output
    assert "1 person forgotten" in said
    assert made.user not in said
    assert made.user.encode() not in everything(tmp_path)
    after = px.load_dataset(data)
    assert after.n_users == px.load_dataset(made.dataset).n_users - 1
    refused = run("recommend", str(made.run), "--user", "U000004", "--dataset", str(data))
    assert refused.exit_code == 1
    words = " ".join(refused.output.split())
    assert f"the run was made before 1 person was forgotten: it was made on data set {before}" in words
    assert after.fingerprint in words
    assert "Train again" in words


def test_several_are_forgotten_into_a_new_folder(made: Made, tmp_path: Path) -> None:
    told = ["--user", made.user, "--user", "U000004", "--out", tmp_path / "new"]
    document = json.loads(good("data", "forget", made.dataset, *told, "--json").stdout)
    old, new = px.load_dataset(made.dataset), px.load_dataset(tmp_path / "new")
    assert document["forgotten"] == old.n_users - new.n_users == 2
    assert document["removed"]["training_pairs"] == len(old.train) - len(new.train) > 0
    assert document["fingerprint"] == {"before": old.fingerprint, "after": new.fingerprint}
    later = good("data", "forget", tmp_path / "new", "--user", "U000005")
    assert later.exit_code == 0
    refused = run("recommend", str(made.run), "--user", "U000006", "--dataset", str(tmp_path / "new"))
    assert "before 3 people were forgotten" in " ".join(refused.output.split())
    assert "3 people were forgotten since" in good("data", "report", tmp_path / "new").output
    assert "forgotten" not in good("data", "report", made.dataset).output


def test_an_unknown_person_changes_nothing(made: Made, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(made.dataset, data)
    before = everything(data)
    refused = run("data", "forget", str(data), "--user", made.user, "--user", "nobody")
    assert (refused.exit_code, "unknown user 'nobody'" in refused.output) == (1, True)
    assert everything(data) == before


def test_a_folder_with_something_else_in_it_is_left_alone(made: Made, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(made.dataset, data)
    (data / "notes.txt").write_text("mine")
    refused = run("data", "forget", str(data), "--user", made.user)
    assert (refused.exit_code, "notes.txt" in refused.output) == (1, True), refused.output
    assert made.user.encode() in everything(data)
    good("data", "forget", data, "--user", made.user, "--out", tmp_path / "new")
    assert made.user.encode() not in everything(tmp_path / "new")


@pytest.mark.parametrize("number", FOLDERS)
def test_an_old_folder_is_upgraded(number: int, tmp_path: Path) -> None:
    shutil.copytree(folder_of(number), tmp_path / "old")
    assert f"it was format {number}" in good("data", "upgrade", tmp_path / "old").output
    assert "nothing to do" in good("data", "upgrade", tmp_path / "old").output
