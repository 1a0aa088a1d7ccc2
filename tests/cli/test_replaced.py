"""A finished data set or run that is replaced is named on stderr; what is new, or stays as it was, is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyexplain.recommenders.checkpoints import CHECKPOINT

from .conftest import Made, good, run


def test_a_data_set_that_is_replaced_is_named_with_what_becomes_of_its_runs(made: Made, tmp_path: Path) -> None:
    out = tmp_path / "data"
    prepare = "data", "prepare", made.reviews, "--out", out, "--workers", 1
    assert "Replaced" not in good(*prepare).stderr
    again = good(*prepare).stderr
    assert f"Replaced: the data set that was in {out}. It had the same fingerprint." in again
    other = good(*prepare, "--seed", 1, "--json")
    assert "runs made on it do not fit the new one" in other.stderr
    assert "Replaced" not in other.stdout


def test_a_run_that_is_replaced_is_named(made: Made, tmp_path: Path) -> None:
    out = tmp_path / "run"
    train = "train", "--baseline", "random", "--dataset", made.dataset, "--out", out
    assert "Replaced" not in good(*train).stderr
    assert f"Replaced: the run that was in {out}." in good(*train).stderr


def test_a_checkpoint_that_is_about_to_be_written_over_is_named(made: Made, tmp_path: Path) -> None:
    out = tmp_path / "run"
    out.mkdir()
    train = "train", "--baseline", "random", "--dataset", made.dataset, "--out", out
    (out / CHECKPOINT).write_bytes(b"of a training that was stopped")
    said = good(*train).stderr
    assert f"{out} has the checkpoint of a training that was stopped: this one begins anew" in said
    assert "add --resume" in said
    assert "begins anew" not in good(*train).stderr


def test_what_was_not_replaced_is_not_said_to_be(made: Made, tmp_path: Path) -> None:
    out = tmp_path / "data"
    good("data", "prepare", made.reviews, "--out", out, "--workers", 1)
    (tmp_path / "bad.json").write_text("Dear diary")
    failed = run("data", "prepare", tmp_path / "bad.json", "--out", out)
    assert failed.exit_code == 1
    assert "Replaced" not in failed.stderr
    (out / "note.txt").write_text("mine")
    refused = run("data", "prepare", made.reviews, "--out", out)
    assert refused.exit_code == 1
    assert "Replaced" not in refused.stderr
    assert (out / "note.txt").read_text() == "mine"


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no /proc here")
def test_a_place_where_no_folder_can_be_made_is_an_error_and_no_endless_wait(made: Made) -> None:
    result = run("data", "prepare", made.reviews, "--out", "/proc/pyexplain-nothing")
    assert result.exit_code == 1
    assert "cannot be written" in result.stderr


@pytest.mark.parametrize(
    ("words", "option", "name", "kind"),
    [
        (("report", "RUN", "--without-explanations", "--users", 0), "--out", "page.html", "report"),
        (("evaluate", "RUN"), "--report", "page.html", "report"),
        (("explain", "RUN", "--all", "-k", 1), "--out", "all.parquet", "file"),
        (("explain", "RUN", "--all", "--level", "list", "-k", 2), "--out", "lists.parquet", "file"),
        (("recommend", "RUN", "--all", "-k", 1), "--out", "best.parquet", "file"),
        (("data", "extract", "REVIEWS"), "--out", "mentions.csv", "file"),
    ],
)
def test_a_file_that_is_replaced_is_named(
    made: Made, tmp_path: Path, words: tuple[object, ...], option: str, name: str, kind: str
) -> None:
    told = [{"RUN": made.run, "REVIEWS": made.reviews}.get(str(word), word) for word in words]
    out = tmp_path / name
    assert "Replaced" not in good(*told, option, out).stderr
    again = good(*told, option, out, *(() if option == "--report" else ("--json",)))
    assert f"Replaced: the {kind} that was {out}." in again.stderr
    assert "Replaced" not in again.stdout


@pytest.mark.parametrize("words", [("explain", "--all"), ("explain", "--all", "--level", "list"), ("recommend", "--all")])
def test_a_finished_file_is_complete_and_stays_with_resume(made: Made, tmp_path: Path, words: tuple[str, ...]) -> None:
    out = tmp_path / "all.parquet"
    asked = (words[0], made.run, *words[1:], "-k", 2, "--out", out)
    first = good(*asked, "--resume", "--json")
    assert "complete" not in first.stderr
    content, stood = out.read_bytes(), out.stat().st_mtime_ns
    again = good(*asked, "--resume", "--json")
    assert f"Already complete: the file {out} stays as it is." in again.stderr
    assert "Replaced" not in again.stderr
    assert (again.stdout, out.stat().st_mtime_ns) == (first.stdout, stood)
    assert "Replaced" in good(*asked).stderr  # without it all is made again
    assert out.read_bytes() == content
    other = good(words[0], made.run, *words[1:], "-k", 1, "--out", out, "--resume")  # and so is what was asked otherwise
    assert f"Replaced: the file that was {out}." in other.stderr
    out.write_bytes(content[:-9])
    assert "changed since" in run(*map(str, asked), "--resume").stderr


def test_a_file_that_stays_as_it_was_is_not_said_to_be_replaced(made: Made, tmp_path: Path) -> None:
    out = tmp_path / "mentions.csv"
    out.write_text("mine")
    (tmp_path / "bad.json").write_text("Dear diary")
    failed = run("data", "extract", tmp_path / "bad.json", "--out", out)
    assert failed.exit_code == 1
    assert "Replaced" not in failed.stderr
    assert out.read_text() == "mine"
