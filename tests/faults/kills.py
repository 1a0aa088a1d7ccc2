"""Kills in the writing: `python -m tests.faults.kills JOB... --forks N --real N --full N --writers N` prints what was found.

A JOB is a name of jobs.py and, after colons, what is not as given by the options: `train:renames` as on a file system that cannot
exchange folders, `prepare:real=1` with so many real processes.

A process that has imported everything is forked for each kill, and the shim ends the child at a call that changes something,
before it or after it, or in the middle of a write. Then nothing may be lost; the next call (a resumed one every other time) must
end well, with the same bits as an undisturbed one, and leave nothing behind. Real processes are the command line itself, with the
shim preloaded. `--full`: the disk is full from a call on; the command must end with status 1 and a message, and lose nothing.
`--writers`: several children write to one place at once; those that are not told of another must have written the same bits.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import nullcontext, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from unittest import mock

from .shim import AFTER, BEFORE, COUNT, FULL, KILLED, OFF, Shim, build

LIBRARY = "FAULT_LIBRARY"


def main() -> None:
    """Start anew with the shim preloaded, then run the campaign."""
    if LIBRARY not in os.environ:
        folder = Path(tempfile.mkdtemp(prefix="faults-"))
        try:
            library = str(build(folder))
            threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "ARROW_IO_THREADS": "1"}
            environment = {**os.environ, **threads, LIBRARY: library, "LD_PRELOAD": library}
            sys.exit(subprocess.run([sys.executable, "-m", __spec__.name, *sys.argv[1:]], env=environment, check=False).returncode)
        finally:
            shutil.rmtree(folder)
    parser = argparse.ArgumentParser()
    parser.add_argument("jobs", nargs="+")
    for kind in ("forks", "real", "full", "writers"):
        parser.add_argument(f"--{kind}", type=int, default=0)
    parser.add_argument("--shard", default="1/1", help="which of so many shares of the kills")
    parser.add_argument("--progress", type=Path, help="a file for what was found so far")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        print(json.dumps([_campaign(Path(folder), word, given) for word in given.jobs], indent=1))


def _campaign(folder: Path, word: str, given: argparse.Namespace) -> dict[str, object]:
    """What was found of one JOB."""
    name, *others = word.split(":")
    own = dict(part.partition("=")[::2] for part in others)
    times = {kind: int(own.get(kind, getattr(given, kind))) for kind in ("forks", "real", "full", "writers")}
    with mock.patch("pyexplain.data.drafts.exchange", return_value=False) if "renames" in own else nullcontext():
        campaign = Campaign(folder, name)
        campaign.kill(times["forks"], "fork", given.shard, given.progress)
        campaign.kill(times["real"], "process", given.shard, given.progress)
        campaign.fill_disk(times["full"])
        campaign.write_at_once(times["writers"])
        return campaign.told()


class Campaign:
    """All kills of one job."""

    def __init__(self, folder: Path, name: str) -> None:
        import torch

        from pyexplain import registry

        from . import jobs

        torch.set_num_threads(1)
        plugins = registry.load_registry()
        registry.load_registry = lambda strict=False, only=None: plugins  # looked for once, not in every child
        self.jobs, self.base, self.place, self.log = jobs, folder / "base", folder / "place", folder / "log"
        self.shim = Shim(os.environ[LIBRARY])
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            jobs.make_base(self.base)
        self.job = jobs.jobs(self.base)[name]
        self.found: Counter[str] = Counter()
        self.faults: list[str] = []

        self.older = jobs.content(self.base / "older" / self.job.out)
        self.calls: dict[bool, int] = {}
        for old in (False, True):
            jobs.fresh(self.place, self.job, self.base, old)
            status, self.calls[old] = self._forked(self.job.command(self.place), 0, COUNT)
            assert status == 0, self.log.read_text()
        self.after = jobs.content(self.place / self.job.out)
        assert self.after != self.older

    def kill(self, times: int, kind: str, shard: str = "1/1", progress: Path | None = None) -> None:
        """Kills spread evenly over all calls, both ways, with and without an older result in place. kind: "fork" or "process"."""
        share, shares = map(int, shard.split("/"))
        for number in range((share - 1) * times // shares, share * times // shares):
            old, mode, resume = number % 2 == 1, (BEFORE, AFTER)[number // 2 % 2], self.job.resume and number // 4 % 2 == 0
            self._kill(1 + number * self.calls[old] // times, mode, old, resume, kind)
            if progress:
                progress.write_text(json.dumps(self.told()))

    def told(self) -> dict[str, object]:
        """What was found. calls: that change something, of one undisturbed call of the job that replaces an older result."""
        return {"job": self.job.name, "calls": self.calls[True], "found": dict(self.found), "faults": self.faults}

    def fill_disk(self, times: int) -> None:
        """A disk that is full from a call on: status 1, a message that names the place, nothing lost, and left what resumes."""
        for number in range(times):
            old = number % 2 == 1
            at = 1 + number * self.calls[old] // times
            self.jobs.fresh(self.place, self.job, self.base, old)
            status = self._forked(self.job.command(self.place), at, FULL)[0]
            said, what = self.log.read_text(), f"full from call {at}"
            if status == 0 and self.jobs.content(self.place / self.job.out) == self.after:
                self.found["full too late to matter"] += 1
                continue
            self.found["full"] += 1
            if status != 1 or not re.search(rf"/place/\.?{self.job.out}", said) or "bug in pyexplain" in said:
                self.faults.append(f"{what}: ended with {status}: {said[-300:]}")
            self._look(what, old)
            resumes = (f".{self.job.out}.parts", ".checkpoint.safetensors")
            if left := [name for name in self.jobs.left_behind(self.place, self.job) if name not in resumes]:
                self.faults.append(f"{what}: left behind {left}")

    def write_at_once(self, times: int) -> None:
        """Several writers at once: one wins, each of the others wins after it or is told; the result is whole."""
        for number in range(times):
            self.jobs.fresh(self.place, self.job, self.base, number % 2 == 1)
            children = [self._start(self.job.command(self.place), self.log.with_suffix(f".{k}")) for k in range(3)]
            ends = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
            said = [self.log.with_suffix(f".{k}").read_text() for k in range(3)]
            self.found["writers"] += 1
            self.found["writers told"] += ends.count(1)
            untold = [text for end, text in zip(ends, said, strict=True) if end and "another process is writing here" not in text]
            if 0 not in ends or untold:
                self.faults.append(f"writers ended with {ends}: {untold[:1]}")
            if self.jobs.content(self.place / self.job.out) != self.after or self.jobs.left_behind(self.place, self.job):
                self.faults.append(f"writers: the result is not whole, or {self.jobs.left_behind(self.place, self.job)} is left")

    def _look(self, what: str, old: bool) -> None:
        if (said := self.jobs.lost(self.place, self.job, self.older if old else {}, self.after)) is not None:
            self.faults.append(f"{what}: {said}")

    def _kill(self, at: int, mode: int, old: bool, resume: bool, kind: str) -> None:
        self.jobs.fresh(self.place, self.job, self.base, old)
        words = self.job.command(self.place)
        status = self._real(words, at, mode) if kind == "process" else self._forked(words, at, mode)[0]
        what = f"{kind}, call {at}, mode {mode}, {'older there' if old else 'nothing there'}, resume {resume}"
        if status != KILLED:
            self.found["not reached"] += 1
            if status != 0:
                self.faults.append(f"{what}: ended with {status}: {self.log.read_text()[-300:]}")
            return
        self.found[f"killed: {kind}"] += 1
        self._look(what, old)
        self.found["with something to clear"] += bool(self.jobs.left_behind(self.place, self.job))
        again = [*words, "--resume"] if resume else words
        status = self._forked(again, 0, OFF)[0]
        if status != 0:
            self.faults.append(f"{what}: the next call ended with {status}: {self.log.read_text()[-300:]}")
        elif self.jobs.content(self.place / self.job.out) != self.after:
            self.faults.append(f"{what}: the next call ended with other bits")
        if left := self.jobs.left_behind(self.place, self.job):
            self.faults.append(f"{what}: left behind {left}")

    def _forked(self, words: list[str], at: int, mode: int) -> tuple[int, int]:
        """Exit status of a forked child that runs the command, and how many calls it made."""
        receive, send = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(receive)
            _to_log(self.log)
            self.shim.arm(self.place, at, mode)
            status = self.jobs.call(*words)
            os.write(send, str(self.shim.count()).encode())
            os._exit(status)
        os.close(send)
        with os.fdopen(receive) as told:
            count = told.read()
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), int(count or 0)

    def _start(self, words: list[str], log: Path) -> int:
        """A forked child that runs the command, left alone."""
        child = os.fork()
        if child == 0:
            _to_log(log)
            os._exit(self.jobs.call(*words))
        return child

    def _real(self, words: list[str], at: int, mode: int) -> int:
        """Exit status of the command line as a process of its own."""
        armed = {"FAULT_FOLDER": str(self.place), "FAULT_AT": str(at), "FAULT_MODE": str(mode)}
        with self.log.open("wb") as log:
            command = [sys.executable, "-m", "pyexplain", *words]
            return subprocess.run(command, env={**os.environ, **armed}, stdout=log, stderr=log, check=False).returncode


def _to_log(path: Path) -> None:
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)


if __name__ == "__main__":
    main()
