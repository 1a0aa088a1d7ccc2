"""Operators past their first checks: `python -m tests.ops.fuzzed --seconds S --seed N` throws sound calls, then broken.

Each call fits together first; then an index, an offset, a number, a size, a type or a device is changed. It must run, or be refused
with TypeError, ValueError or IndexError and a message. Every tensor that is handed in ends at, or begins behind, memory that may
not be touched, so that one step too far ends the process, which `--log` names the call of. Prints one JSON document.
"""

from __future__ import annotations

import argparse
import ctypes
import faulthandler
import json
import mmap
import random as randoms
import resource
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from pyexplain import ops

Random = randoms.Random
Call = tuple[Callable[..., object], dict[str, Any]]


class Entries(NamedTuple):
    """Sparse rows before they are made: their parts may be anything."""

    offsets: Any
    indices: Any
    values: Any


PAGE = mmap.PAGESIZE
ROOM = 64 * PAGE
SIZES = (0, 1, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64)
FAR = (-1, -2, 2**31, 2**32, 2**61, 2**62, 2**63 - 1, -(2**63), -(2**62), 10**6)
ODD = (float("nan"), float("inf"), float("-inf"), 0.0, -0.0, 1e-45, 1e38, -1e38, 1e300, 1.0)
SCALARS = (*ODD, 0, 1, -1, 2**31, 2**40, 2**63 - 1, 2**63, 2**64, 10**400, -(2**63) - 1, 0.5, True, None, "1", [], 1j)
TYPES = (
    torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.bool, torch.cfloat,
)  # fmt: skip
LONGEST = 30  # seconds that one call may take


class Guarded:
    """Pieces of memory with pages on both sides that may not be touched; tensors lie at one of the ends."""

    def __init__(self, pieces: int = 48) -> None:
        protect = ctypes.CDLL(None, use_errno=True).mprotect
        protect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
        self._maps, self._starts, self._next = [], [], 0
        for _ in range(pieces):
            whole = mmap.mmap(-1, ROOM + 2 * PAGE)
            start = ctypes.addressof(ctypes.c_char.from_buffer(whole))
            for wall in (start, start + PAGE + ROOM):
                assert protect(wall, PAGE, mmap.PROT_NONE if hasattr(mmap, "PROT_NONE") else 0) == 0
            self._maps.append(whole)
            self._starts.append(start + PAGE)

    def begin(self) -> None:
        """Every piece is free again."""
        self._next = 0

    def hold(self, tensor: Tensor, at_end: bool) -> Tensor:
        """The same numbers, with a wall right behind them, or right before."""
        size = tensor.numel() * tensor.element_size()
        if size == 0 or size > ROOM or self._next == len(self._starts):
            return tensor
        start = self._starts[self._next] + (ROOM - size if at_end else 0)
        self._next += 1
        memory = (ctypes.c_char * size).from_address(start)
        held = torch.frombuffer(memory, dtype=tensor.dtype).view(tensor.shape)
        return held.copy_(tensor)


