"""The forward pass, from the point to its loss."""

from collections.abc import Iterator

from backprop_lab.options.text import Term, number, sum_of, wrapped
from backprop_lab.report.run.xray.text.line import Line
from backprop_lab.report.run.xray.text.point_in_step import PointInStep

LEGEND = "1.3 is unit 3 of layer 1; w1.3.2 its weight for input 2, b1.3 its bias, z1.3 its sum, h1.3 its output"
WITH_DROPOUT = ", d1.3 its output after dropout in this step"


def lines(point: PointInStep) -> Iterator[Line]:
    if point.last > 0:
        yield Line(None, _legend(point), "")
    for at, layer in enumerate(point.layers):
        for j in point.shown[at]:
            unit, z = point.names.unit(at, j), point.names.sum(at, j)
            terms: list[Term] = [
                (f"{point.names.weight(at, j, i)}·{point.names.input(at, i)}", (weight, value))
                for i, (weight, value) in enumerate(zip(point.weights[at][j], point.pass_.inputs[at], strict=True))
            ]
            if layer.bias is not None:
                terms.append((point.names.bias(at, j), (point.step.weights[layer.bias][j],)))
            symbols, numbers = sum_of(terms)
            yield Line(unit, f"{z} = {symbols}", f"{numbers} = {number(point.pass_.sums[at][j])}")
            if at < point.last:
                yield _activation(point, at, j)
                yield from _dropout(point, at, j)
        yield from point.units_left_out(at)
    words = point.task.form.said.forward(point.pass_.output, point.y, point.pass_.loss)
    yield from point.of_output(words)


def _legend(point: PointInStep) -> str:
    dropout = WITH_DROPOUT if any(layer.dropout for layer in point.layers) else ""
    outputs = point.task.head.outputs
    if outputs > 1:
        name = point.task.meaning.class_name
        return f"{LEGEND}{dropout}; z1 to z{outputs} the sums of the outputs, of {name(0)} to {name(outputs - 1)}"
    answer = "the sum of the output" if point.task.head.is_classification else "the network's prediction"
    return f"{LEGEND}{dropout}; {point.names.output} {answer}"


def _activation(point: PointInStep, at: int, j: int) -> Line:
    layer, unit = point.layers[at], point.names.unit(at, j)
    h, z = point.names.value(at, j), point.names.sum(at, j)
    inside, value = number(point.pass_.sums[at][j]), number(point.pass_.values[at][j])
    if hasattr(layer.option, "IS_LINEAR"):
        return Line(unit, f"{h} = {z}", value)
    return Line(unit, f"{h} = {layer.activation}({z})", f"{layer.activation}({inside}) = {value}")


def _dropout(point: PointInStep, at: int, j: int) -> Iterator[Line]:
    """The mask of this point and unit in this step."""
    mask = point.pass_.masks[at]
    if mask is None:
        return
    m, share = float(mask[j]), number(point.layers[at].dropout)
    why = f"m = 1 / (1 − {share}): the unit is kept" if m else "m = 0: the unit is dropped"
    value = float(point.pass_.values[at][j])
    numbers = f"{number(m)}·{wrapped(value)} = {number(m * value)}"
    yield Line(
        point.names.unit(at, j), f"{point.names.input(at + 1, j)} = m·{point.names.value(at, j)}, {why}", numbers
    )
