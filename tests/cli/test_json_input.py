"""JSON that is nested without end, or is no object, in every place where the command line reads some: a message, and the file."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from pyexplain.data.files import write_manifest

from .conftest import Made, run

DEEP = "[" * 100_000
BAD = {
    "deep": '{"a": ' + DEEP,
    "closed": DEEP + "]" * 100_000,
    "a list": "[]",
    "null": "null",
    "nothing": "",
    "twice": '{"a":1,"a":1}',
}


def refused(status: int, named: str, *words: object) -> None:
    result = run(*map(str, words))
    assert result.exit_code == status, result.output
    assert named in result.output
    assert "Traceback" not in result.output
    assert "bug in pyexplain" not in result.output


@pytest.mark.parametrize("kind", BAD)
def test_files_that_are_handed_in(kind: str, made: Made, tmp_path: Path) -> None:
    file = tmp_path / "f.json"
    file.write_text(BAD[kind])
    train = ("train", "--baseline", "vbpr", "--dataset", made.dataset, "--out", tmp_path / "r")
    refused(1, "f.json", *train, "--config", file)
    refused(1, "f.json", "data", "prepare", made.reviews, "--out", tmp_path / "d", "--workers", 1, "--lexicon", file)
    (tmp_path / "f.toml").write_text("a = " + DEEP)
    refused(1, "f.toml", *train, "--config", tmp_path / "f.toml")


def test_values_of_set(made: Made, tmp_path: Path) -> None:
    for value in (DEEP + "]" * 100_000, '{"a":' * 100_000 + "1" + "}" * 100_000):
        refused(
            2, "--set", "train", "--baseline", "vbpr", "--dataset", made.dataset, "--out", tmp_path / "r", "--set", f"dim={value}"
        )


@pytest.mark.parametrize("kind", BAD)
def test_files_of_runs_and_data_sets(kind: str, made: Made, tmp_path: Path) -> None:
    run_folder, data = tmp_path / "run", tmp_path / "data"
    shutil.copytree(made.run, run_folder)
    shutil.copytree(made.dataset, data)
    for name in ("run.json", "history.jsonl"):
        kept = (run_folder / name).read_text()
        (run_folder / name).write_text(BAD[kind] or " ")
        write_manifest(run_folder, "run")  # as if it had been written so: the checksum alone would refuse it
        refused(1, name, "recommend", run_folder, "--user", made.user)
        (run_folder / name).write_text(kept)
    (data / "dataset.json").write_text(BAD[kind])
    write_manifest(data, "data set")
    refused(1, "dataset.json", "data", "report", data)
    for folder, words in ((run_folder, ("recommend", run_folder, "--user", made.user)), (data, ("data", "report", data))):
        (folder / "manifest.json").write_text(BAD[kind])
        refused(1, "manifest.json", *words)


def test_vocabularies_that_look_like_json_are_read_as_lines(made: Made, tmp_path: Path) -> None:
    (tmp_path / "f.txt").write_text(DEEP)
    result = run("data", "prepare", made.reviews, "--out", tmp_path / "d", "--workers", 1, "--features", tmp_path / "f.txt")
    assert result.exit_code == 1
    assert "bug in pyexplain" not in result.output


@pytest.mark.parametrize(
    "content",
    [
        {"opinions": []},
        {"opinions": {"good": "yes"}},
        {"opinions": {}, "negators": "not"},
        {"opinions": {}, "plurals": [1]},
        {"name": 1},
    ],
)
def test_a_language_of_other_types_is_named(content: object, made: Made, tmp_path: Path) -> None:
    (tmp_path / "f.json").write_text(json.dumps(content))
    refused(1, "f.json", "data", "prepare", made.reviews, "--out", tmp_path / "d", "--workers", 1, "--lexicon", tmp_path / "f.json")
