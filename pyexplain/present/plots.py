"""Pictures of what is told in tables: an explanation, many, a report, a data set, a run's history. matplotlib draws them, without a
window and without its global state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.types import Dataset
from ..errors import UsageError
from .text import harmless

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .pair import PairFacts

SHOWN = 12
MOST_IN_A_LINE = 40  # characters of a label
FOR, AGAINST, GREY = "#2563eb", "#b45309", "#6b7280"


def canvas(width: float = 6.4, height: float = 3.6) -> tuple[Figure, Any]:
    """An empty picture, which notebooks show, and its axes. UsageError where matplotlib is not installed."""
    if find_spec("matplotlib") is None:
        raise UsageError("pictures need matplotlib", where="plot", hint="Install it: pip install 'pyexplain[pictures]'")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Canvas

    class Picture(Canvas):
        """A figure that a notebook shows although no window is open."""

        def _repr_png_(self) -> bytes:
            memory = BytesIO()
            self.savefig(memory, format="png", dpi=120)
            return memory.getvalue()

    made = Picture(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(made)
    axes = made.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    return made, axes


def plot_explanation(found: PairFacts) -> Figure:
    """What each reason adds to the lead of the item (weights where there is no other item), and which would have to change."""
    shown = found.shown()[:SHOWN][::-1]
    told = all(reason.contribution is not None for reason in shown) and bool(shown)
    values = [float(reason.contribution if told and reason.contribution is not None else reason.weight) for reason in shown]
    figure, axes = canvas(height=1.2 + 0.32 * max(2, len(shown)))
    names = [_label(reason.shown) + (" *" if reason.changes else "") for reason in shown]
    _bars(axes, names, values)
    axes.set_xlabel("added to the lead, in units of the score" if told else "weight")
    other = f" and not {_label(found.against_title or found.against)}" if found.against else ""
    axes.set_title(f"Why {_label(found.item_title or found.item)}{other}", fontsize=10, loc="left")
    if any(reason.changes for reason in shown):
        axes.annotate("* would have to change", (1, 0), xycoords="axes fraction", ha="right", va="bottom", fontsize=8, color=GREY)
    return figure


def plot_many(found: Sequence[PairFacts]) -> Figure:
    """How many of the explanations have a feature among the three that weigh most."""
    counts = Counter(name for one in found for name, weight in one.top(3) if weight > 0)
    figure, axes = canvas(height=1.2 + 0.28 * max(2, min(SHOWN, len(counts))))
    most = counts.most_common(SHOWN)[::-1]
    _bars(axes, [_label(name) for name, _ in most], [float(count) for _, count in most])
    axes.set_xlabel(f"of {len(found):,} explanations, among the three largest weights")
    return figure


def plot_metric(rows: Sequence[tuple[str, float, float | None, float | None, bool]], metric: str) -> Figure:
    """A point for each of (name, value, low, high, is a control), with its interval where there is one."""
    figure, axes = canvas(height=1.2 + 0.3 * max(2, len(rows)))
    for place, (_, value, low, high, control) in enumerate(reversed(rows)):
        colour = GREY if control else FOR
        if low is not None and high is not None:
            axes.plot([low, high], [place, place], color=colour, linewidth=2)
        axes.plot([value], [place], "o", color=colour, fillstyle="none" if control else "full")
    axes.set_yticks(range(len(rows)), [_label(name) for name, *_ in reversed(rows)])
    axes.set_xlabel(metric)
    axes.grid(axis="x", alpha=0.3)
    return figure


def plot_data(data: Dataset) -> Figure:
    """How many users and items have at least so many training pairs: the long tail."""
    figure, axes = canvas()
    for name, column, size in (("users", 0, data.n_users), ("items", 1, data.n_items)):
        counts = np.sort(np.bincount(data.train[:, column], minlength=size))[::-1]
        axes.plot(np.arange(1, size + 1) / size, np.maximum(counts, 0), label=f"{size:,} {name}")
    axes.set_yscale("symlog", linthresh=1)
    axes.set_xlabel("share of users or items, those with most first")
    axes.set_ylabel("training pairs")
    axes.legend()
    axes.set_title(harmless(data.name), fontsize=10, loc="left")
    return figure


def plot_history(history: Sequence[Mapping[str, float]]) -> Figure:
    """Loss and, where there is a validation part, NDCG@10 of each epoch; a line at the one that was kept."""
    figure, axes = canvas()
    epochs = [entry.get("epoch", place + 1.0) for place, entry in enumerate(history)]
    axes.plot(epochs, [entry.get("loss", np.nan) for entry in history], color=GREY, label="loss")
    axes.set_xlabel("epoch")
    axes.set_ylabel("loss")
    if any("ndcg@10" in entry for entry in history):
        other = axes.twinx()
        other.spines[["top"]].set_visible(False)
        other.plot(epochs, [entry.get("ndcg@10", np.nan) for entry in history], color=FOR)
        other.set_ylabel("validation ndcg@10", color=FOR)
    for entry in history:
        if entry.get("kept"):
            axes.axvline(entry["epoch"], color=AGAINST, linestyle=":")
            axes.annotate("kept", (entry["epoch"], 1), xycoords=("data", "axes fraction"), fontsize=8, color=AGAINST)
    return figure


def _bars(axes: Any, names: list[str], values: list[float]) -> None:
    axes.barh(range(len(names)), values, color=[FOR if value >= 0 else AGAINST for value in values], height=0.7)
    axes.set_yticks(range(len(names)), names)
    axes.axvline(0, color="black", linewidth=0.8)


def _label(text: str) -> str:
    """Short, and never taken for a formula."""
    short = harmless(text)
    return (short if len(short) <= MOST_IN_A_LINE else short[: MOST_IN_A_LINE - 1] + "…").replace("$", r"\$")
