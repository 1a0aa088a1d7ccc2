"""How a check is judged, and how pytest shows it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import ClassVar

from pyexplain.testing import Broken, Contract, Skip

from ..warm import warm

ROOT = Path(__file__).parents[2]


class Subject:
    """Nothing to check."""


class Sample(Contract):
    """A check of each ending."""

    cls = Subject

    def check_right(self) -> None:
        """It holds,
        in two lines."""

    def check_wrong(self) -> None:
        """It does not hold."""
        raise Broken("two is not three")

    def check_elsewhere(self) -> None:
        """It has no place here."""
        raise Skip("no device")

    def check_raises(self) -> None:
        """The class raises."""
        raise KeyError("weights")


def test_each_ending() -> None:
    found = {check: Sample.judge(check) for check in Sample.checks()}
    assert list(found) == ["expected_failures_name_checks", "right", "wrong", "elsewhere", "raises"]
    assert (found["right"].status, found["right"].promise) == ("passed", "It holds, in two lines.")
    assert (found["wrong"].status, found["wrong"].reason) == ("failed", "two is not three")
    assert (found["elsewhere"].status, found["elsewhere"].reason) == ("skipped", "no device")
    assert found["raises"].status == "failed"
    assert re.fullmatch(r"KeyError: 'weights' \(test_contract.py, line \d+\)", found["raises"].reason)  # where to look


def test_an_expected_failure_is_one_and_is_an_error_where_it_passes() -> None:
    class Known(Sample):
        expected_failures: ClassVar = {"wrong": "counts in another base", "right": "was wrong once"}

    assert Known.judge("wrong").status == "expected failure"
    assert Known.judge("wrong").reason == "counts in another base"
    passes = Known.judge("right")
    assert passes.status == "failed"
    assert "was expected to fail (was wrong once) but passes" in passes.reason


def test_the_class_under_check_may_say_what_is_expected() -> None:
    class Honest:
        expected_failures: ClassVar = {"wrong": "known", "no_such_check": "known"}

    class Known(Sample):
        cls = Honest

    assert Known.judge("wrong").status == "expected failure"
    assert "no_such_check" in Known.judge("expected_failures_name_checks").reason


def test_a_skip_is_no_expected_failure() -> None:
    class Known(Sample):
        expected_failures: ClassVar = {"elsewhere": "known"}

    assert Known.judge("elsewhere").status == "skipped"


def test_pytest_sees_a_test_for_each_check(tmp_path: Path) -> None:
    code = f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom tests.testing.test_contract import Sample\n"
    code += "class TestMine(Sample):\n    expected_failures = {'raises': 'known'}\n"
    (tmp_path / "test_mine.py").write_text(code, encoding="utf-8")
    done = warm().run("-m", "pytest", "-p", "no:cacheprovider", "-v", "-rx", "test_mine.py", cwd=tmp_path)
    assert "1 failed, 2 passed, 1 skipped, 1 xfailed" in done.stdout, done.stdout + done.stderr
    assert "test_wrong FAILED" in done.stdout
    assert "Broken: two is not three" in done.stdout
    assert "test_raises - known" in done.stdout