class World:
    """Sizes and tensors of one call, that fit together."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.dtype = random.choice((torch.float32, torch.float64))
        self.generator = torch.Generator().manual_seed(random.randrange(2**31))

    def size(self, least: int = 0) -> int:
        return max(least, self.random.choice(SIZES))

    def numbers(self, *shape: int, low: float = -1.0, high: float = 1.0) -> Tensor:
        return torch.rand(shape, generator=self.generator, dtype=self.dtype) * (high - low) + low

    def ids(self, n: int, size: int) -> Tensor:
        return torch.randint(0, size, (n,), generator=self.generator) if size else torch.zeros(0, dtype=torch.int64)

    def some(self, size: int) -> Tensor:
        """Ascending, each once."""
        return torch.tensor([number for number in range(size) if self.random.random() < 0.5], dtype=torch.int64)

    def rows(self, n: int, columns: int) -> Entries:
        counts = [self.random.randint(0, min(columns, 6)) for _ in range(n)]
        offsets = torch.tensor([0, *counts], dtype=torch.int64).cumsum(0)
        chosen = [sorted(self.random.sample(range(columns), count)) for count in counts]
        indices = torch.tensor([number for row in chosen for number in row], dtype=torch.int64)
        return Entries(offsets, indices, self.numbers(len(indices), low=0, high=5))

    def adam(self) -> ops.AdamSettings:
        return ops.AdamSettings(self.random.choice((1e-3, 0.1)), self.random.choice((0.0, 0.9)), self.random.choice((0.5, 0.999)))


def adversarial(w: World) -> Call:
    return ops.adversarial_step, {"gradient": w.numbers(w.size(), w.size()), "radius": 0.5, "top_k": w.random.choice((None, 1, 3))}


def half_space(w: World) -> Call:
    n, p = w.size(), w.size()
    return ops.counterfactual_step, {
        "g": w.numbers(n, p),
        "c": w.numbers(n),
        "low": w.numbers(n, p, high=0),
        "high": w.numbers(n, p, low=0),
        "l1": w.random.choice((0.0, 0.1)),
        "l2": 0.5,
    }


def within(w: World) -> Call:
    n, c, s = w.size(), w.size(1), w.size(1)
    told = {"g": w.numbers(n, c, s), "b": w.numbers(n, c), "low": w.numbers(n, s, high=0), "high": w.numbers(n, s, low=0)}
    return ops.cheapest_within, told | {"l1": 1.0, "l2": 0.5}


def flip(w: World) -> Call:
    rows = w.rows(w.size(), w.size(1))
    m = len(rows.values)
    boxes = w.numbers(m), w.numbers(m, high=0), w.numbers(m, low=0), w.ids(m, 2).bool()
    of = ops.Flip(w.numbers(len(rows.offsets) - 1), rows.offsets, *boxes)
    return lambda **told: ops.cheapest_flip(ops.Flip(**told), ops.Costs(2.8, 1.0, 0.5, 0.05, -1e-5, 0.99, 3)), of._asdict()


def bpr(w: World) -> Call:
    n = w.size()
    signs = {"sign": torch.ones(n, dtype=w.dtype), "weight": w.numbers(n, low=0)} if w.random.random() < 0.5 else {}
    return ops.bpr_loss, {"scores": w.numbers(2 * n), **signs}


def dropout(w: World) -> Call:
    return ops.dropout_, {"x": w.numbers(w.size(), w.size()), "p": 0.3, "seed": w.random.randrange(2**63), "first": w.size()}


def perturbation(w: World) -> Call:
    shape = w.size(), w.size()
    tensors = {name: w.numbers(*shape) for name in ("delta", "m", "grad")} | {"v": w.numbers(*shape, low=0)}
    box = {"low": w.numbers(*shape, high=0), "high": w.numbers(*shape, low=0)}
    return ops.adam_perturbation_step, tensors | box | {"l1": 0.1, "l2": 0.1, "step": 1 + w.size(), "settings": w.adam()}


def table_of(w: World) -> dict[str, Any]:
    n, width = w.size(1), w.size()
    step = 1 + w.size()
    moments = {"m": w.numbers(n, width), "v": w.numbers(n, width, low=0), "last_step": w.ids(n, step)}
    return {"table": w.numbers(n, width), **moments, "step": step, "settings": w.adam()}


def adam_rows(w: World) -> Call:
    told = table_of(w)
    rows = w.some(len(told["table"]))
    return ops.adam_rows, told | {"rows": rows, "grads": w.numbers(len(rows), told["table"].shape[1])}


def adam_flush(w: World) -> Call:
    return ops.adam_rows_flush, table_of(w)


def encoded(w: World) -> tuple[dict[str, Any], tuple[int, int, int]]:
    """Tables and rows of pair_features, and how many users, items and features there are."""
    users, items, features, d, k = w.size(1), w.size(1), w.size(1), w.size(), w.size()
    told = {"user_table": w.numbers(users, d), "item_table": w.numbers(items, d)}
    told |= {"user_map": w.numbers(features, k), "item_map": w.numbers(features, k)}
    return told | {"user_rows": w.rows(users, features), "item_rows": w.rows(items, features)}, (users, items, features)


def triples(w: World, users: int, items: int) -> dict[str, Any]:
    n = w.size()
    return {"users": w.ids(n, users), "positives": w.ids(n, items), "negatives": w.ids(n, items)}


def pair_features(w: World) -> Call:
    told, (users, items, features) = encoded(w)
    told |= triples(w, users, items)
    if w.random.random() < 0.3:
        own = w.rows(w.size(1), features)
        told |= {"user_rows": own, "user_row_index": w.ids(len(told["users"]), len(own.offsets) - 1)}
    if w.random.random() < 0.3:
        told["user_shift"] = w.numbers(len(told["users"]), told["user_map"].shape[1])
    if w.random.random() < 0.3:
        return backwards, told
    return ops.pair_features, told


def backwards(**told: Any) -> object:
    """pair_features and its gradients."""
    tables = [told[name] for name in ("user_table", "item_table", "user_map", "item_map")]
    if not all(isinstance(t, Tensor) and t.is_floating_point() for t in tables):
        return ops.pair_features(**told)
    leaves = [t.detach().requires_grad_() for t in tables]
    x = ops.pair_features(**told | dict(zip(("user_table", "item_table", "user_map", "item_map"), leaves, strict=True)))
    return torch.autograd.grad(x.sum(), leaves, allow_unused=True) if x.requires_grad else x


def passes(w: World) -> Call:
    told, (users, items, features) = encoded(w)
    told |= triples(w, users, items) | {"own": w.rows(0, features), "grad": None}
    n, width = len(told["users"]), told["user_table"].shape[1] + told["user_map"].shape[1]
    told["own"] = w.rows(n, features) if w.random.random() < 0.5 else None
    return both_passes, told | {"grad": w.numbers(2 * n, width)}


def both_passes(users: Any, positives: Any, negatives: Any, own: Any, grad: Any, **tables: Any) -> object:
    """PairPasses forward and backward, twice: the second time in the buffers of the first."""
    made = ops.PairPasses(ops.Tables(**tables))
    for _ in range(2):
        made.forward(users, positives, negatives, own)
        made.backward(grad)
    return made


def training(w: World) -> Call:
    told, (users, items, _) = encoded(w)
    told |= triples(w, users, items)
    n, width = len(told["users"]), told["user_table"].shape[1] + told["user_map"].shape[1]
    return trained, told | {"grad": w.numbers(2 * n, width), "settings": w.adam(), "last_step": None, "steps": None}


def trained(
    users: Any, positives: Any, negatives: Any, grad: Any, settings: Any, last_step: Any, steps: Any, **tables: Any
) -> object:
    """Some steps of training; last_step, steps: what a state that is taken back says."""
    made = ops.PairTraining(ops.Tables(**tables), settings)
    for _ in range(2):
        made.forward(users, positives, negatives)
        made.step(grad)
    state = made.state()
    if isinstance(last_step, Tensor):
        state["user_table.last_step"] = last_step
    if isinstance(steps, int | float):
        state["user_table.steps"] = torch.tensor(steps)
    made.load_state(state)
    made.forward(users, positives, negatives)
    made.step(grad)
    made.flush()
    return made


def head_of(w: World, width: int) -> dict[str, Tensor]:
    h = w.size()
    return {"W1": w.numbers(h, width), "b1": w.numbers(h), "w2": w.numbers(h), "b2": w.numbers()}


def head(w: World) -> Call:
    n, width = w.size(), w.size()
    return both_of_head, head_of(w, width) | {"x": w.numbers(n, width), "grad": w.numbers(n)}


def both_of_head(x: Any, grad: Any, **parameters: Any) -> object:
    """HeadPasses forward and backward."""
    made = ops.HeadPasses(**parameters)
    made.forward(x)
    return made.backward(grad)


def pair_scores(w: World) -> Call:
    users, items, d, k, n = w.size(1), w.size(1), w.size(), w.size(), w.size()
    tables = {"e_u": w.numbers(users, d), "e_i": w.numbers(items, d), "z_u": w.numbers(users, k), "z_i": w.numbers(items, k)}
    return scored, tables | head_of(w, d + k) | {"users": w.ids(n, users), "items": w.ids(n, items)}


def scored(e_u: Any, e_i: Any, z_u: Any, z_i: Any, users: Any, items: Any, **parameters: Any) -> object:
    return ops.pair_scores((e_u, e_i, z_u, z_i), users, items, ops.HeadParameters(**parameters))


def pair_products(w: World) -> Call:
    users, items, d, k, n = w.size(1), w.size(1), w.size(), w.size(), w.size()
    told = {
        "user_table": w.numbers(users, d),
        "item_table": w.numbers(items, d),
        "users": w.ids(n, users),
        "items": w.ids(n, items),
    }
    latents = {"user_latents": w.numbers(users, k), "item_latents": w.numbers(items, k)} if w.random.random() < 0.5 else {}
    return ops.pair_products, told | latents


def slopes(w: World) -> Call:
    width = w.size()
    return ops.hidden_slopes, {"start": w.numbers(w.size(), width), "readout": w.numbers(width)}


def steepest(w: World) -> Call:
    n = w.size()
    offsets = w.rows(n, w.size(1)).offsets
    entries = int(offsets[-1])
    told = {"offsets": offsets, "gradient": w.numbers(entries), "margin": w.numbers(n)}
    told |= {"low": w.numbers(entries, high=0), "high": w.numbers(entries, low=0)}
    return steepest_of, told | {"least": w.random.randint(0, 3), "widest": w.random.randint(3, 9), "enough": 1.5}


def steepest_of(offsets: Any, gradient: Any, margin: Any, low: Any, high: Any, **more: Any) -> object:
    return ops.steepest_entries(ops.Pull(offsets, gradient, low, high), margin, **more)


def sampled(w: World) -> Call:
    n, p, k = w.size(), w.size(1), w.size()
    return ops.sampled_product, {"left": w.numbers(n, k), "right": w.numbers(p, k), "rows": w.rows(n, p)}


def sparse(w: World) -> Call:
    n, m, p = w.size(), w.size(1), w.size()
    return ops.add_sparse_product, {"out": w.numbers(n, p), "rows": w.rows(n, m), "others": w.rows(m, p)}


def matches(w: World) -> Call:
    n, items, p = w.size(), w.size(1), w.size(1)
    rows = {"rows": w.rows(n, p), "items": w.rows(items, p), "cells": w.rows(n, items)}
    return ops.sampled_matches, {**rows, "weights": w.numbers(p)}


def reaching(w: World) -> Call:
    n, m, p, t = w.size(), w.size(1), w.size(), w.size(1)
    told = {"scores": w.numbers(m, p), "chosen": w.ids(n, m), "least": w.numbers(n), "constant": w.numbers(n)}
    return ops.within_reach, told | {"lifts": w.rows(n, t), "table": w.numbers(t, p)}


def narrow(w: World) -> Call:
    n, p, h, k = w.size(1), w.size(1), w.size(1), w.size(1)
    layer = {"start": w.numbers(n, 2 * h), "gate_one": w.numbers(n, k), "gate_two": w.numbers(n, k)}
    layer |= {"feature_map": w.numbers(p, k), "hidden_map": w.numbers(h, k), "readout": w.numbers(2 * h)}
    rows = w.ids(w.size(), n)
    chosen = w.rows(len(rows), p)
    told = {
        "rows": rows,
        "offsets": chosen.offsets,
        "columns": chosen.indices,
        "low": w.numbers(len(chosen.indices), high=0),
        "high": w.numbers(len(chosen.indices), low=0),
    }
    return narrowed, layer | told | {"l1": 0.01, "l2": 0.01, "gamma": 0.1, "steps": w.random.randint(0, 8)}


def narrowed(rows: Any, offsets: Any, columns: Any, low: Any, high: Any, **more: Any) -> object:
    numbers = {name: more.pop(name) for name in ("l1", "l2", "gamma", "steps")}
    return ops.solve_narrow(ops.Chosen(rows, offsets, columns), ops.HiddenLayer(**more), low, high, **numbers)


OPERATORS = (
    adversarial, half_space, bpr, dropout, perturbation, adam_rows, adam_flush, pair_features, passes, training, head, pair_scores,
    pair_products, slopes, steepest, within, flip, sampled, sparse, matches, reaching, narrow,
)  # fmt: skip


def broken_numbers(tensor: Tensor, random: Random) -> Tensor:
    """One or a few entries changed: far off, or odd."""
    tensor = tensor.clone()
    flat = tensor.view(-1)
    for _ in range(random.choice((1, 1, 2, 4))):
        at = random.randrange(len(flat))
        if tensor.is_floating_point():
            flat[at] = torch.tensor(random.choice(ODD), dtype=torch.float64)
        else:
            flat[at] = random.choice((*FAR, int(flat[at]) // 2 * 2 ^ random.choice((1, 2, 3)), len(flat)))
    return tensor


def wrapping(tensor: Tensor, random: Random) -> Tensor:
    """Offsets that seem to ascend, because their differences are too large to be counted."""
    tensor = tensor.clone()
    far = [2**62, 2**63 - 1, -(2**63), -(2**62)][: max(0, len(tensor) - 2)]
    tensor[1 : 1 + len(far)] = torch.tensor(far, dtype=torch.int64)
    return tensor


def broken_tensor(tensor: Tensor, random: Random) -> Any:
    """The tensor changed in one way."""
    if tensor.numel() and random.random() < 0.5:
        if not tensor.is_floating_point() and len(tensor) > 4 and random.random() < 0.2:
            return wrapping(tensor, random)
        return broken_numbers(tensor, random)
    other = random.choice(
        (torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.bool, torch.cfloat)
    )
    first = tensor[:1] if tensor.dim() else tensor[None]
    kinds: tuple[Callable[[], Any], ...] = (
        lambda: tensor.to(other),
        lambda: torch.cat([tensor, first]) if tensor.dim() else first,
        lambda: tensor[:-1] if tensor.dim() else first,
        lambda: tensor[..., :-1] if tensor.dim() else first,
        lambda: tensor[None],
        lambda: tensor.reshape(-1),
        lambda: tensor.t() if tensor.dim() == 2 else tensor[::2] if tensor.dim() else tensor,
        lambda: torch.stack([tensor, tensor], -1)[..., 0],
        lambda: tensor[:0] if tensor.dim() else torch.zeros(0),
        lambda: first.expand(tensor.shape) if tensor.dim() else tensor,
        lambda: tensor.flip(0) if tensor.dim() else tensor,
        lambda: tensor.to("meta"),
        lambda: tensor.to_sparse() if tensor.dim() else tensor,
        lambda: torch.complex(tensor.float(), tensor.float()).conj().imag,
        lambda: tensor.tolist(),
        lambda: tensor.numpy(),
        lambda: None,
    )
    return random.choice(kinds)()


def broken(value: Any, random: Random) -> Any:
    """An argument changed in one way."""
    if isinstance(value, Tensor):
        return broken_tensor(value, random)
    if isinstance(value, tuple) and value:
        at = random.randrange(len(value))
        return type(value)(*(broken(part, random) if k == at else part for k, part in enumerate(value)))
    return random.choice(SCALARS)


def held(value: Any, guarded: Guarded, random: Random) -> Any:
    """Sound memory gets walls; what lies in no memory of its own stays."""
    if isinstance(value, tuple):
        return type(value)(*(held(part, guarded, random) for part in value))
    plain = isinstance(value, Tensor) and value.device.type == "cpu" and value.layout == torch.strided and value.is_contiguous()
    return guarded.hold(value, random.random() < 0.8) if plain and not value.is_neg() else value


def thrown(seed: str, guarded: Guarded, say: Callable[[str], None] = lambda text: None) -> tuple[str, str, str]:
    """One call: which operator, what came of it, and what is wrong with that ("" = nothing)."""
    random = Random(seed)
    guarded.begin()
    make = random.choice(OPERATORS)
    act, told = make(World(random))
    changes = random.choice((0, 1, 1, 1, 2, 3))
    for name in random.sample(list(told), min(changes, len(told))):
        told[name] = broken(told[name], random)
    told = {name: held(value, guarded, random) for name, value in told.items()}
    say(f"{seed} {make.__name__}")
    try:
        act(**{name: ops.Rows(*value) if isinstance(value, Entries) else value for name, value in told.items()})
    except (TypeError, ValueError, IndexError) as error:
        if not changes:
            return make.__name__, "refused", f"a sound call was refused: {error}"
        blank = not str(error) or "native function" in str(error) or "incompatible function arguments" in str(error)
        return make.__name__, "refused", f"refused without a reason: {error!r}" if blank else ""
    except Exception as error:
        return make.__name__, "raw", f"{type(error).__name__}: {str(error)[:300]}"
    return make.__name__, "ran", ""


def campaign(seconds: float, calls: int, seed: int, log: Path | None) -> dict[str, Any]:
    """So many calls, or for so long."""
    torch.set_num_threads(2)
    faulthandler.enable()
    guarded, found, faults = Guarded(), Counter[str](), list[str]()
    before, stop, number = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic() + seconds, 0
    handle = log.open("w") if log else None

    def say(text: str) -> None:
        if handle:
            handle.seek(0)
            handle.write(f"{text:<40}\n")
            handle.flush()

    while number < calls or time.monotonic() < stop:
        if number % 100 == 0:
            faulthandler.dump_traceback_later(LONGEST + 30, exit=True)
        began = time.monotonic()
        name, outcome, fault = thrown(f"{seed}-{number}", guarded, say)
        if time.monotonic() - began > LONGEST:
            fault = f"took {time.monotonic() - began:.0f} seconds"
        found[f"{name}: {outcome}"] += 1
        if fault and len(faults) < 200:
            faults.append(f"{seed}-{number} {name}: {fault}")
        number += 1
    faulthandler.cancel_dump_traceback_later()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {"calls": number, "found": dict(sorted(found.items())), "faults": faults, "more memory, MB": grown // 1024}


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--one", help="one call again, by its seed")
    given = parser.parse_args()
    if given.one:
        print(thrown(given.one, Guarded(), print))
        return
    print(json.dumps(campaign(given.seconds, given.calls, given.seed, given.log), indent=1))


if __name__ == "__main__":
    main()
