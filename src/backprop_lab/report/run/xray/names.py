from collections.abc import Sequence

from backprop_lab.training.chain import Layer


class Names:
    """The names of the weights and values of a sequential network; ``output`` is the name of its output.

    Displayed layers, units and inputs are counted from 1: ``w1.3.2`` is the weight of unit 3 of layer 1 for its input
    2, ``b1.3`` its bias, ``z1.3`` its sum, ``h1.3`` its output, ``d1.3`` that output after dropout; ``x1`` is a
    coordinate. Of several outputs the sums are ``z1``, ``z2`` and so on. In the code all indices start at 0.
    """

    def __init__(self, layers: Sequence[Layer], output: str) -> None:
        self.layers = list(layers)
        self.output = output

    def unit(self, layer: int, unit: int) -> str:
        return f"{layer + 1}.{unit + 1}"

    def input(self, layer: int, index: int) -> str:
        """An input of layer ``layer``: a coordinate of the point, or the output of a unit of the previous layer."""
        if layer == 0:
            return "x" if self.layers[0].inputs == 1 else f"x{index + 1}"
        return f"d{layer}.{index + 1}" if self.layers[layer - 1].dropout else self.value(layer - 1, index)

    def value(self, layer: int, unit: int) -> str:
        """The output of a hidden unit."""
        return f"h{layer + 1}.{unit + 1}"

    def sum(self, layer: int, unit: int | None) -> str:
        if layer < len(self.layers) - 1:
            return f"z{layer + 1}.{_counted(unit)}"
        return self.output if self.layers[-1].units == 1 else f"{self.output}{_counted(unit)}"

    def weight(self, layer: int, unit: int | None, index: int) -> str:
        """A weight of one unit, or of each unit ``j`` of the layer."""
        if len(self.layers) == 1 and self.layers[0].units == 1:
            return "w" if self.layers[0].inputs == 1 else f"w{index + 1}"
        return f"w{layer + 1}.{_counted(unit)}.{index + 1}"

    def bias(self, layer: int, unit: int | None) -> str:
        is_only = len(self.layers) == 1 and self.layers[0].units == 1
        return "b" if is_only else f"b{layer + 1}.{_counted(unit)}"


def _counted(unit: int | None) -> str:
    return "j" if unit is None else str(unit + 1)
