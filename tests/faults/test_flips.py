"""Every flipped byte and every cut is refused, and the file is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from .flips import campaign


def test_flipped_and_cut_bytes_are_refused_and_named(tmp_path: Path) -> None:
    found = campaign(tmp_path / "base", flips=160, cuts=40)
    assert found["faults"] == []
    assert sum(found["damaged"].values()) == 200


@pytest.mark.long
def test_three_thousand_flips(tmp_path: Path) -> None:
    found = campaign(tmp_path / "base", flips=3000, cuts=300)
    assert found["faults"] == []
    assert sum(found["damaged"].values()) == 3300
