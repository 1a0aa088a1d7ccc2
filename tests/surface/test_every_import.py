"""Every module, imported by a new process."""

from __future__ import annotations

import subprocess
import sys


def test_the_project_itself_uses_no_old_name() -> None:
    """Every module of pyexplain and each of its plugins, imported with deprecations as errors."""
    code = "import pkgutil, importlib, pyexplain\nfor m in pkgutil.walk_packages(pyexplain.__path__, 'pyexplain.'):\n"
    code += "    m.name.endswith('__main__') or importlib.import_module(m.name)\n"
    code += "from pyexplain.registry import load_registry\nload_registry(strict=True)\n"
    done = subprocess.run(
        [sys.executable, "-W", "error:.*the old name works until:DeprecationWarning", "-c", code], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
