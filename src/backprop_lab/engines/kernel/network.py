"""The chain rule of ``by_hand``, compiled: forward and backward through the layers, four points of each member at once.

``layers`` is an array of whole numbers [layers, 6]: inputs, units, the places of the weights and of the bias among the
parameters (-1: no bias), the activation's number, and how many units of earlier layers have dropout masks (-1: none of
its own). ``w`` and ``g`` [parameters, LANES] are the parameters and their gradients. ``v``, ``s`` and ``d``
[units, TILE, LANES], the inputs of the network counting as units, are values, slopes of the activations (times the
masks), and slopes of the loss with respect to sums. Four points share each load of a weight, but sums run point by
point, so their number changes no bit.
"""

from typing import Any

import numpy as np

from backprop_lab.engines.kernel.lanes import compiled, load, splat, store

TILE = 4
"""Points that share each load of a weight or gradient."""
INPUTS, UNITS, WEIGHT, BIAS, ACTIVATION, MASKED = range(6)


@compiled
def sums(layers: Any, k: Any, o: Any, first: Any, w: Any, v: Any) -> None:
    """Write the sums of unit ``o`` of layer ``k``, whose inputs are the units from ``first`` on, into its values."""
    inputs, weight, bias = layers[k, INPUTS], layers[k, WEIGHT], layers[k, BIAS]
    z0 = load(w, bias + o) if bias >= 0 else splat(0.0, load(w, 0))
    z1 = z2 = z3 = z0
    place = weight + o * inputs
    for i in range(inputs):
        x, at = load(w, place + i), (first + i) * TILE
        z0 += x * load(v, at)
        z1 += x * load(v, at + 1)
        z2 += x * load(v, at + 2)
        z3 += x * load(v, at + 3)
    at = (first + inputs + o) * TILE
    store(v, at, z0)
    store(v, at + 1, z1)
    store(v, at + 2, z2)
    store(v, at + 3, z3)


def passes(activate: Any, activate_with_slopes: Any) -> tuple[Any, Any]:
    """``predict`` and ``forward`` with the activations of a program.

    Those write the values, and slopes, of sums from one place to another.
    """

    @compiled
    def predict(layers: Any, w: Any, v: Any) -> None:
        """Write the values of all units behind the points, which ``v`` begins with; no dropout."""
        first = np.int64(0)
        for k in range(len(layers)):
            out = first + layers[k, INPUTS]
            for o in range(layers[k, UNITS]):
                sums(layers, k, o, first, w, v)
            if k < len(layers) - 1:
                activate(layers[k, ACTIVATION], v, out * TILE, (out + layers[k, UNITS]) * TILE)
            first = out

    @compiled
    def forward(layers: Any, w: Any, v: Any, s: Any, masks: Any, points: Any, j: Any) -> None:
        """Like ``predict``, with the slopes of the activations, for four of the ``points`` of a step, from ``j`` on.

        ``masks`` are the dropout factors of the step: for each layer with dropout [points, units].
        """
        first = np.int64(0)
        for k in range(len(layers)):
            units, masked = layers[k, UNITS], layers[k, MASKED]
            out = first + layers[k, INPUTS]
            for o in range(units):
                sums(layers, k, o, first, w, v)
            if k < len(layers) - 1:
                activate_with_slopes(layers[k, ACTIVATION], v, s, out * TILE, (out + units) * TILE)
                if masked >= 0:
                    for o in range(units):
                        for t in range(TILE):
                            at, mask = (out + o) * TILE + t, load(masks, masked * points + (j + t) * units + o)
                            store(v, at, load(v, at) * mask)
                            store(s, at, load(s, at) * mask)
            first = out

    return predict, forward


@compiled
def backward(layers: Any, w: Any, v: Any, s: Any, d: Any, g: Any) -> None:
    """From the slopes of the last layer, at the end of ``d``, to those of all; ``g`` grows by dloss/dw."""
    out = len(v)
    for k in range(len(layers) - 1, -1, -1):
        inputs, units, weight, bias = layers[k, INPUTS], layers[k, UNITS], layers[k, WEIGHT], layers[k, BIAS]
        out -= units
        first = out - inputs
        for o in range(units):
            at = (out + o) * TILE
            d0, d1, d2, d3 = load(d, at), load(d, at + 1), load(d, at + 2), load(d, at + 3)
            if bias >= 0:
                store(g, bias + o, load(g, bias + o) + d0 + d1 + d2 + d3)
            for i in range(inputs):
                q, x = weight + o * inputs + i, (first + i) * TILE
                grown = load(g, q) + d0 * load(v, x) + d1 * load(v, x + 1)
                store(g, q, grown + d2 * load(v, x + 2) + d3 * load(v, x + 3))
        if k > 0:
            for i in range(inputs):
                s0 = s1 = s2 = s3 = splat(0.0, load(w, 0))
                for o in range(units):
                    x, at = load(w, weight + o * inputs + i), (out + o) * TILE
                    s0 += x * load(d, at)
                    s1 += x * load(d, at + 1)
                    s2 += x * load(d, at + 2)
                    s3 += x * load(d, at + 3)
                at = (first + i) * TILE
                store(d, at, s0 * load(s, at))
                store(d, at + 1, s1 * load(s, at + 1))
                store(d, at + 2, s2 * load(s, at + 2))
                store(d, at + 3, s3 * load(s, at + 3))
