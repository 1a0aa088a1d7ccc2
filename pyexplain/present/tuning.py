"""Trials of a search, for a terminal and as a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from rich.table import Table
from rich.text import Text

from .text import harmless

SHOWN = 5


class Trial(Protocol):
    """Its number, what it drew, and its validation NDCG@10; None where it failed, and error says why."""

    @property
    def number(self) -> int:
        """From 0 on."""

    @property
    def settings(self) -> dict[str, Any]:
        """What it drew."""

    @property
    def value(self) -> float | None:
        """0..1."""

    @property
    def error(self) -> str:
        """Why it failed."""


def trial_line(trial: Trial) -> str:
    """One trial as it ends."""
    said = ", ".join(f"{key}={_value(value)}" for key, value in trial.settings.items())
    worth = f"failed: {trial.error}" if trial.value is None else f"validation ndcg@10 {trial.value:.4f}"
    return f"Trial {trial.number}: {worth} ({said})"


def trials_table(found: Sequence[Trial], first_is_default: bool, config: Path, option: str) -> list[Any]:
    """The best trials, what the default settings are worth beside them, and what comes next."""
    keys = list(found[0].settings)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("trial", "validation ndcg@10", *keys):
        table.add_column(name, justify="right", overflow="fold")
    shown = [*found[:SHOWN], *(trial for trial in found[SHOWN:] if trial.number == 0 and first_is_default)]
    for trial in shown:
        worth = "failed" if trial.value is None else f"{trial.value:.4f}"
        name = f"{trial.number}{' (defaults)' if trial.number == 0 and first_is_default else ''}"
        table.add_row(name, worth, *(Text(harmless(_value(trial.settings.get(key)))) for key in keys))
    out: list[Any] = [table]
    if len(found) > 1:
        out.append(
            Text(
                f"The best of {len(found)} is better on the validation part than it will be elsewhere; the test part was not used."
            )
        )
    return [*out, Text(f"Written: {config}"), Text(f"Next: pyexplain train {option} --config {config}")]


def trials_document(found: Sequence[Trial], about: Mapping[str, str], config: Path) -> dict[str, Any]:
    """The document of `tune --json`: the best first."""
    trials = [{"trial": t.number, "settings": t.settings, "ndcg@10": t.value, "error": t.error} for t in found]
    return {"schema": 1, "search": dict(about), "config": str(config), "trials": trials}


def _value(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
