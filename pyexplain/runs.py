"""Runs on disk: run.json, state.safetensors, history.jsonl and a manifest. Never pickle."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy
import torch
from pydantic import Field

from .data.checked import check_json, read_checked
from .data.counts import seen_by
from .data.files import check_manifest, check_place, new_folder, recover, write_json, write_tensors, write_text
from .data.formats import check_format
from .data.json_file import read_bytes, read_json
from .data.kinds import WORD
from .data.store import load_dataset
from .data.types import Dataset
from .errors import DataError, RunError, UsageError, either
from .explainers.base import Explainer
from .limits import MAX_SEED
from .recommenders.base import Recommender
from .recommenders.checkpoints import CHECKPOINT
from .recommenders.config import make_config
from .recommenders.options import RunOptions
from .recommenders.run_state import AGAIN, load_explainer, load_recommender, read_state
from .recommenders.warm_start import StartFacts
from .registry import Registry

KIND = "run"
FACTS, STATE, HISTORY = "run.json", "state.safetensors", "history.jsonl"
RUN_FORMAT = 2  # 1 (0.1.0) has no `format` and no `needs`, and is read; see data/formats.py for what the two mean
KINDS, NEVER = "kinds", "never"  # needed where a run sees other features than words, and where it says nothing of some
RUN_NEEDS = frozenset({KINDS, NEVER})


@dataclass(frozen=True)
class MethodFacts:
    """A recommender or an explainer in run.json."""

    name: str
    config: dict[str, Any]


@dataclass(frozen=True)
class DataFacts:
    """The data set in run.json; path: where it was. fingerprint: of what is stored; feature_space: of the features that the run
    sees; view: the fingerprint of what it sees, where that is not what is stored."""

    path: str | None
    fingerprint: str
    feature_space: str
    view: str | None = None


@dataclass(frozen=True)
class RunFacts:
    """run.json, as far as it is read back."""

    recommender: MethodFacts
    explainer: MethodFacts | None
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)]
    dataset: DataFacts
    kinds: tuple[str, ...] = (WORD,)  # older runs know of words alone
    warm_start: StartFacts | None = None
    never: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class TrainedRun:
    """A fitted recommender, the explainer it was trained for (None for a baseline), its data, and how it came about.

    data: as the run sees it, through the kinds of features that it uses. warm_start: where training
    started, if from a run. folder: where it was read from.
    """

    recommender: Recommender
    explainer: Explainer | None
    data: Dataset
    data_path: Path | None
    options: RunOptions
    history: list[dict[str, float]]
    warm_start: StartFacts | None = None
    folder: Path | None = None

    @property
    def method(self) -> str:
        """The explainer's name, or the recommender's where the run has no explainer."""
        return self.explainer.name if self.explainer else self.recommender.name

    @property
    def never(self) -> tuple[str, ...]:
        """Names of features that this run says nothing of, beside those that its data set does not say."""
        known = self.data.source.settings.never
        return tuple(name for name in self.data.settings.never if name not in known)


def new_run(out: Path, inputs: Iterable[Path] = ()) -> AbstractContextManager[Path]:
    """A folder for fill_run, which takes the place of `out` when all went well; with it goes the checkpoint that led to it."""
    return new_folder(Path(out), KIND, inputs=inputs, own=(CHECKPOINT,))


def check_run_place(out: Path, inputs: Iterable[Path] = ()) -> None:
    """DataError where a run may not be written to `out`, asked before the work."""
    check_place(Path(out), KIND, inputs, (CHECKPOINT,))


def save_run(run: TrainedRun, out: Path) -> None:
    """Write the folder, whole or not at all; the checkpoint that led to it is no longer needed. DataError where it cannot be."""
    with new_run(out) as folder:
        fill_run(run, folder)


def fill_run(run: TrainedRun, folder: Path) -> None:
    """Write the files of a run into a folder that new_run gave."""
    groups = {"recommender": run.recommender.state(), "explainer": run.explainer.state() if run.explainer else {}}
    tensors = {f"{group}/{name}": v.contiguous().clone() for group, state in groups.items() for name, v in state.items()}
    write_tensors(folder / STATE, tensors)
    write_text(folder / HISTORY, "".join(json.dumps(entry) + "\n" for entry in run.history))
    write_json(folder / FACTS, _facts(run))


def _facts(run: TrainedRun) -> dict[str, object]:
    explainer, source = run.explainer, run.data.source
    return {
        "format": RUN_FORMAT,
        "needs": [KINDS] * (run.data.kinds != (WORD,)) + [NEVER] * bool(run.never),
        "method": run.method,
        "protocol": run.data.protocol,
        "recommender": {"name": run.recommender.name, "config": run.recommender.config.model_dump()},
        "explainer": {"name": explainer.name, "config": explainer.config.model_dump()} if explainer else None,
        "seed": run.options.seed,
        "kinds": list(run.data.kinds),
        **({"never": list(run.never)} if run.never else {}),
        **({} if run.warm_start is None else {"warm_start": asdict(run.warm_start)}),
        "dataset": {
            "name": run.data.name,
            "path": str(run.data_path.resolve()) if run.data_path else None,
            "fingerprint": source.fingerprint,
            "feature_space": run.data.features.fingerprint,
            **({} if run.data is source else {"view": run.data.fingerprint}),
        },
        "versions": {"python": platform.python_version(), "torch": str(torch.__version__), "numpy": numpy.__version__},
    }


def load_run(
    path: str | Path, registry: Registry, options: RunOptions | None = None, dataset: str | Path | Dataset | None = None
) -> TrainedRun:
    """Read a run folder with its data set (the one it was trained on, wherever it lies now; `dataset` says where).

    Raises RunError where the data set is another one (both fingerprints are shown), DataError where a file is missing,
    unfinished, altered or of a newer format, UsageError where the method's plugin is not there.
    """
    folder = Path(path)
    if (folder / CHECKPOINT).is_file() and not (folder / "run.json").is_file():
        raise RunError(
            "training of this run was not finished", where=str(folder), hint="Go on with 'pyexplain train ... --resume'."
        )
    check_manifest(folder, KIND, (FACTS, STATE, HISTORY))
    check_format(read_json(folder / FACTS, hint=AGAIN), str(folder / FACTS), KIND, RUN_FORMAT, RUN_NEEDS)
    facts = read_checked(folder / FACTS, RunFacts, AGAIN)
    recommender = _make(registry, "recommender", facts.recommender, folder / FACTS)
    data, data_path = _data_of(facts, recommender.counted, dataset, folder)
    given = options or RunOptions()
    whole = RunOptions(facts.seed, given.device, given.threads, given.progress, max_memory=given.max_memory)
    recommender.prepare(data, whole)
    state = read_state(folder / STATE)
    load_recommender(recommender, state["recommender"], data, folder / STATE)
    explainer = None
    if facts.explainer:
        explainer = _make(registry, "explainer", facts.explainer, folder / FACTS)
        explainer.recommender, explainer.data, explainer.options = recommender, data, whole
        load_explainer(explainer, state["explainer"], folder / STATE)
        if not explainer.learns:
            explainer.fit(recommender, data, whole)
    return TrainedRun(recommender, explainer, data, data_path, whole, _history(folder / HISTORY), facts.warm_start, folder)


def _history(path: Path) -> list[dict[str, float]]:
    lines = read_bytes(path).splitlines()
    return [check_json(line, dict[str, float], f"{path}:{number}", AGAIN) for number, line in enumerate(lines, 1)]


def _make(registry: Registry, kind: str, facts: MethodFacts, path: Path) -> Any:
    try:
        cls = registry.get(kind, facts.name)
    except UsageError as error:
        raise UsageError(error.what, where=str(path), hint=error.hint) from error
    try:
        return cls(make_config(cls.Config, facts.config, f"{kind} {facts.name} of the run"))
    except UsageError as error:
        raise RunError(f"{error.where}: {error.what}", where=str(path), hint=AGAIN) from error


def _data_of(facts: RunFacts, counts: bool, dataset: str | Path | Dataset | None, folder: Path) -> tuple[Dataset, Path | None]:
    """The data set as the run sees it, and its place."""
    if isinstance(dataset, Dataset):
        return _seen(dataset.source, facts, counts, folder), None
    place = facts.dataset.path
    path = Path(dataset or place or "")
    recover(path)
    if not path.is_dir() or (dataset is None and place is None):
        hint = f"Say where it is with {either('load_run(..., dataset=...)', '--dataset')}."
        if dataset is None and place is None:
            what = "the data set of the run was given as an object, which has no place on disk"
            raise DataError(what, where=str(folder), hint=f"Save it with save_dataset. {hint}")
        raise DataError(f"the data set of the run is not at {path}", where=str(folder), hint=hint)
    return _seen(load_dataset(path), facts, counts, folder), path


def _seen(source: Dataset, facts: RunFacts, counts: bool, folder: Path) -> Dataset:
    """The data set as the run sees it, through its kinds, with counts where its recommender asks for them. Kinds that came later do
    no harm."""
    made, hint = facts.dataset, "Give the data set that it was trained on."
    _refuse_older(source, made.fingerprint, folder)
    if not facts.kinds and source.kinds:
        raise RunError(
            f"the run names no kinds of features, and its data set has {', '.join(source.kinds)}", where=str(folder), hint=hint
        )
    try:
        data = seen_by(source, facts.kinds or None, counts, facts.never)
    except (DataError, UsageError) as error:
        what = f"the run was made with features of the kinds {', '.join(facts.kinds)}: {error.what}"
        raise RunError(what, where=str(folder), hint=hint) from error
    if data.features.fingerprint != made.feature_space:
        spaces = f"feature space {made.feature_space}, this one has {data.features.fingerprint}"
        raise RunError(f"the run was made with {spaces}", where=str(folder), hint=hint)
    if data.fingerprint != (made.view or made.fingerprint):
        prints = f"data set {made.fingerprint}, this one is {source.fingerprint}"
        raise RunError(f"the run was made on {prints}", where=str(folder), hint=hint)
    return data


def _refuse_older(data: Dataset, fingerprint: str, folder: Path) -> None:
    """RunError where people were taken out of the data set since a run was made on it: the run has learned from them."""
    if count := data.forgotten_since(fingerprint):
        people = "1 person was" if count == 1 else f"{count:,} people were"
        prints = f"it was made on data set {fingerprint}, which is now {data.fingerprint}"
        hint = "Train again, and delete this run: it has learned from what they wrote."
        raise RunError(f"the run was made before {people} forgotten: {prints}", where=str(folder), hint=hint)
