"""`pyexplain train --engine ray`: the processes of Ray Train do what those of torchrun do, and tell this one how it goes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import PyexplainError, RunError, UsageError, option
from .replaced import stands
from .training import Asked, Begin, Heard, Tell, Trained
from .training_worker import Work, checkpoint_of

if TYPE_CHECKING:
    from ..engines.on_ray import RayEngine


def ray_engine(name: str, workers: int | None, address: str | None, device: str) -> RayEngine | None:
    """Ray's where it is asked for; None: this process trains, or those that torchrun started. UsageError for what neither does."""
    if name == "local" and workers in (None, 1) and address is None:
        return None
    from ..engines.chosen import engine_of
    from ..engines.on_ray import RayEngine
    from ..recommenders.data_parallel import by_torchrun, check_processor

    engine = engine_of(name, workers, address)
    if not isinstance(engine, RayEngine):
        hint = f"Say --engine ray, or: torchrun --nproc-per-node {workers} -m pyexplain train ..."
        raise UsageError("this process trains by itself", where=option("workers"), hint=hint)
    if by_torchrun():
        raise UsageError("torchrun has started the processes", where=option("engine"), hint="Leave out one of the two.")
    check_processor(device, workers or 1, "--workers")
    if device != "cpu":
        raise UsageError("workers of Ray train on the processor", where="--device", hint="Leave it out, or --engine ray.")
    return engine


@contextmanager
def by_ray(engine: RayEngine, asked: Asked, warm_start: Path | None, strict: bool) -> Iterator[Begin]:
    """What has the run of a seed trained and written by as many processes as the engine has workers, seed after seed. They are
    started for the first one, and there as long as the block."""
    from ..engines.ray_train import together

    before = {seed: stands(checkpoint_of(out)) for seed, out in asked.folders.items()}
    work = Work(asked, warm_start, strict, before)
    told: list[Iterator[Any]] = []
    try:
        with ExitStack() as ended:

            def begin(seed: int, tell: Tell, heard: Heard) -> Trained:
                tell("training", 0, 0)  # it takes seconds until there is something to tell
                if not told:
                    told.append(ended.enter_context(together(engine, work, asked.folders[seed].parent)))
                return _until_trained(seed, told[0], tell, heard)

            yield begin
            for _ in chain(*told):
                pass  # until all have ended by themselves
    except BaseException:
        _tidy(asked)
        raise


def _tidy(asked: Asked) -> None:
    """Workers that were ended had no time to remove what was half written."""
    from ..data.scratch import locked_scratch, scratch_of

    for out in asked.folders.values():
        for place in (out.resolve(), checkpoint_of(out.resolve())):
            with suppress(PyexplainError):
                if scratch_of(place).exists():
                    with locked_scratch(place):
                        pass


def _until_trained(seed: int, told: Iterator[Any], tell: Tell, heard: Heard) -> Trained:
    for of, kind, said in told:
        if of != seed:  # told twice, since a worker was lost before it could leave word that it is
            continue
        if kind == "step":
            tell(*said)
        elif kind == "epoch":
            heard(said)
        elif kind == "trained":
            trained: Trained = said
            return trained
    raise RunError("the workers ended, and no run is there", where=option("engine"), hint="Go on with --resume.")
