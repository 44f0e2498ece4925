"""Exercises of lesson 5. Solutions are computed by nudging, with torch, and by trial."""

import numpy as np
import torch

from backprop_lab.autograd.derivative import gradient
from exercises.checking import Exercise, Terms

X, Y = np.array([1.0, 2.0]), np.array([3.0, 5.0])


def _two_gradients() -> Terms:
    w = 1.0
    (mean,) = gradient(lambda w: float(((w * X - Y) ** 2).mean()), [w])
    (total,) = gradient(lambda w: float(((w * X - Y) ** 2).sum()), [w])
    first, second = w * X
    return {
        "prediction 1": first,
        "prediction 2": second,
        "mean gradient": mean,
        "summed gradient": total,
        "new w": w - 0.1 * mean,
    }


def _one_step(w: float, b: float, x: np.ndarray, y: np.ndarray, lr: float) -> Terms:
    parameters = [torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in (w, b)]
    optimizer = torch.optim.SGD(parameters, lr=lr)
    weight, bias = parameters
    ((weight * torch.from_numpy(x) + bias - torch.from_numpy(y)) ** 2).mean().backward()
    optimizer.step()
    return {"w": weight.item(), "b": bias.item()}


def _largest_rate() -> Terms:
    """By bisection: a rate is too large if a step from w = 0 ends farther from 2."""
    x = np.arange(1.0, 5.0)
    low, high = 0.0, 1.0
    while high - low > 1e-9:
        rate = (low + high) / 2
        (slope,) = gradient(lambda w: float(((w * x - 2 * x) ** 2).mean()), [0.0])
        low, high = (rate, high) if abs(0.0 - rate * slope - 2) < 2 else (low, rate)
    return {"learning rate": low}


# Predictions, gradients and a step for two points.
two_gradients = Exercise(_two_gradients, points=2)

# A function that takes one step of w and b.
one_step = Exercise(
    _one_step,
    cases=[
        (1.5, -0.5, np.array([1.0, 2.0, 4.0]), np.array([2.0, 3.0, 1.0]), 0.1),
        (0.0, 0.0, np.array([1.0]), np.array([2.0]), 0.5),
    ],
)

# The learning rate above which steps lead away from the minimum.
largest_rate = Exercise(_largest_rate, tolerance=1e-3)
