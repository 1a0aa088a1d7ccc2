"""A card that is not there: tensors that say they lie on cuda:0, and are computed on the processor; kernels are the emulated ones.

So the CUDA branch of the Python code runs as it is: what goes to a device and comes back, tensors of two devices that meet (an
error, as on a card), and what is asked of torch.cuda. What a card would be told, and where the program would wait for it, is
counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map

from pyexplain.ops.native import find_kernel, native, tensors_of

from .emulation import emulated

CUDA, HERE = torch.device("cuda:0"), torch.device("cpu")
# What the host cannot go on without: a number, a size that the data decide, or that data have arrived.
WAITS = {"_local_scalar_dense", "is_nonzero", "equal", "nonzero", "masked_select", "bincount"}
WAITS |= {"unique_consecutive", "_unique2", "unique_dim"}
COPIES = {"_to_copy", "copy_"}
OF_TWO_DEVICES = COPIES | {"index", "index_put", "index_put_", "_index_put_impl_"}  # torch takes indices from the host


class OnCard(Tensor):
    """held: the same numbers on the processor."""

    held: Tensor

    @staticmethod
    def __new__(cls, held: Tensor) -> OnCard:
        sizes = {"strides": held.stride(), "storage_offset": held.storage_offset(), "dtype": held.dtype, "layout": held.layout}
        made: OnCard = Tensor._make_wrapper_subclass(cls, held.shape, device=HERE, **sizes)  # type: ignore[attr-defined]
        made.held = held
        return made

    # torch itself takes it for a tensor on the processor, or it would want a driver; whoever asks in Python hears of a card.
    @property
    def device(self) -> torch.device:  # type: ignore[override]
        """Where it says it is."""
        return CUDA

    @property
    def is_cuda(self) -> bool:  # type: ignore[override]
        """As it says."""
        return True

    def data_ptr(self) -> int:
        """Where the numbers lie, for kernels."""
        return self.held.data_ptr()

    def to(self, *args: Any, **kwargs: Any) -> Tensor:  # type: ignore[override]
        """Copies where the device or the type is another, as on a card."""
        copy = kwargs.pop("copy", False)
        device, dtype, _, _ = torch._C._nn._parse_to(*args, **kwargs)  # type: ignore[attr-defined]
        dtype = dtype or self.dtype
        if device is not None and device.type == "cpu":
            return torch.ops.aten._to_copy(self, dtype=dtype, device=HERE)  # type: ignore[no-any-return]
        return torch.ops.aten._to_copy(self, dtype=dtype) if copy or dtype != self.dtype else self

    def cpu(self) -> Tensor:  # type: ignore[override]
        """A copy on the processor."""
        return self.to(HERE)

    def numpy(self, **kwargs: Any) -> Any:
        """Refused, as by torch."""
        raise TypeError("can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu() first.")

    __array__ = numpy  # type: ignore[assignment]

    def new_tensor(self, data: Any) -> Tensor:  # type: ignore[override]
        """Of data in Python, copied to the card."""
        return torch.tensor(data, dtype=self.dtype, device=CUDA)

    def tolist(self) -> Any:
        """Copied first, as torch does."""
        return self.cpu().tolist()

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return compute(func, args, kwargs or {})


class GeneratorThere(torch.Generator):
    """One of the card, known by its seed: torch hands on what is in it, not the object."""

    def manual_seed(self, seed: int) -> torch.Generator:
        """Its seed, marked."""
        return super().manual_seed(seed + THERE)


class GeneratorOf(torch.Generator):
    """What torch.Generator is with a card."""

    def __new__(cls, device: Any = "cpu") -> torch.Generator:  # type: ignore[misc]
        """Of that device."""
        return GeneratorThere() if torch.device(device).type == "cuda" else GENERATOR(device)


GENERATOR, THERE = torch.Generator, 2**60


def compute(func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """One operator of torch, on the processor; what it gives lies where it would."""
    flat, _ = tree_flatten((args, kwargs))
    on_card = any(isinstance(one, OnCard) for one in flat)
    copies, target = func.overloadpacket is torch.ops.aten._to_copy, kwargs.get("device")
    # torch's own gradients ask for tensors like others, which it takes for the processor's: only a copy goes there on purpose
    to_card = on_card and not copies or target is None and on_card or target is not None and torch.device(target).type == "cuda"
    if not (on_card or to_card):
        return func(*args, **kwargs)
    _refuse_two_devices(func, flat, on_card)
    if any(isinstance(one, GENERATOR) and one.initial_seed() < THERE for one in flat):
        raise RuntimeError(f"{func}: Expected a 'cuda' device type for generator but found 'cpu'")
    there, named = tree_map(_held, (args, kwargs))
    if target is not None:
        named["device"] = HERE
    found = func(*there, **named)
    if func._schema.is_mutable:
        return _written(func, args, kwargs, found)
    return tree_map(lambda one: OnCard(one) if isinstance(one, Tensor) and to_card else one, found)


def _held(one: Any) -> Any:
    return one.held if isinstance(one, OnCard) else one


def _written(func: Any, args: Any, kwargs: dict[str, Any], found: Any) -> Any:
    """Of an operator that writes into arguments: these."""
    given = {one.name: value for one, value in zip(func._schema.arguments, args, strict=False)} | kwargs
    out = [given[one.name] for one in func._schema.arguments if one.alias_info is not None and one.alias_info.is_write]
    return None if found is None else out[0] if len(func._schema.returns) == 1 else tuple(out)


def _refuse_two_devices(func: Any, flat: list[Any], on_card: bool) -> None:
    apart = [one for one in flat if isinstance(one, Tensor) and not isinstance(one, OnCard) and one.dim() > 0]
    if on_card and apart and func.overloadpacket.__name__ not in OF_TWO_DEVICES:
        raise RuntimeError(f"{func}: expected all tensors to be on the same device, found at least two devices, cuda:0 and cpu")


class Card(TorchDispatchMode):
    """launched: operators of torch that a card would have been told to run, by name; waits: where the host waits for it; sent:
    copies to the card that nobody waits for."""

    def __init__(self) -> None:
        super().__init__()
        self.launched, self.waits, self.sent = Counter[str](), Counter[str](), Counter[str]()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        found = compute(func, args, kwargs or {})
        self._count(func, args, kwargs or {}, found)
        return found

    def _count(self, func: Any, args: Any, kwargs: dict[str, Any], found: Any) -> None:
        name, flat = func.overloadpacket.__name__, tree_flatten((args, kwargs, found))[0]
        if not any(isinstance(one, OnCard) for one in flat):
            return
        crosses = _crosses(name, args, found)
        if crosses == "to the card":  # out of memory that may be moved, the copy waits for what was launched before
            asleep = kwargs.get("non_blocking") or (name == "copy_" and len(args) > 2 and args[2])
            (self.sent if asleep else self.waits)["send" if not asleep else name] += 1
        elif crosses or name in WAITS or _sizes_unknown(name, args, kwargs):
            self.waits[name] += 1
        elif not func.is_view and not name.startswith(("empty", "new_empty")):  # neither is work
            self.launched[name] += 1


def _crosses(name: str, args: Any, found: Any) -> str:
    """Where a copy goes from one device to the other."""
    if name not in COPIES:
        return ""
    source, target = (args[1], args[0]) if name == "copy_" else (args[0], found)
    if isinstance(source, OnCard) == isinstance(target, OnCard):
        return ""
    return "to the card" if isinstance(target, OnCard) else "from the card"


def _sizes_unknown(name: str, args: Any, kwargs: dict[str, Any]) -> bool:
    if name == "repeat_interleave":
        return kwargs.get("output_size") is None
    if name in ("index", "index_put_", "_index_put_impl_"):
        return any(one is not None and one.dtype in (torch.bool, torch.uint8) for one in args[1])
    return False


def _no_gradients(arguments: Any) -> bool:
    """In place of `alone`, which hands tensors like these to torch's dispatcher."""
    return not (torch.is_grad_enabled() and any(one.requires_grad for one in tensors_of(arguments)))


