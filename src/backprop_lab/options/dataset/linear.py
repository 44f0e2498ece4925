"""A straight line, as a regression."""

import numpy as np


def sample(
    n: int | None, generator: np.random.Generator, *, slope: float, intercept: float
) -> tuple[np.ndarray, np.ndarray]:
    """y = slope * x + intercept at x = 1, 2, 3, 4, or at ``n`` places drawn uniformly from [1, 4]."""
    x = np.arange(1.0, 5.0) if n is None else generator.uniform(1.0, 4.0, n)
    return x[:, None], slope * x + intercept
