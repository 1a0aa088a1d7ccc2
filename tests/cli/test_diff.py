"""`pyexplain diff`, as people and CI call it."""

from __future__ import annotations

import json
from pathlib import Path

from .conftest import Made, good, run


def test_a_run_beside_itself_and_the_exit_status_of_a_check(made: Made, tmp_path: Path) -> None:
    other = tmp_path / "other"
    good("train", "--explainer", "cnr", "--dataset", made.dataset, "--set", "epochs=1", "--set", "dim=4", "--out", other)
    document = json.loads(good("diff", other, other, "--ranking-only", "--json").stdout)
    assert document["lists"]["overlap"] == 1
    assert document["failed"] == []
    words = ("diff", str(other), str(other), "--ranking-only", "--fail-if", "lists.overlap > 0.5")
    failed = run(*words)
    assert failed.exit_code == 3
    assert "Fails: lists.overlap > 0.5: lists.overlap is 1.0000" in failed.stdout
    assert json.loads(run(*words, "--json").stdout)["failed"] == [
        {"condition": "lists.overlap > 0.5", "found": "lists.overlap is 1.0000"}
    ]


def test_a_condition_is_read_before_the_work() -> None:
    result = run("diff", "nowhere", "nowhere", "--fail-if", "ndcg@10 improved")
    assert result.exit_code == 2
    assert "is no condition" in result.stderr
