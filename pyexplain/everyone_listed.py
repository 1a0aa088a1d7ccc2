"""Every user's best items, streamed to one Parquet file within a memory limit, and resumable."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .engines.base import Engine
from .engines.local import LocalEngine
from .run import Run
from .streaming import Ready, identity_of, stream
from .tables import RECOMMENDED, recommended

ROW = 1024  # bytes that a row may take while its part is made and written
MOST = 16_384  # users a part


def recommend_everyone(run: Run, out: Path, k: int = 10, resume: bool = False, engine: Engine | None = None) -> int:
    """The k best items of every user that they did not like in training, best first. Returns how many rows.

    Rows: user, item, title ("" where none is known), score, rank; those of a user stand together. Parts, resume and engine as in
    everyone.explain_everyone.
    """
    asked = _Listed(min(k, run.data.n_items))
    return stream(run, Path(out), asked, _rows, engine or LocalEngine(), resume)


@dataclass(frozen=True)
class _Listed:
    """What is asked of every user."""

    k: int

    def ready(self, run: Run) -> Ready:
        """How many users fit into the memory: the scores of a block of them are Order's to keep within it."""
        identity = identity_of(run, {"recommender": run.recommender}, {"rows": ", ".join(RECOMMENDED), "k": self.k})
        size = max(1, min(MOST, run.trained.options.max_memory // (ROW * self.k)))
        names = run.data.users.names
        return Ready("recommending", identity, size, lambda users: recommended(run.order, [names[u] for u in users], self.k)[0])


def _rows(path: Path) -> int:
    import pyarrow.parquet as pq

    count: int = pq.read_metadata(path).num_rows
    return count
