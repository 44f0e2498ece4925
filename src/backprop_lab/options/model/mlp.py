"""The multi-layer perceptron: linear layers with an activation between them."""

import itertools
from typing import Any

from backprop_lab.options.discovery import options_of
from backprop_lab.options.model import Layer
from backprop_lab.options.rules import FROM_0_BELOW_1, Rule, flag, is_whole, real

ALSO_CALLED = ("dense", "feedforward", "Sequential", "MLPClassifier", "MLPRegressor")


def _are_widths(value: Any) -> bool:
    widths = value if isinstance(value, list) else [value]
    return len(widths) <= 32 and all(is_whole(width) and 1 <= width <= 4096 for width in widths)


KNOBS = {
    "hidden": Rule(
        _are_widths,
        "a whole number from 1 to 4,096, or a list of at most 32 of them",
        "units in the hidden layer, or a list with one number per hidden layer",
    ),
    "activation": options_of("activation", "activation between the layers", "hidden layer"),
    "bias": flag("give the layers biases"),
    "dropout": real("fraction of the hidden units that each training step drops", FROM_0_BELOW_1),
}


def refusal(hidden: int | list[int], activation: str | list[str], **_: Any) -> tuple[str, Any, str] | None:
    layers = len(hidden) if isinstance(hidden, list) else 1
    if not isinstance(activation, list) or len(activation) == layers:
        return None
    return "activation", activation, f"one name, or a list of {layers}, one for each hidden layer"


def chain(
    in_features: int, outputs: int, *, hidden: int | list[int], activation: str | list[str], bias: bool, dropout: float
) -> list[Layer]:
    widths = [in_features, *(hidden if isinstance(hidden, list) else [hidden])]
    activations = activation if isinstance(activation, list) else [activation] * (len(widths) - 1)
    sizes = zip(itertools.pairwise(widths), activations, strict=True)
    layers = [Layer(inputs, units, name, bias, dropout) for (inputs, units), name in sizes]
    return [*layers, Layer(widths[-1], outputs, "identity", bias)]
