"""What every part works with: the device, the size, how long something takes, and the table of what was found."""

from __future__ import annotations

import functools
import re
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

import pyexplain as px
from benchmarks.world import CLOTHING, random_data
from pyexplain.data.types import Dataset
from pyexplain.run import Run
from pyexplain.runs import TrainedRun

SMALL = {"users": 400, "items": 300, "features": 200, "pairs": 1_500}
SHORT = 2e-4  # seconds
Work = Callable[[], object]


@dataclass(eq=False)
class Bench:
    """device: "cuda", or "cpu" to try the parts without one. small: sizes that take seconds. out: folder for what is kept, or None.
    rows: lines of the table, what and its figures; copy: bytes a second that the device copies, 0 until measured."""

    device: torch.device
    small: bool
    out: Path | None = None
    rows: list[tuple[str, ...]] = field(default_factory=list)
    copy: float = 0.0

    @property
    def gpu(self) -> bool:
        return self.device.type == "cuda"

    def tell(self, what: str, *figures: str) -> None:
        """One line of the table, printed at once."""
        self.rows.append((what, *figures))
        print("   ", what, *figures, flush=True)

    def wait(self) -> None:
        """Until the device has done what it was told."""
        if self.gpu:
            torch.cuda.synchronize()

    def seconds(self, work: Work, repeats: int = 20) -> float:
        """Median seconds of work() on the device: as a CUDA graph where it can be one, so that Python is not measured."""
        for _ in range(3):
            work()
        self.wait()
        if not self.gpu:
            return statistics.median(self._timed(work) for _ in range(repeats))
        run, times = self._graph(work, 1), 1
        if run is not work and self._timed(run) < SHORT:  # what a graph itself costs is not the work's
            run, times = self._graph(work, 20), 20
        return statistics.median(self._timed(run) / times for _ in range(repeats))

    def wall(self, work: Work, repeats: int = 3) -> float:
        """Median seconds of work() with everything that Python does, after one turn to get warm."""
        work()
        taken = []
        for _ in range(repeats):
            self.wait()
            began = time.perf_counter()
            work()
            self.wait()
            taken.append(time.perf_counter() - began)
        return statistics.median(taken)

    def profile(self, name: str, work: Work, times: int) -> None:
        """Tells how long the GPU is busy with work(), what it is told, and which kernels take most of it; the whole is kept in
        `out`. `times` turns of it are looked at."""
        kinds = torch.profiler.ProfilerActivity
        with torch.profiler.profile(activities=[kinds.CPU, kinds.CUDA]) as seen:
            for _ in range(times):
                work()
            self.wait()
        found = seen.key_averages()
        busy = sum(e.self_device_time_total for e in found) / times
        launches, waits = (sum(e.count for e in found if key in e.key) / times for key in ("cudaLaunchKernel", "Synchronize"))
        graphs = sum(e.count for e in found if "cudaGraphLaunch" in e.key) / times
        launched = f"launches {launches:.0f} and {graphs:.0f} of graphs"
        self.tell(f"of {name}", f"GPU busy {busy:,.0f} us", launched, f"waits {waits:.0f}")
        most = sorted(found, key=lambda e: -e.self_device_time_total)[:3]
        self.tell(f"most of {name}", *(f"{_short(e.key)} {e.self_device_time_total / times:,.0f} us" for e in most))
        if self.out is not None:
            self.out.mkdir(parents=True, exist_ok=True)
            keys = ("self_cuda_time_total", "self_cpu_time_total")
            text = "".join(found.table(sort_by=key, row_limit=30) for key in keys)
            (self.out / f"profile_{name.split()[-1]}.txt").write_text(text, encoding="utf-8")

    def against_copy(self, name: str, size: float, work: Work) -> None:
        """Tells the time of a kernel that reads and writes `size` bytes, and what share of the copy's bandwidth that is."""
        taken = self.seconds(work)
        self.tell(name, f"{1e6 * taken:,.0f} us", f"{size / taken / 1e9:,.0f} GB/s", f"{size / taken / self.copy:.2f} of copy")

    def _graph(self, work: Work, times: int) -> Work:
        made = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(made):
                for _ in range(times):
                    work()
        except RuntimeError as error:
            print(f"      (no graph: {str(error).splitlines()[0][:90]})")
            self.wait()
            return work
        return made.replay

    def _timed(self, run: Work) -> float:
        if not self.gpu:
            began = time.perf_counter()
            run()
            return time.perf_counter() - began
        first, last = (torch.cuda.Event(enable_timing=True) for _ in range(2))  # type: ignore[no-untyped-call]
        first.record()
        run()
        last.record()
        last.synchronize()
        return float(first.elapsed_time(last)) / 1e3

    def options(self, device: str | None = None) -> px.RunOptions:
        """Of a run there, on the bench's own device without one."""
        return px.RunOptions(device=device or self.device.type)

    @functools.cached_property
    def data(self) -> Dataset:
        """Random data of the size of the paper's largest set."""
        return random_data(**(SMALL if self.small else CLOTHING))

    @functools.cached_property
    def trained(self) -> Run:
        """CNR with d = 350 after two epochs, on the device."""
        dim = 16 if self.small else 350
        return px.train(
            self.data, explainer="cnr", epochs=2, warmup_epochs=2, patience=0, dim=dim, hidden=dim, options=self.options()
        )


def _short(kernel: str) -> str:
    """A kernel's name without its namespace and types; one of ours with what it is given, as many of them are called `rows`."""
    name = re.sub(r"[<(].*", "", kernel.replace("(anonymous namespace)::", "")).split()[-1].split("::")[-1]
    ours = re.search(r"\((?:const )?pyexplain::(?:\w+::)*(\w+)", kernel)
    return f"{name} of {ours[1]}" if ours else name[:40]


def onto(run: Run, options: px.RunOptions) -> Run:
    """The same trained model on another device."""
    recommender = type(run.recommender)(run.recommender.config)
    recommender.prepare(run.data, options)
    recommender.load_state(run.recommender.state())
    own = run.trained.explainer
    explainer = None if own is None else type(own)(own.config)
    if explainer is not None:
        explainer.fit(recommender, run.data, options)
    return Run(TrainedRun(recommender, explainer, run.data, None, options, []), run.registry)


def distance(found: Tensor, wanted: Tensor) -> float:
    """||found - wanted|| / ||wanted||."""
    a, b = (t.detach().cpu().double() for t in (found, wanted))
    return float((a - b).norm() / b.norm().clamp_min(1e-300)) if a.numel() else 0.0
