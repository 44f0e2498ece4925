"""Inside or outside a circle around the origin."""

import numpy as np


def sample(n: int, generator: np.random.Generator, *, radius: float) -> tuple[np.ndarray, np.ndarray]:
    """``n`` points uniform on [-1, 1] x [-1, 1]; class 1 where x1^2 + x2^2 <= radius^2."""
    x = generator.uniform(-1.0, 1.0, (n, 2))
    y = ((x**2).sum(axis=1) <= radius**2).astype(np.float64)
    return x, y
