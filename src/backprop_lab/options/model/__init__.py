"""``model=``: what learns.

A model that is linear layers in a row says so with ``chain(in_features, outputs, **knobs)``, the layers from the first
to the last. Those rungs and pictures that compute layers themselves ask for nothing else, and the torch rungs get a
module made of them. Any other model has ``build(in_features, outputs, **knobs)``, a plain ``nn.Module`` that maps
points [batch, features] to outputs [batch], or [batch, outputs] if there are several. The knobs are the option's own,
without ``init``, which is applied from outside.
"""

from dataclasses import dataclass

from backprop_lab.options.rules import Rule, is_real

KNOBS = {
    "init": Rule(
        lambda v: v in ("default", "zeros") or is_real(v),
        "default, zeros, or a number",
        "first weights: default (uniform, as torch draws them), all zero, or one number for all (biases 0)",
    ),
}


@dataclass(frozen=True)
class Layer:
    """A linear layer and the activation behind it; ``dropout`` is the share of its units that a step leaves out."""

    inputs: int
    units: int
    activation: str
    has_bias: bool
    dropout: float = 0.0
