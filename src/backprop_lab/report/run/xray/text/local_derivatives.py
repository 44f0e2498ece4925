"""The derivative of each operation with respect to its inputs."""

from collections.abc import Iterator

from backprop_lab.options.text import largest, number
from backprop_lab.report.run.xray.text.line import Line, tail
from backprop_lab.report.run.xray.text.point_in_step import PointInStep


def lines(point: PointInStep) -> Iterator[Line]:
    words = point.task.form.said.derivatives(point.pass_.output, point.y, point.pass_.slope)
    yield from point.of_output(words)
    for at in range(point.last, -1, -1):
        yield _slopes_of_sum(point, at)
        if at > 0:
            for j in point.shown[at - 1]:
                yield from _slopes_of_unit(point, at - 1, j)
            yield from point.units_left_out(at - 1)


def _slopes_of_sum(point: PointInStep, at: int) -> Line:
    """The derivative of a unit's sum by each weight, which is the weight's input: the same for all units of a layer."""
    j = None if len(point.weights[at]) > 1 else 0
    z, inputs = point.names.sum(at, j), point.pass_.inputs[at]
    chosen = largest(inputs.tolist())
    parts = [f"∂{z}/∂{point.names.weight(at, j, i)} = {point.names.input(at, i)}" for i in chosen]
    numbers = [number(inputs[i]) for i in chosen]
    if point.layers[at].bias is not None:
        parts.append(f"∂{z}/∂{point.names.bias(at, j)} = 1")
        numbers.append("1")
    more = tail(len(inputs) - len(chosen))
    unit, whose = (None, f"each unit j of layer {at + 1}: ") if j is None else (point.names.unit(at, j), "")
    return Line(unit, whose + ", ".join(parts + more), ", ".join(numbers + more))


def _slopes_of_unit(point: PointInStep, at: int, j: int) -> Iterator[Line]:
    """The derivatives of the next layer's sums by a hidden unit's output, and of the output by the unit's own sum."""
    unit, h, passed_on = point.names.unit(at, j), point.names.value(at, j), point.names.input(at + 1, j)
    above = point.weights[at + 1][:, j]
    chosen = largest(above.tolist())
    more = tail(len(above) - len(chosen))
    parts = [f"∂{point.names.sum(at + 1, k)}/∂{passed_on} = {point.names.weight(at + 1, k, j)}" for k in chosen]
    yield Line(unit, ", ".join(parts + more), ", ".join([number(above[k]) for k in chosen] + more))
    mask = point.pass_.masks[at]
    if mask is not None:
        yield Line(unit, f"∂{passed_on}/∂{h} = m", number(mask[j]))
    yield _slope_of_activation(point, at, j)


def _slope_of_activation(point: PointInStep, at: int, j: int) -> Line:
    option = point.layers[at].option
    unit, h, z = point.names.unit(at, j), point.names.value(at, j), point.names.sum(at, j)
    if not hasattr(option, "derivative"):
        return Line(unit, f"∂{h}/∂{z}", number(point.pass_.local[at][j]))
    return Line(unit, *option.derivative(h, z, float(point.pass_.values[at][j]), float(point.pass_.sums[at][j])))
