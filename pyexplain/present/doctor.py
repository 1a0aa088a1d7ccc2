"""What a report of a problem should hold."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from rich.table import Table
from rich.text import Text

from ..errors import PyexplainError
from ..registry import Registry
from .text import harmless

PACKAGES = ("pyexplain", "torch", "numpy", "pandas", "pyarrow", "safetensors", "pydantic", "click", "pluggy", "rich", "matplotlib")


def diagnose(registry: Registry) -> dict[str, Any]:
    """Facts about this installation; problems are named, with what to do."""
    import torch

    problems = [str(failure) for failure in registry.failures]
    native: dict[str, Any] = {}
    cuda: dict[str, Any] = {"usable": False, "why": "the native module does not load", "what_to_do": "see the problem below"}
    try:
        from ..ops.device import why_not_cuda
        from ..ops.info import native_info

        missing = why_not_cuda()
        cuda = {"usable": missing is None} | (missing._asdict() if missing else {"why": None, "what_to_do": None})
        info = native_info()
        native = {name: getattr(info, name) for name in info.__dataclass_fields__}
        native["openmp_runtimes"] = list(info.openmp_runtimes)
        if len(info.openmp_runtimes) > 1:
            count = len(info.openmp_runtimes)
            problems.append(f"{count} OpenMP runtimes are loaded and fight; install a build that shares torch's libgomp.so.1")
    except PyexplainError as error:
        problems.append(str(error))
    return {
        "schema": 1,
        "python": platform.python_version(),
        "system": platform.platform(),
        "packages": {name: _version(name) for name in PACKAGES},
        "torch": {
            "threads": torch.get_num_threads(),
            "cuda_built": torch.version.cuda is not None,
            "cuda": torch.cuda.is_available(),
        },
        "native": native,
        "cuda": cuda,
        "plugins": {kind: registry.names(kind) for kind in ("recommender", "explainer", "reader", "metric")},
        "problems": problems,
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def doctor_table(facts: dict[str, Any]) -> list[Any]:
    """A line a fact, then the problems."""
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_row("python", f"{facts['python']} on {facts['system']}")
    table.add_row("packages", ", ".join(f"{n} {v}" for n, v in facts["packages"].items() if v))
    for part in ("torch", "native"):
        table.add_row(part, ", ".join(f"{name} {_said(value)}" for name, value in facts[part].items()) or "not there")
    table.add_row("CUDA", Text(harmless(_cuda(facts))))
    for kind, names in facts["plugins"].items():
        table.add_row(f"{kind}s", Text(harmless(", ".join(names))))
    ending = [Text(f"Problem: {harmless(p)}", style="red") for p in facts["problems"]] or [Text("No problem found.", style="green")]
    return [table, *ending]


def _said(value: object) -> str:
    return (
        "yes"
        if value is True
        else "no"
        if value is False
        else ", ".join(value)
        if isinstance(value, list)
        else str(value) or "none"
    )


def _cuda(facts: dict[str, Any]) -> str:
    built, cuda = facts["native"].get("cuda_architectures"), facts["cuda"]
    kernels = f"kernels built for {built}" if built else "no kernels built"
    if cuda["usable"]:
        return f"{kernels}; usable: {facts['native'].get('gpu')}"
    return f"{kernels}; cannot be used: {cuda['why']} ({cuda['what_to_do']})"
