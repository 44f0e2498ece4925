"""Exercises of lesson 6. Solutions are computed with torch and by nudging."""

import math

import numpy as np
import torch
from torch.nn.functional import linear

from backprop_lab.autograd.derivative import gradient
from exercises.checking import Exercise, Terms


def _backward(x: np.ndarray, weight: np.ndarray, dz: np.ndarray) -> dict[str, np.ndarray]:
    tensors = [torch.from_numpy(array).requires_grad_() for array in (x, weight, np.zeros(len(weight)))]
    linear(*tensors).backward(torch.from_numpy(dz))
    dx, dw, db = (np.asarray(tensor.grad) for tensor in tensors)
    return {"dW": dw, "db": db, "dX": dx}


def _shapes() -> Terms:
    x, layer = torch.zeros(32, 3), torch.nn.Linear(3, 5)
    z = layer(x)
    slopes = _backward(np.zeros((32, 3)), np.zeros((5, 3)), np.zeros((32, 5)))
    shapes = {"W": layer.weight.shape, "Z": z.shape} | {name: slope.shape for name, slope in slopes.items()}
    return {name: tuple(shape) for name, shape in shapes.items()}


def _case(points: int, inputs: int, outputs: int) -> tuple[np.ndarray, ...]:
    random = np.random.default_rng(points)
    shapes = ((points, inputs), (outputs, inputs), (points, outputs))
    return tuple(random.integers(-3, 4, shape).astype(float) for shape in shapes)


# Shapes of a layer's arrays and of their gradients.
shapes = Exercise(_shapes)

# A function of X, W and dZ: the backward pass of a linear layer. The last case is square, to detect a transposition.
layer_backward = Exercise(_backward, cases=[_case(4, 3, 2), _case(1, 2, 1), _case(2, 2, 2)])

# A function of z and y: the derivative of (tanh(z) - y)^2.
slope_of_squared_error = Exercise(
    lambda z, y: {"dL/dz": gradient(lambda logit: (math.tanh(logit) - y) ** 2, [z])[0]},
    cases=[(0.5, -2.0), (0.0, 1.0), (1.0, -1.0)],
)
