"""One call for every table and figure: find the data, train what is needed, measure, and say what was done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..recommenders.options import RunOptions
from ..registry import Registry, load_registry
from .figures import Figure, correlation_figure, map_figure
from .folder import COUNTED, Folder, find_folder
from .kept import KeptRuns
from .paper import Target, read_setup, read_target
from .result import Heading, Table
from .steps import Watch
from .tables import measured_table, statistics_table
from .trained import Trainer
from .words import Words, words_table

PROTOCOL_NOTE = (
    "Protocol paper: features, test pairs and candidate lists as published (lists shuffled); "
    "the epoch is chosen by a validation part carved from the training pairs; then the method is trained that long on all of them."
)
Result = Table | Figure | Words
MAKERS: dict[str, Callable[[Target, Trainer, Heading], Result]] = {
    "statistics": statistics_table,
    "ranking": measured_table,
    "explanations": measured_table,
    "correlation": correlation_figure,
    "map": map_figure,
    "words": words_table,
}


@dataclass(frozen=True)
class Wanted:
    """What a person asked for. data: the authors' folder, or one above it. dataset: which set that is, where the counts do not say.

    seeds: how many; None = as many as the table is worth. seed: the first. settings: keys of methods over the paper's own.
    """

    data: Path | None = None
    dataset: str | None = None
    seeds: int | None = None
    seed: int = 0
    settings: Mapping[str, object] = field(default_factory=dict)


def reproduce(
    names: Sequence[str],
    wanted: Wanted,
    options: RunOptions | None = None,
    registry: Registry | None = None,
    kept: KeptRuns | None = None,
    watch: Watch | None = None,
) -> list[Result]:
    """The tables or figures of these names ("table3", "figure4"), each with the paper's values, ours and the controls.

    Methods are trained once for all of them. kept: where each run is kept as soon as it is trained; watch: who is told. A method
    that fails is reported in its row. Raises UsageError for an unknown name
    or key and where the folder is of another data set, DataError for a folder that cannot be read.
    """
    targets, setup = [read_target(name) for name in names], read_setup()
    registry = registry or load_registry()
    made: dict[tuple[Path, int], Trainer] = {}
    out: list[Result] = []
    for target in targets:
        folder = find_folder(wanted.data, target, wanted.dataset)
        seeds = range(wanted.seed, wanted.seed + (wanted.seeds or target.seeds))
        trainer = made.get((folder.path, len(seeds)))
        if trainer is None:
            trainer = Trainer(folder, registry, setup, seeds, wanted.settings, options or RunOptions(), len(targets) > 1)
            trainer.kept, trainer.watch = kept, watch or Watch()
            made[folder.path, len(seeds)] = trainer
        out.append(MAKERS[target.kind](target, trainer, heading(target, folder, trainer)))
    return out


def heading(target: Target, folder: Folder, trainer: Trainer) -> Heading:
    """What stands above and below the table."""
    trained = target.kind != "statistics"
    settings = {**trainer.setup.settings, **trainer.settings} if trained else {}
    notes = [note for note in (PROTOCOL_NOTE if trained else "", target.note, _about(folder)) if note]
    seeds = tuple(trainer.seeds) if trained else ()
    source, known = trainer.setup.source, folder.dataset is not None and not folder.asked
    return Heading(target.name, target.title, source, "paper", folder.name, known, seeds, settings, tuple(notes))


def _about(folder: Folder) -> str:
    """What has to be said where the counts are not the paper's."""
    if folder.dataset and not folder.asked:
        return ""
    counts = ", ".join(f"{number:,} {what}" for number, what in zip(folder.counts, COUNTED, strict=True))
    if folder.asked:
        return f"This folder ({counts}) was said to be {folder.dataset}, whose counts in the paper are others: compare with care."
    return f"This folder ({counts}) is none of the paper's data sets: there is nothing printed to compare with."
