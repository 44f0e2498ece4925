"""Metrics and losses against scikit-learn's and torch's own, and the means of an epoch."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, r2_score
from torch import Tensor
from torch.nn import functional

from backprop_lab.options.discovery import module, names
from backprop_lab.training.evaluation import final_metrics, predict
from backprop_lab.training.first_state import first_state
from backprop_lab.training.head import head_of
from backprop_lab.training.metrics import EpochStats, loss_of, measure
from backprop_lab.training.networks import network_of
from backprop_lab.training.points import Points
from backprop_lab.training.randomness import generator
from conftest import fitting, task_of

DTYPES = pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)


def normal(n: int, seed: int = 0) -> Tensor:
    return torch.from_numpy(generator(seed, "points").normal(size=n))


def accuracy(logits: Tensor, targets: Tensor) -> float:
    return head_of("binary", "logit").metric_of(logits, targets).item()


def r2(outputs: Tensor, targets: Tensor) -> float:
    return head_of("regression", "value").metric_of(outputs, targets).item()


@DTYPES
@pytest.mark.parametrize("n", [1, 2, 1000])
def test_acc_is_scikit_learns_accuracy(n: int, dtype: torch.dtype) -> None:
    for seed in range(5):
        logits, targets = normal(n, seed).to(dtype), (normal(n, seed + 50) > 0).to(dtype)
        assert accuracy(logits, targets) == accuracy_score(targets, torch.sigmoid(logits) > 0.5)


@pytest.mark.parametrize("size", [0.0, 1e-30, 1e-6])
def test_a_point_on_the_boundary_is_right_for_nobody(size: float) -> None:
    targets = torch.tensor([0.0, 1.0, 1.0, 0.0])
    for sign in (-1, 1):
        assert accuracy(torch.full((4,), sign * size), targets) == 0
    assert accuracy(torch.full((4,), 1.1e-6), targets) == accuracy(torch.full((4,), -1.1e-6), targets) == 0.5


def test_folders_of_earlier_formats_are_counted_as_they_were() -> None:
    """A boundary point was class 0."""
    old = head_of("binary", "logit", undecided=0.0)
    assert old.metric_of(torch.zeros(4), torch.tensor([0.0, 1.0, 1.0, 0.0])).item() == 0.5


@DTYPES
@pytest.mark.parametrize("n", [2, 3, 1000])
@pytest.mark.parametrize("error", [0, 0.1, 1, 30])
def test_r2_is_scikit_learns_r2_score(n: int, error: float, dtype: torch.dtype) -> None:
    targets = (normal(n) * 3 + 100).to(dtype)
    outputs = targets + error * normal(n, 1).to(dtype)
    assert r2(outputs, targets) == pytest.approx(r2_score(targets.double(), outputs.double()), rel=1e-6, abs=1e-6)


def test_r2_is_1_for_exact_answers_and_0_for_the_mean() -> None:
    targets = torch.tensor([1.0, 2.0, 3.0, 4.0])
    assert r2(targets.clone(), targets) == 1
    assert r2(torch.full((4,), 2.5), targets) == 0
    assert r2(-targets, targets) < 0


@DTYPES
@pytest.mark.parametrize("constant", [2.0, 0.0, -0.5])
def test_r2_of_constant_targets_is_scikit_learns(constant: float, dtype: torch.dtype) -> None:
    targets = torch.full((5,), constant, dtype=dtype)
    for outputs in (targets.clone(), targets + 1, normal(5).to(dtype)):
        assert r2(outputs, targets) == r2_score(targets, outputs)
    assert r2(targets[:1] + 1, targets[:1]) == 0
    assert r2(targets[:1], targets[:1]) == 1


@DTYPES
@pytest.mark.parametrize("constant", [0.1, 0.3, 1 / 3, 1e-3])
def test_constant_targets_whose_mean_is_rounded_are_constant_still(constant: float, dtype: torch.dtype) -> None:
    for n in (3, 7, 10, 49, 1000):
        targets = torch.full((n,), constant, dtype=dtype)
        assert r2(targets.clone(), targets) == 1
        assert r2(targets + 1, targets) == 0


def test_bce_is_torchs_on_probabilities() -> None:
    logits, targets = 3 * normal(500), (normal(500, 1) > 0).double()
    ours = loss_of(task_of("dataset=circle"))(logits, targets)
    theirs = functional.binary_cross_entropy(torch.sigmoid(logits), targets)
    torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-12)


def test_the_mean_loss_of_an_epoch_weighs_batches_by_their_points() -> None:
    seen = EpochStats()
    for loss, n in ((1.0, 32), (4.0, 32), (10.0, 16)):
        seen.add(torch.tensor(loss), torch.zeros(n), torch.zeros(n))
    assert seen.loss().item() == pytest.approx((32 * 1 + 32 * 4 + 16 * 10) / 80)


@pytest.mark.parametrize("sizes", [(7,), (7, 7, 3)])
def test_the_members_of_a_batch_see_what_each_would_see_alone(sizes: tuple[int, ...]) -> None:
    head = task_of("dataset=circle").head
    together, alone = EpochStats(), [EpochStats() for _ in range(5)]
    for seed, n in enumerate(sizes):
        losses, outputs, targets = normal(5, seed), normal(5 * n, seed).view(5, n), (normal(5 * n, 9) > 0).view(5, n)
        together.add(losses, outputs, targets.double())
        for member, stats in enumerate(alone):
            stats.add(losses[member], outputs[member], targets[member].double())
    for said, each in ((together.loss(), EpochStats.loss), (together.metric(head), lambda s: s.metric(head))):
        torch.testing.assert_close(said, torch.stack([each(stats) for stats in alone]), rtol=1e-15, atol=0.0)


@pytest.mark.parametrize("dataset", names("dataset"))
def test_the_row_of_an_epoch_is_that_of_all_its_points_at_once(dataset: str) -> None:
    points = [] if hasattr(module("dataset", dataset), "table") else ["dataset.n_samples=100"]
    task = task_of(*fitting("dataset", dataset), *points, "dataset.batch_size=7", "precision=64")
    network = network_of(task, first_state(task))
    loss = loss_of(task)
    x, y = torch.from_numpy(task.train.x), torch.from_numpy(task.train.y)
    seen = EpochStats()
    for index in task.batches(1):
        outputs = network(x[index])
        seen.add(loss(outputs, y[index]), outputs, y[index])
    row, whole = seen.row(task), measure(network, loss, task, x, y, "train")
    assert {*row} == {*whole} == {"train_loss", f"train_{task.head.metric}"}
    for name, value in whole.items():
        assert row[name] == pytest.approx(value, rel=1e-12)


def test_one_batch_is_its_own_mean() -> None:
    seen = EpochStats()
    seen.add(torch.tensor(0.1), torch.zeros(3), torch.zeros(3))
    assert seen.loss().item() == torch.tensor(0.1).item()


def test_what_was_seen_holds_no_graph() -> None:
    seen = EpochStats()
    outputs = normal(3).requires_grad_() * 2
    seen.add(outputs.mean(), outputs, torch.zeros(3))
    assert not seen.losses[0].requires_grad
    assert not seen.outputs[0].requires_grad


@pytest.mark.parametrize("overrides", [("dataset=circle",), ("dataset=linear",), ("dataset=circle", "loss=mse")])
def test_final_metrics_are_the_loss_and_the_metric_of_the_validation_points(overrides: tuple[str, ...]) -> None:
    task = task_of("precision=64", *overrides)
    state = first_state(task)
    metrics = final_metrics(task, state, task.val)
    answers = predict(task, state, task.val.x)
    y = task.val.y
    if not task.head.is_classification:
        expected = {"val_loss": ((answers - y) ** 2).mean(), "val_r2": r2_score(y, answers)}
    else:
        bce = -(y * np.log(answers) + (1 - y) * np.log(1 - answers)).mean()
        mse = ((answers - y) ** 2).mean()
        expected = {"val_loss": mse if "loss=mse" in overrides else bce, "val_acc": accuracy_score(y, answers > 0.5)}
    assert metrics == pytest.approx(expected, rel=1e-10)
    assert [*metrics] == [*expected]


def test_final_metrics_are_the_same_bits_again_whatever_was_computed_between() -> None:
    task = task_of("dataset.n_samples=501")
    state = first_state(task)
    first = final_metrics(task, state, task.val)
    final_metrics(task, state, Points(task.train.x, task.train.y))
    assert final_metrics(task, state, task.val) == first


@pytest.mark.parametrize(
    ("overrides", "predicted"),
    [
        (("dataset=circle",), torch.sigmoid),
        (("dataset=circle", "loss=mse"), torch.sigmoid),
        (("dataset=circle", "loss=hinge"), lambda margins: margins),
        (("dataset=linear",), lambda values: values),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_predictions_are_probabilities_where_the_loss_knows_them(
    overrides: tuple[str, ...], predicted: Callable[[Tensor], Tensor]
) -> None:
    task = task_of(*overrides, "model.init=3")
    x = torch.from_numpy(task.val.x)
    predictions = torch.from_numpy(predict(task, first_state(task), x.numpy()))
    assert predictions.shape == (len(task.val),)
    expected = predicted(network_of(task, first_state(task))(x).detach())
    assert torch.allclose(predictions, expected, rtol=1e-5, atol=1e-6)
