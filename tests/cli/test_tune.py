"""`pyexplain tune`, as people call it."""

from __future__ import annotations

import json
from pathlib import Path

from .conftest import Made, good, run


def test_trials_are_told_and_the_result_trains(made: Made, tmp_path: Path) -> None:
    words = ("tune", "bpr-mf", "--dataset", made.dataset, "--search", "dim=4,8", "--set", "epochs=2", "--out", tmp_path / "t")
    first = good(*words, "--trials", 2)
    assert first.stderr.count("Trial ") == 2
    assert "the test part was not used" in " ".join(first.stdout.split())
    document = json.loads(good(*words, "--trials", 3, "--resume", "--json").stdout)
    assert [trial["trial"] for trial in document["trials"]] != []
    assert len(document["trials"]) == 3
    good("train", "--baseline", "bpr-mf", "--dataset", made.dataset, "--config", document["config"], "--out", tmp_path / "run")
    assert run(*map(str, words), "--trials", "2").exit_code == 2


def test_one_key_is_searched_or_set(made: Made) -> None:
    result = run("tune", "bpr-mf", "--dataset", str(made.dataset), "--search", "dim=4,8", "--set", "dim=4")
    assert result.exit_code == 2
    assert "dim is searched and set" in result.stderr
