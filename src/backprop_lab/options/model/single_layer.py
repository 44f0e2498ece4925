"""One linear layer, whose boundary is a straight line: what it cannot learn is as instructive as what it can."""

from backprop_lab.options.model import Layer
from backprop_lab.options.rules import flag

KNOBS = {"bias": flag("whether layers have biases")}


def chain(in_features: int, outputs: int, *, bias: bool) -> list[Layer]:
    return [Layer(in_features, outputs, "identity", bias)]
