"""The benchmark again: figures against slow loops, the smallest sets on the real data, rows that are kept, and the command."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from pyexplain.cli import group
from pyexplain.errors import UsageError
from pyexplain.explainers import Explainer
from pyexplain.explainers.order import Order
from pyexplain.recommenders.options import RunOptions
from pyexplain.registry import load_registry
from pyexplain.reproduce.cfexprec.folder import Benchmark, read_benchmark
from pyexplain.reproduce.cfexprec.kept import KeptRows
from pyexplain.reproduce.cfexprec.measure import ExplainerRow, Level, measure_explainer, questions
from pyexplain.reproduce.cfexprec.reproduce import (
    BenchmarkResult,
    BenchmarkWanted,
    best_of,
    fitting,
    read_published,
    reproduce_benchmark,
)
from pyexplain.reproduce.cfexprec.show import benchmark_text, same_pairs

from ..shared import SHARED, needs
from .cfexprec_folder import EXPLAINED, benchmark_folder

K = 5
OPTIONS = RunOptions()


def smallest_size(bench: Benchmark, user: int, item: int) -> int | None:
    """Of entries of the history without which the item is not among the first K, by asking about every set."""
    liked = bench.data.user_features.row(user)[0]
    scores = Order(bench.recommender, bench.data).scores
    for size in range(len(liked) + 1):
        for gone in itertools.combinations(range(len(liked)), size):
            rows = bench.data.user_features.select([user])
            found = scores(np.array([user]), rows.where(~np.isin(rows.indices, liked[list(gone)])))[0]
            if (found > found[item]).sum() >= K:
                return size
    return None


def test_figures_of_the_smallest_sets_against_all_sets(tmp_path: Path) -> None:
    result = reproduce_benchmark(BenchmarkWanted(benchmark_folder(tmp_path), explainers=("removal",)), OPTIONS, load_registry())
    bench = read_benchmark(tmp_path)
    pairs, _ = questions(bench, K)
    sizes = [smallest_size(bench, *pair) for pair in pairs.tolist()]
    found = result.rows[0].item
    assert found is not None
    assert (result.users, result.pairs, found.n) == (EXPLAINED, EXPLAINED * K, EXPLAINED * K)
    assert 0 < sum(size is None for size in sizes) < len(sizes)
    left = [size for size in sizes if size is not None]
    assert found.figures["pn_s"] == pytest.approx(len(left) / len(sizes))
    assert found.figures["size_left"] == pytest.approx(np.mean(left))
    assert found.figures["size_zero"] == pytest.approx(sum(left) / len(sizes))
    assert found.figures["proved"] == 1


def test_settings_follow_from_the_keys_and_first_pairs_are_measured_apart(tmp_path: Path) -> None:
    bench, registry = read_benchmark(benchmark_folder(tmp_path)), load_registry()
    metrics = [registry.get("metric", name)() for name in ("pn-s", "removal-size", "pos-p")]
    cls = registry.get("explainer", "lime")
    row = measure_explainer(cls, bench, K, metrics, OPTIONS, {"item": [10, 999], "list": [4]})
    assert row.settings == {"signed": True}
    assert set(row.item.same) == {"10"}
    assert set(row.lists.same) == {"4"}
    few = Benchmark(bench.data, bench.recommender, bench.users[:2])
    again = measure_explainer(cls, few, K, metrics, OPTIONS, {"item": [], "list": []})
    assert row.item.same["10"] == again.item.figures


def test_what_does_not_fit_and_what_fails_is_said(tmp_path: Path) -> None:
    bench, registry = read_benchmark(benchmark_folder(tmp_path)), load_registry()
    known = fitting(registry, bench)
    assert {"removal", "lime", "shap-sampling", "integrated-gradients"} <= set(known)
    assert not {"nar", "cer"} & set(known)
    with pytest.raises(UsageError, match="no explainer 'nar' fits"):
        fitting(registry, bench, ("nar",))

    class Broken(Explainer):
        """Raises."""

        name, comes_with = "broken", "vbpr"

        def weigh(self, margin):
            raise ValueError("nothing to say")

    class Registry:
        def classes(self, kind: str) -> dict[str, type]:
            return {"broken": Broken} if kind == "explainer" else registry.classes(kind)

    result = reproduce_benchmark(BenchmarkWanted(tmp_path), OPTIONS, Registry())  # type: ignore[arg-type]
    assert result.failures == {"broken": "ValueError: nothing to say"}


def test_kept_rows_are_taken_where_all_is_the_same(tmp_path: Path) -> None:
    out, told = tmp_path / "o", []
    wanted, registry = BenchmarkWanted(benchmark_folder(tmp_path / "b"), users=4, explainers=("echo",)), load_registry()
    first = reproduce_benchmark(wanted, OPTIONS, registry, KeptRows(out, False), told.append)
    again = reproduce_benchmark(wanted, OPTIONS, registry, KeptRows(out, True))
    assert again.rows == first.rows == tuple(told)  # seconds, too
    other = reproduce_benchmark(wanted, RunOptions(seed=1), registry, KeptRows(out, True))
    assert other.rows[0].item.seconds != first.rows[0].item.seconds
    kept, identity = KeptRows(out, True), {"a": "b"}
    kept.keep(first.rows[0], identity)
    assert kept.find("echo", identity) == first.rows[0]
    assert KeptRows(out, False).find("echo", identity) is None
    (out / "cfexprec" / "echo.json").write_text("{", encoding="utf-8")
    assert kept.find("echo", identity) is None


def row_of(name: str, **figures: float) -> ExplainerRow:
    return ExplainerRow(name, {}, 0.0, Level(10, 0.001, figures, {"100": {"pos_p": 0.05}}), None)


def test_the_best_and_the_same_pairs() -> None:
    rows = [row_of("a", pn_s=0.9, size_left=2.0), row_of("b", pn_s=0.9, size_left=1.0), row_of("c", pn_s=0.1), row_of("d")]
    assert best_of(rows, lambda row: row.item, "pn_s", False) == "b"
    assert best_of(rows, lambda row: row.item, "pn_s", True) == "c"
    assert best_of(rows, lambda row: row.lists, "pn_s", True) is None
    shap = next(row for row in read_published().rows if row.name == "SHAP")
    assert same_pairs(rows[0], shap, "pos_p") == 0.05
    assert same_pairs(rows[0], next(row for row in read_published().rows if row.name == "PRINCE"), "pn_s") is None


def call(*words: object) -> Result:
    return CliRunner().invoke(group, ["reproduce", "cfexprec", *map(str, words)])


def test_the_command(tmp_path: Path) -> None:
    few = ["--data", benchmark_folder(tmp_path / "b"), "--users", 4, "--explainer", "echo", "--explainer", "removal"]
    found = call(*few, "--out", tmp_path / "o")
    assert found.exit_code == 0, found.output
    for part in ("PRINCE", "LIME-RS", "removal takes", "4 users, 20 pairs", "Lists"):
        assert part in found.output
    document = json.loads((tmp_path / "o" / "cfexprec.json").read_text())
    assert [row["name"] for row in document["rows"]] == ["echo", "removal"]
    frame = pd.read_csv(tmp_path / "o" / "cfexprec.csv")
    assert set(frame["level"]) == {"item", "list"}
    printed = json.loads(call(*few, "--out", tmp_path / "o", "--resume", "--json").stdout)
    assert printed == document


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["table2"], "stands alone"),
        (["--seeds", 2], "stands alone"),
        (["--epochs", 2], "stands alone"),
        (["--set", "a=1"], "stands alone"),
        (["--resume"], "needs the --out"),
        (["--users", 0], "0"),
    ],
)
def test_misuse_is_said(words: list[object], said: str) -> None:
    found = call(*words)
    assert found.exit_code == 2
    assert said in found.output


def test_its_options_are_of_no_table() -> None:
    found = CliRunner().invoke(group, ["reproduce", "table2", "--users", "3"])
    assert found.exit_code == 2
    assert "of cfexprec alone" in found.output


def test_text_of_a_result_without_figures() -> None:
    empty = BenchmarkResult(read_published(), (ExplainerRow("x", {}, 0.0, None, None, "why"),), 1, 5, 0, 1, "f")
    assert any("x: no figures, why" in str(part) for part in benchmark_text(empty))


@needs("cfexprec_amazon")
@pytest.mark.slow
def test_the_real_benchmark() -> None:
    """36 of 2,500 items cannot be taken out (by exhaustive search); the others go with 1.26 entries, all of it proved."""
    wanted = BenchmarkWanted(SHARED / "cfexprec_amazon", explainers=("removal",))
    found = reproduce_benchmark(wanted, RunOptions(threads=1), load_registry()).rows[0].item
    assert found is not None
    assert (found.figures["pn_s"], found.figures["proved"]) == (pytest.approx(1 - 36 / 2500), 1)
    assert found.figures["size_left"] < 1.26
    for pairs, pos_p, neg_p in (("300", 0.172, 0.166), ("100", 0.134, 0.133)):
        assert found.same[pairs]["pos_p"] < pos_p
        assert found.same[pairs]["neg_p"] > neg_p
