"""Every engine computes the same training."""

import numpy as np
import pytest

from backprop_lab import engines
from backprop_lab.options.discovery import names
from backprop_lab.training.epoch_end import EpochEnd
from backprop_lab.training.first_state import first_state
from backprop_lab.training.state import State
from conftest import chosen, quick_of, task_of
from engines.rungs import TOGETHER, fitted, load

SMALL = ["dataset.n_samples=25", "dataset.batch_size=4", "epochs=40"]
OPTIMIZERS = {
    "sgd": ["optimizer=sgd"],
    "momentum": ["optimizer.momentum=0.9", "optimizer.nesterov=true", "optimizer.weight_decay=0.01"],
    "adam": ["optimizer=adam"],
    "adamw": ["optimizer=adamw"],
    "rmsprop": ["optimizer=rmsprop", "optimizer.momentum=0.9"],
}


@pytest.mark.parametrize("precision", [32, 64])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_lightning_and_the_plain_loop_agree_in_every_bit(optimizer: str, precision: int) -> None:
    task = task_of(
        "dataset=moons", "dataset.n_samples=100", *OPTIMIZERS[optimizer], f"precision={precision}", "epochs=4"
    )
    states = [fitted(engine, task)[0] for engine in ("module", "lightning")]
    assert states[0].weights_sha256 == states[1].weights_sha256
    assert all(array.dtype == task.dtype for array in {**states[0].weights, **states[0].optimizer}.values())
    for name, kept in states[0].optimizer.items():
        assert (kept == states[1].optimizer[name]).all()


@pytest.mark.parametrize("engine", names("engine"))
def test_going_on_from_a_state_equals_never_having_stopped(engine: str) -> None:
    task = task_of("dataset.n_samples=100", "optimizer=adam", "epochs=6")
    kept: list[State] = []

    def watch(end: EpochEnd) -> None:
        if end.epoch == 3:
            kept.append(end.state)

    whole = load(engine)(task, first_state(task), watch)
    resumed, _ = fitted(engine, task, kept[0])
    assert (resumed.epoch, resumed.step) == (6, whole.step)
    assert resumed.weights_sha256 == whole.weights_sha256


@pytest.mark.parametrize("engine", names("engine"))
def test_an_engine_reports_each_epoch_once_and_lets_exceptions_through(engine: str) -> None:
    task = task_of("dataset=xor", "epochs=5")
    epochs: list[int] = []

    class Enough(Exception):
        pass

    def watch(end: EpochEnd) -> None:
        epochs.append(end.epoch)
        assert end.step == end.state.step == end.epoch
        if end.epoch == 3:
            raise Enough

    with pytest.raises(Enough):
        load(engine)(task, first_state(task), watch)
    assert epochs == [1, 2, 3]


def test_a_state_is_a_copy_that_later_steps_do_not_change() -> None:
    task = task_of("dataset=xor", "epochs=2", "optimizer.momentum=0.9")
    states: list[State] = []
    load("module")(task, first_state(task), lambda end: states.append(end.state))
    assert (states[0].weights["layers.0.weight"] != states[1].weights["layers.0.weight"]).any()
    assert states[0].epoch == 1


# -- every rung of the ladder, and the batch --------------------------------------------------------------------------

