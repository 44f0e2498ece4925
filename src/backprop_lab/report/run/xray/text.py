"""The four steps of backpropagation as lines of text, each in symbols and in numbers.

Layers, units and inputs are counted from 1 in what is shown: ``w1.3.2`` is the weight of unit 3 of layer 1 for its
input 2, ``b1.3`` its bias, ``z1.3`` the sum of both, ``h1.3`` what it gives; ``x1`` is a coordinate. In the code all
indices begin at 0.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from backprop_lab.engines.by_hand import sigmoid
from backprop_lab.engines.common.layers import Layer, activation_of
from backprop_lab.options.text import Term, largest, number, sum_of, wrapped
from backprop_lab.report.run.xray.updates import update_lines
from backprop_lab.training.task import Task

if TYPE_CHECKING:
    from backprop_lab.report.run.xray.xray import Motion, Pass


LEGEND = "1.3 is unit 3 of layer 1; w1.3.2 its weight for input 2, b1.3 its bias, z1.3 its sum, h1.3 what it gives"


class Line(NamedTuple):
    """``unit`` is the one that the line belongs to, as ``1.3``, or None."""

    unit: str | None
    symbols: str
    numbers: str


class Names:
    """What the weights and values of a network are called; ``shapes`` are those of its weights, [units, inputs]."""

    def __init__(self, shapes: Sequence[tuple[int, ...]], kind: str) -> None:
        self.shapes = list(shapes)
        self.output = "f" if kind == "regression" else "z"

    def unit(self, layer: int, unit: int) -> str:
        return f"{layer + 1}.{unit + 1}"

    def value(self, layer: int, unit: int) -> str:
        """What unit ``unit`` gives to layer ``layer``: a coordinate of the point, or a hidden unit's value."""
        if layer == 0:
            return "x" if self.shapes[0][1] == 1 else f"x{unit + 1}"
        return f"h{layer}.{unit + 1}"

    def sum(self, layer: int, unit: int | None) -> str:
        return self.output if layer == len(self.shapes) - 1 else f"z{layer + 1}.{_counted(unit)}"

    def weight(self, layer: int, unit: int | None, index: int) -> str:
        """Of one unit, or of each unit ``j`` of the layer."""
        if len(self.shapes) == 1:
            return "w" if self.shapes[0][1] == 1 else f"w{index + 1}"
        return f"w{layer + 1}.{_counted(unit)}.{index + 1}"

    def bias(self, layer: int, unit: int | None) -> str:
        return "b" if len(self.shapes) == 1 else f"b{layer + 1}.{_counted(unit)}"

    def of(self, name: str, index: tuple[int, ...]) -> str:
        """By the name of the array, such as ``layers.0.weight``, and the index in it."""
        layer = int(name.split(".")[1])
        return self.bias(layer, index[0]) if name.endswith("bias") else self.weight(layer, index[0], index[1])


def _counted(unit: int | None) -> str:
    return "j" if unit is None else str(unit + 1)


def cards(task: Task, layers: list[Layer], names: Names, one: "Pass", motion: "Motion") -> list[dict[str, Any]]:
    """Forward, local derivatives, products back, update: each a ``title`` and its ``lines``."""
    text = _Text(task, layers, names, one, motion)
    titled = {
        "1. Forward": text.forward(),
        "2. Local derivatives": text.derivatives(),
        "3. Products back": text.products(),
        "4. Update": text.update(),
    }
    return [{"title": title, "lines": [line._asdict() for line in lines]} for title, lines in titled.items()]


