"""Names and modules of interface 1 that have moved. They go on working, with a DeprecationWarning, until interface 2."""

from __future__ import annotations

import importlib
import inspect
import sys
import warnings
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

_MOVED = {
    "pyexplain.data": ("Mentions", "Reviews", "SparseRows", "apply_change", "import_paper_folder"),
    "pyexplain.explainers": (
        *("Explainer", "NO_ITEM", "QuerySettings", "SolverSettings", "choose_against"),
        *("solve", "solve_by_questions", "sparse_weights"),
    ),
    "pyexplain.margin": ("Coalitions", "Contributions", "contributions", "margin_gradient", "shapley_values"),
    "pyexplain.metrics": (
        "Evaluation",
        "Metric",
        "MetricInput",
        "Ranking",
        "Scores",
        "Values",
        "find_curves",
        "find_hits",
        "find_statements",
    ),
    "pyexplain.ops": ("adversarial_step", "matrix_product"),
    "pyexplain.plugins.metrics_agreement": ("find_agreement",),
    "pyexplain.plugins.metrics_counterfactual": ("find_distances", "find_irreducible", "find_rescored"),
    "pyexplain.plugins.metrics_necessity": ("find_necessity",),
    "pyexplain.plugins.metrics_robustness": ("difference_between_users", "overlap"),
    "pyexplain.recommenders": (
        *("Config", "FactorNetwork", "FeatureMap", "FeatureProduct", "FeatureProductNetwork", "Head"),
        *("ItemSimilarity", "Objective", "Recommender", "SimilarityConfig", "Term", "TrainingConfig", "UserSide"),
        *("WrappedModel", "table_rows"),
    ),
}
_RENAMED = {"FeatureRows": "pyexplain.data.TensorRows", "Unliked": "pyexplain.data.NegativeSampler"}
# Name of `import pyexplain` -> its full new name.
NAMES = {name: f"{module}.{name}" for module, names in _MOVED.items() for name in names} | _RENAMED

# Modules that were promised or documented -> the modules that have their names now. A name is looked for in their order.
MODULES = {
    "pyexplain.evaluate": ("pyexplain.evaluation", "pyexplain.metrics"),
    "pyexplain.evaluate.base": ("pyexplain.metrics",),
    "pyexplain.evaluate.evaluate": ("pyexplain.evaluation",),
    "pyexplain.evaluate.frames": ("pyexplain.evaluation",),
    "pyexplain.explain": ("pyexplain.explainers",),
    "pyexplain.explain.order": ("pyexplain.explainers",),
    "pyexplain.explain.standing": ("pyexplain.explainers",),
    "pyexplain.explain.types": ("pyexplain.explainers",),
    "pyexplain.explain.until": ("pyexplain.explainers",),
    "pyexplain.methods": ("pyexplain.recommenders",),
    "pyexplain.methods.base": ("pyexplain.recommenders", "pyexplain.explainers"),
    "pyexplain.methods.config": ("pyexplain.recommenders",),
    "pyexplain.methods.objective": ("pyexplain.recommenders",),
    "pyexplain.methods.options": ("pyexplain.recommenders",),
    "pyexplain.methods.wrapped": ("pyexplain.recommenders",),
    "pyexplain.reviews": ("pyexplain.readers",),
}
READERS = {"Tally": "ReadLog"}  # name in pyexplain.readers -> its new name there
UNTIL = "the old name works until interface 2"


def find(name: str) -> Any:
    """What `pyexplain.<name>` was. To be called by __getattr__ of the package alone."""
    _warn(f"pyexplain.{name}", NAMES[name])
    module, _, now = NAMES[name].rpartition(".")
    return getattr(importlib.import_module(module), now)


def find_reader(name: str) -> Any:
    """What `pyexplain.readers.<name>` was. To be called by __getattr__ of that package alone."""
    _warn(f"pyexplain.readers.{name}", f"pyexplain.readers.{READERS[name]}")
    return getattr(importlib.import_module("pyexplain.readers"), READERS[name])


def _warn(old: str, new: str) -> None:
    """Warn whoever called the function that called the caller of this one, once for each place in the code."""
    # `from package import name` asks twice: first, in this function of the import system, whether the name is there at all
    # and whoever asked through an old module was warned of that
    if sys._getframe(3).f_code.co_name not in ("_handle_fromlist", "_find_in"):
        warnings.warn(f"{old} is now {new}; {UNTIL}", DeprecationWarning, stacklevel=4)


def renamed_field(old: str, new: str) -> property:
    """To be written into a class whose field `new` was called `old`."""

    def get(of: Any) -> Any:
        warnings.warn(f"{type(of).__name__}.{old} is now {type(of).__name__}.{new}; {UNTIL}", DeprecationWarning, stacklevel=2)
        return getattr(of, new)

    return property(get, doc=f"The old name of {new}.")


class OldModule(ModuleType):
    """Stands for a module that has moved."""

    def __getattr__(self, name: str) -> Any:
        return _find_in(self.__name__, name)


def _find_in(module: str, name: str) -> Any:
    """A name of an old module. A module warned when it was imported; a package is imported for its modules' sake, too."""
    for new in MODULES[module] if not name.startswith("__") or name == "__all__" else ():
        found = getattr(importlib.import_module(new), name, None)
        if found is not None:
            if _is_package(module):
                _warn(f"{module}.{name}", f"{new}.{name}")
            return found
    raise AttributeError(f"module {module!r} has no attribute {name!r}")


def _is_package(module: str) -> bool:
    return any(other.startswith(f"{module}.") for other in MODULES)


class OldEvaluate(OldModule):
    """Importing `pyexplain.evaluate` binds that name to the module, where `pyexplain.evaluate(run)` is promised to work."""

    def __call__(self, *runs: Any, **options: Any) -> Any:
        """The function of that name."""
        return importlib.import_module("pyexplain.measuring").evaluate(*runs, **options)

    @property
    def __signature__(self) -> inspect.Signature:
        return inspect.signature(importlib.import_module("pyexplain.measuring").evaluate)


class OldModules:
    """Finder and loader of modules that have moved; the import system asks it about every module."""

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """See importlib.abc.MetaPathFinder."""
        if name not in MODULES:
            return None
        return ModuleSpec(name, self, is_package=_is_package(name))  # type: ignore[arg-type]  # without importlib.abc, which costs time

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """See importlib.abc.Loader."""
        return (OldEvaluate if spec.name == "pyexplain.evaluate" else OldModule)(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Only warns: names are looked up when asked for."""
        name = module.__name__
        if not _is_package(name):
            warnings.warn(f"{name} is now {' and '.join(MODULES[name])}; {UNTIL}", DeprecationWarning, stacklevel=2)


def install() -> None:
    """Let old modules be found. Before the others: a folder that an older checkout left behind would be taken for the package."""
    if not any(isinstance(finder, OldModules) for finder in sys.meta_path):
        sys.meta_path.insert(0, OldModules())  # type: ignore[arg-type]
