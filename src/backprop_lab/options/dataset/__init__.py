"""What is learned: one file for each data set, named as in ``dataset=``, with a function ``sample``.

``sample(n, generator, **knobs) -> (x, y)`` draws ``n`` points: ``x`` of shape [n, features] and ``y`` of shape [n],
classes 0.0 and 1.0 or the values of a regression, both float64. A data set whose ``n_samples`` may be null returns its
own fixed points for ``n = None``. The knobs are those of its YAML file. Noise is added outside, after labelling.
"""

import importlib
from collections.abc import Callable
from typing import TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray
Sample: TypeAlias = Callable[..., tuple[Array, Array]]


def load(name: str) -> Sample:
    sample: Sample = importlib.import_module(f"{__name__}.{name}").sample
    return sample