class _Text:
    """The lines about one point in one step."""

    def __init__(self, task: Task, layers: list[Layer], names: Names, one: "Pass", motion: "Motion") -> None:
        self.task = task
        self.layers = layers
        self.names = names
        self.one = one
        self.motion = motion
        self.activation = activation_of(task)
        self.last = len(layers) - 1
        self.weights = [motion.weights[layer.weight] for layer in layers]
        self.shown = [largest(slopes) for slopes in one.slopes]
        self.y = float(one.y)
        output = float(one.values[-1][0])
        self.answer = output if task.kind == "regression" else _probability(output)

    def forward(self) -> Iterator[Line]:
        if self.last > 0:
            output = "f the network's answer" if self.task.kind == "regression" else "z the sum of the output"
            yield Line(None, f"{LEGEND}; {output}", "")
        for at, layer in enumerate(self.layers):
            for j in self.shown[at]:
                unit, z = self.names.unit(at, j), self.names.sum(at, j)
                terms: list[Term] = [
                    (f"{self.names.weight(at, j, i)}·{self.names.value(at, i)}", (weight, value))
                    for i, (weight, value) in enumerate(zip(self.weights[at][j], self.one.values[at], strict=True))
                ]
                if layer.bias is not None:
                    terms.append((self.names.bias(at, j), (self.motion.weights[layer.bias][j],)))
                symbols, numbers = sum_of(terms)
                yield Line(unit, f"{z} = {symbols}", f"{numbers} = {number(self.one.sums[at][j])}")
                if at < self.last:
                    h, value = self.names.value(at + 1, j), number(self.one.values[at + 1][j])
                    if self.activation == "identity":
                        yield Line(unit, f"{h} = {z}", value)
                    else:
                        inside = number(self.one.sums[at][j])
                        yield Line(unit, f"{h} = {self.activation}({z})", f"{self.activation}({inside}) = {value}")
            yield from self._left_out(at)
        yield from self._loss()

    def _loss(self) -> Iterator[Line]:
        unit, answer, loss = self.names.unit(self.last, 0), number(self.answer), number(self.one.loss)
        if self.task.kind == "regression":
            yield Line(unit, "loss = (f − y)²", f"({answer} − {wrapped(self.y)})² = {loss}")
            return
        z = float(self.one.values[-1][0])
        yield Line(unit, "p = sigmoid(z)", f"sigmoid({number(z)}) = {answer}")
        if self.task.loss == "mse":
            yield Line(unit, "loss = (p − y)²", f"({answer} − {number(self.y)})² = {loss}")
        elif self.y == 1:
            yield Line(unit, "loss = −ln p, because y = 1", f"−ln({answer}) = {loss}")
        else:
            yield Line(unit, "loss = −ln(1 − p), because y = 0", f"−ln({number(_probability(-z))}) = {loss}")

    def derivatives(self) -> Iterator[Line]:
        yield from self._slope_of_loss()
        for at in range(self.last, -1, -1):
            yield self._slopes_ofsum_of(at)
            if at > 0:
                for j in self.shown[at - 1]:
                    yield from self._slopes_of_unit(at - 1, j)
                yield from self._left_out(at - 1)

    def _slope_of_loss(self) -> Iterator[Line]:
        unit, answer = self.names.unit(self.last, 0), number(self.answer)
        away = self.answer - self.y
        if self.task.kind == "regression":
            yield Line(unit, "∂loss/∂f = 2·(f − y)", f"2·({answer} − {wrapped(self.y)}) = {number(2 * away)}")
        elif self.task.loss == "bce":
            yield Line(unit, "∂loss/∂z = p − y", f"{answer} − {number(self.y)} = {number(away)}")
        else:
            slope = self.answer * (1 - self.answer)
            yield Line(unit, "∂loss/∂p = 2·(p − y)", f"2·({answer} − {number(self.y)}) = {number(2 * away)}")
            yield Line(unit, "∂p/∂z = p·(1 − p)", f"{answer}·(1 − {answer}) = {number(slope)}")

    def _slopes_ofsum_of(self, at: int) -> Line:
        """Of what a unit sums up, by each weight: the input there. The same for all units of a layer."""
        j = None if len(self.weights[at]) > 1 else 0
        z, inputs = self.names.sum(at, j), self.one.values[at]
        chosen = largest(inputs)
        parts = [f"∂{z}/∂{self.names.weight(at, j, i)} = {self.names.value(at, i)}" for i in chosen]
        numbers = [number(inputs[i]) for i in chosen]
        if self.layers[at].bias is not None:
            parts.append(f"∂{z}/∂{self.names.bias(at, j)} = 1")
            numbers.append("1")
        tail = _tail(len(inputs) - len(chosen))
        unit, whose = (None, f"each unit j of layer {at + 1}: ") if j is None else (self.names.unit(at, j), "")
        return Line(unit, whose + ", ".join(parts + tail), ", ".join(numbers + tail))

    def _slopes_of_unit(self, at: int, j: int) -> Iterator[Line]:
        """Of the sums above by what a hidden unit gives, and of that by its own sum."""
        unit, h, z = self.names.unit(at, j), self.names.value(at + 1, j), self.names.sum(at, j)
        above = self.weights[at + 1][:, j]
        chosen = largest(above)
        tail = _tail(len(above) - len(chosen))
        parts = [f"∂{self.names.sum(at + 1, k)}/∂{h} = {self.names.weight(at + 1, k, j)}" for k in chosen]
        yield Line(unit, ", ".join(parts + tail), ", ".join([number(above[k]) for k in chosen] + tail))
        a, total = self.one.values[at + 1][j], self.one.sums[at][j]
        value, slope = number(a), number(self.one.local[at][j])
        if self.activation == "relu":
            side = ">" if a > 0 else "≤"
            yield Line(unit, f"∂{h}/∂{z} = 1 if {z} > 0, else 0", f"{number(total)} {side} 0, so {slope}")
        elif self.activation == "tanh":
            squared = f"({value})²" if a < 0 else f"{value}²"
            yield Line(unit, f"∂{h}/∂{z} = 1 − {h}²", f"1 − {squared} = {slope}")
        elif self.activation == "sigmoid":
            yield Line(unit, f"∂{h}/∂{z} = {h}·(1 − {h})", f"{value}·(1 − {value}) = {slope}")
        else:
            yield Line(unit, f"∂{h}/∂{z} = 1", "1")

    def products(self) -> Iterator[Line]:
        if (self.task.kind, self.task.loss) == ("classification", "mse"):
            away, slope = 2 * (self.answer - self.y), self.answer * (1 - self.answer)
            numbers = f"{number(away)}·{number(slope)} = {number(self.one.slopes[-1][0])}"
            yield Line(self.names.unit(self.last, 0), "∂loss/∂z = ∂loss/∂p·∂p/∂z", numbers)
        for at in range(self.last, -1, -1):
            for j in self.shown[at]:
                if at < self.last:
                    yield from self._back_through_unit(at, j)
                yield from self._back_to_weights(at, j)
            yield from self._left_out(at)

    def _back_through_unit(self, at: int, j: int) -> Iterator[Line]:
        unit, h, z = self.names.unit(at, j), self.names.value(at + 1, j), self.names.sum(at, j)
        above, slopes = self.weights[at + 1][:, j], self.one.slopes[at + 1]
        symbols, numbers = sum_of(
            [
                (f"∂loss/∂{self.names.sum(at + 1, k)}·{self.names.weight(at + 1, k, j)}", (slopes[k], above[k]))
                for k in range(len(above))
            ]
        )
        reached = float(slopes @ above)
        yield Line(unit, f"∂loss/∂{h} = {symbols}", f"{numbers} = {number(reached)}")
        numbers = f"{number(reached)}·{wrapped(self.one.local[at][j])} = {number(self.one.slopes[at][j])}"
        yield Line(unit, f"∂loss/∂{z} = ∂loss/∂{h}·∂{h}/∂{z}", numbers)

    def _back_to_weights(self, at: int, j: int) -> Iterator[Line]:
        unit, z, slope = self.names.unit(at, j), self.names.sum(at, j), self.one.slopes[at][j]
        gradients = self.one.gradients[self.layers[at].weight][j]
        chosen = largest(gradients)
        for i in chosen:
            numbers = f"{number(slope)}·{wrapped(self.one.values[at][i])} = {number(gradients[i])}"
            symbols = f"∂loss/∂{self.names.weight(at, j, i)} = ∂loss/∂{z}·{self.names.value(at, i)}"
            yield Line(unit, symbols, numbers)
        yield from self._weights_left_out(unit, len(gradients) - len(chosen))
        if self.layers[at].bias is not None:
            yield Line(unit, f"∂loss/∂{self.names.bias(at, j)} = ∂loss/∂{z}", number(slope))

    def update(self) -> Iterator[Line]:
        for at, layer in enumerate(self.layers):
            for j in self.shown[at]:
                unit = self.names.unit(at, j)
                gradients = self.motion.gradients[layer.weight][j]
                chosen = largest(gradients)
                for i in chosen:
                    yield from self._update_of(unit, self.names.weight(at, j, i), layer.weight, (j, i))
                yield from self._weights_left_out(unit, len(gradients) - len(chosen))
                if layer.bias is not None:
                    yield from self._update_of(unit, self.names.bias(at, j), layer.bias, (j,))
            yield from self._left_out(at)

    def _update_of(self, unit: str, w: str, name: str, index: tuple[int, ...]) -> Iterator[Line]:
        motion = self.motion
        gradient, own = float(motion.gradients[name][index]), float(self.one.gradients[name][index])
        if motion.batch_size == 1:
            yield Line(unit, f"g = ∂loss/∂{w}, the batch being this point", number(gradient))
        else:
            others = motion.batch_size - 1
            _, numbers = sum_of([("", (own,)), ("", (gradient * motion.batch_size - own,))])
            yield Line(
                unit,
                f"g = (∂loss/∂{w} + that of the other {others:,} points) / {motion.batch_size:,}",
                f"({numbers}) / {motion.batch_size:,} = {number(gradient)}",
            )
        before = {slot.partition("/")[0]: float(array[index]) for slot, array in _of(name, motion.memory)}
        after = {slot.partition("/")[0]: float(array[index]) for slot, array in _of(name, motion.next_memory)}
        weight, following = float(motion.weights[name][index]), float(motion.next_weights[name][index])
        *first, (symbols, numbers) = update_lines(self.task.optimizer, w, weight, gradient, before, after, motion.step)
        for line in first:
            yield Line(unit, *line)
        yield Line(unit, symbols, f"{numbers} = {number(following)}")

    def _left_out(self, at: int) -> Iterator[Line]:
        more = len(self.weights[at]) - len(self.shown[at])
        if more:
            yield Line(None, f"{more:,} more units of layer {at + 1}, on which this point's loss depends less", "")

    @staticmethod
    def _weights_left_out(unit: str, more: int) -> Iterator[Line]:
        if more:
            yield Line(unit, f"{more:,} more weights of unit {unit}, whose gradients are smaller", "")


def _probability(z: float) -> float:
    """In float64, so that it is seldom 0 or 1."""
    return float(sigmoid(np.array(z)))


def _tail(more: int) -> list[str]:
    return [f"… ({more:,} more)"] if more else []


def _of(name: str, memory: dict[str, np.ndarray]) -> Iterator[tuple[str, np.ndarray]]:
    """What the optimizer remembers of the weights ``name``, by ``slot/name``."""
    return ((key, array) for key, array in memory.items() if key.partition("/")[2] == name)
