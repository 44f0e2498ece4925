"""Scales the gradients of a step whose norm over all weights together exceeds ``optimizer.clip_norm``."""

import math

import numpy as np

from backprop_lab.options.optimizer import clip_factor


def clip(clip_norm: float | None, gradients: dict[str, np.ndarray]) -> float:
    """Scale ``gradients``, which include the penalty's part, in place; returns the factor."""
    if clip_norm is None:
        return 1.0
    factor = float(clip_factor(_squares(gradients), clip_norm))
    if factor != 1.0:
        gradients |= {name: gradient * factor for name, gradient in gradients.items()}
    return factor


def norm_of(gradients: dict[str, np.ndarray]) -> float:
    """The Euclidean norm over all weights together, in double precision."""
    return math.sqrt(_squares(gradients))


def _squares(gradients: dict[str, np.ndarray]) -> float:
    return sum(float(np.square(gradient.astype(np.float64)).sum()) for gradient in gradients.values())
