"""The local derivatives multiplied, from the loss back to each weight."""

from collections.abc import Iterator

from backprop_lab.options.text import largest, number, sum_of, wrapped
from backprop_lab.report.run.xray.text.line import Line, weights_left_out
from backprop_lab.report.run.xray.text.point_in_step import PointInStep


def lines(point: PointInStep) -> Iterator[Line]:
    words = point.task.form.said.products(point.pass_.output, point.y, point.pass_.slope)
    yield from point.of_output(words)
    for at in range(point.last, -1, -1):
        for j in point.shown[at]:
            if at < point.last:
                yield from _back_through_unit(point, at, j)
            yield from _back_to_weights(point, at, j)
        yield from point.units_left_out(at)


def _back_through_unit(point: PointInStep, at: int, j: int) -> Iterator[Line]:
    unit, h, z = point.names.unit(at, j), point.names.value(at, j), point.names.sum(at, j)
    passed_on = point.names.input(at + 1, j)
    above, slopes = point.weights[at + 1][:, j], point.pass_.slopes[at + 1]
    symbols, numbers = sum_of(
        [
            (f"∂loss/∂{point.names.sum(at + 1, k)}·{point.names.weight(at + 1, k, j)}", (slopes[k], above[k]))
            for k in range(len(above))
        ]
    )
    reached = float(slopes @ above)
    yield Line(unit, f"∂loss/∂{passed_on} = {symbols}", f"{numbers} = {number(reached)}")
    mask = point.pass_.masks[at]
    if mask is not None:
        kept = reached * float(mask[j])
        numbers = f"{number(reached)}·{number(mask[j])} = {number(kept)}"
        yield Line(unit, f"∂loss/∂{h} = ∂loss/∂{passed_on}·∂{passed_on}/∂{h}", numbers)
        reached = kept
    numbers = f"{number(reached)}·{wrapped(point.pass_.local[at][j])} = {number(point.pass_.slopes[at][j])}"
    yield Line(unit, f"∂loss/∂{z} = ∂loss/∂{h}·∂{h}/∂{z}", numbers)


def _back_to_weights(point: PointInStep, at: int, j: int) -> Iterator[Line]:
    unit, z, slope = point.names.unit(at, j), point.names.sum(at, j), point.pass_.slopes[at][j]
    gradients = point.pass_.gradients[point.layers[at].weight][j]
    chosen = largest(gradients.tolist())
    for i in chosen:
        numbers = f"{number(slope)}·{wrapped(point.pass_.inputs[at][i])} = {number(gradients[i])}"
        symbols = f"∂loss/∂{point.names.weight(at, j, i)} = ∂loss/∂{z}·{point.names.input(at, i)}"
        yield Line(unit, symbols, numbers)
    yield from weights_left_out(unit, len(gradients) - len(chosen))
    if point.layers[at].bias is not None:
        yield Line(unit, f"∂loss/∂{point.names.bias(at, j)} = ∂loss/∂{z}", number(slope))
