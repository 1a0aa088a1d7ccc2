"""What does not fit into memory goes to disk: the same data set to the last byte, nothing left behind, and faults said."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import pyexplain as px
from pyexplain.cli import main
from pyexplain.data.demo import write_demo
from pyexplain.data.room import Room
from pyexplain.data.spill import Spill
from pyexplain.data.store import save_dataset
from pyexplain.engines.local import LocalEngine
from pyexplain.errors import DataError, UsageError
from pyexplain.extraction.learn import learn_lexicon
from pyexplain.extraction.lexicon import Lexicon
from pyexplain.preparation.prepare import prepare
from pyexplain.preparation.settings import PrepareOptions
from pyexplain.readers.base import ReadOptions
from pyexplain.registry import load_registry


@pytest.fixture(scope="module")
def reviews(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_demo(tmp_path_factory.mktemp("demo"), users=60, items=30, features=10, reviews=600)


def options(room: Room, **told: object) -> PrepareOptions:
    return PrepareOptions("x", read=ReadOptions(find_scale=True, chunk=50), room=room, **told)  # type: ignore[arg-type]


def written(reviews: Path, out: Path, room: Room, **told: object) -> dict[str, bytes]:
    save_dataset(prepare([reviews], options(room, **told), load_registry()), out)
    return {path.name: path.read_bytes() for path in out.iterdir()}


@pytest.mark.parametrize("protocol", ["heldout", "paper"])
def test_the_same_bytes_whatever_fits_into_memory(reviews: Path, tmp_path: Path, protocol: str) -> None:
    place = tmp_path / "room"
    place.mkdir()
    small, large = (written(reviews, tmp_path / f"{n}", Room(n, place), protocol=protocol) for n in (8, 2**30))
    assert small == large
    assert not list(place.iterdir())


def test_the_same_bytes_in_whatever_order_workers_end(reviews: Path, tmp_path: Path) -> None:
    class Backwards(LocalEngine):
        def results(self, here, elsewhere, jobs) -> Iterator[tuple[int, object]]:  # type: ignore[no-untyped-def, override]
            return iter([*super().results(here, elsewhere, jobs)][::-1])

    one, other = (written(reviews, tmp_path / "a", Room(8), engine=engine) for engine in (Backwards(), None))
    assert one == other


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))])
def test_nothing_is_left_of_what_was_stopped(
    reviews: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: BaseException
) -> None:
    """Ctrl-C, and a disk that is full, while mentions are written there."""
    write = Spill._write
    calls = []

    def stopped(spill: Spill) -> None:
        calls.append(spill)
        if len(calls) == 3:
            with spill.room.told():
                raise stop
        write(spill)

    monkeypatch.setattr(Spill, "_write", stopped)
    with pytest.raises((KeyboardInterrupt, DataError)) as error:
        written(reviews, tmp_path / "out", Room(8, tmp_path))
    if isinstance(error.value, DataError):
        assert "no space is left" in error.value.what
        assert error.value.where == str(tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("files", [1, 8])
@pytest.mark.parametrize("engine", [None, LocalEngine()])
def test_reviews_that_change_while_they_are_prepared(
    reviews: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: LocalEngine | None, files: int
) -> None:
    """Files are read once, and may change behind that; where workers read them again, it is said."""
    lines = reviews.read_bytes().splitlines(keepends=True)
    copies = [tmp_path / f"reviews-{number}.jsonl" for number in range(files)]
    for number, copy in enumerate(copies):
        copy.write_bytes(b"".join(lines[number::files]))
    whole = prepare(copies, options(Room()), load_registry())

    def shortened(*given: Any) -> Lexicon:
        found = learn_lexicon(*given)
        copies[0].write_bytes(b"".join(lines[::files][:30]))
        return found

    monkeypatch.setattr("pyexplain.preparation.prepare.learn_lexicon", shortened)
    if files == 8 and engine is not None:
        with pytest.raises(DataError, match="changed while they were read"):
            prepare(copies, options(Room(), engine=engine), load_registry())
        return
    assert prepare(copies, options(Room(8, tmp_path), engine=engine), load_registry()).fingerprint == whole.fingerprint


def test_the_command_takes_a_bound(reviews: Path, tmp_path: Path) -> None:
    for name, bound in (("a", "1K"), ("b", "2G")):
        words = ["data", "prepare", str(reviews), "--out", str(tmp_path / name / "d"), "--max-memory", bound, "--workers", "1"]
        with pytest.raises(SystemExit) as left:
            main(words)
        assert left.value.code == 0
    one, other = ({path.name: path.read_bytes() for path in (tmp_path / name / "d").iterdir()} for name in ("a", "b"))
    assert one == other
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["d"]
    assert px.prepare(reviews, max_memory=1000).fingerprint == px.prepare(reviews).fingerprint
    with pytest.raises(UsageError, match="whole number"):
        px.prepare(reviews, max_memory=0)
