"""What all contracts share: how a check is found, judged and shown to pytest, and what is kept between checks."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar

from ..errors import PyexplainError

T = TypeVar("T")
PREFIX = "check_"
Status = Literal["passed", "skipped", "expected failure", "failed"]


class Broken(AssertionError):  # noqa: N818  (what is broken is a promise)
    """A promise is not kept; the message says which, and what was found instead."""


class Skip(Exception):  # noqa: N818  (nothing is wrong)
    """A check does not apply here; the message says why."""


@dataclass(frozen=True)
class Outcome:
    """How one check ended. promise: what the check asks for. reason: why it was skipped or failed, else "".

    error: what was raised, where the check failed or was expected to.
    """

    check: str
    promise: str
    status: Status
    reason: str = ""
    error: BaseException | None = None


class Contract:
    """Checks of one class, each a method check_NAME. In pytest, a subclass with `cls` has a test_NAME for each.

    cls: the class under check. expected_failures: name of a check -> why it fails; also read from the class under check, where
    it has an attribute of that name. An expected failure that passes is an error.
    """

    cls: ClassVar[type[Any]]
    expected_failures: ClassVar[dict[str, str]] = {}
    _kept: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls._kept = {}
        for name in [name for name in vars(cls) if name.startswith(PREFIX)]:
            setattr(cls, "test_" + name.removeprefix(PREFIX), _as_test(name.removeprefix(PREFIX), getattr(cls, name).__doc__))

    @classmethod
    def checks(cls) -> list[str]:
        """Names of all checks, those of base classes first, in the order in which they are written."""
        names: dict[str, None] = {}
        for base in reversed(cls.__mro__):
            names |= {name.removeprefix(PREFIX): None for name in vars(base) if name.startswith(PREFIX)}
        return list(names)

    @classmethod
    def reasons(cls) -> dict[str, str]:
        """Name of a check -> why it is expected to fail."""
        return dict(getattr(cls.cls, "expected_failures", {})) | cls.expected_failures

    def once(self, key: str, make: Callable[[], T]) -> T:
        """make(), kept for the other checks of this contract; what it gives must not be changed."""
        if key not in self._kept:
            self._kept[key] = make()
        found: T = self._kept[key]
        return found

    @classmethod
    def judge(cls, check: str) -> Outcome:
        """Run one check."""
        promise = " ".join((getattr(cls, PREFIX + check).__doc__ or "").split())
        reason = cls.reasons().get(check)
        try:
            getattr(cls(), PREFIX + check)()
        except Skip as skip:
            return Outcome(check, promise, "skipped", str(skip))
        except Exception as error:  # the class under check may raise anything
            if reason is not None:
                return Outcome(check, promise, "expected failure", reason, error)
            said = str(error) if isinstance(error, Broken) else f"{type(error).__name__}: {error}{_place(error)}"
            return Outcome(check, promise, "failed", said, error)
        if reason is not None:
            broken = Broken(f"was expected to fail ({reason}) but passes: take it out of expected_failures")
            return Outcome(check, promise, "failed", str(broken), broken)
        return Outcome(check, promise, "passed")

    @classmethod
    def unknown_reasons(cls) -> list[str]:
        """Names in expected_failures that are no check."""
        return sorted(set(cls.reasons()) - set(cls.checks()))

    def check_expected_failures_name_checks(self) -> None:
        """Every name in expected_failures is a check."""
        if unknown := self.unknown_reasons():
            raise Broken(f"expected_failures names {', '.join(unknown)}; known: {', '.join(self.checks())}")


def _place(error: Exception) -> str:
    """File and line where it was raised, unless it was raised on purpose, to be read."""
    frames = [] if isinstance(error, PyexplainError) else traceback.extract_tb(error.__traceback__)
    return f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""


def _as_test(check: str, promise: str | None) -> Callable[[Contract], None]:
    def test(self: Contract) -> None:
        import pytest

        outcome = self.judge(check)
        if outcome.status == "skipped":
            pytest.skip(outcome.reason)
        if outcome.status == "expected failure":
            pytest.xfail(outcome.reason)
        if outcome.error is not None:
            raise outcome.error

    test.__doc__ = promise
    return test


Contract.test_expected_failures_name_checks = _as_test(  # type: ignore[attr-defined]
    "expected_failures_name_checks", Contract.check_expected_failures_name_checks.__doc__
)
