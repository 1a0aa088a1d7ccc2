"""A Python environment of its own for packages that tests install: it sees what the running one has, and changes nothing of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

INSTALLATION = ("--no-build-isolation", "--no-deps", "--quiet", "--disable-pip-version-check")


@dataclass(frozen=True)
class Environment:
    """A virtual environment in `folder`; commands run in `work`, and keep nothing outside the two."""

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

    def run(self, *words: object, status: int | None = 0, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a program; the test fails with its output where it ends otherwise than told (None: however it ends)."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST", "PYEXPLAIN"))}
        settings = kept | {"XDG_CACHE_HOME": str(self.work / "cache"), "OMP_NUM_THREADS": "1", "COLUMNS": "200"} | more
        done = subprocess.run([*map(str, words)], cwd=self.work, env=settings, capture_output=True, text=True)
        assert status in (None, done.returncode), f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def pip(self, *words: object) -> None:
        """The running environment's pip, at work on this one."""
        self.run(sys.executable, "-m", "pip", "--python", self.python, *words)

    def install(self, *words: object) -> None:
        """pip install, offline."""
        self.pip("install", *INSTALLATION, *words)

    def pyexplain(self, *words: object, **more: Any) -> subprocess.CompletedProcess[str]:
        """The command line."""
        return self.run(self.python, "-c", "from pyexplain.cli import main; main()", *words, **more)

    def plugins(self) -> dict[tuple[str, str], str]:
        """(kind, name) of every plugin -> its package."""
        document = json.loads(self.pyexplain("plugins", "--json").stdout)
        return {(found["kind"], found["name"]): found["package"] for found in document["plugins"]}
