"""Lesson 5: the tables of its source text on every rung, and its exercises."""

from collections.abc import Callable

import numpy as np
import pytest
from exercises.regression import largest_rate, one_step, two_gradients

from conftest import Lesson

SUMMED = [(1.200, 30.0), (1.680, 4.79999924), (1.872, 0.76800019), (1.949, 0.12288000), (1.980, 0.01966083)]
EPOCHS = (1, 11, 21, 31, 41, 51)
WEIGHTS = [0.150, 0.833, 0.967, 0.994, 0.999, 1.000]
LOSSES = [7.5, 0.29069641, 0.01126722, 0.00043671, 0.00001693, 0.00000066]


def after(done: Lesson, heading: str) -> Lesson:
    """What is printed from the line ``heading`` on."""
    return Lesson(done.said[done.said.index(f"{heading}\n") :], done.figures, done.names)


def table(done: Lesson, heading: str) -> list[list[float]]:
    return [after(done, heading).numbers(f"epoch {epoch:2d}: w =") for epoch in EPOCHS]


@pytest.mark.slow
def test_the_numbers_of_the_source_text(lesson: Callable[..., Lesson]) -> None:
    done = lesson("05_linear_regression")
    for way in ("by hand: ", "by Value:", "by torch:"):
        assert done.numbers(f"{way} L =") == [1, -2]

    for heading in ("summed gradient, lr 0.01", "mean gradient, lr 0.04"):
        first = after(done, heading)
        for epoch, (w, loss) in enumerate(SUMMED, start=1):
            assert first.numbers(f"epoch {epoch:2d}: w =") == [w, loss]
    assert done.numbers("largest difference of w from the table above:")[0] < 1e-6
    assert after(done, "summed gradient, lr 0.01").numbers("epoch 20: w =") == [2.0, 0.0]
    assert after(done, "summed gradient, lr 0.01").numbers("before training: f(5) =") == [0.0]
    assert after(done, "summed gradient, lr 0.01").numbers("after training: f(5) =") == [10.0]

    for heading in ("autograd", "loss and optimizer objects"):
        assert table(done, heading) == [[w, loss] for w, loss in zip(WEIGHTS, LOSSES, strict=True)]
        assert after(done, heading).numbers("before training: f(5) =") == [0.0]
        assert after(done, heading).numbers("after training: f(5) =") == [5.0]

    layer = table(done, "linear layer")
    assert [w for w, _ in layer] == [1.150, 1.833, 1.967, 1.994, 1.999, 2.000]
    assert [loss for _, loss in layer][:2] == [7.5, 0.29069635]
    assert after(done, "linear layer").numbers("before training: f(5) =") == [5.0]
    assert after(done, "linear layer").numbers("after training: f(5) =") == [10.0]

    # The project's own rungs: scalar, by_hand, autograd, module.
    assert [done.numbers(f"  w, epoch {epoch:2d}:") for epoch in EPOCHS] == [[w] * 4 for w in WEIGHTS]
    losses = np.array([done.numbers(f"  loss, epoch {epoch:2d}:") for epoch in EPOCHS])
    assert np.allclose(losses, np.array(LOSSES)[:, None], rtol=1e-6, atol=1e-8)
    assert done.numbers("  f(5):") == [5.0] * 4
    assert done.numbers("largest difference of w over 100 epochs in float64:")[0] < 1e-12
    assert done.numbers("model.init=1: w =") == [1.150, 1.833, 1.967, 2.000]
    assert done.numbers("and there f(5) =") == [10.0]

    # What a sum in place of a mean does, and a gradient that is not cleared.
    assert done.numbers("nudging the loss gives") == [-30]
    assert done.numbers("the mean gradient is") == [-30]
    assert done.numbers("the summed gradient is") == [-120]
    diverging = np.array(done.numbers("every point four times"))
    assert len(diverging) == 4
    assert (np.diff(np.abs(diverging - 2)) > 0).all()
    assert done.numbers("without, w went up to")[0] > 1.9
    assert set(done.figures) == {"05_slope.png", "05_mean_and_sum.png", "05_forgotten_gradient.png"}
    assert done.said.count("not answered yet") == 3


def test_two_gradients() -> None:
    right = {"prediction 1": 1, "prediction 2": 2, "mean gradient": -8, "summed gradient": -16, "new w": 1.8}
    assert two_gradients.complaints(right) == []
    assert two_gradients.complaints(right | {"mean gradient": -16, "new w": 2.6}) == [
        "mean gradient: -16 is wrong: 2 times too large: the mean forgotten?", "new w: 2.6 is wrong",
    ]  # fmt: skip
    assert two_gradients.complaints(right | {"new w": 0.2})[0].startswith("new w: 0.2 is wrong")


def one_right_step(w: float, b: float, x: np.ndarray, y: np.ndarray, lr: float) -> dict[str, float]:
    error = w * x + b - y
    return {"w": w - lr * (2 * x * error).mean(), "b": b - lr * (2 * error).mean()}


def one_summed_step(w: float, b: float, x: np.ndarray, y: np.ndarray, lr: float) -> tuple[float, float]:
    error = w * x + b - y
    return w - lr * (2 * x * error).sum(), b - lr * (2 * error).sum()


def uphill(w: float, b: float, x: np.ndarray, y: np.ndarray, lr: float) -> tuple[float, float]:
    error = w * x + b - y
    return w - lr * (2 * x * error).mean(), b + lr * (2 * error).mean()


def test_one_step() -> None:
    assert one_step.complaints(one_right_step) == []
    assert one_step.complaints(uphill) == ["b at 1.5, -0.5, [1., 2., 4.], [2., 3., 1.], 0.1: -0.3 is wrong"]
    assert [said.split()[0] for said in one_step.complaints(one_summed_step)] == ["w", "b"]


def test_the_largest_rate() -> None:
    assert largest_rate.complaints({"learning rate": 0.133}) == []
    assert largest_rate.complaints({"learning rate": 2 / 15}) == []
    assert "2 times too small" in largest_rate.complaints({"learning rate": 1 / 15})[0]
