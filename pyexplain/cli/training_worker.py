"""One of several processes of Ray that train runs together: what it does, and what the first of them tells the command."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .replaced import stands
from .training import Asked, Tell, Trained, train_run

if TYPE_CHECKING:
    from ..recommenders.data_parallel import DataParallel
    from ..registry import Registry

OFTEN = 0.2  # seconds between two steps that are told


@dataclass(frozen=True)
class Work:
    """What each process does. before: what stood in place of each checkpoint when the command began."""

    asked: Asked
    warm_start: Path | None
    strict: bool
    before: dict[int, tuple[int, int] | None]

    def __call__(self, put: Callable[[Any], None], kept: Path) -> None:
        from ..recommenders.data_parallel import of_group
        from ..registry import load_registry

        registry, parallel = load_registry(self.strict), of_group()
        for seed in self.asked.folders:
            done = kept / f"{seed}.trained"
            if self._agreed(done.exists(), parallel):
                continue
            if parallel is None or parallel.rank == 0:
                for _ in range(2):  # room for one: the second waits until the caller asks for what is told of this seed
                    put((seed, "begun", None))
            trained = self._train(seed, registry, parallel, put)
            if trained is not None:
                put((seed, "trained", trained))
                done.touch()

    def _train(self, seed: int, registry: Registry, parallel: DataParallel | None, put: Callable[[Any], None]) -> Trained | None:
        begun = stands(checkpoint_of(self.asked.folders[seed])) != self.before[seed]  # by those that were lost
        asked = replace(self.asked, resume=self.asked.resume or self._agreed(begun, parallel))
        step = _seldom(lambda *said: put((seed, "step", said)))
        return train_run(asked, seed, registry, self.warm_start, parallel, step, lambda entry: put((seed, "epoch", dict(entry))))

    def _agreed(self, seen: bool, parallel: DataParallel | None) -> bool:
        """What the first process sees: another machine may see it later."""
        return seen if parallel is None else bool(parallel.agree({"seen": float(seen)})["seen"])


def checkpoint_of(out: Path) -> Path:
    """Where the checkpoint of a run that is to lie there is kept."""
    from ..recommenders.checkpoints import CHECKPOINT

    return out / CHECKPOINT


def _seldom(tell: Tell) -> Tell:
    """The same, but for steps that follow each other too soon to be seen; never the last one."""
    latest: dict[str, float] = {}

    def step(label: str, done: int, total: int) -> None:
        now = time.monotonic()
        if done >= total or now - latest.get(label, 0.0) >= OFTEN:
            latest[label] = now
            tell(label, done, total)

    return step
