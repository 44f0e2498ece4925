"""The forward pass through a sequential network, layer by layer, in NumPy.

Axes: B points of a batch, I inputs of a layer, O its outputs.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from backprop_lab.training.chain import Layer

Array: TypeAlias = np.ndarray


class Pass(NamedTuple):
    """A batch's forward pass through L layers: for each its ``inputs`` [B, I], pre-activations ``sums`` [B, O] and
    activations ``values`` [B, O]."""

    inputs: list[Array]
    sums: list[Array]
    values: list[Array]

    @property
    def outputs(self) -> Array:
        """[B], or of a network with k outputs [B, k]."""
        last = self.values[-1]
        return last[:, 0] if last.shape[1] == 1 else last


def forward(layers: Sequence[Layer], weights: Mapping[str, Array], x_BI: Array, masks: Sequence[Array] = ()) -> Pass:
    """The forward pass of points ``x``. ``masks`` [B, O] are for the layers with dropout, in a training step."""
    passed, waiting = Pass([], [], []), list(masks)
    for layer in layers:
        z_BO = x_BI @ weights[layer.weight].T
        if layer.bias is not None:
            z_BO = z_BO + weights[layer.bias]
        a_BO = layer.option.value(z_BO)
        passed.inputs.append(x_BI)
        passed.sums.append(z_BO)
        passed.values.append(a_BO)
        x_BI = a_BO * waiting.pop(0) if layer.dropout and waiting else a_BO
    return passed
