"""Tests that need a real card: collected only where torch has one, so that nothing is skipped elsewhere (tools/gpu/check.sh runs
them). What a processor can show of the same code is in tests/emulated."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

HERE = Path(__file__).parent
collect_ignore_glob = [] if torch.cuda.is_available() else ["test_*.py"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.gpu)
