"""An evaluation in short: seeds as their mean, what decides of explanations, every difference with its interval, in 80 columns."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pyexplain.present.evaluation_tables import SPREAD_MEANS, evaluation_tables
from pyexplain.present.methods_compared import compared_in_words
from pyexplain.present.verdicts import verdicts

from .screen import screen

WAYS = {
    ("ranking", "ndcg@10"): "higher",
    ("agreement", "ndcg@10"): "higher",
    ("faithfulness", "deletion"): "lower",
    ("faithfulness", "fns"): "higher",
    ("counterfactual", "validity"): "higher",
}


def gain(low: float, high: float, **of: str) -> dict[str, Any]:
    return {"difference": (low + high) / 2, "low": low, "high": high, "beats": low > 0} | of


def run_of(method: str, seed: int, level: float) -> dict[str, Any]:
    figures = {
        "agreement": {"ndcg@10": level},
        "faithfulness": {"deletion": 1 - level, "fns": level / 2},
        "counterfactual": {"validity": 1.0},
        "statements": {"reason": 1.0, "flip": 0.75, "coverage": 0.5},
    }
    beside = {"agreement": {"ndcg@10": 0.875}, "faithfulness": {"deletion": 0.0625}, "statements": {"reason": 1.0}}
    control, attribution = {"control": "item-popularity"}, {"attribution": "integrated-gradients"}
    return {
        "run": f"runs/{method}-{seed}",
        "method": method,
        "seed": seed,
        "ranking": {"ndcg@10": level / 2},
        "explanations": {"explainer": method, **figures},
        "controls": {"item-popularity": {"ranking": {"ndcg@10": 0.125}, **beside}},
        "attributions": {"integrated-gradients": beside},
        "lift": {"ranking": {"ndcg@10": gain(0.01, 0.03, **control)}, "agreement": {"ndcg@10": gain(-0.3, -0.1, **control)}},
        "lift_over_attributions": {"faithfulness": {"deletion": gain(-0.1, 0.1, **attribution)}},
        "skipped": {},
        "samples": {"top": {"pairs": 60, "users": 20, "groups": ["faithfulness", "counterfactual"]}},
    }


def made(methods: dict[str, int], comparisons: list[dict[str, Any]] | None = None) -> Any:
    runs = [run_of(method, seed, 0.25 + seed / 10) for method, seeds in methods.items() for seed in range(seeds)]
    over = {
        method: {
            group: {metric: {"mean": 0.5, "deviation": 0.0625, "n": seeds} for group_, metric in WAYS if group_ == group}
            for group, _ in WAYS
        }
        for method, seeds in methods.items()
        if seeds > 1
    }
    document = {
        "protocol": "heldout",
        "dataset": {"name": "toy", "fingerprint": "f"},
        "candidates": "lists",
        "k": 10,
        "runs": runs,
        "comparisons": comparisons or [],
        "over_seeds": over,
        "warnings": [],
    }
    figures = [SimpleNamespace(group=group, metric=metric, direction=way) for (group, metric), way in WAYS.items()]
    return SimpleNamespace(to_dict=lambda: document, runs=[SimpleNamespace(figures=figures)])


def compared(first: str, second: str, low: float, high: float, p: float, metric: str = "deletion") -> dict[str, Any]:
    group = "faithfulness" if metric == "deletion" else "ranking"
    named = {"group": group, "metric": metric, "first": first, "second": second}
    return named | {"difference": (low + high) / 2, "low": low, "high": high, "p": p, "p_holm": p}


def lines_of(report: Any, details: bool = False, width: int = 80) -> list[str]:
    return screen(evaluation_tables(report, details), width).splitlines()


def row(lines: list[str], *start: str) -> list[str]:
    """The first row that begins with these words."""
    return next(words for line in lines if (words := line.split())[: len(start)] == list(start))


def test_in_short_seeds_are_one_row_and_groups_one_column_each() -> None:
    lines = lines_of(made({"a": 3, "b": 1}))
    assert not any(line.startswith(("a (seed", "Faithfulness")) for line in lines)
    assert row(lines, "a", "(mean")[:6] == ["a", "(mean", "of", "3", "seeds)", "0.5000"]
    assert row(lines, "method", "ndcg@10", "↑", "deletion")[3:] == ["deletion", "↓", "validity", "↑", "true", "↑"]
    assert row(lines, "a", "(3") == ["a", "(3", "seeds)", "0.5000", "0.5000", "0.5000", "0.7500"]
    chief = lines.index(next(line for line in lines if line.startswith("Explanations in short")))
    assert row(lines[chief:], "b", "(seed") == ["b", "(seed", "0)", "0.2500", "▼", "0.7500", "1.0000", "0.7500"]
    assert row(lines, "best", "control") == ["best", "control", "0.8750", "0.0625", "–", "1.0000"]
    assert row(lines, "best", "attribution") == ["best", "attribution", "0.8750", "0.0625", "–", "1.0000"]
    assert any(line.startswith("--details shows every run and every figure") for line in lines)
    assert SPREAD_MEANS in " ".join(lines)


def test_details_have_every_run_and_every_group() -> None:
    lines = lines_of(made({"a": 3, "b": 1}), details=True)
    assert sum(line.startswith("a (seed 2)") for line in lines) == 5
    assert any(line.startswith("Faithfulness (the first items of 20 users, 60 pairs") for line in lines)
    assert not any("--details" in line or "in short" in line for line in lines)


def test_without_seeds_nothing_is_said_of_deviations() -> None:
    assert not any("±" in line for line in lines_of(made({"a": 1})))


def test_differences_to_controls_and_attributions_have_intervals_and_marks_in_80_columns() -> None:
    lines = lines_of(made({"a": 1}))
    assert row(lines, "ranking")[1:] == ["ndcg@10", "+0.020", "[+0.010,", "+0.030]", "▲", "item-popularity", "(control)"]
    assert row(lines, "agreement", "ndcg@10", "-0.200")[-3:] == ["▼", "item-popularity", "(control)"]
    assert row(lines, "deletion")[1:] == ["+0.000", "[-0.100,", "+0.100]", "≈", "integrated-gradients", "(attribution)"]
    assert max(map(len, lines)) <= 80
    assert not any("…" in line for line in lines)


@pytest.mark.parametrize(
    ("low", "high", "p", "better"),
    [(0.1, 0.3, 0.01, "b"), (-0.3, -0.1, 0.01, "a"), (0.1, 0.3, 0.2, "≈"), (-0.1, 0.3, 0.01, "≈"), (0.1, 0.3, 0.05, "≈")],
)
def test_of_two_methods_the_better_is_named_where_the_difference_is_clear_of_zero(
    low: float, high: float, p: float, better: str
) -> None:
    report = made({"a": 1, "b": 1}, [compared("a", "b", low, high, p)])
    found = row(lines_of(report), "deletion", "↓")
    assert found[2:5] == ["a", "-", "b"]
    assert found[-1] == better
    assert f"[{low:+.3f}, {high:+.3f}]" in " ".join(found)
    [words] = compared_in_words(report.to_dict(), WAYS)
    assert words.endswith("not clear of zero." if better == "≈" else f"{better} is better.")


def test_many_methods_stand_in_a_grid() -> None:
    names = [f"m{n}" for n in range(12)]
    pairs = [(a, b) for n, a in enumerate(names) for b in names[n + 1 :]]
    found = [compared(a, b, 0.1, 0.3, 0.001 if a == "m0" else 0.5, "ndcg@10") for a, b in pairs]
    lines = lines_of(made(dict.fromkeys(names, 1), found))
    at = next(n for n, line in enumerate(lines) if line.split()[:2] == ["1", "2"])
    grid = [line.split() for line in lines[at + 1 : at + 13]]
    assert grid[0] == ["1", "m0", *["▲"] * 11]
    assert grid[5] == ["6", "m5", "▼", *["≈"] * 10]
    assert max(map(len, lines)) <= 80
    why = "empty where two were not measured on the same users or pairs"
    assert why not in " ".join(lines)
    assert why in " ".join(lines_of(made(dict.fromkeys(names, 1), found[1:])))  # m0 and m1 were not compared


def test_metrics_of_users_as_a_whole_are_not_compared_twice() -> None:
    one = compared("a", "b", 0.1, 0.3, 0.01)
    lines = lines_of(made({"a": 1, "b": 1}, [one, one | {"group": "user_faithfulness"}]))
    assert sum("a - b" in line for line in lines) == 1


@pytest.mark.parametrize(
    ("low", "high", "said"), [(0.01, 0.03, "a is better"), (-0.03, -0.01, "popular is better"), (-0.01, 0.02, "not clear of zero")]
)
def test_in_words_the_better_of_a_method_and_the_best_control_is_named(low: float, high: float, said: str) -> None:
    gain = {"difference": (low + high) / 2, "low": low, "high": high, "control": "popular", "beats": low > 0}
    run = {"method": "a", "lift": {"user_agreement": {"ndcg@10": gain, "recall@10": gain}}}
    [line] = verdicts({"k": 10, "runs": [run], "over_seeds": {}})
    assert line == f"user agreement ndcg@10: a less popular {(low + high) / 2:+.3f} [{low:+.3f}, {high:+.3f}]: {said}."
