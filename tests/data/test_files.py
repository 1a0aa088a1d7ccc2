"""Only what is ours is ever replaced, in one step, by one writer; what is read back is as it was written."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import stat
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pyexplain.data import drafts, exchange, files, places, scratch
from pyexplain.data.files import MANIFEST, check_manifest, new_file, new_folder, write_arrays, write_json, write_table, write_text
from pyexplain.data.manifest import as_json, checksum
from pyexplain.errors import DataError

KIND = "data set"


def make(out: Path, text: str = "one") -> None:
    with new_folder(out, KIND) as folder:
        write_text(folder / "a.txt", text)
        write_arrays(folder / "b.safetensors", {"x": np.arange(4)})


def content(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones included."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def hidden(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if p.name.startswith("."))


def without_exchange(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "exchange", lambda one, other: False)


@pytest.fixture(params=["exchange", "two renames"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Everything holds on file systems that exchange folders, and on those that do not."""
    if request.param == "two renames":
        without_exchange(monkeypatch)
    return str(request.param)


def test_a_folder_is_made_replaced_and_leaves_nothing_behind(tmp_path: Path) -> None:
    make(tmp_path / "d")
    make(tmp_path / "d", "two")
    assert (tmp_path / "d" / "a.txt").read_text() == "two"
    check_manifest(tmp_path / "d", KIND, ("a.txt",))
    assert hidden(tmp_path) == []


STRANGE: dict[str, Callable[[Path], object]] = {
    "a hidden file": lambda d: (d / ".env").write_text("secret"),
    "a hidden folder": lambda d: (d / ".git").mkdir(),
    "a note": lambda d: (d / "notes.md").write_text("mine"),
    "a folder": lambda d: (d / "figures").mkdir(),
    "explanations": lambda d: pd.DataFrame({"a": [1]}).to_parquet(d / "explanations.parquet"),
    "a link in place of a file": lambda d: ((d / "a.txt").rename(d.parent / "kept.txt"), (d / "a.txt").symlink_to("../kept.txt")),
}


@pytest.mark.parametrize("finished", [True, False], ids=["in a finished folder", "alone"])
@pytest.mark.parametrize("name", STRANGE)
def test_a_folder_with_anything_else_in_it_is_refused_and_left_as_it_is(name: str, finished: bool, tmp_path: Path) -> None:
    out = tmp_path / "d"
    if finished:
        make(out)
    elif "place" in name:
        pytest.skip("there is no file to stand in for")
    else:
        out.mkdir()
    before = set(out.iterdir())
    STRANGE[name](out)
    strange = next(iter(set(out.iterdir()) - before), out / "a.txt").name
    kept = content(tmp_path)
    with pytest.raises(DataError, match=f"something else here already, not a data set: {strange}"):
        make(out, "two")
    assert content(tmp_path) == kept
    assert hidden(tmp_path) == []


