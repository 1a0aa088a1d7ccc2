"""Which of the authors' folders is this? Told from its counts of users, items and features, as in the paper's Table 2."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..data.paper import import_paper_folder, lacking
from ..data.restricted import load_plain
from ..data.types import Dataset
from ..errors import DataError, UsageError
from .paper import Target, published, read_target

MARK = "user_id_dict"  # published of each data set
COUNTED = ("users", "items", "features")
STATISTICS = "table2"


@dataclass(frozen=True)
class Folder:
    """An authors' folder. dataset: the paper's name of the set, None where the counts are of none. asked: a person said so."""

    path: Path
    counts: tuple[int, int, int]
    dataset: str | None
    asked: bool = False

    @property
    def name(self) -> str:
        """What to call the data set."""
        return self.dataset or self.path.resolve().name

    def load(self, seed: int) -> Dataset:
        """The data set, its validation part carved from the training pairs by the seed; see import_paper_folder."""
        return import_paper_folder(self.path, self.name, seed)


def find_folder(given: Path | None, target: Target, asked: str | None = None) -> Folder:
    """The folder to reproduce the target on: `given` itself, or the one below it whose counts fit.

    asked: the set that a person says it is, whatever the counts. Raises UsageError where no folder is given or the folder is of
    another set than the target, DataError where there is none.
    """
    if given is None:
        raise UsageError(
            f"{target.name} needs the data that the paper's authors published",
            where="--data",
            hint=f"Give the folder that holds {MARK} and its neighbours, or one above it.",
        )
    known = read_target(STATISTICS).values
    if asked is not None and asked not in known:
        raise UsageError(f"the paper has no data set {asked!r}", where="--dataset", hint=f"Known: {', '.join(known)}.")
    found = [_whole(path) for path in authors_folders(given)]
    if not found:
        raise DataError(
            "no folder of the paper's authors here", where=str(given), hint=f"Expected: {MARK} and its neighbours, pickled."
        )
    wanted = asked or target.dataset
    fitting = [folder for folder in found if folder.dataset == wanted] or found if wanted else found
    if len(fitting) > 1:
        listed = ", ".join(f"{folder.path} ({folder.dataset or 'not of the paper'})" for folder in fitting)
        raise UsageError(f"several folders fit: {listed}", where="--data", hint="Give one of them, or name it with --dataset.")
    return _checked(fitting[0], target, asked)


def _checked(folder: Folder, target: Target, asked: str | None) -> Folder:
    if asked is not None:
        folder = Folder(folder.path, folder.counts, asked, asked=folder.dataset != asked)
    if target.dataset and folder.dataset and folder.dataset != target.dataset:
        raise UsageError(
            f"{target.name} is of the data set {target.dataset}, this folder is {folder.dataset}",
            where=str(folder.path),
            hint="Reproduce the table of this data set, or give the other folder.",
        )
    return folder


def _whole(path: Path) -> Folder:
    """The folder, recognised; DataError where it lacks something, with what was published of each data set."""
    if missing := lacking(path):
        told = "; ".join(f"{name} {what}" for name, what in published().items())
        raise DataError(f"the folder lacks {', '.join(missing)}", where=str(path), hint=f"Of the paper's data sets, {told}.")
    return recognise(path)


def recognise(path: Path) -> Folder:
    """The folder with its counts, and the paper's name where the counts of Table 2 are the same."""
    users, items, features = (len(load_plain(path / f"{kind}_id_dict")) for kind in ("user", "item", "feature"))
    counts = (users, items, features)
    for name, row in read_target(STATISTICS).values.items():
        if counts == tuple(row[key] for key in COUNTED):
            return Folder(path, counts, name)
    return Folder(path, counts, None)


def authors_folders(top: Path) -> Iterator[Path]:
    """The folder itself, or those at most two levels below it."""
    if (top / MARK).is_file():
        yield top
        return
    for pattern in ("*", "*/*"):
        yield from sorted(path.parent for path in top.glob(f"{pattern}/{MARK}"))
