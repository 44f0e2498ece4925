"""What is said of a frame is what the engines go on to do from it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from backprop_lab import engines
from backprop_lab.config.types import Choice
from backprop_lab.report.run.measures import MOST_WEIGHTS, measure_frames
from backprop_lab.training.first_state import first_state
from backprop_lab.training.metrics import final_metrics
from backprop_lab.training.state import State
from conftest import Train, quick_of
from report.films import film_of, gated_film, own_option, task_of, with_option

PROBLEMS = {
    "circle": ["dataset.n_samples=200"],
    "deep": ["dataset=moons", "dataset.n_samples=100", "model.hidden=[4,3]", "model.activation=tanh"],
    "xor": ["dataset=xor", "loss=mse", "model.activation=sigmoid"],
    "xor line": ["dataset=xor", "model=single_layer"],
    "line": ["dataset=linear", "model=single_layer", "optimizer.lr=0.01"],
    "dropout": ["dataset.n_samples=100", "model.hidden=[6,5]", "model.dropout=0.4", "model.activation=gelu"],
    "margins": ["dataset=moons", "dataset.n_samples=100", "loss=hinge", "model.activation=leaky_relu"],
    "residual": ["dataset=moons", "dataset.n_samples=100", "model=residual", "model.width=4"],
}
OPTIMIZERS = {
    "sgd": [],
    "momentum": ["optimizer.momentum=0.9", "optimizer.nesterov=true", "optimizer.weight_decay=0.01"],
    "adam": ["optimizer=adam", "optimizer.lr=0.01", "optimizer.weight_decay=0.1"],
    "adamw": ["optimizer=adamw", "optimizer.lr=0.01"],
    "rmsprop": ["optimizer=rmsprop", "optimizer.lr=0.01", "optimizer.momentum=0.5"],
    "schedule": ["schedule=cosine", "schedule.epochs=4"],
    "penalties": [
        "penalty=l2",
        "penalty.strength=0.05",
        "schedule=step",
        "schedule.epochs=4",
        "schedule.every_n_epochs=2",
    ],
    "sparse": ["penalty=l1", "penalty.strength=0.02"],
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=list(OPTIMIZERS))
@pytest.mark.parametrize("name", quick_of(PROBLEMS, "line", "margins"))
def test_the_updates_lead_to_the_next_state_of_the_engine(name: str, optimizer: list[str]) -> None:
    """With all points in one batch an epoch is a step, and each frame plus its update is the next one."""
    task = task_of(*PROBLEMS[name], *optimizer, "dataset.batch_size=null", "dataset.shuffle=true", "epochs=4")
    frames = film_of(task)
    measures = measure_frames(task, frames)
    for name, update in measures.updates.items():
        for frame, following, step in zip(frames[:-1], frames[1:], update[:-1], strict=True):
            np.testing.assert_allclose(frame.weights[name] + step, following.weights[name], rtol=1e-5, atol=1e-6)


def test_the_step_is_that_of_the_first_batch_of_the_next_epoch() -> None:
    """The last frame's too, which the run did not take: one more epoch, of one step, takes it."""
    task = task_of("dataset.n_samples=200", "optimizer=adam", "epochs=3")
    frames = film_of(task)
    measures = measure_frames(task, frames)
    for number, frame in enumerate(frames):
        first = task.batches(frame.epoch + 1)[0]
        alone = replace(task, train=task.train[first], shuffle=False, batch_size=len(first), epochs=frame.epoch + 1)
        following = engines.load(Choice("engine", "module", {}))(alone, frame, lambda end: None)
        for name, update in measures.updates.items():
            np.testing.assert_allclose(
                frame.weights[name] + update[number], following.weights[name], rtol=1e-6, atol=1e-7
            )


@pytest.mark.parametrize("problem", [problem for name, problem in PROBLEMS.items() if name != "dropout"])
def test_gradients_are_the_slopes_of_the_loss(problem: list[str]) -> None:
    """Nudged in float64, one weight after the other."""
    task = task_of(*problem, "precision=64", "epochs=1")
    frame = first_state(task)
    measures = measure_frames(task, [frame])
    batch = task.train[task.batches(1)[0]]

    def loss(name: str, index: tuple[int, ...], nudge: float) -> float:
        weights = {key: weight.copy() for key, weight in frame.weights.items()}
        weights[name][index] += nudge
        row = final_metrics(task, State(0, 0, weights, {}), batch)
        return row["val_loss"]

    for name, gradients in measures.gradients.items():
        for index in np.ndindex(frame.weights[name].shape):
            slope = (loss(name, index, 1e-6) - loss(name, index, -1e-6)) / 2e-6
            assert gradients[(0, *index)] == pytest.approx(slope, rel=1e-5, abs=1e-8)