def test_a_manifest_cannot_name_what_lies_outside(tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("mine")
    for name in ("../kept.txt", "/etc/passwd", "x/../../kept.txt", ".env", "..", ""):
        out = tmp_path / "d"
        out.mkdir(exist_ok=True)
        (out / MANIFEST).write_text(as_json({"kind": KIND, "schema": 1, "files": {name: checksum(tmp_path / "kept.txt")}}))
        with pytest.raises(DataError, match=MANIFEST):
            make(out)
        with pytest.raises(DataError, match="the manifest is damaged"):
            check_manifest(out, KIND)
    assert (tmp_path / "kept.txt").read_text() == "mine"


def test_somebody_who_comes_between_the_look_and_the_exchange_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    if way == "two renames":
        pytest.skip("no second look there: what came in between is kept in sight, see below")
    make(tmp_path / "d")
    real = exchange.exchange

    def late(one: Path, other: Path) -> bool:
        note = tmp_path / "d" / "notes.md"
        if not note.exists() and (tmp_path / "d" / "a.txt").read_text() == "one":
            note.write_text("mine")
        return real(one, other)

    monkeypatch.setattr(drafts, "exchange", late)
    with pytest.raises(DataError, match=r"something else here now: notes\.md"):
        make(tmp_path / "d", "two")
    assert (tmp_path / "d" / "notes.md").read_text() == "mine"
    assert (tmp_path / "d" / "a.txt").read_text() == "one"


def test_what_was_put_into_a_folder_that_was_moved_aside_is_kept_in_sight(tmp_path: Path) -> None:
    make(tmp_path / "d")
    aside = scratch.scratch_of(tmp_path / "d")
    aside.mkdir()
    make(tmp_path / "e")
    (tmp_path / "e").rename(aside / "swap")
    (aside / "swap" / "notes.md").write_text("mine")
    make(tmp_path / "d", "two")
    (kept,) = tmp_path.glob("*.kept.*")
    assert content(kept) == {"notes.md": b"mine"}


def test_links_devices_and_the_current_folder_are_no_outputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path / "d")
    (tmp_path / "link").symlink_to("d")
    (tmp_path / "f.txt").write_text("mine")
    (tmp_path / "l.txt").symlink_to("f.txt")
    with pytest.raises(DataError, match="symbolic link to d, which is not followed"):
        make(tmp_path / "link")
    with pytest.raises(DataError, match=r"symbolic link to f\.txt"):
        write_text(tmp_path / "l.txt", "other")
    with pytest.raises(DataError, match="a folder or a device"):
        write_text(Path("/dev/null"), "x")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    monkeypatch.chdir(tmp_path / "d")
    for here in (".", "", "..", "../d"):
        with pytest.raises(DataError, match="the current folder"):
            make(Path(here))
    assert (tmp_path / "f.txt").read_text() == "mine"


def test_a_file_of_somebody_is_not_replaced_but_ours_is(tmp_path: Path) -> None:
    out = tmp_path / "x.json"
    write_json(out, {"a": 1})
    write_json(out, {"a": 2})
    assert json.loads(out.read_text()) == {"a": 2}
    if not places.is_marked(out):
        pytest.skip("the file system keeps no extended attributes")
    out.write_text('{"a": 3}')  # changed by somebody: theirs now
    with pytest.raises(DataError, match="did not write, or that was changed since"):
        write_json(out, {"a": 4})
    assert json.loads(out.read_text()) == {"a": 3}
    (tmp_path / "empty").touch()
    write_text(tmp_path / "empty", "nothing was lost")


def test_nothing_is_written_into_a_folder_of_ours(tmp_path: Path) -> None:
    make(tmp_path / "d")
    kept = content(tmp_path)
    for out in (tmp_path / "d" / "x.json", tmp_path / "d" / "a.txt", tmp_path / "d" / "sub" / "x.json"):
        with pytest.raises(DataError, match="this is inside a data set"):
            write_json(out, {})
    with pytest.raises(DataError, match="this is inside a data set"):
        make(tmp_path / "d" / "sub")
    assert content(tmp_path) == kept
    assert not (tmp_path / "d" / "sub").exists()


