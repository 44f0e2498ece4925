"""Which units are dead, always on or saturated: units whose weights are set by hand."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from backprop_lab.report.run.measures import measure_frames
from backprop_lab.training.first_state import first_state
from backprop_lab.training.state import State
from report.films import own_option, task_of


def set_unit(state: State, unit: int, weights: list[float], bias: float) -> None:
    state.weights["layers.0.weight"][unit] = weights
    state.weights["layers.0.bias"][unit] = bias


def test_units_that_are_dead_or_always_on() -> None:
    """On the square from -1 to 1: x1 - 3 is never above 0, x1 + 3 always, x1 here and there."""
    task = task_of("dataset.n_samples=200", "model.hidden=3", "epochs=1")
    state = first_state(task)
    for unit, bias in enumerate((-3.0, 3.0, 0.0)):
        set_unit(state, unit, [1.0, 0.0], bias)
    measures = measure_frames(task, [state, state])
    assert measures.dead[0].tolist() == [[True, False, False]] * 2
    assert measures.always_on[0].tolist() == [[False, True, False]] * 2
    assert not measures.saturated[0].any()


@pytest.mark.parametrize(("activation", "f"), [("tanh", torch.tanh), ("sigmoid", lambda z: 2 * torch.sigmoid(z) - 1)])
def test_units_that_are_saturated(activation: str, f: Callable[[torch.Tensor], torch.Tensor]) -> None:
    task = task_of("dataset.n_samples=200", f"model.activation={activation}", "model.hidden=4", "epochs=1")
    state = first_state(task)
    steepness = [1.0, 30.0, 100.0, 1000.0]
    for unit, weight in enumerate(steepness):
        set_unit(state, unit, [weight, 0.0], 0.0)
    measures = measure_frames(task, [state])
    x = torch.from_numpy(task.train.x[:, 0])
    beyond = [(f(weight * x).abs() > 0.97).float().mean().item() for weight in steepness]
    assert measures.saturated[0].tolist() == [[share >= 0.9 for share in beyond]]
    assert measures.saturated[0].any()
    assert not measures.saturated[0].all()
    assert not measures.dead[0].any()


@pytest.mark.parametrize("activation", ["leaky_relu", "gelu", "identity"])
def test_units_that_are_never_exactly_flat_and_have_no_ends_are_in_no_such_state(activation: str) -> None:
    task = task_of("dataset.n_samples=200", "model.hidden=3", f"model.activation={activation}", "epochs=1")
    state = first_state(task)
    for unit, bias in enumerate((-300.0, 300.0, 0.0)):
        set_unit(state, unit, [1.0, 0.0], bias)
    measures = measure_frames(task, [state])
    assert not np.concatenate([measures.dead[0], measures.always_on[0], measures.saturated[0]]).any()


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_units_that_get_nothing_but_zeros_are_in_no_such_state(activation: str) -> None:
    task = task_of("dataset=xor", "model.init=zeros", f"model.activation={activation}", "epochs=1")
    measures = measure_frames(task, [first_state(task)])
    assert not np.concatenate([measures.dead[0], measures.always_on[0], measures.saturated[0]]).any()


HARD = """
from backprop_lab.options.arithmetic import below

RANGE = (-1.0, 1.0)
CAN_DIE = True

def value(z):
    return below(z, -1.0, -1.0, below(z, 1.0, z, 1.0))

def slope(z, a):
    return below(-1.0, z, below(z, 1.0, 1.0, 0.0), 0.0)
"""


def test_an_activation_of_ones_own_says_what_may_become_of_its_units(tmp_path: Path) -> None:
    """Flat beyond both ends: a unit there is dead and saturated, and one between them is always on."""
    with own_option(tmp_path, "activation", "hard", HARD):
        task = task_of("dataset.n_samples=200", "model.hidden=3", "model.activation=hard", "epochs=1")
        state = first_state(task)
        for unit, (weight, bias) in enumerate([(1.0, 3.0), (0.5, 0.0), (2.0, 0.0)]):
            set_unit(state, unit, [weight, 0.0], bias)
        measures = measure_frames(task, [state])
    assert measures.dead[0].tolist() == measures.saturated[0].tolist() == [[True, False, False]]
    assert measures.always_on[0].tolist() == [[False, True, False]]
