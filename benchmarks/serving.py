"""A service under several users at once: each asks for recommendations with reasons, and again 100 ms after the answer.

    python -m benchmarks.serving RUN --seconds 300

No cache of answers: every request is of another user. The service is held to one core where the machine allows it, who asks to the
others. Prints answers, errors, percentiles of the time to the answer, the service's memory at the start and the end, and the
processor time of an answer, which other programs on the machine change least.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import quote

import numpy as np

from pyexplain.data.store import load_dataset

PAUSE = 0.1


def ask_often(port: int, users: list[str], until: float, times: list[float], errors: list[str], k: int) -> None:
    """One user of the service: a request after the other on one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for user in users:
        if time.monotonic() > until:
            return
        began = time.perf_counter()
        connection.request("GET", f"/recommend?user={quote(user, safe='')}&k={k}&explain=true")
        answer = connection.getresponse()
        body = answer.read()
        times.append(time.perf_counter() - began)
        if answer.status != 200 or len(json.loads(body)["items"]) != k:
            errors.append(f"{answer.status}: {body[:200]!r}")
        time.sleep(PAUSE)


def memory_of(process: int) -> float:
    """Resident megabytes."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def processor_of(process: int) -> float:
    """Seconds of processor time so far."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def start(run: Path, dataset: Path | None) -> tuple[subprocess.Popen[str], int]:
    """The service on a free port, held to one core."""
    words = [sys.executable, "-m", "pyexplain", "serve", str(run), "--port", "0", "--threads", "1"]
    words += ["--dataset", str(dataset)] if dataset else []
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    line = process.stderr.readline()
    if "Serving at" not in line:
        raise SystemExit(line + process.stderr.read())
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(process.pid, {0})
        for thread in Path(f"/proc/{process.pid}/task").iterdir():
            os.sched_setaffinity(int(thread.name), {0})
        os.sched_setaffinity(0, set(range(1, os.cpu_count() or 1)) or {0})
    return process, int(line.split(";")[0].rsplit(":", 1)[1])


def main() -> None:
    """Parse, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("--dataset", type=Path)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--users", type=int, default=8)
    parser.add_argument("-k", type=int, default=3)
    given = parser.parse_args()
    place = given.dataset or Path(json.loads((given.run / "run.json").read_text(encoding="utf-8"))["dataset"]["path"])
    data = load_dataset(place)
    known = np.flatnonzero(np.diff(data.user_features.offsets))
    drawn = [data.users[u] for u in np.random.default_rng(0).permutation(np.resize(known, max(len(known), 100_000)))]
    process, port = start(given.run, given.dataset)
    try:
        warm: list[float] = []
        errors: list[str] = []
        ask_often(port, drawn[-20:], time.monotonic() + 60, warm, errors, given.k)
        before, used = memory_of(process.pid), processor_of(process.pid)
        times: list[float] = []
        until = time.monotonic() + given.seconds
        threads = [
            threading.Thread(target=ask_often, args=(port, drawn[n :: given.users], until, times, errors, given.k))
            for n in range(given.users)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        after, used = memory_of(process.pid), processor_of(process.pid) - used
    finally:
        process.terminate()
        process.wait(30)
    p50, p99 = np.percentile(times, [50, 99]) * 1e3
    print(f"{len(times):,} answers in {given.seconds:g} s to {given.users} users at once, {len(errors)} errors")
    print(f"p50 {p50:.1f} ms, p99 {p99:.1f} ms, longest {max(times) * 1e3:.0f} ms; memory {before:.0f} MB, then {after:.0f} MB")
    print(f"processor time of an answer: {used / len(times) * 1e3:.1f} ms")
    for line in errors[:5]:
        print(line)


if __name__ == "__main__":
    main()
