"""One model trained by several processes: each takes its share of a batch, gradients are added up, all take the same step.

Gradients are gathered and added in the order of the ranks, so every process has the same bits, and the same number of processes
gives the same run again. A batch is as many times as large as there are processes, as in Goyal et al. 2017 (arXiv:1706.02677);
the learning rate is as configured. Processes are those of torchrun or of Ray Train, over gloo.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor
from torch import distributed as dist

from ..engines.base import LostError
from ..errors import DataError, UsageError
from ..ops import RowGradients
from ..ops.group_sums import Added, run_group_sums
from ..ops.groups import group_rows

Gradient = RowGradients | Tensor


class DataParallel:
    """This process among `size`; rank 0 is the one that writes."""

    def __init__(self, rank: int, size: int) -> None:
        self.rank, self.size, self.weight = rank, size, 1 / size
        self._kept: dict[str, Tensor] = {}

    def batches(self, n: int, batch_size: int) -> Iterator[slice]:
        """This process's share of each batch of n shuffled pairs; as many for every process, none of them empty.

        Between two of them, the gradients of this process count by its share of the batch. DataError for fewer pairs than
        processes.
        """
        if n < self.size:
            raise DataError(f"{n} training pairs for {self.size} processes", hint="Start fewer of them.")
        starts = list(range(0, n, self.size * batch_size))
        if n - starts[-1] < self.size:
            starts.pop()  # too few for a batch of their own join the one before
        for begin, end in zip(starts, [*starts[1:], n], strict=True):
            at, after = (begin + (end - begin) * rank // self.size for rank in (self.rank, self.rank + 1))
            self.weight = (after - at) / (end - begin)
            yield slice(at, after)

    def add_up(self, gradient: Gradient, table: Tensor) -> Gradient:
        """The gradient of the whole batch from that of this process's share, each a mean over its pairs. By row where every process
        has it by row."""
        mine = len(gradient.rows) if isinstance(gradient, RowGradients) else -1
        heads = torch.stack(self._gather(torch.tensor([mine, self.weight], dtype=torch.float64)))  # [processes, 2]
        counts, weights = heads[:, 0].long(), heads[:, 1].to(table.dtype)
        if isinstance(gradient, RowGradients) and int(counts.min()) >= 0:
            return self._by_row(gradient, table, counts, weights)
        whole = gradient.dense(table) if isinstance(gradient, RowGradients) else gradient
        total = torch.zeros_like(whole)
        for weight, part in zip(weights.tolist(), self._gather(whole.contiguous()), strict=True):
            total.add_(part, alpha=weight)
        return total

    def _by_row(self, gradient: RowGradients, table: Tensor, counts: Tensor, weights: Tensor) -> RowGradients:
        """Sums over rows that several processes name, in the order of the ranks."""
        most = int(counts.max())
        rows, values = self._room("rows", (most, 1), gradient.rows), self._room("values", (most, table.shape[1]), table)
        for found, part in ((rows, gradient.rows[:, None]), (values, gradient.values)):
            found[self.rank, : len(part)] = part
            self._gather(found[self.rank].clone(), list(found))
        real = torch.cat([rank * most + torch.arange(int(count)) for rank, count in enumerate(counts)])  # the rest is filling
        groups = group_rows(rows.view(-1)[real], len(table))
        added = Added(values.view(self.size * most, table.shape[1]), real, weights=weights.repeat_interleave(counts))
        return RowGradients(groups.rows, run_group_sums(added, groups))

    def _room(self, name: str, shape: tuple[int, int], like: Tensor) -> Tensor:
        """[processes, *shape] in memory that is kept; grown where it is too small."""
        size, held = self.size * shape[0] * shape[1], self._kept.get(name)
        if held is None or held.numel() < size or held.dtype != like.dtype:
            held = self._kept[name] = like.new_empty(size + size // 8)
        return held[:size].view(self.size, *shape)

    def total(self, number: float) -> float:
        """The sum of every process's number."""
        return sum(float(one) for one in self._gather(torch.tensor([number], dtype=torch.float64)))

    def agree(self, entry: Mapping[str, float]) -> dict[str, float]:
        """What rank 0 has: decisions that hang on it are the same everywhere."""
        values = self._gather(torch.tensor(list(entry.values()), dtype=torch.float64))[0]
        return dict(zip(entry, values.tolist(), strict=True))

    def wait(self) -> None:
        """Until all are here."""
        self.total(0)

    def _gather(self, part: Tensor, found: list[Tensor] | None = None) -> list[Tensor]:
        """Every process's tensor of this shape, by rank, in `found` where it is given."""
        found = [torch.empty_like(part) for _ in range(self.size)] if found is None else found
        try:
            dist.all_gather(found, part)
        except RuntimeError as error:
            said = " ".join(str(error).split())[:200]
            hint = "Start all of them again, with --resume."
            raise LostError(
                f"another process of this training was lost: {said}", where=f"process {self.rank}", hint=hint
            ) from error
        return found


@contextmanager
def of_torchrun(device: str) -> Iterator[DataParallel | None]:
    """This process among those that torchrun started; None where it started none, or one alone. UsageError on a graphics card."""
    if not by_torchrun():
        yield None
        return
    dist.init_process_group("gloo")
    try:
        check_processor(device, dist.get_world_size(), "torchrun")
        yield of_group()
    finally:
        dist.destroy_process_group()


def by_torchrun() -> bool:
    """Whether torchrun started this process."""
    return dist.is_available() and dist.is_torchelastic_launched()


def of_group() -> DataParallel | None:
    """This process among those of torch's process group; None where it is alone there."""
    return DataParallel(dist.get_rank(), dist.get_world_size()) if dist.get_world_size() > 1 else None


def check_processor(device: str, size: int, by: str) -> None:
    """UsageError where several processes are to train on a graphics card; by: what starts them."""
    if device != "cpu" and size > 1:
        raise UsageError("several processes train on the processor", where="--device", hint=f"Leave it out, or {by}.")