def test_sizes_are_over_weight_and_bias_of_a_layer_together() -> None:
    task = task_of("dataset.n_samples=200", "epochs=2")
    frames = film_of(task)
    measures = measure_frames(task, frames)
    assert measures.layers == ["layers.0", "layers.1"]
    for sizes, arrays in ((measures.gradient_size, measures.gradients), (measures.update_size, measures.updates)):
        for number, layer in enumerate(measures.layers):
            together = np.concatenate([arrays[f"{layer}.weight"].reshape(3, -1), arrays[f"{layer}.bias"]], axis=1)
            np.testing.assert_allclose(sizes[:, number], np.linalg.norm(together, axis=1), rtol=1e-6)
    np.testing.assert_allclose(measures.update_size, 0.1 * measures.gradient_size, rtol=1e-5)
    np.testing.assert_allclose(measures.update_ratio, measures.update_size / measures.weight_size)


def test_losses_are_those_in_metrics_csv(train: Train) -> None:
    run = train("dataset.n_samples=200", "epochs=5", "logger=none", "callbacks=[frames]", "engine=module")
    frames, history = run.frames(), run.metrics()
    measures = measure_frames(run.task, frames)
    assert [frame.epoch for frame in frames] == [0, *history["epoch"]]
    assert measures.losses[1:, 1].tolist() == history["val_loss"].tolist()
    assert measures.metric[1:, 1].tolist() == history["val_acc"].tolist()
    network = run.network()
    with torch.no_grad():
        outputs, targets = network(torch.from_numpy(run.task.train.x)), torch.from_numpy(run.task.train.y)
    loss = functional.binary_cross_entropy_with_logits(outputs, targets)
    assert measures.losses[-1, 0] == pytest.approx(loss.item(), rel=1e-6)
    assert measures.metric[-1, 0] == pytest.approx(((outputs > 0) == (targets > 0.5)).float().mean().item())


def test_a_single_layer_has_no_hidden_units() -> None:
    task = task_of("dataset=xor", "model=single_layer", "epochs=1")
    measures = measure_frames(task, film_of(task))
    assert measures.dead == measures.always_on == measures.saturated == []
    assert measures.gradient_size.shape == (2, 1)


def test_a_model_of_a_users_own_is_measured_without_its_units(tmp_path: Path) -> None:
    with gated_film(tmp_path) as (task, frames):
        measures = measure_frames(task, frames)
    assert measures.layers == ["scale", "gate"]
    assert measures.dead == []
    for name, update in measures.updates.items():
        np.testing.assert_allclose(frames[2].weights[name] + update[2], frames[3].weights[name], atol=1e-7)


NORMED = """
from torch import nn

def build(in_features, outputs):
    return nn.Sequential(nn.Linear(in_features, 3), nn.BatchNorm1d(3), nn.Tanh(), nn.Dropout(0.3), nn.Linear(3, 1),
                         nn.Flatten(0))
"""


def test_a_model_that_counts_and_leaves_out_is_measured_as_it_is_and_moved_as_in_its_step(tmp_path: Path) -> None:
    """Its steps normalize by the batch and leave units out, and measuring it does neither, nor does it count."""
    with own_option(tmp_path, "model", "normed", NORMED):
        problem = task_of("dataset.n_samples=60", "dataset.batch_size=null", "epochs=3")
        task = with_option(problem, "model", "normed", init="default")
        frames = film_of(task)
        assert frames[0].buffers["1.running_mean"].tolist() != frames[1].buffers["1.running_mean"].tolist()
        measures = measure_frames(task, frames)
        for name, update in measures.updates.items():
            for i in range(3):
                np.testing.assert_allclose(
                    frames[i].weights[name] + update[i], frames[i + 1].weights[name], rtol=1e-5, atol=1e-6
                )
        for frame, (_, val_loss), (_, accuracy) in zip(frames, measures.losses, measures.metric, strict=True):
            row = final_metrics(task, frame, task.val)
            assert (row["val_loss"], row["val_acc"]) == (val_loss, accuracy)


def test_numbers_that_are_no_longer_finite_are_said_and_not_hidden() -> None:
    task = task_of("dataset=linear", "model=single_layer", "epochs=1")
    state = first_state(task)
    state.weights["layers.0.weight"][:] = 1e38
    measures = measure_frames(task, [state])
    assert np.isinf(measures.losses).all()
    assert np.isinf(measures.update_size).all()


def test_a_large_network_is_measured_by_layer_only() -> None:
    task = task_of("dataset.n_samples=20", "model.hidden=[200,120]", "epochs=1")
    frames = [first_state(task)]
    assert sum(weight.size for weight in frames[0].weights.values()) > MOST_WEIGHTS
    measures = measure_frames(task, frames)
    assert measures.gradients == measures.updates == {}
    assert (measures.gradient_size > 0).all()


def test_frames_of_a_resumed_run_go_on(train: Train) -> None:
    from backprop_lab.experiment import experiment
    from conftest import Silent

    run = train("dataset.n_samples=100", "epochs=2", "logger=none", "callbacks=[frames]", "engine=module")
    experiment.resume(run, {"epochs": 4}, Silent(), 0.0)
    frames = run.frames()
    measures = measure_frames(run.task, frames)
    assert [frame.epoch for frame in frames] == [0, 1, 2, 3, 4]
    assert measures.losses[:, 1].tolist()[1:] == run.metrics()["val_loss"].tolist()
