"""Three jobs that write, on a world so small that each takes a fraction of a second, and what must hold after each."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from pyexplain.cli import main
from pyexplain.data.files import recover
from pyexplain.data.places import mark

SIZES = ("--users", 40, "--items", 24, "--features", 6, "--reviews", 320)
NOTE = "notes of the user\n"


def call(*words: object) -> int:
    """The command line in this process; its exit status."""
    try:
        main([str(word) for word in words])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@dataclass(frozen=True)
class Job:
    """words: the command without --out. out: the name of what it writes. resume: whether it can go on where it stopped."""

    name: str
    out: str
    words: tuple[object, ...]
    older: tuple[object, ...]  # words that make another result: what was there before
    resume: bool

    def command(self, place: Path) -> list[str]:
        """The whole command, written to the place."""
        return [str(word) for word in (*self.words, "--out", place / self.out)]


def make_base(base: Path) -> None:
    """The review file, the data set and the run that the jobs start from."""
    if (base / "run" / "manifest.json").exists():
        return
    call("data", "demo", "--out", base / "demo", *SIZES)
    for job in jobs(base).values():
        if job.name != "explain":
            call(*job.words, "--out", base / job.out)
    for job in jobs(base).values():
        call(*job.older, "--out", base / "older" / job.out)


def jobs(base: Path) -> dict[str, Job]:
    """By name."""
    prepare = ("data", "prepare", base / "demo" / "reviews.jsonl", "--workers", 1, "--name", "tiny")
    train = ("train", "--explainer", "cnr", "--dataset", base / "ds", "--threads", 1, "--set", "dim=4", "--set", "rounds=1")
    train += ("--set", "patience=0", "--epochs", 3)
    explain = ("explain", base / "run", "--all", "-k", 1, "--threads", 1, "--max-memory", "8K")
    found = (
        Job("prepare", "ds", prepare, (*prepare, "--seed", 5), resume=False),
        Job("train", "run", train, (*train, "--seed", 5), resume=True),
        Job("explain", "x.parquet", (*explain, "--top", 2), (*explain, "--top", 1), resume=True),
    )
    return {job.name: job for job in found}


def fresh(place: Path, job: Job, base: Path, older: bool) -> None:
    """An empty place with a file of the user's in it, and with an older result where one is wanted."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    (place / "notes.txt").write_text(NOTE)
    if not older:
        return
    source = base / "older" / job.out
    if source.is_dir():
        shutil.copytree(source, place / job.out)
    else:
        shutil.copy(source, place / job.out)
        mark(place / job.out)  # a copy is the user's; this one stands for what an earlier call wrote here


def content(path: Path) -> dict[str, object]:
    """Every file of a result, byte for byte, but for the seconds that training took (and the checksum of the file with them)."""
    if path.is_file():
        return {path.name: path.read_bytes()}
    found: dict[str, object] = {str(p.relative_to(path)): p.read_bytes() for p in sorted(path.rglob("*")) if p.is_file()}
    if isinstance(history := found.get("history.jsonl"), bytes):
        found["history.jsonl"] = [{**json.loads(line), "seconds": 0} for line in history.splitlines()]
        manifest = found.get("manifest.json")
        if isinstance(manifest, bytes):
            known = json.loads(manifest)
            known["files"].pop("history.jsonl")
            found["manifest.json"] = known
    return found


def lost(place: Path, job: Job, before: dict[str, object], after: dict[str, object]) -> str | None:
    """What a killed call has lost, in words: what is in place, or put back by a reader, must be whole, the old or the new."""
    if (place / "notes.txt").read_text() != NOTE:
        return "the user's file was changed"
    out = place / job.out
    recover(out)
    if not out.exists():
        return "what was there before is gone" if before else None
    found = {name: what for name, what in content(out).items() if not name.startswith(".")}
    if found in (before, after) or (not found and not before):
        return None
    return "what is in place is neither the old nor the new"


def left_behind(place: Path, job: Job) -> list[str]:
    """What is beside the result and the user's file."""
    beside = [path.name for path in place.iterdir() if path.name not in (job.out, "notes.txt")]
    out = place / job.out
    return sorted(beside + [path.name for path in out.iterdir() if path.name.startswith(".")] if out.is_dir() else beside)
