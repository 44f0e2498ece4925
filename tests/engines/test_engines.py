"""Every engine computes the same training."""

import time

import numpy as np
import pytest

from backprop_lab import engines
from backprop_lab.config.check import ConfigError, options
from backprop_lab.training.task import Moment, Row, State, Task, build_task, points_of
from backprop_lab.training.tensors import first_state
from conftest import configured

OPTIMIZERS = {
    "sgd": ["optimizer=sgd"],
    "momentum": ["optimizer.momentum=0.9", "optimizer.nesterov=true", "optimizer.weight_decay=0.01"],
    "adam": ["optimizer=adam"],
    "adamw": ["optimizer=adamw"],
}


def task_of(*overrides: str) -> Task:
    config = configured(*overrides)
    return build_task(config, *points_of(config))


def fitted(engine: str, task: Task, start: State | None = None) -> tuple[State, list[Row]]:
    rows: list[Row] = []

    def watch(moment: Moment) -> None:
        if moment.row is not None:
            rows.append(moment.row)

    return engines.load(engine)(task, start or first_state(task), watch), rows


def test_lightning_and_the_plain_loop_agree_in_every_bit_over_the_whole_circle() -> None:
    task = task_of()
    lightning, lightning_rows = fitted("lightning", task)
    module, module_rows = fitted("module", task)
    assert lightning.step == module.step == 6250
    assert lightning.weights_sha256 == module.weights_sha256
    assert lightning_rows == module_rows


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=list(OPTIMIZERS))
@pytest.mark.parametrize("dataset", [["dataset=moons", "dataset.n_samples=100"], ["dataset=linear"], ["dataset=xor"]])
@pytest.mark.parametrize("precision", ["precision=32", "precision=64"])
def test_lightning_and_the_plain_loop_agree_in_every_bit(
    dataset: list[str], optimizer: list[str], precision: str
) -> None:
    task = task_of(*dataset, *optimizer, precision, "epochs=4")
    states = [fitted(engine, task)[0] for engine in ("module", "lightning")]
    assert states[0].weights_sha256 == states[1].weights_sha256
    assert all(weight.dtype == task.dtype for weight in states[0].weights.values())
    for name, memory in states[0].optimizer.items():
        assert (memory == states[1].optimizer[name]).all()


@pytest.mark.parametrize("engine", options("engine"))
def test_going_on_from_a_state_equals_never_having_stopped(engine: str) -> None:
    task = task_of("dataset.n_samples=100", "optimizer=adam", "epochs=6")
    kept: list[State] = []

    def watch(moment: Moment) -> None:
        if moment.epoch == 3:
            kept.append(moment.state)

    whole = engines.load(engine)(task, first_state(task), watch)
    resumed, _ = fitted(engine, task, kept[0])
    assert (resumed.epoch, resumed.step) == (6, whole.step)
    assert resumed.weights_sha256 == whole.weights_sha256


@pytest.mark.parametrize("engine", options("engine"))
def test_an_engine_reports_each_epoch_once_and_lets_exceptions_through(engine: str) -> None:
    task = task_of("dataset=xor", "epochs=5")
    epochs: list[int] = []

    class Enough(Exception):
        pass

    def watch(moment: Moment) -> None:
        epochs.append(moment.epoch)
        assert moment.step == moment.state.step == moment.epoch
        if moment.epoch == 3:
            raise Enough

    with pytest.raises(Enough):
        engines.load(engine)(task, first_state(task), watch)
    assert epochs == [1, 2, 3]


def test_a_state_is_a_copy_that_later_steps_do_not_change() -> None:
    task = task_of("dataset=xor", "epochs=2", "optimizer.momentum=0.9")
    states: list[State] = []
    engines.load("module")(task, first_state(task), lambda moment: states.append(moment.state))
    assert (states[0].weights["layers.0.weight"] != states[1].weights["layers.0.weight"]).any()
    assert states[0].epoch == 1


# -- every rung of the ladder -----------------------------------------------------------------------------------------

PROBLEMS = {
    "circle": ["dataset.n_samples=200", "epochs=40"],
    "deep circle": ["dataset.n_samples=50", "epochs=50", "model.hidden=[3,2]", "model.activation=tanh"],
    "line": ["dataset=linear", "model=single_layer", "epochs=200", "optimizer.lr=0.01"],
    "xor": ["dataset=xor", "epochs=200", "loss=mse", "model.activation=sigmoid"],
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=list(OPTIMIZERS))
@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=list(PROBLEMS))
def test_all_rungs_agree_to_nine_digits_over_200_steps(problem: list[str], optimizer: list[str]) -> None:
    task = task_of(*problem, *optimizer, "precision=64")
    expected, rows = fitted("module", task)
    for engine in ("scalar", "by_hand", "autograd"):
        state, others = fitted(engine, task)
        for name, weight in expected.weights.items():
            assert np.abs(state.weights[name] - weight).max() < 1e-9, (engine, name)
        for name, memory in expected.optimizer.items():
            assert np.abs(state.optimizer[name] - memory).max() < 1e-9, (engine, name)
        for row, other in zip(rows, others, strict=True):
            assert other == pytest.approx(row, abs=1e-9), engine


def test_tensors_with_the_update_by_hand_agree_with_torch_in_every_bit_over_the_whole_circle() -> None:
    task = task_of("log_every_n_epochs=50")
    autograd, module = fitted("autograd", task)[0], fitted("module", task)[0]
    assert autograd.step == 6250
    assert autograd.weights_sha256 == module.weights_sha256


def test_the_scalar_engine_says_how_long_it_will_take() -> None:
    task = task_of("dataset=xor", "epochs=400")
    start = first_state(task)
    expected = engines.expected_seconds("scalar", task, start)
    began = time.perf_counter()
    engines.load("scalar")(task, start, lambda moment: None)
    assert expected is not None
    assert 0.2 < expected / (time.perf_counter() - began) < 5
    assert engines.expected_seconds("module", task, start) is None


@pytest.mark.parametrize("engine", ["scalar", "by_hand", "autograd"])
def test_a_model_that_is_not_made_of_linear_layers_is_refused(engine: str) -> None:
    task = task_of("dataset=xor", "epochs=1")
    start = first_state(task)
    start.weights["gate.weight"] = start.weights.pop("layers.0.weight")
    with pytest.raises(ConfigError, match=f"engine: got {engine}; allowed: module or lightning"):
        engines.load(engine)(task, start, lambda moment: None)
