"""The landscape is the loss of the networks that it says."""

from pathlib import Path

import numpy as np
import pytest

from backprop_lab.report.run.landscape import landscape
from backprop_lab.training.first_state import first_state
from backprop_lab.training.metrics import final_metrics
from backprop_lab.training.state import State
from backprop_lab.training.task import Task
from report.films import film_of, gated_film, task_of


def loss_of(task: Task, frame: State, row: np.ndarray) -> float:
    """The training loss of the network whose weights are ``row``, by the function that fills the receipt."""
    weights, start = {}, 0
    for name, weight in frame.weights.items():
        weights[name] = row[start : start + weight.size].reshape(weight.shape).astype(task.dtype)
        start += weight.size
    return final_metrics(task, State(0, 0, weights, {}), task.train)["val_loss"]


def row_of(frame: State) -> np.ndarray:
    return np.concatenate([weight.ravel() for weight in frame.weights.values()]).astype(float)


def test_of_a_line_it_is_the_loss_over_w_and_b() -> None:
    task = task_of("dataset=linear", "model=single_layer", "optimizer.lr=0.01", "epochs=20")
    frames = film_of(task)
    land = landscape(task, frames, side=9)
    assert (land.kind, land.names, land.exact, land.share, land.points) == ("plane", ("w", "b"), True, 1.0, 4)
    x, y = task.train.x[:, 0].astype(float), task.train.y.astype(float)
    for i, b in enumerate(land.y):
        for j, w in enumerate(land.x):
            assert land.loss[i, j] == pytest.approx(((w * x + b - y) ** 2).mean(), rel=1e-5)
    np.testing.assert_array_equal(land.path, [row_of(frame) for frame in frames])
    assert land.x[-1] - land.x[0] == pytest.approx(land.y[-1] - land.y[0])
    assert land.x[0] < land.path[:, 0].min() < land.path[:, 0].max() < land.x[-1]


def test_of_one_weight_it_is_a_curve_with_the_descent_on_it() -> None:
    task = task_of("experiment=linear_regression", "epochs=30")
    frames = film_of(task)
    land = landscape(task, frames)
    assert (land.kind, land.names, land.exact) == ("curve", ("w", "loss"), True)
    np.testing.assert_allclose(land.loss, 7.5 * (land.x - 1) ** 2, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(land.path[:, 0], [frame.weights["layers.0.weight"].item() for frame in frames])
    np.testing.assert_allclose(land.path[:, 1], 7.5 * (land.path[:, 0] - 1) ** 2, rtol=1e-4)
    assert land.x[-1] > 1.3  # beyond the lowest point


def test_without_a_bias_two_weights_are_w1_and_w2() -> None:
    task = task_of("dataset=xor", "model=single_layer", "model.bias=false", "epochs=3")
    land = landscape(task, film_of(task), side=3)
    assert (land.names, land.exact) == (("w1", "w2"), True)


@pytest.mark.parametrize(
    "problem",
    [
        ["dataset.n_samples=100", "epochs=12"],
        ["dataset=xor", "loss=mse", "model.activation=tanh", "model.hidden=[3,2]", "epochs=12"],
        ["dataset=xor", "model=single_layer", "precision=64", "epochs=12"],
    ],
)
def test_of_more_weights_it_is_the_plane_that_the_path_lies_in_most(problem: list[str]) -> None:
    """The plane found by another way: the eigenvectors of the second moments of the distances from the last frame."""
    task = task_of(*problem, "optimizer.lr=0.5")
    frames = film_of(task)
    land = landscape(task, frames, side=5)
    rows = np.array([row_of(frame) for frame in frames])
    moved = rows - rows[-1]
    sizes, vectors = np.linalg.eigh(moved.T @ moved)
    assert land.share == pytest.approx(sizes[-2:].sum() / sizes.sum())
    assert not land.exact
    for axis, vector in enumerate((vectors[:, -1], vectors[:, -2])):
        expected = moved @ vector
        sign = np.sign(expected @ land.path[:, axis])
        np.testing.assert_allclose(land.path[:, axis], sign * expected, atol=1e-7)
        vectors[:, -1 - axis] *= sign
    np.testing.assert_allclose(land.path[-1], 0, atol=1e-12)
    assert land.path[0, 0] < 0 <= land.path[0, 1]
    for i, b in enumerate(land.y):
        for j, a in enumerate(land.x):
            row = rows[-1] + a * vectors[:, -1] + b * vectors[:, -2]
            assert land.loss[i, j] == pytest.approx(loss_of(task, frames[0], row), rel=1e-4)
    for axis, places in enumerate((land.x, land.y)):
        assert places[0] < land.path[:, axis].min() <= land.path[:, axis].max() < places[-1]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_frames_and_weights_that_do_not_move_still_have_a_landscape(count: int) -> None:
    task = task_of("dataset=xor", "model.hidden=2", "epochs=1")
    land = landscape(task, [first_state(task)] * count, side=3)
    assert land.share == 1
    assert np.isfinite(land.loss).all()
    assert len(np.unique(land.loss)) > 1
    np.testing.assert_allclose(land.path, np.zeros((count, 2)))


def test_a_path_along_one_direction_gets_a_second_one_across_it() -> None:
    task = task_of("dataset=xor", "model.hidden=2", "optimizer.lr=0.5", "epochs=1")
    frames = film_of(task)
    land = landscape(task, frames, side=3)
    assert land.share == pytest.approx(1)
    assert land.path[0, 0] == pytest.approx(-np.linalg.norm(row_of(frames[0]) - row_of(frames[1])))
    np.testing.assert_allclose(land.path[:, 1], 0, atol=1e-6)
    assert land.loss[1, 1] != land.loss[2, 1]


def test_weights_near_the_largest_number_do_not_stop_it() -> None:
    task = task_of("dataset=linear", "model=single_layer", "epochs=1")
    frames = [first_state(task), first_state(task)]
    for weight in frames[1].weights.values():
        weight[:] = 3e38
    assert not np.isfinite(landscape(task, frames, side=3).loss).all()


def test_a_large_network_is_seen_on_a_sample_of_the_points() -> None:
    task = task_of("dataset.n_samples=500", "model.hidden=[200,120]", "epochs=1")
    land = landscape(task, [first_state(task)])
    assert land.points == 250
    assert land.loss.shape == (21, 21)


def test_a_model_of_a_users_own_has_a_landscape(tmp_path: Path) -> None:
    """In the middle of one frame's landscape is that frame."""
    with gated_film(tmp_path) as (task, frames):
        land = landscape(task, frames[-1:], side=3)
        middle = loss_of(task, frames[0], row_of(frames[-1]))
    assert land.loss[1, 1] == pytest.approx(middle)
    assert len(np.unique(land.loss)) > 1
