"""Processes that start at once: forked from one that has imported torch, pandas and pyexplain already, and done nothing else.

For tests that need a process (its streams, signals, working directory, exit status), and not the two seconds it takes to start one.
The words are those that an interpreter takes: `-m pyexplain ...`, `-c CODE ...`, or a script. Plugins are looked for anew in each.
What starting itself does is tested with real processes: tests/cli/test_start.py, tests/scaffold.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NoReturn

IMPORTED = ("torch", "pandas", "pyarrow.parquet", "pyexplain.cli", "pyexplain.api", "pyexplain.measuring", "pyexplain.everyone")
STANDARD = (0, 1, 2)


class Started:
    """A forked process; as much of subprocess.Popen as tests ask for. Its outputs are kept in files, and read at the end."""

    def __init__(self, status: int, out: IO[str], err: IO[str]) -> None:
        self._status, self.stdout, self.stderr = os.fdopen(status), out, err
        self.pid, self.returncode = int(self._status.readline()), None

    def wait(self, timeout: float | None = None) -> int:
        """The exit status, negative for a signal; TimeoutExpired where it does not end in time."""
        if self.returncode is None:
            if not select.select([self._status], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            with self._status:
                self.returncode: int | None = os.waitstatus_to_exitcode(int(self._status.readline()))
        return self.returncode

    def poll(self) -> int | None:
        """The exit status, if it has one."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def printed(self) -> str:
        """What it has printed so far."""
        self.stdout.seek(0)
        return self.stdout.read()

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Wait; what it printed on both streams."""
        self.wait(timeout)
        self.stderr.seek(0)
        return self.printed(), self.stderr.read()

    def send_signal(self, how: signal.Signals) -> None:
        """To it alone."""
        if self.poll() is None:
            os.kill(self.pid, how)


class Warm:
    """The process that others are forked from, of one interpreter."""

    def __init__(self, python: str, environment: Mapping[str, str]) -> None:
        self._socket, theirs = socket.socketpair()
        with theirs:
            words = [python, __file__, str(theirs.fileno())]
            self._process = subprocess.Popen(words, pass_fds=[theirs.fileno()], env=environment, start_new_session=True)

    def start(
        self,
        *words: object,
        env: Mapping[str, str] | None = None,
        cwd: object = None,
        group: bool = False,
        stdout: int | None = None,
        closed: Sequence[int] = (),
    ) -> Started:
        """A process of these words; group: of a process group of its own. stdout: a descriptor to print to. closed: the standard
        streams that it has not."""
        out, err = (tempfile.TemporaryFile("w+", encoding="utf-8") for _ in range(2))  # noqa: SIM115
        known, status = os.pipe()
        asked = {"words": [*map(str, words)], "env": dict(os.environ if env is None else env), "cwd": str(cwd or Path.cwd())}
        text = json.dumps(asked | {"group": group, "closed": [*closed]}).encode() + b"\n"
        with open(os.devnull, "rb") as nothing:
            streams = [nothing.fileno(), out.fileno() if stdout is None else stdout, err.fileno()]
            socket.send_fds(self._socket, [text[:1]], [*streams, status])
        self._socket.sendall(text[1:])
        os.close(status)
        return Started(known, out, err)

    def run(self, *words: object, env: Mapping[str, str] | None = None, cwd: object = None) -> subprocess.CompletedProcess[str]:
        """The same, waited for."""
        process = self.start(*words, env=env, cwd=cwd)
        out, err = process.communicate()
        return subprocess.CompletedProcess([*map(str, words)], process.wait(), out, err)

    def end(self) -> None:
        """What was started goes on."""
        self._socket.close()
        self._process.wait()


@functools.cache
def warm(python: str = sys.executable) -> Warm:
    """One for the whole run of the suite, with one thread."""
    made = Warm(python, os.environ | {"OMP_NUM_THREADS": "1"})
    atexit.register(made.end)
    return made


def serve(place: socket.socket) -> None:
    """Fork for every request until the other side is closed."""
    import gc
    import importlib

    for name in IMPORTED:
        importlib.import_module(name)
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that wait for the children
    while True:
        text, given, *_ = socket.recv_fds(place, 1, 4)
        if not text:
            return
        while not text.endswith(b"\n"):
            text += place.recv(2**16)
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            place.close()
            watch(json.loads(text), given)
        for each in given:
            os.close(each)


def watch(asked: dict[str, object], given: list[int]) -> None:
    """Fork once more; the child runs what was asked, and its parent tells its number and, later, its status."""
    *streams, status = given
    child = os.fork()
    if child:
        for each in (*STANDARD, *streams):
            os.close(each)
        os.write(status, b"%d\n" % child)
        ended = os.waitpid(child, 0)[1]
        os.write(status, b"%d\n" % ended)
        os._exit(0)
    os.close(status)
    if asked["group"]:
        os.setpgid(0, 0)
    for source, target in zip(streams, STANDARD, strict=True):
        os.dup2(source, target)
        os.close(source)
    for stream in asked["closed"]:  # type: ignore[attr-defined]
        os.close(stream)
    end_with(lambda: become(asked["words"], asked["env"], asked["cwd"]))  # type: ignore[arg-type]


def end_with(act: Callable[[], None]) -> NoReturn:
    """End as an interpreter does after that, but for taking apart all that was imported."""
    import threading
    import traceback

    code: object = 0
    try:
        act()
    except SystemExit as error:
        code = error.code
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.raise_signal(signal.SIGINT)
    except BaseException:
        traceback.print_exc()
        code = 1
    if not isinstance(code, int | None):
        print(code, file=sys.stderr)
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in filter(None, (sys.stdout, sys.stderr)):
        stream.flush()
    os._exit(code or 0)


def become(words: list[str], environment: dict[str, str], folder: str) -> None:
    """Be an interpreter that was started with these words."""
    import runpy
    import types

    for how in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(how, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:0] = [place for place in environment.get("PYTHONPATH", "").split(os.pathsep) if place]
    encoding = environment.get("PYTHONIOENCODING", "utf-8")
    sys.stdout = _stream(1, "w", encoding=encoding)
    sys.stderr = _stream(2, "w", encoding=encoding, errors="backslashreplace", buffering=1)
    sys.stdin = _stream(0)
    how, *rest = words
    if how == "-m":
        sys.argv = rest
        sys.path.insert(0, folder)
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    elif how == "-c":
        code, *more = rest
        sys.argv = ["-c", *more]
        sys.path.insert(0, "")
        main = types.ModuleType("__main__")
        sys.modules["__main__"] = main
        exec(compile(code, "<string>", "exec"), main.__dict__)  # noqa: S102
    else:
        sys.argv = words
        sys.path.insert(0, str(Path(how).resolve().parent))
        runpy.run_path(how, run_name="__main__")


def _stream(descriptor: int, *how: Any, **more: Any) -> Any:
    """A standard stream; None where it is closed, as in an interpreter that was started so."""
    try:
        return open(descriptor, *how, closefd=False, **more)
    except OSError:
        return None


if __name__ == "__main__":
    del sys.path[0]  # the folder of the tests
    serve(socket.socket(fileno=int(sys.argv[1])))
