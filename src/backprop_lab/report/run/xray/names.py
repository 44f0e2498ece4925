from collections.abc import Sequence

from backprop_lab.training.chain import Layer


class Names:
    """What the weights and values of layers in a row are called; ``output`` is what the network gives.

    Layers, units and inputs are counted from 1 in what is shown: ``w1.3.2`` is the weight of unit 3 of layer 1 for its
    input 2, ``b1.3`` its bias, ``z1.3`` the sum of both, ``h1.3`` what it gives, ``d1.3`` what dropout leaves of that;
    ``x1`` is a coordinate. In the code all indices begin at 0.
    """

    def __init__(self, layers: Sequence[Layer], output: str) -> None:
        self.layers = list(layers)
        self.output = output

    def unit(self, layer: int, unit: int) -> str:
        return f"{layer + 1}.{unit + 1}"

    def input(self, layer: int, index: int) -> str:
        """What layer ``layer`` gets: a coordinate of the point, or what a unit of the layer before gives."""
        if layer == 0:
            return "x" if self.layers[0].inputs == 1 else f"x{index + 1}"
        return f"d{layer}.{index + 1}" if self.layers[layer - 1].dropout else self.value(layer - 1, index)

    def value(self, layer: int, unit: int) -> str:
        """What a hidden unit gives."""
        return f"h{layer + 1}.{unit + 1}"

    def sum(self, layer: int, unit: int | None) -> str:
        return self.output if layer == len(self.layers) - 1 else f"z{layer + 1}.{_counted(unit)}"

    def weight(self, layer: int, unit: int | None, index: int) -> str:
        """Of one unit, or of each unit ``j`` of the layer."""
        if len(self.layers) == 1:
            return "w" if self.layers[0].inputs == 1 else f"w{index + 1}"
        return f"w{layer + 1}.{_counted(unit)}.{index + 1}"

    def bias(self, layer: int, unit: int | None) -> str:
        return "b" if len(self.layers) == 1 else f"b{layer + 1}.{_counted(unit)}"


def _counted(unit: int | None) -> str:
    return "j" if unit is None else str(unit + 1)
