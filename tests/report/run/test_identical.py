"""Units are identical where all that goes in and out of them is."""

import numpy as np

from backprop_lab.report.run.identical import identical_counts, identical_units
from backprop_lab.training.chain import layers_of
from backprop_lab.training.first_state import first_state
from backprop_lab.training.state import State
from report.films import task_of


def with_unit_of(frame: State, unit: int, other: int, outgoing: bool = True) -> State:
    """The frame, with ``unit`` of the first layer made like ``other``."""
    weights = {name: weight.copy() for name, weight in frame.weights.items()}
    for name in ("layers.0.weight", "layers.0.bias"):
        weights[name][unit] = weights[name][other]
    if outgoing:
        weights["layers.1.weight"][:, unit] = weights["layers.1.weight"][:, other]
    return State(frame.epoch, frame.step, weights, frame.optimizer)


def test_units_with_the_same_weights_are_found_and_counted() -> None:
    task = task_of("dataset=xor", "model.hidden=[5,2]")
    drawn = first_state(task)
    pair = with_unit_of(drawn, 3, 1)
    three = with_unit_of(pair, 4, 1)
    layers = layers_of(task)
    assert layers is not None
    assert identical_units(drawn, *layers[:2]) == []
    assert identical_units(pair, *layers[:2]) == [frozenset({1, 3})]
    first, second = identical_counts([drawn, pair, three], layers)
    assert first.tolist() == [[1, 1, 1, 1, 1], [1, 2, 1, 2, 1], [1, 3, 1, 3, 3]]
    assert second.tolist() == np.ones((3, 2)).tolist()


def test_units_that_differ_in_what_leaves_them_are_not_identical() -> None:
    task = task_of("dataset=xor", "model.hidden=[5,2]")
    frame = with_unit_of(first_state(task), 3, 1, outgoing=False)
    assert identical_units(frame, *(layers_of(task) or [])[:2]) == []