TRAININGS = {
    "circle": ["dataset.n_samples=100", "dataset.batch_size=16", "epochs=40"],
    "deep circle": [*SMALL, "model.hidden=[3,2]", "model.activation=tanh"],
    "circle momentum": [*SMALL, *OPTIMIZERS["momentum"]],
    "circle adam": [*SMALL, *OPTIMIZERS["adam"], "model.activation=tanh"],
    "line": ["dataset=linear", "model=single_layer", "epochs=200", "optimizer.lr=0.01"],
    "line adamw": ["dataset=linear", "model=single_layer", "epochs=200", *OPTIMIZERS["adamw"]],
    "xor": ["dataset=xor", "epochs=200", "loss=mse", "model.activation=sigmoid"],
    "xor adam": ["dataset=xor", "epochs=200", "loss=mse", "model.activation=sigmoid", *OPTIMIZERS["adam"]],
    "leaky_relu": [*SMALL, "model.activation=leaky_relu"],
    "gelu": [*SMALL, "model.activation=gelu", "model.hidden=[4,3]"],
    "rmsprop": [*SMALL, "optimizer=rmsprop"],
    "rmsprop momentum": [*SMALL, "optimizer=rmsprop", "optimizer.momentum=0.9", "optimizer.weight_decay=0.01"],
    "adagrad": [*SMALL, "optimizer=adagrad", "optimizer.weight_decay=0.01"],
    "hinge": [*SMALL, "loss=hinge"],
    "three classes": ["dataset=blobs", "dataset.spread=0.7", *SMALL],
    "three classes adam": ["dataset=spiral", "dataset.classes=3", *SMALL, *OPTIMIZERS["adam"], "model.hidden=[5,4]"],
    "thirteen inputs": ["dataset=wine", "dataset.batch_size=4", "epochs=6", "model.hidden=5"],
    "ten inputs": ["dataset=diabetes", "dataset.batch_size=4", "epochs=3", "model.hidden=[5,3]", "optimizer.lr=0.03"],
    "hinge of three classes": ["dataset=blobs", "dataset.spread=0.7", *SMALL, "loss=hinge", "model.activation=tanh"],
    "huber": ["dataset=linear", "epochs=200", "optimizer.lr=0.01", "loss=huber", "loss.delta=0.7"],
    "cosine": [*SMALL, "schedule=cosine", "schedule.floor=0.1", "optimizer=adam"],
    "exponential": [*SMALL, "schedule=exponential", "schedule.gamma=0.9", "optimizer.momentum=0.9"],
    "one_cycle": [*SMALL, "schedule=one_cycle", "optimizer=adam"],
    "warmup": [*SMALL, "schedule=warmup", "schedule.floor=0.1"],
    "step": [*SMALL, "schedule=step", "schedule.every_n_epochs=3", "schedule.epochs=20", "optimizer.momentum=0.9"],
    "l1": [*SMALL, "penalty=l1", "penalty.strength=0.01"],
    "l2": ["dataset=linear", "epochs=200", "optimizer.lr=0.01", "penalty=l2", "penalty.strength=0.01"],
    "clipped": [*SMALL, "optimizer.clip_norm=0.05", "optimizer.lr=2"],
    "clipped adam": [*SMALL, "optimizer=adam", "optimizer.clip_norm=0.1", "penalty=l2", "model.activation=tanh"],
    "activations": [*SMALL, "model.hidden=[4,3]", "model.activation=[tanh,leaky_relu]"],
    "given weights": [*SMALL, "model.hidden=[2,1]", "model.init=[1,2,-.3,-4,.5,.1,1,-1,0.3,2,0.25]"],
    "dropout": [*SMALL, "model.dropout=0.3", "model.hidden=[5,4]"],
    "all at once": [
        *SMALL, "model.activation=gelu", "model.dropout=0.2", "loss=hinge", "optimizer=rmsprop",
        "optimizer.momentum=0.5", "optimizer.clip_norm=0.1", "schedule=cosine", "penalty=l2",
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    "training", quick_of(TRAININGS, "deep circle", "line", "xor adam", "three classes", "all at once")
)
def test_every_rung_and_the_batch_agree_to_nine_digits_over_200_steps(training: str) -> None:
    task = task_of(*TRAININGS[training], "precision=64")
    expected, rows = fitted("module", task)
    assert expected.step >= 160
    others = {engine: fitted(engine, task) for engine in names("engine") if engine != "module"}
    for way, together in TOGETHER.items():
        (history,) = together([task])
        others[f"batched by {way}"] = history.state, [*history.rows.values()]
    for engine, (state, other_rows) in others.items():
        assert state.optimizer.keys() == expected.optimizer.keys(), engine
        for name, array in {**expected.weights, **expected.optimizer}.items():
            assert np.abs((state.weights | state.optimizer)[name] - array).max() < 1e-9, (engine, name)
        for row, other in zip(rows, other_rows, strict=True):
            assert other == pytest.approx(row, abs=1e-9), engine


DESCENTS = [
    "circle momentum",
    "leaky_relu",
    "gelu",
    "hinge",
    "huber",
    "exponential",
    "warmup",
    "step",
    "l1",
    "l2",
    "dropout",
    "clipped",
    "activations",
    "given weights",
    "three classes",
    "thirteen inputs",
    "ten inputs",
]


@pytest.mark.parametrize("training", DESCENTS)
def test_by_gradient_descent_the_rungs_of_torch_agree_in_every_bit(training: str) -> None:
    task = task_of(*TRAININGS[training], "schedule=cosine" if training == "gelu" else "precision=32")
    module, lightning, autograd = (fitted(engine, task) for engine in ("module", "lightning", "autograd"))
    assert module[0].weights_sha256 == lightning[0].weights_sha256 == autograd[0].weights_sha256
    assert module[1] == lightning[1]


def test_an_engine_that_is_slow_by_nature_says_how_long_it_will_take() -> None:
    """In proportion to the steps; by the clock it would hold on no busy machine."""
    start = first_state(task_of("dataset=xor"))
    seconds = {
        epochs: engines.expected_seconds(chosen("engine", "scalar"), task_of("dataset=xor", f"epochs={epochs}"), start)
        for epochs in (100, 100_000)
    }
    assert seconds[100] is not None
    assert seconds[100_000] is not None
    assert 100 < seconds[100_000] / seconds[100] < 10_000
    for engine in names("engine"):
        if engine != "scalar":
            assert engines.expected_seconds(chosen("engine", engine), task_of("dataset=xor"), start) is None
