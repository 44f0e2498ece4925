"""One of a thousand is one alone: a member of a chunk against the same training by the plain loop and torch.optim."""

import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from backprop_lab import engines
from backprop_lab.callbacks.frames import epochs as frame_epochs
from backprop_lab.config.types import Choice
from backprop_lab.sweep.batch import blocks, chunk
from backprop_lab.sweep.batch.history import History
from backprop_lab.training.epoch_end import EpochEnd
from backprop_lab.training.first_state import first_state
from backprop_lab.training.metrics import final_metrics
from backprop_lab.training.split import points_of
from backprop_lab.training.state import State
from backprop_lab.training.task import Task, build_task
from conftest import configured
from engines.rungs import TOGETHER

Together = Callable[..., list[History]]


@pytest.fixture(params=TOGETHER)
def together(request: pytest.FixtureRequest) -> Together:
    return TOGETHER[request.param]


def task_of(*overrides: str) -> Task:
    config = configured(*overrides)
    return build_task(config, *points_of(config))


def alone(task: Task, engine: str = "module") -> tuple[State, list[EpochEnd]]:
    """The training by itself, by default a plain loop over nn.Module and torch.optim, with what it reported."""
    moments: list[EpochEnd] = []

    def watch(moment: EpochEnd) -> None:
        moments.append(moment)
        assert moment.state.epoch == moment.epoch  # copied while it is there

    return engines.load(Choice("engine", engine, {}))(task, first_state(task), watch), moments


def largest_difference(state: State, other: State) -> float:
    pairs = [(part[name], same[name]) for part, same in
             ((state.weights, other.weights), (state.optimizer, other.optimizer)) for name in part]  # fmt: skip
    assert state.optimizer.keys() == other.optimizer.keys()
    return max(float(np.abs(mine - theirs).max()) for mine, theirs in pairs)


# lr / (1 - momentum) is at most 3: beyond that the training itself is chaotic, and any rounding grows without bound.
SGD = [
    *([f"optimizer.lr={lr}"] for lr in (0.03, 0.1, 0.3, 1.0, 3.0)),
    ["optimizer.lr=0.1", "optimizer.momentum=0.9"],
    ["optimizer.lr=0.3", "optimizer.momentum=0.9", "optimizer.weight_decay=0.001"],
    ["optimizer.lr=0.1", "optimizer.momentum=0.9", "optimizer.nesterov=true"],
    ["optimizer.lr=1.0", "optimizer.momentum=0.5", "optimizer.nesterov=true", "optimizer.weight_decay=0.0001"],
    ["optimizer.lr=0.3", "optimizer.weight_decay=0.01"],
    ["dataset.noise=0.05", "dataset.radius=0.7"],
    ["model.init=0.1"],
]
ADAM = [
    *([f"optimizer.lr={lr}"] for lr in (0.001, 0.01)),
    ["optimizer.betas=[0.8,0.99]"],
    ["optimizer.weight_decay=0.01"],
]
MIXED = {"sgd": SGD, "adam": ADAM, "adamw": ADAM}


@pytest.mark.slow
@pytest.mark.parametrize(("way", "optimizer"), [*itertools.product(TOGETHER, ("sgd", "adam")), ("kernel", "adamw")])
def test_twenty_mixed_jobs_end_where_each_would_have_ended_alone(way: str, optimizer: str) -> None:
    """1,250 steps of a circle in double precision: the first by torch.optim, the others by NumPy, to be fast."""
    line = ("dataset.n_samples=1000", "precision=64", "log_every_n_epochs=25", f"optimizer={optimizer}")
    jobs = [task_of(*line, f"seed={seed}", *overrides) for seed, overrides in enumerate(MIXED[optimizer])]
    for number, (task, history) in enumerate(zip(jobs, TOGETHER[way](jobs), strict=True)):
        state, moments = alone(task, "by_hand" if number else "module")
        assert (history.state.epoch, history.state.step) == (state.epoch, state.step) == (50, 1250)
        assert largest_difference(history.state, state) < 1e-11
        rows = {moment.epoch: moment.row for moment in moments if moment.row is not None}
        assert list(history.rows) == list(rows) == [25, 50]
        for epoch, row in rows.items():
            assert list(history.rows[epoch]) == list(row)
            assert history.rows[epoch] == pytest.approx(row, abs=1e-11)


