"""The two parts of the suite: every file in one of them, and none in both; what the list names is there."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from .conftest import HERE, INTEGRATION, pytest_ignore_collect

FILES = sorted(HERE.rglob("test_*.py"))


def files_of(part: str) -> set[Path]:
    config: Any = SimpleNamespace(getoption=lambda name: part)
    return {file for file in FILES if not any(pytest_ignore_collect(one, config) for one in (*file.parents, file))}


@pytest.mark.parametrize("named", INTEGRATION)
def test_what_the_list_names_is_there(named: str) -> None:
    assert (HERE / named).exists()


def test_the_parts_are_the_whole_and_share_nothing() -> None:
    quick, integration = files_of("quick"), files_of("integration")
    assert quick | integration == files_of("all") == set(FILES)
    assert not quick & integration
    assert integration == {file for file in FILES if any(file.is_relative_to(HERE / named) for named in INTEGRATION)}
