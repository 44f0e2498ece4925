"""From the gradient of the batch to the new weight."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from backprop_lab.options import text
from backprop_lab.options.text import largest, number, sum_of, wrapped
from backprop_lab.report.run.xray.text.line import Line, weights_left_out
from backprop_lab.report.run.xray.text.point_in_step import PointInStep
from backprop_lab.training import clipping, penalty
from backprop_lab.training.schedule import factor_of
from backprop_lab.training.task import Task


def lines(point: PointInStep) -> Iterator[Line]:
    factor = factor_of(point.task.schedule, point.task.steps_per_epoch)
    knobs = point.task.optimizer.own_knobs
    if factor is not None:
        rate, share = knobs["lr"], factor(point.step.number)
        knobs["lr"] = rate * share
        symbols = f"lr = optimizer.lr times the factor of schedule={point.task.schedule.name} in this step"
        yield Line(None, symbols, f"{number(rate)}·{number(share)} = {number(knobs['lr'])}")
    if point.step.factor != 1.0:
        yield from _clipping_lines(point)
    for at, layer in enumerate(point.layers):
        for j in point.shown[at]:
            unit = point.names.unit(at, j)
            gradients = point.step.gradients[layer.weight][j]
            chosen = largest(gradients.tolist())
            for i in chosen:
                yield from _update_of(point, knobs, unit, point.names.weight(at, j, i), layer.weight, (j, i))
            yield from weights_left_out(unit, len(gradients) - len(chosen))
            if layer.bias is not None:
                yield from _update_of(point, knobs, unit, point.names.bias(at, j), layer.bias, (j,))
        yield from point.units_left_out(at)


def _update_of(
    point: PointInStep, knobs: Mapping[str, Any], unit: str, w: str, name: str, index: tuple[int, ...]
) -> Iterator[Line]:
    step = point.step
    of_loss, own = float(step.loss_gradients[name][index]), float(point.pass_.gradients[name][index])
    if step.batch_size == 1:
        yield Line(unit, f"g = ∂loss/∂{w}, the batch being this point", number(of_loss))
    else:
        others = step.batch_size - 1
        _, numbers = sum_of([("", (own,)), ("", (of_loss * step.batch_size - own,))])
        rest = "that of the other point" if others == 1 else f"the sum over the other {others:,} points"
        yield Line(
            unit,
            f"g = (∂loss/∂{w} + {rest}) / {step.batch_size:,}",
            f"({numbers}) / {step.batch_size:,} = {number(of_loss)}",
        )
    whole, weight = float(step.whole_gradients[name][index]), float(step.weights[name][index])
    yield from (Line(unit, *line) for line in _penalty_lines(point.task, w, step.weights[name], weight, of_loss, whole))
    gradient = float(step.gradients[name][index])
    if step.factor != 1.0:
        yield Line(unit, "g ← g·factor", f"{wrapped(whole)}·{number(step.factor)} = {number(gradient)}")
    before = _by_slot(step.optimizer_state, name, index)
    after = _by_slot(step.next_optimizer_state, name, index)
    following = number(step.next_weights[name][index])
    optimizer = point.task.optimizer
    if not hasattr(optimizer.option, "lines"):
        yield Line(unit, f"{w} ← update of optimizer={optimizer.name} for {w} and g", following)
        return
    *first, (symbols, numbers) = optimizer.option.lines(w, weight, gradient, before, after, step.number, **knobs)
    for line in first:
        yield Line(unit, *line)
    yield Line(unit, symbols, f"{numbers} = {following}")


def _penalty_lines(
    task: Task, w: str, weights: np.ndarray, weight: float, of_loss: float, gradient: float
) -> Iterator[text.Line]:
    """The line about the penalty's part of the gradient, for weights that it covers."""
    if penalty.has_value(task.penalty) and penalty.counts(weights):
        slope = float(task.penalty.option.slope(weight, *task.penalty.arguments))
        _, numbers = sum_of([("", (of_loss,)), ("", (slope,))])
        yield f"g ← g + ∂penalty/∂{w}", f"{numbers} = {number(gradient)}"


def _clipping_lines(point: PointInStep) -> Iterator[Line]:
    """Why all gradients are scaled."""
    limit, norm = point.task.clip_norm, clipping.norm_of(point.step.whole_gradients)
    assert limit is not None
    yield Line(None, "norm of the gradients = √(sum of g² over all weights), above optimizer.clip_norm", number(norm))
    yield Line(None, "factor = clip_norm / norm", f"{number(limit)} / {number(norm)} = {number(point.step.factor)}")


def _by_slot(optimizer_state: Mapping[str, np.ndarray], name: str, index: tuple[int, ...]) -> dict[str, float]:
    """The optimizer's state for one weight of the array ``name``; its keys are ``slot/name``."""
    parts = ((key.partition("/"), array) for key, array in optimizer_state.items())
    return {slot: float(array[index]) for (slot, _, of), array in parts if of == name}