def test_an_input_is_no_output_under_any_name(tmp_path: Path) -> None:
    given = tmp_path / "r.csv"
    write_text(given, "ours, from an earlier call")
    os.link(given, tmp_path / "same.csv")
    (tmp_path / "folder").symlink_to(".")
    for out in (given, tmp_path / "same.csv", tmp_path / "folder" / "r.csv"):
        with pytest.raises(DataError, match=r"the output is the input .*r\.csv"), new_file(out, inputs=[given]):
            pytest.fail("not even begun")
    make(tmp_path / "d")
    with (
        pytest.raises(DataError, match="the input .* is here"),
        new_folder(tmp_path / "d", KIND, inputs=[tmp_path / "d" / "a.txt"]),
    ):
        pytest.fail("not even begun")
    assert given.read_text() == "ours, from an earlier call"


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_files_can_be_read_by_whom_the_umask_says(mask: int, tmp_path: Path) -> None:
    old = os.umask(mask)
    try:
        make(tmp_path / "d")
        write_table(tmp_path / "x.parquet", pd.DataFrame({"a": [1]}))
    finally:
        os.umask(old)
    for path in (*(tmp_path / "d").iterdir(), tmp_path / "x.parquet"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask, path.name
    assert stat.S_IMODE((tmp_path / "d").stat().st_mode) == 0o777 & ~mask


def test_who_closed_a_folder_to_others_finds_it_closed(tmp_path: Path) -> None:
    make(tmp_path / "d")
    (tmp_path / "d").chmod(0o700)
    make(tmp_path / "d", "two")
    assert stat.S_IMODE((tmp_path / "d").stat().st_mode) == 0o700


def test_an_error_on_the_way_leaves_everything_as_it_was(tmp_path: Path) -> None:
    make(tmp_path / "d")
    kept = content(tmp_path)

    def broken(draft: Path) -> None:
        draft.write_text("half")
        raise KeyError

    with pytest.raises(KeyError), new_folder(tmp_path / "d", KIND) as folder:
        broken(folder / "a.txt")
    with pytest.raises(KeyError), new_folder(tmp_path / "new" / "deep" / "d", KIND):
        raise KeyError
    with pytest.raises(KeyError), new_file(tmp_path / "f") as draft:
        broken(draft)
    assert content(tmp_path) == kept
    assert sorted(p.name for p in tmp_path.iterdir()) == ["d"]


def test_a_failing_rename_says_what_became_of_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    if way == "exchange":
        pytest.skip("there is no second rename")
    make(tmp_path / "d")
    kept, real, calls = content(tmp_path / "d"), Path.rename, []

    def failing(self: Path, target: Path) -> Path:
        calls.append(self.name)
        if self.name in broken:
            raise OSError(errno.EIO, "Input/output error")
        return real(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    broken = {"swap"}
    with pytest.raises(DataError, match="Input/output error\n  What was there before is intact"):
        make(tmp_path / "d", "two")
    assert content(tmp_path / "d") == kept
    broken = {"swap", "old"}
    with pytest.raises(DataError, match=r"What was there before is in .*\.d\.pyexplain-part/old"):
        make(tmp_path / "d", "two")
    broken = set()
    check_manifest(tmp_path / "d", KIND)  # puts it back
    assert content(tmp_path / "d") == kept


@pytest.mark.parametrize("old", [".d.999999999.old", ".d.pyexplain-part/old"])
def test_what_a_killed_process_had_moved_aside_is_put_back_with_a_word(
    old: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    make(tmp_path / "d")
    kept = content(tmp_path / "d")
    (tmp_path / old).parent.mkdir(exist_ok=True)
    (tmp_path / "d").rename(tmp_path / old)
    check_manifest(tmp_path / "d", KIND)
    assert content(tmp_path / "d") == kept
    assert "it is back" in caplog.text
    make(tmp_path / "d", "two")
    assert hidden(tmp_path) == []


def test_leftovers_are_removed_and_those_of_the_living_are_not(tmp_path: Path) -> None:
    living = os.getppid()
    for name in (".d.999999999.part", f".d.{living}.part", ".d.pyexplain-part"):
        (tmp_path / name / "new").mkdir(parents=True)
        (tmp_path / name / "new" / "x").write_text("half")
    (tmp_path / ".x.json.999999999.part").write_text("half")
    make(tmp_path / "d")
    write_json(tmp_path / "x.json", {})
    assert hidden(tmp_path) == [f".d.{living}.part"]


def _write_slowly(out: Path, begun: object, go: object) -> None:
    with new_folder(out, KIND) as folder:
        begun.set()  # type: ignore[attr-defined]
        go.wait()  # type: ignore[attr-defined]
        write_text(folder / "a.txt", "first")


def test_of_two_writers_one_wins_whole_and_the_other_is_told(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    begun, go = context.Event(), context.Event()
    first = context.Process(target=_write_slowly, args=(tmp_path / "d", begun, go))
    first.start()
    try:
        assert begun.wait(60)
        with pytest.raises(DataError, match="another process is writing here"):
            make(tmp_path / "d", "second")
    finally:
        go.set()
        first.join()
    assert (tmp_path / "d" / "a.txt").read_text() == "first"
    assert hidden(tmp_path) == []


def test_a_library_that_runs_out_of_space_names_the_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import safetensors.numpy

    def full(*args: object) -> None:
        raise safetensors.SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")

    monkeypatch.setattr(safetensors.numpy, "save_file", full)
    with pytest.raises(DataError, match=r"d/b\.safetensors: cannot be written: .*No space left"):
        make(tmp_path / "d")
    assert list(tmp_path.iterdir()) == []


WRONG: dict[str, object] = {
    "no files": {"kind": KIND, "schema": 1, "files": {}},
    "a list of files": {"kind": KIND, "schema": 1, "files": []},
    "numbers as checksums": {"kind": KIND, "schema": 1, "files": {"a.txt": 5}},
    "no schema": {"kind": KIND, "files": {"a.txt": "0" * 64}},
    "another schema": {"kind": KIND, "schema": 2, "files": {"a.txt": "0" * 64}},
    "true as schema": {"kind": KIND, "schema": True, "files": {"a.txt": "0" * 64}},
    "a list": [],
    "null": None,
    "a kind of number": {"kind": 1, "schema": 1, "files": {"a.txt": "0" * 64}},
}


@pytest.mark.parametrize("name", WRONG)
def test_a_manifest_of_another_form_is_refused_and_named(name: str, tmp_path: Path) -> None:
    make(tmp_path / "d")
    (tmp_path / "d" / MANIFEST).write_text(as_json(WRONG[name]))
    with pytest.raises(DataError, match=rf"{MANIFEST}: the manifest is damaged"):
        check_manifest(tmp_path / "d", KIND)
    with pytest.raises(DataError, match="something else here already"):
        make(tmp_path / "d")


def test_a_manifest_must_list_what_the_kind_has_and_be_as_written(tmp_path: Path) -> None:
    make(tmp_path / "d")
    with pytest.raises(DataError, match=r"does not list c\.txt"):
        check_manifest(tmp_path / "d", KIND, ("a.txt", "c.txt"))
    manifest = tmp_path / "d" / MANIFEST
    manifest.write_text(manifest.read_text().rstrip())
    with pytest.raises(DataError, match="it was altered"):
        check_manifest(tmp_path / "d", KIND)


def test_long_names_have_room_for_their_scratch_folder(tmp_path: Path) -> None:
    out = tmp_path / ("x" * 250)
    make(out)
    check_manifest(out, KIND)
    assert files.check_place is places.check_place


def test_a_writer_of_several_files_has_all_of_them_put_in_place_or_none(tmp_path: Path) -> None:
    with new_file(tmp_path / "m.txt") as draft:
        write_text(draft, "mentions")
        write_text(draft.with_name("m.ratings.txt"), "ratings")
    assert content(tmp_path) == {"m.ratings.txt": b"ratings", "m.txt": b"mentions"}
    (tmp_path / "n.ratings.txt").write_text("mine")
    with (
        pytest.raises(DataError, match=r"n\.ratings\.txt: there is a file here that pyexplain did not write"),
        new_file(tmp_path / "n.txt") as draft,
    ):
        draft.with_name("n.ratings.txt").write_text("ratings"), draft.write_text("mentions")
    assert not (tmp_path / "n.txt").exists()


def test_a_folder_that_another_writer_takes_away_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look at the folder and the lock, the writer who made it may fail and remove it."""
    monkeypatch.setattr(scratch, "_make_parents", lambda out: [])
    with scratch.locked_scratch(tmp_path / "runs" / "one", wait=0.1) as found:
        assert found.is_dir()