@contextmanager
def card(monkeypatch: pytest.MonkeyPatch) -> Iterator[Card]:
    """While it lasts, torch has one GPU, and the native module its kernels."""
    for table in ("cuda_float32", "cuda_float64"):
        monkeypatch.setattr(native(), table, getattr(emulated(), table), raising=False)
    monkeypatch.setattr(native(), "cuda_architectures", "80-real 90")
    answers: dict[str, Callable[..., Any]] = {
        "is_available": lambda: True,
        "device_count": lambda: 1,
        "current_device": lambda: 0,
        "get_device_capability": lambda *device: (9, 0),
        "get_device_name": lambda *device: "none: emulated",
        "current_stream": lambda *device: SimpleNamespace(cuda_stream=0),
        "synchronize": lambda *device: None,
        "device": lambda device: nullcontext(),
        "_lazy_init": lambda: None,
    }
    for name, answer in answers.items():
        monkeypatch.setattr(torch.cuda, name, answer)
    before = torch._C._only_lift_cpu_tensors()  # type: ignore[attr-defined]
    torch._C._set_only_lift_cpu_tensors(True)  # type: ignore[attr-defined]
    monkeypatch.setattr("pyexplain.ops._torch_operator.alone", _no_gradients)
    monkeypatch.setattr("pyexplain.recommenders.product_replay.recorded", lambda work, _: work)  # told anew each time
    on_host = torch.empty
    monkeypatch.setattr("pyexplain.recommenders.batches_ahead.pinned", lambda n, width: on_host(n, width, dtype=torch.int64))
    monkeypatch.setattr(torch, "Generator", GeneratorOf)
    monkeypatch.setattr(Tensor, "pin_memory", lambda tensor: tensor)
    monkeypatch.setattr(torch.__future__, "get_overwrite_module_params_on_conversion", lambda: True)  # parameters become OnCard
    find_kernel.cache_clear()
    try:
        with Card() as made:
            yield made
    finally:
        torch._C._set_only_lift_cpu_tensors(before)  # type: ignore[attr-defined]
        find_kernel.cache_clear()
