"""Where a run computes: what "cuda" and "auto" come to on this machine, and why a GPU cannot be used."""

from __future__ import annotations

from typing import NamedTuple

import torch

from ..errors import RunError
from .native import native

USE_THE_PROCESSOR = "use --device cpu, or auto"


class NoCuda(NamedTuple):
    """why: what is missing for CUDA; what_to_do: a sentence. Both begin with a small letter."""

    why: str
    what_to_do: str


def find_device(name: str, where: str = "--device") -> str:
    """ "cpu", or "cuda:N" for a GPU that the kernels run on: of "cuda" the current one, of "auto" that or, where there is none, the
    processor. RunError that says what is missing, and what to do, where CUDA was asked for by name and cannot be used."""
    if name == "cpu":
        return name
    missing = why_not_cuda(name)
    if name == "auto":
        return "cpu" if missing else _numbered("cuda")
    if missing:
        raise RunError(f"CUDA was asked for, but {missing.why}", where=where, hint=_sentence(missing.what_to_do))
    return _numbered(name)


def why_not_cuda(name: str = "cuda") -> NoCuda | None:
    """What keeps this package from using the GPU of that name ("cuda", "cuda:1"); None where nothing does."""
    if not torch.cuda.is_available():
        if torch.version.cuda is None:
            return NoCuda("this torch was built without CUDA", f"install a build of torch with CUDA, or {USE_THE_PROCESSOR}")
        return NoCuda("there is no usable GPU", f"look at what nvidia-smi says, or {USE_THE_PROCESSOR}")
    built = native().cuda_architectures
    if not built:
        what = f"install it where nvcc is found (PYEXPLAIN_CUDA=ON pip install .), or {USE_THE_PROCESSOR}"
        return NoCuda("this package was built without its CUDA kernels", what)
    number, count = _number(name), torch.cuda.device_count()
    if number is None or number >= count:
        return NoCuda(f"there is no {name!r} here: GPUs are cuda:0 to cuda:{count - 1}", "name one of them")
    return _too_old(number, built)


def _too_old(number: int, built: str) -> NoCuda | None:
    """built: architectures as CMake names them, "80-real 90". A card runs code of its own generation and of those before it."""
    oldest = min(int(one.partition("-")[0]) for one in built.split())
    major, minor = torch.cuda.get_device_capability(number)
    if 10 * major + minor >= oldest:
        return None
    card = f"{torch.cuda.get_device_name(number)} (cuda:{number})"
    why = f"{card} has compute capability {major}.{minor}, and the kernels want {oldest // 10}.{oldest % 10} or newer"
    return NoCuda(why, f"use a newer GPU, or {USE_THE_PROCESSOR}")


def _number(name: str) -> int | None:
    if name in ("cuda", "auto"):
        return torch.cuda.current_device()
    number = name.removeprefix("cuda:")
    return int(number) if number.isdecimal() else None


def _numbered(name: str) -> str:
    return f"cuda:{_number(name)}"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
