"""The files that a reader opens to follow one thing from start to end: Python files by tracing the call, native ones by include.

    python tools/files_of.py [score|counterfactual|step|review]     # print the lists
    python tools/files_of.py --write                          # put them into docs/architecture.md

A file counts where one of its functions runs in the call, or where a class of its making is built. Of the native module count the
sources of the functions that were called, what these include, and the bindings.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "architecture.md"
OURS = (ROOT / "pyexplain", ROOT / "plugins")
NATIVE = "pyexplain.ops._native"
BESIDE = {"counterfactual": "score"}  # what a reader knows who has read another list
TITLES = {
    "score": "Two scores of a pair, as it is and with other features of its user",
    "counterfactual": "One counterfactual",
    "step": "One training step",
    "review": "One line of a review file",
}


def traced(call: Callable[[], object]) -> tuple[list[Path], list[str]]:
    """Files of ours whose functions run in the call, and the native functions that are called, both in the order of time."""
    found: dict[Path, None] = {}
    native: dict[str, None] = {}
    known: set[CodeType] = set()

    def look(frame: FrameType, event: str, argument: Any) -> None:
        if event == "c_call" and str(getattr(argument, "__module__", "")).startswith(NATIVE):
            native.setdefault(argument.__name__)
        if event != "call" or (frame.f_code in known and frame.f_code.co_filename != "<string>"):
            return
        known.add(frame.f_code)
        path = _source(frame)
        if path is not None and any(path.is_relative_to(folder) for folder in OURS):
            found.setdefault(path)

    sys.setprofile(look)
    try:
        call()
    finally:
        sys.setprofile(None)
    return list(found), list(native)


def _source(frame: FrameType) -> Path | None:
    """The file of the running function; of the constructor that dataclasses write, that of the class."""
    code = frame.f_code
    if code.co_name == "<module>":
        return None
    if code.co_filename == "<string>" and code.co_name == "__init__" and "self" in frame.f_locals:
        module = sys.modules.get(type(frame.f_locals["self"]).__module__)
        return Path(module.__file__) if module is not None and module.__file__ else None
    return Path(code.co_filename)


def native_files(functions: list[str]) -> list[Path]:
    """Sources of these native functions, with what they include, and the bindings."""
    out: dict[Path, None] = {}
    sources = {path: path.read_text(encoding="utf-8") for path in sorted((ROOT / "csrc" / "cpu").glob("*.cpp"))}
    for name in dict.fromkeys(re.sub(r"_(float32|float64)$", "", function) for function in functions):
        for path, text in sources.items():
            if re.search(rf"\b{name}\(const ", text):
                _add(path, out)
    return list(out) + ([ROOT / "csrc" / "bindings.cpp"] if functions else [])


def _add(path: Path, out: dict[Path, None]) -> None:
    if path in out:
        return
    out[path] = None
    for name in re.findall(r'#include "([^"]+)"', path.read_text(encoding="utf-8")):
        for folder in (path.parent, ROOT / "csrc"):
            if (folder / name).is_file():
                _add((folder / name).resolve(), out)
                break


def score() -> Callable[[], object]:
    """What every explanation asks again and again: a score, and one with features of the user in place of the data set's."""
    import torch

    import pyexplain as px
    from pyexplain.testing.worlds import small_world

    data = small_world()
    recommender = px.train(data, baseline="cnr", epochs=2, dim=8, warmup_epochs=1, rounds=1).recommender
    users, items, features = torch.tensor([0]), torch.tensor([1]), data.user_features.select([0])
    return lambda: (recommender.scores(users, items), recommender.scores(users, items, features.tensors()))


def counterfactual() -> Callable[[], object]:
    """One counterfactual of a trained run, of a pair whose order a change reverses; its foil is at hand."""
    import pyexplain as px
    from pyexplain.testing.worlds import small_world

    data = small_world()
    explainer = px.train(data, explainer="cnr", epochs=2, dim=8, warmup_epochs=1, rounds=1).explainer()
    found = explainer.explain(data.train)
    assert found.valid is not None
    assert found.against is not None
    row = int(found.valid.argmax())
    assert found.valid[row]
    pair, foil = data.train[row : row + 1], found.against[row : row + 1]
    return lambda: explainer.explain(pair, foil)


def step() -> Callable[[], object]:
    """One training step of the fused engine."""
    import torch

    import pyexplain as px
    from pyexplain.ops.native import native
    from pyexplain.recommenders.objective import Objective, Term
    from pyexplain.registry import load_registry
    from pyexplain.testing.worlds import small_world

    data, cls = small_world(), load_registry().get("recommender", "vbpr")
    made = cls(cls.Config(dim=8))
    made.prepare(data, px.RunOptions())
    engine = made.model._engine(made.config)
    users, items = (torch.from_numpy(column.copy()) for column in data.train[:8].T)
    batch = Term(users, items, (items + 3) % data.n_items)
    native()  # the module is loaded once: no part of a step
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


THINGS = {"score": score, "counterfactual": counterfactual, "step": step, "review": review}


def files_of(name: str) -> list[str]:
    """The files of one of THINGS, as paths from the root of the repository."""
    python, native = traced(THINGS[name]())
    return [path.relative_to(ROOT).as_posix() for path in python + native_files(native)]


def section(name: str) -> str:
    """One list as it stands on the page."""
    files = files_of(name)
    known = set(files_of(BESIDE[name])) if name in BESIDE else set()
    own = [file for file in files if file not in known]
    head = f"**{TITLES[name]}**: {len(files)} files."
    if known:
        head = f"**{TITLES[name]}**: {len(files)} files; {len(files) - len(own)} of them stand in the list before, {len(own)} here."
    return "\n".join([head, "", "```", *own, "```"])


def marks(name: str) -> tuple[str, str]:
    """What stands around a list on the page."""
    return f"<!-- files of {name}: tools/files_of.py --write -->", f"<!-- end of {name} -->"


def order() -> str:
    """The rooms in the order that the test of imports holds."""
    [shown] = re.findall(
        r"^ORDER = \((.*?)^\)", (ROOT / "tests" / "test_house.py").read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    return ", ".join(f"`{name}`" for name in re.findall(r'"(\w+)"', shown))


def write() -> None:
    """Replace the order and the lists of docs/architecture.md."""
    text = PAGE.read_text(encoding="utf-8")
    text = re.sub(r"(<!-- order: .*-->\n\n).+\n", lambda found: f"{found[1]}{order()}\n", text)
    for name in THINGS:
        begin, end = marks(name)
        before, rest = text.split(begin)
        text = f"{before}{begin}\n\n{section(name)}\n\n{end}{rest.split(end)[1]}"
    PAGE.write_text(text, encoding="utf-8")


def main() -> None:
    """The lists asked for, or all; --write puts all into the page."""
    asked = sys.argv[1:]
    if asked == ["--write"]:
        write()
        return
    for name in asked or THINGS:
        print(section(name), end="\n\n")


if __name__ == "__main__":
    main()
