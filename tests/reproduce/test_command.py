"""The command: tables for people, one JSON document, files beside each other, and a status that tells of failures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from pyexplain.cli import group
from pyexplain.errors import UsageError

from .folders import authors_folder

SMALL = ["--set", "dim=4", "--epochs", "1", "--threads", "1"]


def call(*words: object) -> Result:
    return CliRunner().invoke(group, ["reproduce", *map(str, words)])


def document(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_table_is_printed_with_both_values_controls_and_protocol(tmp_path: Path) -> None:
    found = call("table3", "--data", authors_folder(tmp_path / "p"), "--dataset", "video", "--seeds", 1, *SMALL)
    assert found.exit_code == 0, found.output
    for part in (
        "0.2106",
        "(echo)",
        "in brackets are controls",
        "protocol paper",
        "1 seed (0)",
        "dim 4",
        "of 6 cells",
        "the best control, echo",
    ):
        assert part in found.output


def test_json_is_one_document_and_a_list_for_several(tmp_path: Path) -> None:
    folder = authors_folder(tmp_path / "p")
    one = document(call("table2", "--data", folder, "--json"))
    assert one["target"] == "table2"
    both = document(call("table2", "table3", "--data", folder, "--json", "--seeds", 1, *SMALL))
    assert [result["target"] for result in both["results"]] == ["table2", "table3"]


def test_out_holds_json_and_csv(tmp_path: Path) -> None:
    found = call("table3", "--data", authors_folder(tmp_path / "p"), "--seeds", 2, "--seed", 4, "--out", tmp_path / "o", *SMALL)
    assert found.exit_code == 0, found.output
    written = json.loads((tmp_path / "o" / "table3.json").read_text())
    assert written["seeds"] == [4, 5]
    table = pd.read_csv(tmp_path / "o" / "table3.csv")
    first = table[(table["row"] == "NAR") & (table["column"] == "f1@10")].iloc[0]
    assert first["mean"] == pytest.approx(written["rows"][0]["cells"]["f1@10"]["mean"])
    assert str(tmp_path / "o" / "table3.csv") in found.output.replace("\n", "")


def test_a_method_that_fails_is_reported_and_the_status_is_1(tmp_path: Path) -> None:
    found = call("table3", "--data", authors_folder(tmp_path / "p"), "--seeds", 1, *SMALL, "--set", "learning_rate=-1")
    assert found.exit_code == 1
    assert "CNR has no figures" in found.output
    assert "(echo)" in found.output


@pytest.mark.parametrize("words", [("table10",), ("table3",), ("table3", "--data", ".", "--dataset", "books")])
def test_wrong_use_is_an_error_that_says_so(words: tuple[str, ...]) -> None:
    found = call(*words)
    assert isinstance(found.exception, UsageError)
    assert found.exception.exit_status == 2


def test_each_run_is_told_and_written_as_soon_as_it_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, seen = tmp_path / "o", []
    from pyexplain.cli import reproduce as command

    real = command.say

    def watch(text: str) -> None:
        written = json.loads((out / "table4.json").read_text())
        seen.append((written["complete"], sum(row["cells"]["ndcg@10"]["n"] or 0 for row in written["rows"] if not row["control"])))
        real(text)

    monkeypatch.setattr(command, "say", watch)
    found = call("table4", "--data", authors_folder(tmp_path / "p"), "--seeds", 2, "--out", out, *SMALL)
    assert found.exit_code == 0, found.output
    assert seen == [(False, n) for n in range(1, 13)]
    lines = found.stderr.splitlines()
    assert lines[0].startswith("[1 of 12] NCF, seed 0: ")
    assert " left" in lines[0]
    assert "ndcg@10" in lines[0]
    assert " left" not in lines[-1]
    assert json.loads((out / "table4.json").read_text())["complete"] is True


def test_one_that_was_stopped_goes_on_with_what_it_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pyexplain.reproduce import trained

    words = ("table3", "--data", authors_folder(tmp_path / "p"), "--seeds", 2, *SMALL)
    whole = document(call(*words, "--json"))
    calls: list[str] = []
    real = trained.train

    def counted(*given: Any, **more: Any) -> Any:
        calls.append(str(more.get("explainer")))
        if len(calls) == 5:  # the third run, which is trained twice, is stopped in its first
            raise KeyboardInterrupt
        return real(*given, **more)

    monkeypatch.setattr(trained, "train", counted)
    out = tmp_path / "o"
    stopped = call(*words, "--out", out)
    assert stopped.exit_code not in (0, 2)
    kept = json.loads((out / "table3.json").read_text())
    assert kept["complete"] is False
    assert sorted(path.name for path in (out / "runs").iterdir()) == ["car-0", "car-0.json", "nar-0", "nar-0.json"]
    calls[:] = ["nothing is stopped"] * 5
    again = call(*words, "--out", out, "--resume", "--json")
    assert len(calls) == 5 + 2 * 4
    assert again.stderr.count("kept from before") == 2
    assert document(again) == whole


def test_runs_of_other_settings_are_not_taken(tmp_path: Path) -> None:
    words = (
        "table3",
        "--data",
        authors_folder(tmp_path / "p"),
        "--seeds",
        1,
        "--out",
        tmp_path / "o",
        "--threads",
        1,
        "--set",
        "dim=4",
    )
    assert call(*words, "--epochs", 1).exit_code == 0
    assert call(*words, "--epochs", 1, "--resume").stderr.count("kept from before") == 3
    (tmp_path / "o" / "runs" / "nar-0" / "history.jsonl").write_text("")  # damaged: trained again
    assert call(*words, "--epochs", 1, "--resume").stderr.count("kept from before") == 2
    assert "kept from before" not in call(*words, "--epochs", 2, "--resume").stderr
    assert "kept from before" not in call(*words, "--epochs", 2).stderr
    assert call("table3", "--data", tmp_path / "p", "--resume").exit_code == 2
