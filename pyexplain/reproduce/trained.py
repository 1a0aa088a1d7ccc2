"""The paper's methods, trained once for each seed. One that fails is written down with its reason, and the others go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from ..api import check_device, train
from ..data.split import without_validation
from ..data.types import Dataset
from ..errors import UsageError
from ..explainers.types import Explanations
from ..metrics.truth import judgeable_users
from ..recommenders.base import Recommender
from ..recommenders.history import auxiliary_epochs, kept_entry
from ..recommenders.options import RunOptions
from ..registry import Registry
from ..run import Run
from .folder import Folder
from .kept import KeptRuns, identity_of
from .paper import PaperMethod, Setup
from .steps import Clock, Step, Watch

T = TypeVar("T")
LONGEST_REASON = 300


@dataclass(eq=False)
class Trainer:
    """Data sets, runs and failures of one reproduction.

    seeds: each is that of the validation part and of the training alike. settings: keys over the paper's own; a method takes
    those that it knows. options: device, threads and progress; its seed plays no part. keep: hold on to runs that another
    table will want, at the price of memory. kept: where runs are kept on disk; watch: who is told of each as it is done.
    """

    folder: Folder
    registry: Registry
    setup: Setup
    seeds: Sequence[int]
    settings: Mapping[str, object] = field(default_factory=dict)
    options: RunOptions = field(default_factory=RunOptions)
    keep: bool = False
    kept: KeptRuns | None = None
    watch: Watch = field(default_factory=Watch)
    failures: dict[str, str] = field(default_factory=dict)
    _carved: dict[int, Dataset] = field(default_factory=dict, repr=False)
    _data: dict[int, Dataset] = field(default_factory=dict, repr=False)
    _runs: dict[tuple[str, int], Run] = field(default_factory=dict, repr=False)
    _auxiliary: dict[str, dict[int, int]] = field(default_factory=dict, repr=False)
    _noted: dict[str, tuple[float | None, float]] = field(default_factory=dict, repr=False)
    _found: bool = field(default=False, repr=False)
    _told: dict[tuple[str, int], Explanations] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if not self.seeds:
            raise UsageError("there is no seed to train with", where="--seeds", hint="Give 1 or more.")
        self.options = check_device(self.options)

    def check_settings(self, methods: Sequence[PaperMethod]) -> None:
        """UsageError where a key is known to none of the methods that can be trained."""
        known = set().union(*(self._keys(method) for method in methods))
        strange = sorted(set(self.settings) - known)
        if strange and known:
            raise UsageError(
                f"no method here knows the key {', '.join(strange)}", where="--set", hint=f"Known: {', '.join(sorted(known))}."
            )

    def carved(self, seed: int) -> Dataset:
        """The data set with the seed's validation part, by which the epoch is chosen."""
        if seed not in self._carved:
            self._carved[seed] = self.folder.load(seed)
        return self._carved[seed]

    def data(self, seed: int) -> Dataset:
        """The data set with all published training pairs, on which methods and controls are measured."""
        if seed not in self._data:
            self._data[seed] = without_validation(self.carved(seed))
        return self._data[seed]

    def runs(self, methods: Sequence[PaperMethod]) -> Iterator[tuple[PaperMethod, int, Run]]:
        """Every method with every seed that can be trained, seed by seed; what fails once is not tried again."""
        order = [(seed, method) for seed in self.seeds for method in methods]
        clock = Clock([method.label for _, method in order])
        for place, (seed, method) in enumerate(order):
            self.options.progress("training", place, len(order))
            clock.start()
            self._noted, self._found = {}, False
            if method.label not in self.failures and (run := self.attempt(method, self._run, method, seed)):
                yield method, seed, run
            seconds = clock.stop(method.label, counts=not self._found and method.label not in self.failures)
            took, failure = 0.0 if self._found else seconds, self.failures.get(method.label, "")
            self.watch.step(Step(method.label, seed, place + 1, len(order), took, clock.left, self._noted, failure))
        self.options.progress("training", len(order), len(order))

    def note(self, figures: dict[str, tuple[float | None, float]]) -> None:
        """What the run that was just given reached: metric -> (the paper's value, ours); it is told when the run is done."""
        self._noted = figures

    def attempt(self, method: PaperMethod, act: Callable[..., T | None], *arguments: Any) -> T | None:
        """act(*arguments), or None where it fails; the reason then stands in `failures`."""
        try:
            return act(*arguments)
        except Exception as error:  # noqa: BLE001  (a method may raise anything; its row says what)
            reason = getattr(error, "what", None) or f"{type(error).__name__}: {error}"
            self.failures[method.label] = str(reason).split("\n")[0][:LONGEST_REASON]
            return None

    def explain_users(self, method: PaperMethod, seed: int, run: Run) -> Explanations:
        """The run's explanations of all users with a ground truth, in ascending order."""
        if (told := self._told.get((method.label, seed))) is not None:
            return told
        told = run.explainer().explain_users(judgeable_users(run.data))
        if self.keep:
            self._told[method.label, seed] = told
        return told

    def auxiliary_epochs(self, method: PaperMethod) -> tuple[int, ...]:
        """For each seed that was trained, in how many epochs the method's own term took part; none where it has no such term."""
        return tuple(self._auxiliary.get(method.label, {}).values())

    def _run(self, method: PaperMethod, seed: int) -> Run:
        if (run := self._runs.get((method.label, seed))) is not None:
            self._found = True
            return run
        keys = {k: v for k, v in {**self.setup.settings, **self.settings}.items() if k in self._keys(method)}
        options = replace(self.options, seed=seed, progress=RunOptions().progress, checkpoints=None, resume=False)

        def trained(data: Dataset, **more: object) -> Run:
            return train(data, options=options, registry=self.registry, settings=keys | more, **method.arguments())

        identity = identity_of(keys, method.arguments(), seed, self.carved(seed), self.options.device)
        found = self.kept and self.kept.find(method.label, seed, identity, self.data(seed), self.registry, options)
        if found:
            self._found, run = True, found
        else:
            kept = kept_entry(trained(self.carved(seed)).history)
            # like the paper's, the methods that are measured have seen every training pair
            again = {"epochs": int(kept["epoch"]), "patience": 0} if kept and "ndcg@10" in kept else {}
            run = trained(self.data(seed), **again)
            if self.kept:
                self.kept.keep(method.label, seed, identity, run)
        if (epochs := auxiliary_epochs(run.history)) is not None:
            self._auxiliary.setdefault(method.label, {})[seed] = epochs
        if self.keep:
            self._runs[method.label, seed] = run
        return run

    def _keys(self, method: PaperMethod) -> set[str]:
        """Configuration keys of the recommender and, if any, the explainer; none where the plugin is not there."""
        classes = self.registry.classes(method.trained_as if method.trained_as == "explainer" else "recommender")
        cls = classes.get(method.name)
        if cls is None:
            return set()
        keys = set(cls.Config.model_fields)
        if not issubclass(cls, Recommender):
            ranker = self.registry.classes("recommender").get(cls.comes_with)
            keys |= set(ranker.Config.model_fields) if ranker else set()
        return keys
