"""How the native module was built and what it runs on, for `pyexplain doctor`."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from threadpoolctl import threadpool_info

from .native import native
from .products import route


@dataclass(frozen=True)
class NativeInfo:
    """version and compiler of the build; instruction_set chosen for this processor; threads of OpenMP, which
    torch.set_num_threads reaches, as both share one runtime; openmp_runtimes that are loaded (more than one would fight);
    cuda_architectures that the GPU part was compiled for ("" = not built); gpu: name of the device, "" = none;
    matrix_products: what makes float32 ones on the processor, "torch" or "onednn" (products.py)."""

    version: str
    compiler: str
    instruction_set: str
    openmp: bool
    threads: int
    openmp_runtimes: tuple[str, ...]
    cuda_architectures: str
    gpu: str
    matrix_products: str


def native_info() -> NativeInfo:
    """Facts about this process; RunError where the module does not load."""
    module = native()
    runtimes = tuple(sorted({pool["filepath"].rsplit("/", 1)[-1] for pool in threadpool_info() if pool["user_api"] == "openmp"}))
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else ""
    return NativeInfo(
        module.version,
        module.compiler,
        module.instruction_set(),
        module.openmp,
        module.threads(),
        runtimes,
        module.cuda_architectures,
        gpu,
        route(),
    )
