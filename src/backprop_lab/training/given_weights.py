"""First weights that a user lists: ``model.init=[...]``."""

import math
from collections.abc import Mapping

import numpy as np

from backprop_lab.config.errors import ConfigError


def given_weights(numbers: list[float], shapes: Mapping[str, tuple[int, ...]]) -> dict[str, np.ndarray]:
    """The first weights that ``model.init`` lists: those of each array in turn, row by row.

    Raises ``ConfigError`` if there are not as many as the network has.
    """
    sizes = [math.prod(shape) for shape in shapes.values()]
    if len(numbers) != sum(sizes):
        order = ", ".join(f"{name} {'×'.join(map(str, shape))}" for name, shape in shapes.items())
        raise ConfigError("model.init", numbers, f"a list of {sum(sizes):,}: {order}")
    parts = np.split(np.array(numbers, dtype=np.float64), np.cumsum(sizes)[:-1])
    return {name: part.reshape(shape) for (name, shape), part in zip(shapes.items(), parts, strict=True)}
