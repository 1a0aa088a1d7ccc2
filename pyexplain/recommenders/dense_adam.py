"""Adam (Kingma and Ba, 2015) for parameters whose gradients are whole: torch's own, by its functional form."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import cast

import torch
from torch import Tensor
from torch.optim.adam import adam

from ..ops.adam_rows import AddUp


class DenseAdam:
    """The steps of torch.optim.Adam, bit for bit. The object itself is not used: to make one imports torch's compiler,
    which takes as long as torch; the function that it calls does not.

    state: "step" [], "exp_avg" and "exp_avg_sq" in the shape of the parameter, of each parameter that has had a gradient.
    """

    def __init__(self, parameters: Iterable[Tensor], lr: float) -> None:
        self.parameters, self.lr = list(parameters), lr
        self.add_up: AddUp | None = None  # see RowAdam
        self.state: defaultdict[Tensor, dict[str, Tensor]] = defaultdict(dict)

    def step(self) -> None:
        """One step for every parameter that has a gradient."""
        if self.add_up is not None:
            for parameter in self.parameters:
                own = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
                parameter.grad = cast(Tensor, self.add_up(own, parameter.detach()))
        given = [p for p in self.parameters if p.grad is not None]
        for parameter in given:
            if not self.state[parameter]:
                moments = {name: torch.zeros_like(parameter).detach() for name in ("exp_avg", "exp_avg_sq")}
                self.state[parameter] = {"step": torch.tensor(0.0, dtype=torch.float32), **moments}
        slots = [self.state[parameter] for parameter in given]
        with torch.no_grad():
            adam(
                given,
                [p.grad for p in given if p.grad is not None],
                [slot["exp_avg"] for slot in slots],
                [slot["exp_avg_sq"] for slot in slots],
                [],
                [slot["step"] for slot in slots],
                amsgrad=False,
                beta1=0.9,
                beta2=0.999,
                lr=self.lr,
                weight_decay=0.0,
                eps=1e-8,
                maximize=False,
            )

    def named_state(self, parameters: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Moments and step of each parameter of these, by "NAME.KEY"."""
        return {f"{name}.{key}": value for name, p in parameters.items() for key, value in self.state[p].items()}

    def load_named_state(self, parameters: Mapping[str, Tensor], state: Mapping[str, Tensor]) -> None:
        """Take back what named_state() gave, each on the device of its parameter."""
        for name, parameter in parameters.items():
            for key in ("step", "exp_avg", "exp_avg_sq"):
                if f"{name}.{key}" in state:
                    value = state[f"{name}.{key}"]
                    self.state[parameter][key] = value.clone() if key == "step" else value.to(parameter.device).clone()
