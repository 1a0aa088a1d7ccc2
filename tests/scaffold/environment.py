"""A Python environment of its own for packages that tests install: it sees what the running one has, and changes nothing of it."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

from ..warm import Warm

INSTALLATION = ("--no-build-isolation", "--no-deps", "--quiet", "--disable-pip-version-check")


@dataclass(frozen=True)
class Environment:
    """A virtual environment in `folder`; commands run in `work`, and keep nothing outside the two.

    Commands are forked from one process of its interpreter, which starts with the first of them: install before. Only
    plugins() starts a process, to see what one that starts sees.
    """

    folder: Path
    work: Path

    @staticmethod
    def make(top: Path) -> Environment:
        """Without a pip of its own: that of the running environment is pointed at it."""
        made = Environment(top / "environment", top / "work")
        venv.create(made.folder, with_pip=False)
        made.work.mkdir()
        (site,) = (made.folder / "lib").glob("python*/site-packages")
        ours = [sysconfig.get_path(kind) for kind in ("purelib", "platlib")]
        # addsitedir, not a plain path: pyexplain itself may be installed by such a file of ours
        (site / "ours.pth").write_text("".join(f"import site; site.addsitedir({path!r})\n" for path in dict.fromkeys(ours)))
        return made

    @property
    def python(self) -> str:
        """The interpreter."""
        return str(self.folder / "bin" / "python")

    @functools.cached_property
    def warm(self) -> Warm:
        """What its commands are forked from."""
        return Warm(self.python, self._settings())

    def end(self) -> None:
        """Nothing is started any more."""
        if "warm" in vars(self):
            self.warm.end()

    def _settings(self) -> dict[str, str]:
        """Environment variables: nothing of those that steer Python or pytest here."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST", "PYEXPLAIN"))}
        return kept | {"XDG_CACHE_HOME": str(self.work / "cache"), "OMP_NUM_THREADS": "1", "COLUMNS": "200"}

    def python_run(self, *words: object, status: int = 0) -> subprocess.CompletedProcess[str]:
        """Run words of its interpreter; the test fails with its output where it ends otherwise than told."""
        return _ended(self.warm.run(*words, env=self._settings(), cwd=self.work), status)

    def run(self, *words: object) -> subprocess.CompletedProcess[str]:
        """Start a program, which must end well."""
        return _ended(subprocess.run([*map(str, words)], cwd=self.work, env=self._settings(), capture_output=True, text=True), 0)

    def pip(self, *words: object) -> None:
        """The running environment's pip, at work on this one."""
        self.run(sys.executable, "-m", "pip", "--python", self.python, *words)

    def install(self, *words: object) -> None:
        """pip install, offline."""
        self.pip("install", *INSTALLATION, *words)

    def pyexplain(self, *words: object, status: int = 0) -> subprocess.CompletedProcess[str]:
        """The command line."""
        return self.python_run("-m", "pyexplain", *words, status=status)

    def plugins(self) -> dict[tuple[str, str], str]:
        """(kind, name) of every plugin -> its package."""
        document = json.loads(self.run(self.python, "-c", "from pyexplain.cli import main; main()", "plugins", "--json").stdout)
        return {(found["kind"], found["name"]): found["package"] for found in document["plugins"]}


def _ended(done: subprocess.CompletedProcess[str], status: int) -> subprocess.CompletedProcess[str]:
    assert done.returncode == status, f"{done.args}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done
