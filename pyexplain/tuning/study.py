"""The search: a trial trains with settings that Optuna draws, and is worth its NDCG@10 on the validation part. The test part is not
looked at."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..api import train
from ..data.files import write_json
from ..data.types import Dataset
from ..errors import DataError, RunError, UsageError
from ..recommenders.options import RunOptions
from ..recommenders.validation import ndcg_of_lists
from ..registry import Registry
from .space import Space, defaults_in

if TYPE_CHECKING:
    from optuna import Study

JOURNAL, CONFIG = "trials.log", "config.json"
ABOUT = "about"


@dataclass(frozen=True)
class Search:
    """What is tuned. settings: keys that are the same in every trial. space: the others. method: a recommender's name."""

    method: str
    space: Space
    settings: Mapping[str, object]
    trials: int

    def identity(self, data: Dataset, seed: int) -> dict[str, str]:
        """What trials kept on disk must be of, to be gone on with."""
        return {
            "method": self.method,
            "data set": data.fingerprint,
            "kinds": ", ".join(data.kinds),
            "seed": str(seed),
            "search": str({key: str(values) for key, values in sorted(self.space.items())}),
            "settings": str(sorted((key, str(value)) for key, value in self.settings.items())),
        }


@dataclass(frozen=True)
class Tuned:
    """number: of the trial, the first is of the default settings where the space holds them. settings: as drawn. value: validation
    NDCG@10, 0..1; None where it failed, and `error` says why."""

    number: int
    settings: dict[str, Any]
    value: float | None
    error: str = ""


def tune(
    search: Search,
    data: Dataset,
    out: Path,
    registry: Registry,
    options: RunOptions,
    resume: bool = False,
    tell: Callable[[Tuned], None] = lambda trial: None,
) -> list[Tuned]:
    """All trials, the best first; the best settings stand in out/config.json, which `train --config` takes. tell: after each trial.

    Trials are kept in out/trials.log as they end; with `resume` those that are there are not made again, and what comes out is
    what an uninterrupted search gives. Raises DataError where the data set has no validation part, UsageError where `out` holds
    trials and resume was not said, RunError where they are of another search, and where no trial could be trained.
    """
    if len(data.valid_candidates) == 0:
        raise DataError("there is no validation part to choose by", where=data.name, hint="Prepare it from more reviews.")
    out.mkdir(parents=True, exist_ok=True)
    with _quiet():
        study = _study(search, data, out, options.seed, resume)
        while len(_finished(study)) < search.trials:
            tell(_one(study, search, data, registry, options))
        found = sorted(_finished(study), key=lambda trial: (trial.value is None, -(trial.value or 0.0), trial.number))
    if found[0].value is None:
        raise RunError(f"no trial could be trained; the first: {found[0].error}", where=str(out), hint="Search other values.")
    write_json(out / CONFIG, {**search.settings, **found[0].settings})
    return found


def _one(study: Study, search: Search, data: Dataset, registry: Registry, options: RunOptions) -> Tuned:
    """The next trial. What it draws depends on the seed, its number, and the trials before it, wherever the search was stopped."""
    import optuna
    from optuna.trial import TrialState

    number, config = len(_finished(study)), registry.get("recommender", search.method).Config
    usual = defaults_in(search.space, config, search.settings) if number == 0 else None
    if usual is not None and not study.get_trials(deepcopy=False, states=(TrialState.WAITING,)):
        study.enqueue_trial(usual)
    study.sampler = optuna.samplers.TPESampler(seed=(options.seed * 1_000_003 + number) % 2**32)
    trial = study.ask()
    settings = {key: values.draw(trial, key) for key, values in search.space.items()}
    try:
        value = _worth(search, settings, data, registry, options)
    except (RunError, UsageError) as error:
        trial.set_user_attr("error", error.what)
        study.tell(trial, state=TrialState.FAIL)
        return Tuned(number, settings, None, error.what)
    study.tell(trial, value)
    return Tuned(number, settings, value)


def _worth(search: Search, settings: dict[str, Any], data: Dataset, registry: Registry, options: RunOptions) -> float:
    given = {**search.settings, **settings}
    run = train(data, baseline=search.method, options=options, registry=registry, settings=given, kinds=data.kinds)
    value = ndcg_of_lists(run.recommender.scores, data.valid_candidates, run.recommender.device)
    assert value is not None
    return value


def _study(search: Search, data: Dataset, out: Path, seed: int, resume: bool) -> Study:
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend
    from optuna.trial import TrialState

    journal, identity = out / JOURNAL, search.identity(data, seed)
    if journal.exists() and not resume:
        raise UsageError("there are trials already", where=str(journal), hint="Go on with --resume, or name another --out.")
    began = journal.exists()
    storage = JournalStorage(JournalFileBackend(str(journal)))
    study = optuna.create_study(storage=storage, study_name="tune", direction="maximize", load_if_exists=True)
    if not began or ABOUT not in study.user_attrs:
        study.set_user_attr(ABOUT, identity)
    elif study.user_attrs[ABOUT] != identity:
        other = [name for name, value in identity.items() if study.user_attrs[ABOUT].get(name) != value]
        raise RunError(f"the trials are of another {', '.join(other)}", where=str(journal), hint="Name another --out.")
    for trial in study.get_trials(states=(TrialState.RUNNING,)):  # stopped in the middle: to be made again
        study.tell(trial.number, state=TrialState.FAIL)
    return study


def _finished(study: Study) -> list[Tuned]:
    """Trials that ended, numbered as if none had been stopped."""
    from optuna.trial import TrialState

    ended = [t for t in study.get_trials(deepcopy=False) if t.state == TrialState.COMPLETE or "error" in t.user_attrs]
    return [
        Tuned(
            place,
            dict(trial.params),
            trial.value if trial.state == TrialState.COMPLETE else None,
            trial.user_attrs.get("error", ""),
        )
        for place, trial in enumerate(ended)
    ]


@contextmanager
def _quiet() -> Iterator[None]:
    """Optuna tells each trial by itself; we do."""
    logger = logging.getLogger("optuna")
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)
