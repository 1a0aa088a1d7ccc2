"""--verbose and --log-file: of every command, and nothing of them is left in the process."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from .conftest import Made, good, run
from .test_options import COMMANDS


@pytest.mark.parametrize("path", [path for path, command in COMMANDS.items() if not hasattr(command, "commands")], ids=" ".join)
def test_every_command_takes_both(path: tuple[str, ...]) -> None:
    assert {"verbose", "log_file"} <= {param.name for param in COMMANDS[path].params}


def test_a_training_is_told_line_by_line(made: Made, tmp_path: Path) -> None:
    log, words = tmp_path / "log.txt", ("--dataset", made.dataset, "--set", "epochs=2", "--set", "dim=4", "--json")
    result = good("train", "--baseline", "bpr-mf", *words, "--out", tmp_path / "run", "--verbose", "--log-file", log)
    json.loads(result.stdout)  # stdout holds the document and nothing else
    lines = log.read_text(encoding="utf-8").splitlines()
    assert "train --baseline bpr-mf" in lines[0]
    assert [line.split(" INFO ")[1].split(":")[0] for line in lines if " INFO epoch" in line] == ["epoch 1", "epoch 2"]
    assert "training: done after" in log.read_text(encoding="utf-8")
    assert "ended with status 0" in lines[-1]
    for line in lines:
        assert line.split(" INFO ")[1] in result.stderr
    logger = logging.getLogger("pyexplain")
    assert (logger.handlers, logger.level) == ([], logging.NOTSET)


def test_the_file_is_added_to_and_has_the_traceback_of_an_error(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_text("before\n", encoding="utf-8")
    result = run("evaluate", str(tmp_path / "no\nwhere"), "--log-file", str(log))
    assert result.exit_code == 1
    assert result.stderr.count("Error:") == 1
    assert "Traceback" not in result.stderr
    text = log.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert " ERROR Error: " in text
    assert "Traceback (most recent call last)" in text
    assert "ended with status 1" in text.splitlines()[-1]


def test_the_file_is_closed_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = list[str]()
    before = logging.FileHandler.close

    def close(handler: logging.FileHandler) -> None:
        closed.append(handler.baseFilename)
        before(handler)

    monkeypatch.setattr(logging.FileHandler, "close", close)
    run("evaluate", "nowhere", "--log-file", str(tmp_path / "log.txt"))
    assert closed == [str(tmp_path / "log.txt")]


def test_without_a_log_nothing_is_said_twice(capfd: pytest.CaptureFixture[str]) -> None:
    """logging prints to the process's stderr what no handler takes."""
    assert run("evaluate", "nowhere").exit_code == 1
    assert capfd.readouterr().err == ""


def test_wrong_use_is_in_it_too_and_a_line_is_said_once(made: Made, tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    result = run("train", "--dataset", str(made.dataset), "--explainer", "cnx", "--verbose", "--log-file", str(log))
    assert result.exit_code == 2
    assert result.stderr.count("cnx") == 2  # the words of the call, and the message
    assert "ended with status 2" in log.read_text(encoding="utf-8")


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    result = run("doctor", "--log-file", str(tmp_path / "none" / "log.txt"))
    assert result.exit_code == 1
    assert "none" in result.stderr
    assert "--log-file" in result.stderr
