"""What a shell offers when the tab key is pressed: names of methods, ids of users and items.

Nothing here may fail or print: a shell that asks for words gets fewer of them. Loading every plugin takes seconds, so the names are
kept beside the built-in data set until another set of packages is installed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from hashlib import sha256
from importlib.metadata import entry_points
from pathlib import Path

import click
from click.shell_completion import CompletionItem, split_arg_string

MOST = 200  # ids that are offered at once
Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def methods(*kinds: str) -> Complete:
    """Names of recommenders, explainers, ...: what `--explainer` and `--baseline` take."""

    def complete(ctx: click.Context, param: click.Parameter, begun: str) -> list[CompletionItem]:
        try:
            known = _names()
        except Exception:
            return []
        return _items((name for kind in kinds for name in known.get(kind, [])), begun)

    return complete


def ids(side: str) -> Complete:
    """Ids of "user" or "item" of the data set of the run that stands before the cursor."""

    def complete(ctx: click.Context, param: click.Parameter, begun: str) -> list[CompletionItem]:
        try:
            return _items(_ids(_dataset(), side), begun)
        except Exception:
            return []

    return complete


def _items(words: Iterable[str], begun: str) -> list[CompletionItem]:
    found: list[CompletionItem] = []
    for word in words:
        if word.startswith(begun):
            found.append(CompletionItem(word))
            if len(found) == MOST:
                break
    return found


def _names() -> dict[str, list[str]]:
    """Kind -> names of what is installed."""
    from ..data.json_file import read_json
    from .common import cache_folder

    installed = sorted(f"{e.name} {e.value} {e.dist.version if e.dist else ''}" for e in entry_points(group="pyexplain"))
    key = sha256("\n".join(installed).encode()).hexdigest()[:16]
    kept = cache_folder() / f"names-{key}.json"
    if kept.is_file():
        known: dict[str, list[str]] = read_json(kept)
        return known
    from ..registry import HOOKS, load_registry

    registry = load_registry()
    found = {kind: sorted(registry.classes(kind)) for kind in HOOKS}
    kept.parent.mkdir(parents=True, exist_ok=True)
    from ..data.files import write_json

    write_json(kept, found)
    return found


def _dataset() -> Path:
    """Where the data set is, out of the words on the line: as --dataset says, or as the run's folder does. click itself
    looks at no arguments before an option whose value is not there yet."""
    from ..data.json_file import read_json

    words = split_arg_string(os.environ["COMP_WORDS"])
    if "--dataset" in words[:-1]:
        return Path(words[words.index("--dataset") + 1])
    run = next(Path(word) for word in words if (Path(word) / "run.json").is_file())
    return Path(read_json(run / "run.json")["dataset"]["path"])


def _ids(dataset: Path, side: str) -> list[str]:
    import pyarrow.parquet as pq

    found: list[str] = pq.read_table(dataset / f"{side}s.parquet", columns=["name"])["name"].to_pylist()
    return found
