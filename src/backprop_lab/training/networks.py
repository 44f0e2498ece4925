"""What learns: one file for each family of networks, named as in ``model=``, with a ``build``.

``build(in_features, **knobs) -> nn.Module`` makes a network whose ``forward`` maps points [batch, features] to outputs
[batch]: logits for classes, values for a regression. The knobs are those of its YAML file, less ``init``, which is
applied from outside by ``init_``.
"""

import importlib
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import nn


def build(name: str, in_features: int, knobs: Mapping[str, Any]) -> nn.Module:
    """The network of ``model=name``. Its weights are whatever torch drew; see ``init_``."""
    family = importlib.import_module(f"backprop_lab.options.model.{name}")
    network: nn.Module = family.build(in_features, **{key: value for key, value in knobs.items() if key != "init"})
    return network


@torch.no_grad()
def init_(network: nn.Module, generator: np.random.Generator, how: str | float = "default") -> None:
    """Set the first weights of ``network`` in place.

    ``default`` draws weights and biases uniformly from [-1/sqrt(f), 1/sqrt(f)], f being the layer's number of inputs:
    the distribution of ``nn.Linear``'s own ``reset_parameters``, but from the given generator instead of torch's global
    one. ``zeros`` sets all to 0. A number becomes every weight, and biases 0.
    """
    parameters = dict(network.named_parameters())
    for name, parameter in parameters.items():
        is_bias = name.endswith("bias")
        if how == "default":
            weight = parameters[name.removesuffix("bias") + "weight"] if is_bias else parameter
            bound = 1.0 / math.sqrt(weight[0].numel())
            values = generator.uniform(-bound, bound, tuple(parameter.shape))
        else:
            values = np.full(tuple(parameter.shape), 0.0 if how == "zeros" or is_bias else float(how))
        parameter.copy_(torch.from_numpy(values))
