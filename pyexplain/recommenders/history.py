"""The history of a training, an entry an epoch: which epoch was kept, and in how many the method's own term took part.

Keys of an entry: epoch, loss, seconds; ndcg@10 on the validation part, where there is one; auxiliary: share of the batches, 0..1,
whose loss had a term beside plain BPR, for objectives that may add one; kept: 1 in the entry of the epoch whose parameters were
kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from torch import Tensor

from .objective import Objective, Term

ENOUGH = 5  # epochs with the method's own term that a kept model has, where the training has as many

Entry = dict[str, float]
History = list[Entry]


class WatchedObjective(Objective):
    """An objective whose terms are counted on their way to the engine."""

    def __init__(self, objective: Objective) -> None:
        self.objective, self.warmup_epochs = objective, objective.warmup_epochs
        self.adds_terms = type(objective).terms is not Objective.terms
        self.batches = self.with_more = 0

    def begin_epoch(self, epoch: int) -> None:
        """Start counting anew."""
        self.batches = self.with_more = 0
        self.objective.begin_epoch(epoch)

    def terms(self, batch: Term, user_gradient: Callable[[], Tensor]) -> Iterator[Term]:
        """The objective's own terms, unchanged."""
        more = False
        for term in self.objective.terms(batch, user_gradient):
            more = more or (term is not batch and term.weight != 0)
            yield term
        self.batches += 1
        self.with_more += more

    def share(self) -> Entry:
        """The key `auxiliary` of the epoch's entry; nothing for plain BPR."""
        return {"auxiliary": self.with_more / max(1, self.batches)} if self.adds_terms else {}

    def state(self) -> dict[str, Tensor]:
        """The objective's."""
        return self.objective.state()

    def load_state(self, state: dict[str, Tensor]) -> None:
        """The objective's."""
        self.objective.load_state(state)


def is_better(history: History, kept_epoch: int) -> bool:
    """Whether the last entry is to be kept in place of that of kept_epoch (0: none yet).

    An epoch by which the method's own term took part in more epochs stands before one by which it did in fewer, up to ENOUGH of
    them, whatever the validation part says: a model that hardly met the term is one of plain BPR, under another name. Without a
    validation part the newest is the best that can be known.
    """
    if not kept_epoch:
        return True
    entry, kept = history[-1], history[kept_epoch - 1]
    own, had = (min(ENOUGH, _own_epochs(some)) for some in (history, history[:kept_epoch]))
    if own != had:
        return own > had
    return "ndcg@10" not in entry or entry["ndcg@10"] > kept["ndcg@10"]


def _own_epochs(history: History) -> int:
    return sum(1 for entry in history if entry.get("auxiliary", 0) > 0)


def kept_entry(history: History) -> Entry | None:
    """The entry whose parameters a training ended with, None for an empty history.

    It is the marked one; where none is (a method with a training of its own, a run of an earlier version), the best on the
    validation part, else the last.
    """
    marked = [entry for entry in history if entry.get("kept")]
    known = [entry for entry in history if "ndcg@10" in entry]
    if marked:
        return marked[0]
    return max(known, key=lambda entry: entry["ndcg@10"]) if known else (history[-1] if history else None)


def auxiliary_epochs(history: History) -> int | None:
    """Epochs of the kept model in which the method's own term took part; None where it has none, or the run does not say."""
    kept = kept_entry(history)
    if kept is None or "auxiliary" not in kept:
        return None
    return _own_epochs([entry for entry in history if entry["epoch"] <= kept["epoch"]])
