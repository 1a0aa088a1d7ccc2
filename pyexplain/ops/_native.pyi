"""The native module. Everything is called through pyexplain.ops, which checks shapes, types and devices; arrays come by address."""

from collections.abc import Callable
from typing import Any

version: str
compiler: str
openmp: bool
cuda_architectures: str
solver_constants: dict[str, float | tuple[float, ...]]

def threads() -> int:
    """How many threads OpenMP would use."""

def instruction_set() -> str:
    """The widest instructions that the running clones use: "avx512", "avx2" or "baseline"."""

def vendor() -> str:
    """The maker of the processor: "amd", "intel" or "other"."""

def group_rows(*, ids: int, n: int, n_rows: int, rows: int, starts: int, order: int) -> int:
    """Stable grouping of ids [n] by value; the number of groups."""

def first_outside(*, ids: int, n: int, size: int) -> int:
    """The place of the first id outside 0..size-1, or -1."""

def __getattr__(name: str) -> Callable[..., Any]:
    """Operators by name and type (half_space_float32, ...): arrays by address, sizes and numbers by keyword."""
