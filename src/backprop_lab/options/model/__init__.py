"""``model=``: the network.

A sequential stack of linear layers has ``chain(in_features, outputs, **knobs)``, the layers from first to last. The
rungs and pictures that compute layers themselves need nothing else, and the torch rungs get a module built from
them. Any other model has ``build(in_features, outputs, **knobs)``, a plain ``nn.Module`` that maps
points [batch, features] to outputs [batch], or [batch, outputs] if there are several. The knobs are the option's own,
without ``init``, which the caller applies.
"""

from dataclasses import dataclass
from typing import Any

from backprop_lab.options.rules import Rule, is_real, shown

MOST_GIVEN = 100
"""First weights that a list may give."""


def _are_weights(value: Any) -> bool:
    return isinstance(value, list) and 1 <= len(value) <= MOST_GIVEN and all(map(is_real, value))


def in_words(init: Any) -> str:
    """A value of ``init`` as a few words."""
    return f"{len(init)} given weights" if isinstance(init, list) else shown(init)


KNOBS = {
    "init": Rule(
        lambda v: v in ("default", "zeros") or is_real(v) or _are_weights(v),
        f"default, zeros, a number, or a list of all weights, at most {MOST_GIVEN}",
        "initial weights: default (uniform, as in torch), all zero, one number for all (biases 0), or a list of all, "
        "layer by layer, each layer's weights unit by unit and then its biases",
    ),
}


@dataclass(frozen=True)
class Layer:
    """A linear layer and the activation after it; ``dropout`` is the fraction of its units that a step drops."""

    inputs: int
    units: int
    activation: str
    has_bias: bool
    dropout: float = 0.0
