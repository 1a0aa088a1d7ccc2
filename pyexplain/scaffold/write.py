"""Fill the templates and write the package, whole or not at all."""

from __future__ import annotations

import os
import shutil
from importlib.resources import files
from pathlib import Path
from string import Template

from ..errors import DataError, UsageError, either
from ..hookspecs import INTERFACE_VERSION
from .names import Names

# Template -> file of the package. The templates of a kind lie in the folder of its name.
SHARED = {
    "package/pyproject.toml.txt": "pyproject.toml",
    "package/gitignore.txt": ".gitignore",
}
OF_KIND = {
    "README.md.txt": "README.md",
    "module.py.txt": "{module}.py",
    "test.py.txt": "tests/test_{module}.py",
}


def write_package(names: Names, folder: Path, version: str) -> list[Path]:
    """Write the package into `folder`, which is new or empty; the files, relative to it, sorted. version: of pyexplain.

    Raises UsageError where the folder holds something or is a file, DataError where it cannot be written.
    """
    _check_place(folder)
    texts = package_texts(names, version)
    place = folder.resolve()  # "." has no name
    draft = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        for path, text in texts.items():
            (draft / path).parent.mkdir(parents=True, exist_ok=True)
            (draft / path).write_text(text, encoding="utf-8")
        place.mkdir(exist_ok=True)  # somebody may stand in it: it is filled, not replaced
        for part in draft.iterdir():
            part.replace(place / part.name)
    except OSError as error:
        raise DataError(f"cannot be written: {error.strerror or error}", where=str(folder), hint="Check path and disk.") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return sorted(Path(path) for path in texts)


def package_texts(names: Names, version: str) -> dict[str, str]:
    """Path in the package -> text."""
    words = {
        "kind": names.kind,
        "name": names.name,
        "package": names.package,
        "module": names.module,
        "cls": names.cls,
        "interface": str(INTERFACE_VERSION),
        "version": version,
    }
    sources = SHARED | {f"{names.kind}/{template}": path for template, path in OF_KIND.items()}
    templates = files(__package__) / "templates"
    return {
        path.format(**words): Template((templates / source).read_text(encoding="utf-8")).substitute(words)
        for source, path in sources.items()
    }


def _check_place(folder: Path) -> None:
    hint = f"Name another {either('folder', 'folder with --out')}, or empty this one."
    if folder.is_dir():
        if any(folder.iterdir()):
            raise UsageError("the folder is not empty", where=str(folder), hint=hint)
    elif folder.exists() or folder.is_symlink():
        raise UsageError("is not a folder", where=str(folder), hint=hint)
