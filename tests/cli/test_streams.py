"""What goes to stdout and stderr, and what becomes of a stdout that cannot be written to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ..third_party import install
from ..warm import warm
from .conftest import Made, good, run

PYEXPLAIN = f"{sys.executable} -m pyexplain"
PRINTER = """
    import os, sys
    print("on import")
    from pyexplain import hookimpl
    from pyexplain.explainers import Explainer, Explanations
    os.write(1, b"by descriptor\\n")

    class Loud(Explainer):
        name = "loud"
        comes_with = "vbpr"

        def explain(self, pairs, against=None):
            import warnings
            print("while explaining")
            os.system("echo a child")
            warnings.warn("do not do this", RuntimeWarning)
            weights = self.data.user_features.select(pairs[:, 0])
            return Explanations(self.name, pairs[:, 0], pairs[:, 1], weights, self.data.features.fingerprint, against)

    @hookimpl
    def pyexplain_explainers():
        return [Loud]
"""


def shell(line: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "-c", f"set -o pipefail; {line}"], capture_output=True, text=True)


FULL, CLOSED, NO_ERRORS = (">/dev/full", "No space"), (">&-", "closed"), ("2>&-", "")
# By a shell, with an interpreter that starts so; those that load torch, seconds each, as forks, and by a shell in `make long`.
QUICK, SLOW = ("--help", "train --help", "--version"), ("plugins", "plugins --json")


def every_way(words: str, *marks: pytest.MarkDecorator) -> list[Any]:
    """With each of the places where output goes wrong."""
    return [pytest.param(words, *way, marks=marks) for way in (FULL, CLOSED, NO_ERRORS)]


def ends_clearly(words: str, where: str, said: str, status: int, stderr: str) -> None:
    if where == ">&-" and "json" not in words and words != "plugins":
        assert status in (0, 1)  # click says nothing where there is no stdout
    else:
        assert status == (1 if said else 0), stderr
        assert said in stderr
        assert stderr.count("Error:") == bool(said)
    assert "Traceback" not in stderr
    assert "Exception ignored" not in stderr


@pytest.mark.parametrize(
    ("words", "where", "said"),
    [*(way for words in QUICK for way in every_way(words)), *(way for words in SLOW for way in every_way(words, pytest.mark.long))],
)
def test_an_output_that_takes_nothing_ends_clearly(words: str, where: str, said: str) -> None:
    done = shell(f"{PYEXPLAIN} {words} {where}")
    ends_clearly(words, where, said, done.returncode, done.stderr)


@pytest.mark.parametrize(("words", "where", "said"), [way for words in SLOW for way in every_way(words)])
def test_so_it_does_where_plugins_were_loaded(words: str, where: str, said: str) -> None:
    closed = {CLOSED[0]: [1], NO_ERRORS[0]: [2]}.get(where, [])
    with open("/dev/full", "w") as full:
        to = full.fileno() if where == FULL[0] else None
        process = warm().start("-m", "pyexplain", *words.split(), stdout=to, closed=closed)
        _, stderr = process.communicate()
    ends_clearly(words, where, said, process.wait(), stderr)


@pytest.mark.parametrize("words", [*(pytest.param(words, marks=pytest.mark.long) for words in SLOW), "--help"])
def test_a_reader_that_leaves_is_no_failure(words: str) -> None:
    done = shell(f"{PYEXPLAIN} {words} | head -c 1")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


@pytest.mark.parametrize("words", SLOW)
def test_nor_is_it_where_plugins_were_loaded(words: str) -> None:
    read, write = os.pipe()
    process = warm().start("-m", "pyexplain", *words.split(), stdout=write)
    os.close(write)
    os.close(read)  # before a word was said
    _, stderr = process.communicate()
    assert (process.wait(), stderr) == (0, "")


def test_other_encodings_get_all_they_can_show(made: Made) -> None:
    words, ascii_only = ("-m", "pyexplain", "recommend", made.run, "--user", made.user, "--explain"), {"PYTHONIOENCODING": "ascii"}
    done = warm().run(*words, env=os.environ | ascii_only)
    assert done.returncode == 0, done.stderr
    assert json.loads(warm().run(*words, "--json", env=os.environ | ascii_only).stdout)


def test_what_plugins_print_goes_to_stderr_and_their_warnings_nowhere(made: Made, tmp_path: Path) -> None:
    install(tmp_path, "acme-loud", PRINTER)
    words = ("explain", made.run, "--user", made.user, "--item", "B000001", "--explainer", "loud", "--json")
    there = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = warm().run("-m", "pyexplain", *words, env=there)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["method"] == "loud"
    for said in ("on import", "by descriptor", "while explaining", "a child"):
        assert said in done.stderr
    assert "Warning" not in done.stderr
    assert "Warning: do not do this" in warm().run("-m", "pyexplain", "--debug", *words, env=there).stderr


def test_errors_are_one_document_too(made: Made, tmp_path: Path) -> None:
    wrong = {
        ("recommend", made.run, "--user", "nobody"): 1,
        ("explain", made.run, "--user", made.user): 2,
        ("evaluate", tmp_path): 1,
        ("train", "--baseline", "nothing", "--dataset", made.dataset): 2,
        ("train", "--explainer", "cnr", "--baseline", "vbpr"): 2,
        ("new", "explainer", "1"): 2,
        ("demo", "--out", made.reviews / "below"): 1,
        ("data", "demo", "--out", made.reviews / "below"): 1,
        ("data", "nothing"): 2,
        ("nothing",): 2,
    }
    for words, status in wrong.items():
        result = run(*map(str, words), "--json")
        assert result.exit_code == status, result.output
        error = json.loads(result.stdout)["error"]
        assert set(error) == {"what", "where", "hint"}
        assert error["what"] in result.stderr
        assert run(*map(str, words)).stdout == ""


def test_a_document_is_never_followed_by_another(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pyexplain.cli import doctor, output

    def fail_after(*renderables: object) -> None:
        output.print_json({"a": 1})
        raise ValueError("later")

    monkeypatch.setattr(doctor, "print_json", fail_after)
    result = run("doctor", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {"a": 1}
    assert "later" in result.stderr


def test_the_documents_of_train_new_and_data_demo(made: Made, tmp_path: Path) -> None:
    words = ("train", "--baseline", "vbpr", "--dataset", made.dataset, "--epochs", 2, "--set", "dim=4", "--json")
    one = json.loads(good(*words, "--out", tmp_path / "r").stdout)
    assert (one["run"], one["method"], one["epochs"], len(one["history"])) == (str(tmp_path / "r"), "vbpr", 2, 2)
    assert one["best"]["ndcg@10"] == max(entry["ndcg@10"] for entry in one["history"])
    many = json.loads(good(*words, "--out", tmp_path / "s", "--seeds", 2).stdout)
    assert [entry["seed"] for entry in many["runs"]] == [0, 1]
    made_up = json.loads(good("data", "demo", "--out", tmp_path / "d", "--users", 10, "--reviews", 20, "--json").stdout)
    assert Path(made_up["reviews"]).is_file()
    new = json.loads(good("new", "metric", "my-way", "--out", tmp_path / "p", "--json").stdout)
    assert all(Path(file).is_file() for file in new["files"])
