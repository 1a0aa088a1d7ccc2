"""The files that a reader opens to follow one thing from start to end: Python files by tracing the call, native ones by include.

    python tools/files_of.py [counterfactual|step|review]

Prints each file once, in the order in which it is reached; docs/architecture.md quotes the counts.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType

ROOT = Path(__file__).resolve().parents[1]
OURS = (ROOT / "pyexplain", ROOT / "plugins")


def traced(call: Callable[[], object]) -> tuple[list[Path], set[str]]:
    """Files of ours whose functions run in the call, and the names of the native functions that do."""
    found: dict[Path, None] = {}
    native: set[str] = set()
    known: set[CodeType] = set()

    def look(frame: FrameType, event: str, argument: object) -> None:
        code = frame.f_code
        if event == "c_call" and str(getattr(argument, "__module__", "")).startswith("pyexplain.ops._native"):
            native.add(str(getattr(argument, "__name__", "")))
        if event == "call" and code not in known and code.co_name != "<module>":
            known.add(code)
            path = Path(code.co_filename)
            if any(path.is_relative_to(folder) for folder in OURS):
                found.setdefault(path)

    sys.setprofile(look)
    try:
        call()
    finally:
        sys.setprofile(None)
    return list(found), native


def native_files(named: set[str]) -> list[Path]:
    """Sources of these native functions, with what they include."""
    out: dict[Path, None] = {}
    for source in sorted((ROOT / "csrc" / "cpu").glob("*.cpp")):
        if any(re.search(rf"\b{name}\(const ", source.read_text(encoding="utf-8")) for name in named):
            _add(source, out)
    return list(out) + ([ROOT / "csrc" / "bindings.cpp"] if out else [])


def _add(path: Path, out: dict[Path, None]) -> None:
    if path in out:
        return
    out[path] = None
    for name in re.findall(r'#include "([^"]+)"', path.read_text(encoding="utf-8")):
        for folder in (path.parent, ROOT / "csrc"):
            if (folder / name).is_file():
                _add((folder / name).resolve(), out)
                break


def counterfactual() -> Callable[[], object]:
    """One counterfactual of a trained run."""
    import numpy as np

    import pyexplain as px
    from pyexplain.testing.worlds import small_world

    data = small_world()
    run = px.train(data, explainer="cnr", epochs=2, dim=8, warmup_epochs=1, rounds=1)
    explainer, pair = run.explainer(), data.train[:1]
    others = np.array([(int(pair[0, 1]) + 1) % data.n_items])
    return lambda: explainer.explain(pair, others)


def step() -> Callable[[], object]:
    """One training step of the fused engine."""
    import torch

    import pyexplain as px
    from pyexplain.recommenders.objective import Objective, Term
    from pyexplain.registry import load_registry
    from pyexplain.testing.worlds import small_world

    data, cls = small_world(), load_registry().get("recommender", "vbpr")
    made = cls(cls.Config(dim=8))
    made.prepare(data, px.RunOptions())
    engine = made.model._engine(made.config)
    users, items = (torch.from_numpy(column.copy()) for column in data.train[:8].T)
    batch = Term(users, items, (items + 3) % data.n_items)
    return lambda: engine.step(batch, Objective(), torch.Generator().manual_seed(0))


def review() -> Callable[[], object]:
    """One line of a review file, from bytes to its mentions."""
    import pandas as pd

    from pyexplain.data.types import Reviews
    from pyexplain.extraction.extract import Extractor
    from pyexplain.extraction.learn import learn_lexicon
    from pyexplain.extraction.lexicon import ExtractOptions
    from pyexplain.preparation.prepare import open_reviews
    from pyexplain.readers.base import ReadOptions
    from pyexplain.registry import load_registry

    folder = Path(tempfile.mkdtemp())
    line = (
        '{"reviewerID": "u%d", "asin": "i%d", "overall": 5.0, "reviewText": "The sound is great.", "unixReviewTime": 1400000000}\n'
    )
    (folder / "reviews.json").write_text("".join(line % (n, n % 7) for n in range(40)), encoding="utf-8")
    frame = pd.DataFrame([("u", "i", 5.0, "The sound is great.", 0)] * 40, columns=["user", "item", "rating", "text", "time"])
    lexicon = learn_lexicon([Reviews(frame)], ExtractOptions(min_count=2))
    registry = load_registry()

    def act() -> object:
        source = open_reviews([folder / "reviews.json"], registry, "auto", ReadOptions())
        return [Extractor(lexicon).mentions(chunk) for chunk in source.chunks()]

    return act


THINGS = {"counterfactual": counterfactual, "step": step, "review": review}


def main() -> None:
    """Each thing asked for, or all."""
    for name in sys.argv[1:] or THINGS:
        python, native = traced(THINGS[name]())
        files = python + native_files(native)
        print(f"{name}: {len(files)} files")
        for path in files:
            print(f"  {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