@pytest.mark.slow
def test_in_single_precision_the_predictions_are_the_same(together: Together) -> None:
    """All 6,250 steps of the circle in the kernel, and 1,250 in vmap, which is slower."""
    line = ("log_every_n_epochs=50", f"dataset.n_samples={5000 if together is TOGETHER['kernel'] else 1000}")
    jobs = [task_of(*line, f"seed={seed}", *overrides) for seed, overrides in enumerate(SGD[:4])]
    for task, history in zip(jobs, together(jobs), strict=True):
        mine, theirs = (final_metrics(task, state, task.val) for state in (history.state, alone(task, "by_hand")[0]))
        assert abs(mine["val_acc"] - theirs["val_acc"]) <= 0.002
        assert abs(mine["val_loss"] - theirs["val_loss"]) < 1e-4


@pytest.mark.parametrize(
    "overrides",
    [
        ["dataset=linear", "model=single_layer", "optimizer.lr=0.01", "epochs=100"],
        ["dataset=xor", "loss=mse", "model.activation=tanh", "optimizer.lr=0.5", "epochs=100"],
        ["dataset=moons", "dataset.n_samples=205", "model.hidden=[4,3]", "model.activation=sigmoid", "epochs=3"],
        ["dataset=circle", "dataset.n_samples=150", "dataset.shuffle=false", "model.bias=false", "epochs=3"],
        ["dataset=linear", "dataset.n_samples=50", "dataset.noise=0.1", "dataset.batch_size=16", "epochs=5"],
    ],
    ids=lambda overrides: overrides[0],
)
def test_every_data_set_and_model_trains_as_it_would_alone(overrides: list[str], together: Together) -> None:
    """Batches that do not divide the points, full batches, regression, deep networks and those without biases."""
    frames = [0, 1, 3]
    tasks = [task_of(*overrides, "precision=64", f"seed={seed}") for seed in range(3)]
    for task, history in zip(tasks, together(tasks, frames=frames), strict=True):
        state, moments = alone(task)
        assert largest_difference(history.state, state) < 1e-12
        for moment in moments:
            assert history.rows[moment.epoch] == pytest.approx(moment.row, abs=1e-11)
        best = min(moments, key=lambda moment: moment.row["val_loss"] if moment.row else np.inf)
        assert history.best is not None
        assert history.best_state is not None
        assert history.best["val_loss"] == pytest.approx(best.row["val_loss"] if best.row else None, abs=1e-12)
        recorded = {0: history.start} | {moment.epoch: moment.state for moment in moments}
        assert [frame.epoch for frame in history.frames] == frames
        for frame in history.frames:
            assert largest_difference(frame, recorded[frame.epoch]) < 1e-12
            assert frame.step == recorded[frame.epoch].step


SMALL = ("dataset.n_samples=80",)  # two batches of 32, so that the program is that of the whole circle


def bits(history: History) -> tuple[str, bytes]:
    return history.state.weights_sha256, repr(history.rows).encode()


def test_members_with_and_without_a_limit_of_the_gradient_train_together(together: Together) -> None:
    limits = ("null", "0.02", "0.3", "null", "1e9")
    tasks = [task_of(*SMALL, "epochs=3", "optimizer.lr=1", f"optimizer.clip_norm={limit}") for limit in limits]
    histories = together(tasks)
    for task, history in zip(tasks, histories, strict=True):
        assert bits(history) == bits(*together([task]))
        assert largest_difference(history.state, alone(task)[0]) < 1e-5
    free, tight, *_, unreached = histories
    assert bits(free) == bits(unreached)
    assert largest_difference(free.state, tight.state) > 0.01


