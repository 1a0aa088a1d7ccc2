"""Every row of the table of bad input: one clear message, the right exit status, and nothing on disk is lost."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from ..warm import warm
from .conftest import Made, good, run

LINE = {
    "reviewerID": "U1",
    "asin": "B1",
    "reviewText": "The tone is great.",
    "summary": "",
    "overall": 5.0,
    "unixReviewTime": 1400000000,
}


def refused(words: tuple[object, ...], status: int, *said: str) -> str:
    """Ends with this status, says all of these in one message, and shows no traceback."""
    result = run(*map(str, words))
    assert result.exit_code == status, result.output
    for part in said:
        assert re.search(part, result.output), f"{part!r} is not in: {result.output}"
    assert "Traceback" not in result.output
    return result.output


def file_with(path: Path, *records: object) -> Path:
    path.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in records))
    return path


def many(n: int = 300, **change: object) -> list[dict[str, object]]:
    return [LINE | {"reviewerID": f"U{k % 30}", "asin": f"B{k // 30}"} | change for k in range(n)]


BROKEN: dict[str, tuple[Callable[[Path], object], tuple[str, ...]]] = {
    "missing": (lambda p: None, ("no such file",)),
    "empty": (lambda p: p.write_bytes(b""), ("empty",)),
    "binary": (lambda p: p.write_bytes(bytes(range(256)) * 20), ("binary|format",)),
    "another format": (lambda p: p.write_text("dear diary\n" * 20), ("format",)),
    "truncated gzip": (
        lambda p: p.write_bytes(gzip.compress("".join(json.dumps(r) + "\n" for r in many()).encode())[:-400]),
        ("r.jsonl:?", "gzip|end"),
    ),
    "broken JSON line": (lambda p: file_with(p, *many(20), '{"reviewerID": "U1", "asin"', *many(20)), (r"r\.jsonl:21",)),
    "wrong encoding": (
        lambda p: p.write_bytes(b"".join(json.dumps(r).encode() + b"\n" for r in many(9)) + b'{"reviewerID": "\xff\xfe"}\n'),
        (r"r\.jsonl:10",),
    ),
    "rating missing": (
        lambda p: file_with(p, *many(5), {k: v for k, v in LINE.items() if k != "overall"}),
        (r"r\.jsonl:6", "rating|overall"),
    ),
    "rating no number": (lambda p: file_with(p, *many(5), LINE | {"overall": "good"}), (r"r\.jsonl:6", "rating|overall")),
    "rating outside": (lambda p: file_with(p, *many(5), LINE | {"overall": 7}), (r"r\.jsonl:6", "7")),
    "time in the future": (
        lambda p: file_with(p, *many(5), LINE | {"unixReviewTime": 99999999999}),
        (r"r\.jsonl:6", "future|time"),
    ),
    "empty id": (lambda p: file_with(p, *many(5), LINE | {"reviewerID": ""}), (r"r\.jsonl:6", "id|user")),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_file_is_named_with_its_line_and_what_to_do(kind: str, tmp_path: Path) -> None:
    write, said = BROKEN[kind]
    write(tmp_path / "r.jsonl")
    refused(("data", "prepare", tmp_path / "r.jsonl", "--out", tmp_path / "d"), 1, *said)
    assert not (tmp_path / "d").exists()


def test_bad_lines_are_skipped_and_counted_on_request_but_not_too_many(made: Made, tmp_path: Path) -> None:
    lines = made.reviews.read_text().splitlines()
    file_with(tmp_path / "r.jsonl", *lines, "{broken")
    good("data", "prepare", tmp_path / "r.jsonl", "--out", tmp_path / "d", "--skip-bad")
    assert sum(json.loads(good("data", "report", tmp_path / "d", "--json").stdout)["report"]["read"]["bad"].values()) == 1
    file_with(tmp_path / "many.jsonl", *lines, *["{broken"] * 100)
    refused(("data", "prepare", tmp_path / "many.jsonl", "--out", tmp_path / "e", "--skip-bad"), 1, "more than 1 %")


def test_duplicates_are_dropped_and_counted(made: Made, tmp_path: Path) -> None:
    lines = made.reviews.read_text().splitlines()
    file_with(tmp_path / "r.jsonl", *lines, *lines[:25])
    good("data", "prepare", tmp_path / "r.jsonl", "--out", tmp_path / "d")
    read = json.loads(good("data", "report", tmp_path / "d", "--json").stdout)["report"]["read"]
    assert sum(read["dropped"].values()) == 25


def test_reviews_without_text_are_kept_for_ranking(made: Made, tmp_path: Path) -> None:
    records = [json.loads(line) for line in made.reviews.read_text().splitlines()]
    for record in records[::7]:
        record["reviewText"] = record["summary"] = ""
    file_with(tmp_path / "r.jsonl", *records)
    good("data", "prepare", tmp_path / "r.jsonl", "--out", tmp_path / "d")
    report = json.loads(good("data", "report", tmp_path / "d", "--json").stdout)
    whole = json.loads(good("data", "report", made.dataset, "--json").stdout)
    assert report["counts"]["train"] == whole["counts"]["train"]
    assert report["report"]["read"]["notes"]["without text"] == len(records[::7])


def test_unknown_ids_are_answered_with_the_nearest_known(made: Made) -> None:
    refused(("recommend", made.run, "--user", "U00003"), 1, "unknown user 'U00003'", "U0000")
    refused(
        ("explain", made.run, "--user", made.user, "--item", "B1"),
        1,
        "unknown item 'B1'",
        "40 are known; 'pyexplain data items DATASET --search TEXT'",
    )
    refused(("explain", made.run, "--user", made.user, "--item", "B000001", "--against", "X"), 1, "unknown item 'X'")


def test_too_little_data_says_the_numbers_and_the_minimum(tmp_path: Path) -> None:
    file_with(tmp_path / "r.jsonl", *[LINE | {"reviewerID": f"U{k % 3}", "asin": f"B{k}"} for k in range(60)])
    refused(("data", "prepare", tmp_path / "r.jsonl", "--out", tmp_path / "d", "--min-count", 2), 1, "at least|too little|too few")


def test_unknown_names_end_with_two_and_list_the_known(made: Made, tmp_path: Path) -> None:
    words = ("--dataset", made.dataset, "--out", tmp_path / "r")
    refused(("train", "--explainer", "cmr", *words), 2, "unknown explainer 'cmr'", "car, cer, cnr")
    refused(("train", "--baseline", "vbrp", *words), 2, "unknown recommender 'vbrp'", "vbpr")
    refused(("train", "--explainer", "cnr", "--set", "dimm=3", *words), 2, "unknown key dimm", "batch_size")
    refused(("train", "--explainer", "cnr", "--set", "dim", *words), 2, "not key=value")
    refused(("train", "--explainer", "cnr", "--set", "dim=-1", *words), 2, "dim", "greater than")
    refused(("data", "prepare", made.reviews, "--format", "xml", "--out", tmp_path / "d"), 2, "unknown reader 'xml'", "amazon")


def test_an_explainer_that_cannot_work_lists_those_that_can(made: Made) -> None:
    refused(
        ("explain", made.run, "--user", made.user, "--item", "B000001", "--explainer", "nar"),
        2,
        "needs attention",
        "fit cnr: .*black-box, car, cer, cnr",
    )


def test_another_data_set_is_refused_with_both_fingerprints(made: Made, tmp_path: Path) -> None:
    good("data", "prepare", made.reviews, "--out", tmp_path / "d", "--seed", 5)
    ours, theirs = (json.loads((p / "dataset.json").read_text())["fingerprint"] for p in (made.dataset, tmp_path / "d"))
    said = refused(("evaluate", made.run, "--dataset", tmp_path / "d"), 1, "fingerprint|data set|feature space")
    assert ours in said or "feature space" in said
    assert theirs in said or "feature space" in said


@pytest.mark.parametrize("name", ["state.safetensors", "run.json", "history.jsonl"])
def test_an_altered_run_is_refused_and_the_file_named(made: Made, tmp_path: Path, name: str) -> None:
    shutil.copytree(made.run, tmp_path / "r")
    content = bytearray((tmp_path / "r" / name).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "r" / name).write_bytes(content)
    refused(("evaluate", tmp_path / "r"), 1, re.escape(name), "checksum")


def test_an_altered_data_set_is_refused_and_the_file_named(made: Made, tmp_path: Path) -> None:
    shutil.copytree(made.dataset, tmp_path / "d")
    with (tmp_path / "d" / "arrays.safetensors").open("ab") as handle:
        handle.write(b"x")
    refused(
        ("train", "--baseline", "vbpr", "--dataset", tmp_path / "d", "--out", tmp_path / "r"), 1, "arrays.safetensors", "checksum"
    )


def test_folders_that_are_nothing_of_ours_are_said_so(made: Made, tmp_path: Path) -> None:
    refused(("evaluate", tmp_path / "nothing"), 1, "no run here")
    refused(("evaluate", made.dataset), 1, "this is a data set, not a run")
    refused(("train", "--baseline", "vbpr", "--dataset", made.run, "--out", tmp_path / "r"), 1, "this is a run, not a data set")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    refused(("train", "--baseline", "vbpr", "--dataset", made.dataset, "--out", tmp_path / "mine"), 1, "something else here")
    assert (tmp_path / "mine" / "letter.txt").read_text() == "dear"


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
def test_cuda_without_cuda_says_what_is_missing(made: Made, tmp_path: Path) -> None:
    words = ("train", "--baseline", "vbpr", "--dataset", made.dataset, "--out", tmp_path / "r", "--device", "cuda")
    refused(words, 1, "built without CUDA|no usable GPU", "--device cpu")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_training_goes_on_to_the_same_numbers(made: Made, tmp_path: Path, how: signal.Signals) -> None:
    words = [
        "train",
        "--explainer",
        "cnr",
        "--dataset",
        str(made.dataset),
        "--epochs",
        "25",
        "--set",
        "dim=8",
        "--set",
        "patience=0",
    ]
    words += ["--threads", "1", "--out"]
    good(*words, tmp_path / "whole")
    process = warm().start("-m", "pyexplain", *words, tmp_path / "cut")
    checkpoint = tmp_path / "cut" / ".checkpoint.safetensors"
    until = time.monotonic() + 120
    while not checkpoint.exists() and time.monotonic() < until and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(how)
    _, said = process.communicate(timeout=60)
    if process.returncode != 0:  # it may have been done by then
        assert process.returncode in (130, -signal.SIGKILL)
        assert "Traceback" not in said
        if how == signal.SIGINT:
            assert "--resume" in said
        refused(("evaluate", tmp_path / "cut"), 1, "not finished", "--resume")
    good(*words, tmp_path / "cut", "--resume")
    for name in ("state.safetensors",):
        assert (tmp_path / "cut" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
