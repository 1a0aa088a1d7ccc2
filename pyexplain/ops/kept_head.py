"""kept_head, kept_head_backward: the head w2 . relu(W1 dropout(x) + b1) + b2, both ways, at the cost of what dropout kept.

Where dropout drops a half and more, the head's three matrix products are mostly products with zeros (csrc/kept_head.hpp).
head_passes.py says when this way is taken.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .dropout import Drawn, scale_of, threshold_of
from .native import Kernel, Operator

TILE, ROOM = 64, 64 * 64 + 64  # as in csrc/kept_head.hpp
FILLED = 32  # hidden units lie in multiples of so many


class KeptRoom:
    """What a head's forward leaves for its backward. Memory is kept, and grown where it is too small."""

    def __init__(self, W1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor) -> None:
        self.W1, self.b1, self.w2, self.b2 = W1, b1, w2, b2
        self._buffers: dict[str, Tensor] = {}
        self._fields: dict[str, Tensor | float] | None = None

    def took(self, x: Tensor, drawn: Drawn) -> None:
        """What the next backward is about."""
        self.x, self.drawn, self._fields = x, drawn, None

    def buffer(self, name: str, size: int, dtype: torch.dtype | None = None) -> Tensor:
        """Memory for so many numbers, of the head's type where no other is given."""
        held = self._buffers.get(name)
        if held is None or held.numel() < size:
            held = self._buffers[name] = self.W1.new_empty(size + size // 8, dtype=dtype)
        return held

    def fields(self) -> dict[str, Tensor | float]:
        """Of the structs in csrc/kept_head.hpp, all but the results; the same backward as forward."""
        if self._fields is None:
            self._fields = self._laid_out()
        return self._fields

    def _laid_out(self) -> dict[str, Tensor | float]:
        (n, k), h, drawn = self.x.shape, len(self.W1), self.drawn
        down, across, filled = -(-n // TILE), -(-k // TILE), -(-h // FILLED) * FILLED
        tiles = {"values": (ROOM, None), "places": (ROOM, torch.uint8), "starts": (TILE + 1, torch.int16)}
        lists = {
            f"room_{by}_{part}": self.buffer(f"{by}_{part}", down * across * size, dtype)
            for by in ("by_row", "by_column")
            for part, (size, dtype) in tiles.items()
        }
        sizes = {"hidden": down * TILE * filled, "map": across * TILE * filled, "padded": 2 * filled, "sums": 2 * down * filled}
        dense = {f"room_{name}": self.buffer(name, size) for name, size in sizes.items()}
        draws: dict[str, Tensor | float] = {
            "seeds": torch.tensor(drawn.seeds),
            "ends": torch.tensor(drawn.ends()),
            "terms": len(drawn.seeds),
        }
        scale = {"threshold": threshold_of(drawn.p), "scale": scale_of(drawn.p)}
        parameters = {"W1": self.W1, "b1": self.b1, "w2": self.w2, "b2": self.b2}
        return {"x": self.x, "n": n, "k": k, "h": h, **draws, **scale, **parameters, **lists, **dense}


def _forward(kernel: Kernel, x: Tensor, drawn: Drawn, room: KeptRoom, scores: Tensor) -> None:
    """scores [n] of x [n, k], which is not changed and has to stay as it is until backward."""
    room.took(x, drawn)
    kernel(**room.fields(), scores=scores)


def _forward_twin(x: Tensor, drawn: Drawn, room: KeptRoom, scores: Tensor) -> None:
    room.took(x, drawn)
    _, hidden = _through_dropout(room)
    torch.mv(hidden, room.w2, out=scores).add_(room.b2)


def _through_dropout(room: KeptRoom) -> tuple[Tensor, Tensor]:
    """y = dropout(x) and relu(W1 y + b1)."""
    y = room.x.clone()
    room.drawn.drop(y)
    return y, torch.addmm(room.b1, y, room.W1.t()).relu_()


def _backward(kernel: Kernel, grad: Tensor, room: KeptRoom, W1: Tensor, b1: Tensor, w2: Tensor, x: Tensor) -> None:
    """From grad [n] of the last forward's scores: the gradients of W1, b1, w2 and x, written."""
    kernel(**room.fields(), scores=None, grad=grad, grad_W1=W1, grad_b1=b1, grad_w2=w2, grad_x=x)


def _backward_twin(grad: Tensor, room: KeptRoom, W1: Tensor, b1: Tensor, w2: Tensor, x: Tensor) -> None:
    y, hidden = _through_dropout(room)
    torch.mv(hidden.t(), grad, out=w2)
    back = grad[:, None] * (hidden.sign() * room.w2)
    torch.sum(back, 0, out=b1)
    torch.mm(back.t(), y, out=W1)
    torch.mm(back, room.W1, out=x)
    room.drawn.drop(x)


run_kept_head = Operator("kept_head", _forward, _forward_twin)
run_kept_head_backward = Operator("kept_head_backward", _backward, _backward_twin)
