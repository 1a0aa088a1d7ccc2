"""Plain-torch twins of the native operators: slower, and short enough to be seen right. Tests compare the two."""

from __future__ import annotations

import torch
from torch import Tensor

from ..data.sparse import TensorRows
from .adam import AdamSettings
from .dropout import scale_of, threshold_of
from .scores import HeadParameters
from .steepest import Pull


def adversarial_step(gradient: Tensor, radius: float) -> Tensor:
    """radius * g / ||g||_2, zero rows left zero."""
    largest = gradient.abs().amax(dim=1, keepdim=True) if gradient.shape[1] else gradient.new_zeros(len(gradient), 1)
    unit = gradient / torch.where(largest > 0, largest, 1)
    norm = unit.norm(dim=1, keepdim=True)
    return radius * unit / torch.where(norm > 0, norm, 1)


def counterfactual_step(
    g: Tensor, c: Tensor, low: Tensor, high: Tensor, l1: float, l2: float
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The multiplier by bisection; see csrc/half_space.hpp."""

    def at(nu: Tensor) -> Tensor:
        pull = nu[:, None] * g
        return (-torch.sign(pull) * (pull.abs() - l1).clamp_min(0) / (2 * l2)).clamp(low, high)

    room = torch.where(g > 0, -low, high)
    needed = torch.where((g.abs() > 1e-20) & (room > 0), (2 * l2 * room + l1) / g.abs().clamp_min(1e-20), 0)
    upper = needed.amax(dim=1) * 1.0001 if g.shape[1] else torch.zeros_like(c)
    infeasible = ((g * at(upper)).sum(dim=1) > c) & (c < 0)
    lower = torch.zeros_like(upper)
    for _ in range(100):
        middle = 0.5 * (lower + upper)
        enough = ((g * at(middle)).sum(dim=1) <= c) & ~infeasible
        upper = torch.where(enough, middle, upper)
        lower = torch.where(enough | infeasible, lower, middle)
    nu = torch.where(c < 0, upper, 0)
    delta = at(nu)
    cost = l1 * delta.abs().sum(dim=1) + l2 * delta.square().sum(dim=1)
    return delta, cost, nu, infeasible.to(torch.uint8)


def bpr_loss(scores: Tensor, sign: Tensor | None = None, weight: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """The formula, and its gradient by autograd."""
    leaf = scores.detach().requires_grad_()
    positive, negative = leaf.chunk(2)
    terms = -torch.nn.functional.logsigmoid((positive - negative) * (1 if sign is None else sign))
    loss = (terms * (1 if weight is None else weight)).mean() if len(terms) else leaf.sum()
    return loss.detach(), torch.autograd.grad(loss, leaf)[0]


def pair_features(
    user_table: Tensor,
    item_table: Tensor,
    user_map: Tensor,
    item_map: Tensor,
    user_rows: TensorRows,
    item_rows: TensorRows,
    users: Tensor,
    positives: Tensor,
    negatives: Tensor,
    user_row_index: Tensor | None = None,
    user_shift: Tensor | None = None,
) -> Tensor:
    """The formula, with dense features."""
    z_u = (dense(user_rows, user_map) @ user_map)[users if user_row_index is None else user_row_index]
    z_u = z_u if user_shift is None else z_u + user_shift
    z_items = dense(item_rows, item_map) @ item_map
    return torch.cat([torch.cat([user_table[users] * item_table[i], z_u * z_items[i]], dim=1) for i in (positives, negatives)])


def dense(rows: TensorRows, feature_map: Tensor) -> Tensor:
    """Sparse rows as a matrix [n, P]."""
    n = len(rows.offsets) - 1
    row = torch.repeat_interleave(torch.arange(n, device=rows.offsets.device), rows.offsets.diff())
    return rows.values.new_zeros(n, len(feature_map)).index_put((row, rows.indices), rows.values, accumulate=True)


def adam_rows(parameter: Tensor, optimizer: torch.optim.Adam, rows: Tensor, grads: Tensor) -> None:
    """Dense Adam with a gradient that is zero outside the rows."""
    parameter.grad = torch.zeros_like(parameter).index_copy_(0, rows, grads)
    optimizer.step()


def adam_perturbation_step(
    delta: Tensor,
    m: Tensor,
    v: Tensor,
    grad: Tensor,
    low: Tensor,
    high: Tensor,
    l1: float,
    l2: float,
    step: int,
    settings: AdamSettings,
) -> None:
    """torch.optim's formula, then the box."""
    slope = grad + l1 * delta.sign() + 2 * l2 * delta
    m.lerp_(slope, 1 - settings.beta1)
    v.mul_(settings.beta2).addcmul_(slope, slope, value=1 - settings.beta2)
    size = (v / (1 - settings.beta2**step)).sqrt() + settings.eps
    delta.sub_(settings.lr / (1 - settings.beta1**step) * m / size).copy_(delta.clamp(low, high))


def dropout(x: Tensor, p: float, seed: int, first: int = 0) -> Tensor:
    """The finaliser of MurmurHash3 over place and seed, in 64-bit numbers cut to 32; see csrc/dropout.hpp."""
    low = 0xFFFFFFFF
    place = torch.arange(first, first + x.numel(), device=x.device) & low
    h = (place * 0x9E3779B1 + (seed & low)) & low
    h = ((h ^ (h >> 16)) * 0x85EBCA6B) & low
    h = h ^ (seed >> 32)
    h = ((h ^ (h >> 13)) * 0xC2B2AE35) & low
    kept = ((h ^ (h >> 16)) >= threshold_of(p)).view(x.shape)
    return torch.where(kept, x * scale_of(p), torch.zeros_like(x))


def pair_scores(tables: tuple[Tensor, Tensor, Tensor, Tensor], users: Tensor, items: Tensor, head: HeadParameters) -> Tensor:
    """The formula."""
    e_u, e_i, z_u, z_i = (table[numbers] for table, numbers in zip(tables, (users, items, users, items), strict=True))
    x = torch.cat([e_u * e_i, z_u * z_i], dim=1)
    return torch.relu(x @ head.W1.t() + head.b1) @ head.w2 + head.b2


def hidden_slopes(start: Tensor, readout: Tensor) -> tuple[Tensor, Tensor]:
    """readout . relu(start) [n] for start [n, w], and its gradient in start."""
    return start.clamp_min(0) @ readout, (start > 0) * readout


def steepest_columns(
    pull: Pull, rows: Tensor, among: tuple[Tensor, Tensor] | None, least: int, widest: int, enough: float
) -> tuple[Tensor, Tensor]:
    """counts [m] and numbers, as pyexplain.ops.steepest_columns."""
    g, low, high = pull.gradient[rows], pull.low[rows], pull.high[rows]
    room = torch.where(g > 0, -low, high)
    steep = torch.where(room > 0, g.abs(), 0)
    if among is not None:
        offsets, numbers = among
        owner = torch.repeat_interleave(torch.arange(len(pull.gradient), device=g.device), offsets.diff())
        may = torch.zeros_like(pull.gradient, dtype=torch.bool)
        may[owner, numbers] = True
        steep = steep * may[rows]
    values, order = steep.sort(dim=1, descending=True, stable=True)
    values, order = values[:, :widest], order[:, :widest]
    brought = (values * room.gather(1, order)).cumsum(dim=1)
    wanted = (brought < enough * pull.margin[rows, None]).sum(dim=1).add_(1).clamp_(min=least)
    counts = torch.minimum(wanted, (values > 0).sum(dim=1))
    return counts, order[torch.arange(order.shape[1], device=g.device) < counts[:, None]]


def embedding_products(user_table: Tensor, item_table: Tensor, users: Tensor, items: Tensor) -> Tensor:
    """e_u * e_i [n, d]."""
    return user_table[users] * item_table[items]
