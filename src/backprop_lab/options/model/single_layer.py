"""One linear layer, whose decision boundary is a straight line."""

from backprop_lab.options.model import Layer
from backprop_lab.options.rules import flag

ALSO_CALLED = ("perceptron", "logistic_regression", "linear_regression", "linear")
KNOBS = {"bias": flag("give the layers biases")}


def chain(in_features: int, outputs: int, *, bias: bool) -> list[Layer]:
    return [Layer(in_features, outputs, "identity", bias)]
