"""Kills in the writing: `python -m tests.faults.kills JOB --forks N --real N` prints one JSON document of what was found.

A process that has imported everything is forked for each kill, and the shim ends the child at a call that changes something,
before it or after it, or in the middle of a write. Then nothing may be lost; the next call (a resumed one every other time) must
end well, with the same bits as an undisturbed one, and leave nothing behind. Real processes are the command line itself, with the
shim preloaded.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from .shim import AFTER, BEFORE, COUNT, KILLED, OFF, Shim, build

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
    parser.add_argument("job")
    parser.add_argument("--forks", type=int, default=900)
    parser.add_argument("--real", type=int, default=100)
    parser.add_argument("--renames", action="store_true", help="as on a file system that cannot exchange folders")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        campaign = Campaign(Path(folder), given.job, given.renames)
        print(json.dumps(campaign.run(given.forks, given.real), indent=1))


class Campaign:
    """All kills of one job."""

    def __init__(self, folder: Path, name: str, renames: bool) -> None:
        import torch

        from pyexplain import registry
        from pyexplain.data import drafts

        from . import jobs

        torch.set_num_threads(1)
        plugins = registry.load_registry()
        registry.load_registry = lambda strict=False: plugins  # looked for once, not in every child
        self.jobs, self.base, self.place, self.log = jobs, folder / "base", folder / "place", folder / "log"
        self.shim = Shim(os.environ[LIBRARY])
        if renames:
            drafts.exchange = lambda one, other: False  # type: ignore[assignment]
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            jobs.make_base(self.base)
        self.job = jobs.jobs(self.base)[name]
        self.found: Counter[str] = Counter()
        self.faults: list[str] = []

    def run(self, forks: int, real: int) -> dict[str, Any]:
        """Kills spread evenly over all calls, both ways, with and without an older result in place."""
        older = self.jobs.content(self.base / "older" / self.job.out)
        calls = {}
        for old in (False, True):
            self.jobs.fresh(self.place, self.job, self.base, old)
            status, calls[old] = self._forked(self.job.command(self.place), 0, COUNT)
            assert status == 0, self.log.read_text()
        self.after = self.jobs.content(self.place / self.job.out)
        assert self.after != older
        for number in range(forks + real):
            old, mode, resume = number % 2 == 1, (BEFORE, AFTER)[number // 2 % 2], self.job.resume and number // 4 % 2 == 0
            share, of = (number, forks) if number < forks else (number - forks, real)
            at = 1 + share * calls[old] // of
            self._kill(at, mode, old, resume, real=number >= forks, before=older if old else {})
        return {"job": self.job.name, "calls": calls[True], "kills": dict(self.found), "faults": self.faults}

    def _kill(self, at: int, mode: int, old: bool, resume: bool, real: bool, before: dict[str, object]) -> None:
        self.jobs.fresh(self.place, self.job, self.base, old)
        words = self.job.command(self.place)
        status = self._real(words, at, mode) if real else self._forked(words, at, mode)[0]
        what = (
            f"{'process' if real else 'fork'}, call {at}, mode {mode}, {'older there' if old else 'nothing there'}, resume {resume}"
        )
        if status != KILLED:
            self.found["not reached"] += 1
            if status != 0:
                self.faults.append(f"{what}: ended with {status}: {self.log.read_text()[-300:]}")
            return
        self.found["processes" if real else "forks"] += 1
        if (said := self.jobs.lost(self.place, self.job, before, self.after)) is not None:
            self.faults.append(f"{what}: {said}")
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
            self._to_log()
            self.shim.arm(self.place, at, mode)
            status = self.jobs.call(*words)
            os.write(send, str(self.shim.count()).encode())
            os._exit(status)
        os.close(send)
        with os.fdopen(receive) as told:
            count = told.read()
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), int(count or 0)

    def _to_log(self) -> None:
        log = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(log, 1)
        os.dup2(log, 2)

    def _real(self, words: list[str], at: int, mode: int) -> int:
        """Exit status of the command line as a process of its own."""
        armed = {"FAULT_FOLDER": str(self.place), "FAULT_AT": str(at), "FAULT_MODE": str(mode)}
        with self.log.open("wb") as log:
            command = [sys.executable, "-m", "pyexplain", *words]
            return subprocess.run(command, env={**os.environ, **armed}, stdout=log, stderr=log, check=False).returncode


if __name__ == "__main__":
    main()
