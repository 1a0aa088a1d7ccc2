"""What is done in processes of Ray: one calls Ray Train, the others are those that work together (ray_train.py)."""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import RunError, either, option
from .base import LostError

# Can be pickled; each process calls it with what tells the caller something, which waits until there is room for it, and with a
# folder for what those that are begun again should know.
Work = Callable[[Callable[[Any], None], Path], None]
PATIENCE = 60.0  # seconds for the caller to end a process that failed
SETTINGS = {
    "RAY_TRAIN_V2_ENABLED": "1",  # the default of newer ones
    "RAY_TRAIN_HEALTH_CHECK_INTERVAL_S": "0.5",  # in which an end is noticed; 2 seconds otherwise
}


@dataclass(frozen=True)
class Ended:
    """The last thing that is told. error: what the work, or Ray Train, ended with."""

    error: Exception | None = None


def fit_by_ray(work: Work, queue: Any, folder: str, workers: int, losses: int, here: str) -> None:
    """In a process of Ray: call Ray Train, and tell how it ended; as text, since not every error of Ray's can be sent."""
    try:
        _trainer(lambda: _process(work, queue, Path(folder), here), folder, workers, losses).fit()
    except SystemExit:  # how Ray Train ends when it was stopped; whoever did that knows
        return
    except Exception as error:
        queue.put(Ended(_why(error, losses)))
    else:
        queue.put(Ended())


def _trainer(loop: Callable[[], None], folder: str, workers: int, losses: int) -> Any:
    os.environ.update(SETTINGS)
    from ray.train import FailureConfig, RunConfig, ScalingConfig
    from ray.train.torch import TorchConfig, TorchTrainer

    kept = RunConfig(name="run", storage_path=folder, failure_config=FailureConfig(max_failures=losses))
    scaling = ScalingConfig(num_workers=workers)
    return TorchTrainer(loop, torch_config=TorchConfig(backend="gloo"), scaling_config=scaling, run_config=kept)


def _process(work: Work, queue: Any, kept: Path, here: str) -> None:
    """In each of the processes. What goes wrong is told to the caller, who ends all of them, since others may be waiting for this
    one; it waits for that, lest Ray Train begins all of them again."""
    try:
        _go(here)
        work(queue.put, kept)
    except LostError:
        raise
    except Exception as error:
        error.add_note("In a worker:\n" + "".join(traceback.format_tb(error.__traceback__)))
        try:
            queue.put(Ended(error))
        except Exception:  # of a kind that cannot be sent
            queue.put(Ended(RunError(f"{type(error).__name__}: {error}", where="a worker")))
        time.sleep(PATIENCE)
        raise RuntimeError("the caller knows why") from None


def _go(here: str) -> None:
    """To the folder of the caller, which relative paths are of."""
    try:
        os.chdir(here)
    except OSError as error:
        hint = "Begin in a folder that every machine has, at the same path."
        raise RunError(f"a worker has no folder {here}: {error.strerror}", where=option("engine"), hint=hint) from error


def _why(error: Exception, losses: int) -> RunError:
    """Of what Ray Train ended with. A worker that is lost while all of them are being started is none that it begins again."""
    from ray.exceptions import RayActorError

    if getattr(error, "worker_failures", None):
        what = f"a worker was lost {losses + 1} times"
    elif isinstance(getattr(error, "controller_failure", None), RayActorError):
        what = "a worker was lost while it was started"
    else:
        return failed(error)
    go_on = either("resume=True", "--resume")
    hint = f"A worker may need more memory than there is. What is done is kept: {go_on} goes on with it."
    return RunError(what, where=option("engine"), hint=hint)


def failed(error: Exception) -> RunError:
    """What is said of an error of Ray's own: its last line, which names the cause; what stands before are frames of Ray."""
    said = ([line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__])[-1][:200]
    return RunError(f"Ray Train has failed: {said}", where=option("engine"))
