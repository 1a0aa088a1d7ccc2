"""What training did, for a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Group
from rich.text import Text

from ..data.kinds import WORD
from ..data.types import Dataset
from ..recommenders.history import auxiliary_epochs, kept_entry
from ..recommenders.warm_start import StartFacts
from ..runs import TrainedRun
from ..statements.english import number

NAMED = 5  # runs that the next command names one by one


def training_summary(run: TrainedRun, out: Path, *, further: bool = False, last: bool = True) -> Group:
    """Method, data, epochs, the chosen epoch, the time, and what to type next.

    further: of a run that differs from one before it in its seed alone, which is not told again; last: with what to type next.
    """
    data, history = run.data, run.history
    seconds = sum(entry["seconds"] for entry in history)
    best = _best(history)
    own = auxiliary_epochs(history)
    lines = [f"Seed {run.options.seed}:"] if further else _trained(run)
    if history:
        lines.append(f"{number(len(history), 'epoch')} in {seconds:.1f} s, last loss {history[-1]['loss']:.4f}.")
    if history and not best and not len(data.valid):
        lines.append("The validation part is empty: the last epoch is kept.")
    if best:
        among = " of those after the warm-up" if own and any(entry.get("auxiliary") == 0 for entry in history) else ""
        lines.append(f"Kept epoch {int(best['epoch'])}, the best{among} on the validation part: ndcg@10 {best['ndcg@10']:.4f}.")
    if own:
        lines.append(f"The method's own term took part in {own} of its epochs.")
    if own == 0:
        lines.append("Warning: the method's own term took part in no epoch, so this is a model of plain BPR. Train more epochs.")
    lines += [f"Run: {out}", *([next_command(run, [out])] if last else [])]
    return Group(*(Text(line) for line in lines))


def next_command(run: TrainedRun, folders: Sequence[Path]) -> str:
    """What to type after training these runs of one method; many are written as the shell writes a row of numbers."""
    told = " ".join(map(str, folders))
    if len(folders) > NAMED:
        stem, first = str(folders[0]).rsplit("-", 1)
        told = f"{stem}-{{{first}..{str(folders[-1]).rsplit('-', 1)[1]}}}"
    return f"Next: pyexplain evaluate {told}" + (" --explanations" if run.explainer else "")


def _trained(run: TrainedRun) -> list[str]:
    """What was trained on what."""
    data, by = run.data, "" if run.method == run.recommender.name else f" (recommender {run.recommender.name})"
    lines = [
        f"Trained {run.method}{by} on {data.name}, protocol {data.protocol}, seed {run.options.seed}: "
        f"{number(data.n_users, 'user')}, {number(data.n_items, 'item')}, {_features(data)}, "
        f"{number(len(data.train), 'training pair')}.",
    ]
    if run.never:
        lines.append(f"Nobody is told of: {', '.join(run.never)}.")
    return lines + ([] if run.warm_start is None else _started(run.warm_start, data))


def _started(start: StartFacts, data: Dataset) -> list[str]:
    """Where training started, and what that does to figures."""
    said = f"Started from {start.run or 'a run'}: it knew {start.users:,} of the users and {start.items:,} of the items."
    if not start.heldout:
        return [said]
    pairs = f"{start.heldout:,} of {len(data.valid) + len(data.test):,} held-out pairs"
    return [said, f"Warning: {pairs} are pairs that it had learned from: figures on them say too much."]


def _features(data: Dataset) -> str:
    """How many there are, and of which kinds where they are not all words."""
    of = "" if data.kinds in ((), (WORD,)) else f" ({', '.join(data.kinds)})"
    return f"{number(data.n_features, 'feature')}{of}"


def trained_facts(run: TrainedRun) -> dict[str, object]:
    """What a log of experiments should know of a run: its data set and every setting."""
    facts: dict[str, object] = {"fingerprint": run.data.source.fingerprint, "kinds": ", ".join(run.data.kinds)}
    return facts | {f"recommender.{key}": value for key, value in run.recommender.config.model_dump().items()}


def kept_figures(run: TrainedRun) -> dict[str, float | None]:
    """The kept epoch, and its validation NDCG@10."""
    best = _best(run.history)
    return {"kept_epoch": best["epoch"], "kept ndcg@10": best["ndcg@10"]} if best else {}


def training_document(run: TrainedRun, out: Path) -> dict[str, object]:
    """The document of `train --json`; best: the epoch that was kept, null where nothing was validated."""
    data, history = run.data, run.history
    best = _best(history)
    return {
        "schema": 2,
        "run": str(out),
        "method": run.method,
        "recommender": run.recommender.name,
        "explainer": run.explainer.name if run.explainer else None,
        "seed": run.options.seed,
        "protocol": data.protocol,
        "dataset": {"name": data.name, "fingerprint": data.source.fingerprint},
        "kinds": list(data.kinds),
        "warm_start": run.warm_start and asdict(run.warm_start),
        "epochs": len(history),
        "seconds": round(sum(entry["seconds"] for entry in history), 3),
        "auxiliary_epochs": auxiliary_epochs(history),
        "best": best and {"epoch": int(best["epoch"]), "ndcg@10": best["ndcg@10"]},
        "history": history,
    }


def _best(history: list[dict[str, float]]) -> dict[str, float] | None:
    """The entry of the kept epoch, where a validation part chose it."""
    kept = kept_entry(history)
    return kept if kept and "ndcg@10" in kept else None
