"""``model=``: the network.

A sequential stack of linear layers has ``chain(in_features, outputs, **knobs)``, the layers from first to last. The
rungs and pictures that compute layers themselves need nothing else, and the torch rungs get a module built from
them. Any other model has ``build(in_features, outputs, **knobs)``, a plain ``nn.Module`` that maps
points [batch, features] to outputs [batch], or [batch, outputs] if there are several. The knobs are the option's own,
without ``init``, which the caller applies.
"""

from dataclasses import dataclass

from backprop_lab.options.rules import Rule, is_real

KNOBS = {
    "init": Rule(
        lambda v: v in ("default", "zeros") or is_real(v),
        "default, zeros, or a number",
        "initial weights: default (uniform, as in torch), all zero, or one number for all (biases 0)",
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
