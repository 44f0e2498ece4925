"""Lesson 6: a step by hand for one point and for a batch, against torch and nudging, and its exercises."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from exercises.layer import layer_backward, shapes, slope_of_squared_error
from torch import nn

from conftest import Lesson


def test_the_numbers_of_one_point_are_those_of_torch(lesson: Callable[..., Lesson]) -> None:
    done = lesson("06_layer_by_hand")
    first, last = nn.Linear(2, 2).double(), nn.Linear(2, 1).double()
    with torch.no_grad():
        first.weight[:] = torch.tensor([[0.8, -0.5], [-0.4, 0.9]])
        first.bias[:] = torch.tensor([0.1, 0.2])
        last.weight[:] = torch.tensor([[0.6, -0.7]])
        last.bias[:] = torch.tensor([0.3])
    point, label = torch.tensor([1.0, 0.0]).double(), torch.ones(1).double()
    loss = nn.functional.binary_cross_entropy_with_logits(last(first(point).relu()), label)
    loss.backward()
    assert done.numbers("L = -log p =") == [round(loss.item(), 4)]
    for line, gradient in (
        ("dW2 = dz2 * h =", last.weight.grad), ("db2 = dz2 =", last.bias.grad),
        ("dW1 = dz1 * x =", first.weight.grad), ("db1 = dz1 =", first.bias.grad),
    ):  # fmt: skip
        assert gradient is not None
        assert np.allclose(done.numbers(line), gradient.flatten(), atol=5e-5), line
    before, after = done.numbers("loss of the point:")
    assert after < before

    # The batch: each weight's gradient against nudging, torch and the engine, and the training.
    for name in ("W1", "b1", "W2", "b2"):
        nudging, by_torch, engine = done.numbers(f"  {name}: nudging")
        assert nudging < 1e-9
        assert max(by_torch, engine) < 1e-15
    assert done.numbers("after 1000 epochs: loss")[0] < 0.01
    answers = np.array(done.numbers("after 1000 epochs: loss")[1:5])
    assert ((answers > 0.5) == [False, True, True, False]).all()
    assert done.numbers("z = -6.0: p = 0.0025, cross-entropy") == [-0.9975, -0.0049]
    assert set(done.figures) == {"06_one_point.png", "06_loss.png", "06_two_losses.png"}
    assert done.said.count("not answered yet") == 3


def test_shapes() -> None:
    right = {"W": (5, 3), "Z": (32, 5), "dW": (5, 3), "db": (5,), "dX": (32, 3)}
    assert shapes.complaints(right) == []
    (said,) = shapes.complaints(right | {"dX": (32, 5)})
    assert said.startswith("dX: (32, 5) is wrong")
    (said,) = shapes.complaints(right | {"db": (5, 1)})
    assert said.startswith("db: ")


Backward = dict[str, np.ndarray]


def right_way_back(x: np.ndarray, w: np.ndarray, dz: np.ndarray) -> Backward:
    return {"dW": dz.T @ x, "db": dz.sum(axis=0), "dX": dz @ w}


@pytest.mark.parametrize(
    ("mistake", "said"),
    [
        ({"dW": lambda x, w, dz: x.T @ dz}, "dW at arrays of shape (4, 3), (2, 3), (4, 2): shape (3, 2), wanted is (2, 3): transposed?"),  # noqa: E501
        ({"db": lambda x, w, dz: dz.mean(axis=0)}, "4 times too small: a mean too many?"),
        ({"dX": lambda x, w, dz: dz @ w.T if w.shape[0] == w.shape[1] else dz @ w}, "dX at arrays of shape (2, 2)"),
    ],
)  # fmt: skip
def test_the_way_back_through_a_layer(mistake: dict[str, Callable[..., np.ndarray]], said: str) -> None:
    assert layer_backward.complaints(right_way_back) == []

    def wrong(x: np.ndarray, w: np.ndarray, dz: np.ndarray) -> Backward:
        return right_way_back(x, w, dz) | {name: part(x, w, dz) for name, part in mistake.items()}

    (complaint,) = layer_backward.complaints(wrong)
    assert complaint.startswith(next(iter(mistake)))
    assert said in complaint


def test_the_slope_of_the_squared_error() -> None:
    assert slope_of_squared_error.complaints(lambda z, y: 2 * (np.tanh(z) - y) * (1 - np.tanh(z) ** 2)) == []
    (said,) = slope_of_squared_error.complaints(lambda z, y: (np.tanh(z) - y) * (1 - np.tanh(z) ** 2))
    assert said == "dL/dz at 0.5, -2: 1.93633 is wrong: 2 times too small"
    assert slope_of_squared_error.complaints(lambda z, y: 2 * (np.tanh(z) - y))
