"""The same training step as a user of torch alone would write it: dense features on the device, autograd, fused dense Adam."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from pyexplain.data.types import Dataset
from pyexplain.recommenders.objective import Term


class Peer:
    """e [U, d] and [I, d], maps [P, d], a head with d hidden units; dropout of a half."""

    def __init__(self, data: Dataset, device: torch.device, d: int) -> None:
        def make(*shape: int) -> torch.nn.Parameter:
            return torch.nn.Parameter(torch.randn(shape, device=device) * 0.1)

        self.f_u, self.f_i = (torch.from_numpy(side.dense()).to(device) for side in (data.user_features, data.item_features))
        self.e_u, self.e_i = make(data.n_users, d), make(data.n_items, d)
        self.m_u, self.m_i = make(data.n_features, d), make(data.n_features, d)
        self.head = [make(d, 2 * d), make(d), make(d), make(1)]
        parameters = [self.e_u, self.e_i, self.m_u, self.m_i, *self.head]
        self.adam = torch.optim.Adam(parameters, fused=True, capturable=device.type == "cuda")

    def step(self, batch: Term) -> None:
        """Forward, backward, Adam."""
        self._step(batch.users, batch.preferred, batch.other)

    def _step(self, users: Tensor, preferred: Tensor, other: Tensor) -> None:
        self.adam.zero_grad(set_to_none=False)
        items, (W1, b1, w2, b2) = torch.cat([preferred, other]), self.head
        z_u, z_i = (self.f_u[users] @ self.m_u).repeat(2, 1), self.f_i[items] @ self.m_i
        x = functional.dropout(torch.cat([self.e_u[users].repeat(2, 1) * self.e_i[items], z_u * z_i], 1), 0.5)
        scores = torch.relu(x @ W1.t() + b1) @ w2 + b2
        functional.softplus(scores[len(users) :] - scores[: len(users)]).mean().backward()  # type: ignore[no-untyped-call]
        self.adam.step()

    def graph(self, batch: Term) -> Callable[[Term], None]:
        """step() as one CUDA graph, for batches of that size."""
        held = [t.clone() for t in (batch.users, batch.preferred, batch.other)]
        made, stream = torch.cuda.CUDAGraph(), torch.cuda.Stream()  # type: ignore[no-untyped-call]
        with torch.cuda.stream(stream):
            for _ in range(3):
                self._step(*held)
        torch.cuda.current_stream().wait_stream(stream)
        with torch.cuda.graph(made):
            self._step(*held)

        def replay(new: Term) -> None:
            for to, values in zip(held, (new.users, new.preferred, new.other), strict=True):
                to.copy_(values)
            made.replay()

        return replay