@pytest.mark.slow
def test_neither_the_neighbours_nor_their_number_nor_the_place_change_a_bit(together: Together) -> None:
    tasks = [task_of(*SMALL, "epochs=3", f"seed={seed}") for seed in range(64)]
    expected = [bits(history) for history in together(tasks)]
    one = together(tasks[5:6])
    seven = together(tasks[5:12])
    assert bits(one[0]) == bits(seven[0]) == expected[5]
    assert [bits(history) for history in seven] == expected[5:12]
    assert [bits(history) for history in together(tasks[::-1])] == expected[::-1]


def test_a_member_that_diverges_becomes_nan_alone(together: Together) -> None:
    tasks = [task_of(*SMALL, "epochs=4", f"seed={seed}") for seed in range(4)]
    healthy = [bits(history) for history in together(tasks)]
    wild = [replace(tasks[1], optimizer=replace(tasks[1].optimizer, knobs={**tasks[1].optimizer.knobs, "lr": 1e30}))]
    histories = together([tasks[0], *wild, *tasks[2:]])
    assert [bits(h) for i, h in enumerate(histories) if i != 1] == [b for i, b in enumerate(healthy) if i != 1]
    diverged = histories[1]
    assert diverged.has_diverged
    assert not any(history.has_diverged for i, history in enumerate(histories) if i != 1)
    assert diverged.state.is_finite()
    assert diverged.state.epoch < 4
    assert all(epoch <= diverged.state.epoch for epoch in diverged.rows)


def test_a_member_that_diverges_keeps_what_it_would_have_kept_alone(together: Together) -> None:
    """The line with a learning rate at which the loss grows until it is infinite."""
    task = task_of("dataset=linear", "model=single_layer", "optimizer.lr=10", "epochs=300")
    states: list[State] = []

    def watch(moment: EpochEnd) -> None:
        numbers = [moment.loss, *(moment.row or {}).values()]
        if all(np.isfinite(numbers)) and moment.state.is_finite():
            states.append(moment.state)

    engines.load(Choice("engine", "module", {}))(task, first_state(task), watch)
    (history,) = together([task], frames=frame_epochs(300, count=50))
    assert history.has_diverged
    assert history.state.epoch == states[-1].epoch
    for name, weight in states[-1].weights.items():
        assert history.state.weights[name] == pytest.approx(weight, rel=1e-4)
    assert history.frames[-1].epoch <= history.state.epoch
    assert max(history.rows) == history.state.epoch


FITS = {"kernel": blocks.fit, "vmap": lambda tasks, frames, report: chunk.fit(tasks, frames, "cpu", report)}


@pytest.mark.parametrize("way", FITS)
def test_it_says_how_many_steps_all_members_have_taken(way: str) -> None:
    told: list[int] = []
    tasks = [task_of("dataset.n_samples=100", "epochs=3", f"seed={seed}") for seed in range(5)]
    FITS[way](tasks, (), told.append)
    assert sum(told) == 5 * 3 * 3
    told.clear()
    wild = [task_of("dataset=linear", "optimizer.lr=1e38", "epochs=50", "precision=32")]
    FITS[way](wild, (), told.append)
    assert sum(told) == 50
    assert len(told) < 50  # nobody is left to train


def calls_of(task: Task) -> int:
    """How many calls of the program a block of one member takes, each of which is told of."""
    told: list[int] = []
    blocks.fit([task], (), told.append)
    return sum(steps > 0 for steps in told)


def test_a_block_of_sizes_that_are_known_is_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "_spans", {})
    task = task_of("dataset=linear", "epochs=200")
    assert calls_of(task) > 1
    assert calls_of(replace(task, seed=1)) == 1
    assert calls_of(task_of("dataset=linear", "epochs=200", "precision=64")) > 1, "other sizes, which are not known"


def test_a_block_that_takes_no_time_says_nothing_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "_spans", {})
    told: list[int] = []
    wild = task_of("dataset=linear", "optimizer.lr=1e10", "epochs=1000000", "log_every_n_epochs=1000", "precision=32")
    blocks.fit([wild], (), told.append)
    assert told[0] == 1
    assert [*blocks._spans.values()] == [told[1]], "in the second call nobody was left, so it was quick"
