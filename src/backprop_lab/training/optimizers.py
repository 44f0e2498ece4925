"""How weights move: torch's optimizers, and their state as plain named arrays.

An optimizer's state is a dictionary ``"slot/weight name" -> array``, so that every engine can read and write it:
``momentum_buffer`` for SGD with momentum, ``exp_avg`` and ``exp_avg_sq`` for Adam and AdamW. The number of steps that
Adam counts is the training's own step, and is not stored again.
"""

from collections.abc import Mapping

import numpy as np
import torch
from torch import nn

from backprop_lab.config.check import Choice

OPTIMIZERS = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}


def build(choice: Choice, network: nn.Module) -> torch.optim.Optimizer:
    """The optimizer of ``optimizer=...`` for the parameters of ``network``."""
    knobs = dict(choice.knobs)
    if "betas" in knobs:
        knobs["betas"] = tuple(map(float, knobs["betas"]))  # torch refuses 0 beside 0.9
    # A network of this size has too few parameters for torch's grouped (foreach) kernels to pay.
    return OPTIMIZERS[choice.name](network.parameters(), foreach=False, **knobs)


def slots(choice: Choice) -> tuple[str, ...]:
    """The names of what the optimizer remembers for each weight."""
    if choice.name == "sgd":
        return ("momentum_buffer",) if choice.knobs["momentum"] > 0 else ()
    return ("exp_avg", "exp_avg_sq")


def read(optimizer: torch.optim.Optimizer, network: nn.Module, choice: Choice) -> dict[str, np.ndarray]:
    """Copies of the optimizer's state, by ``slot/weight name``."""
    return {
        f"{slot}/{name}": optimizer.state[parameter][slot].detach().cpu().numpy().copy()
        for slot in slots(choice)
        for name, parameter in network.named_parameters()
    }


def write(
    optimizer: torch.optim.Optimizer, network: nn.Module, choice: Choice, state: Mapping[str, np.ndarray], step: int
) -> None:
    """Put a state that ``read`` gave after ``step`` steps back into a fresh optimizer."""
    if step == 0:  # torch makes its buffers in the first step, and from nothing
        return
    for name, parameter in network.named_parameters():
        entry = optimizer.state[parameter]
        for slot in slots(choice):
            array = state[f"{slot}/{name}"]
            entry[slot] = torch.from_numpy(array.copy()).to(parameter.device, parameter.dtype)
        if choice.name != "sgd":
            entry["step"] = torch.tensor(float(step))
