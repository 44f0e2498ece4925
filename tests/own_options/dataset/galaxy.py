"""A galaxy with two arms, one for each class."""

import math

from backprop_lab.options.rules import ABOVE_0, real

KNOBS = {"turns": real("turns of each arm", ABOVE_0)}


def sample(n, generator, *, turns):
    import numpy as np

    label = generator.integers(0, 2, n)
    radius = generator.uniform(0, 1, n)
    angle = 2 * math.pi * turns * radius + math.pi * label
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1), label.astype(float)
