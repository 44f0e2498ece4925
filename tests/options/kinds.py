"""The kinds of quantity that a formula is read with, so that each test of one is tried on all of them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

Quantity = Any


def _floats(numbers: list[float]) -> list[float]:
    return [float(number) for number in numbers]


MAKE: dict[str, Callable[[list[float]], Quantity]] = {
    "floats": _floats,
    "numpy float32": lambda numbers: np.array(numbers, np.float32),
    "numpy float64": lambda numbers: np.array(numbers, np.float64),
    "torch float32": lambda numbers: torch.tensor(numbers, dtype=torch.float32),
    "torch float64": lambda numbers: torch.tensor(numbers, dtype=torch.float64),
}
"""Numbers as a quantity of each kind; floats are a list, to be taken one by one."""


def computed(formula: Callable[..., Quantity], kind: str, *columns: list[float]) -> np.ndarray:
    """What a formula makes of columns of numbers as quantities of one kind, which its result must be of too."""
    given = [MAKE[kind](column) for column in columns]
    if kind == "floats":
        made = [formula(*row) for row in zip(*given, strict=True)]
        assert {type(number) for number in made} == {float}
        return np.array(made)
    with np.errstate(over="ignore", invalid="ignore"):
        result = formula(*given)
    assert type(result) is type(given[0])
    assert (result.dtype, result.shape) == (given[0].dtype, given[0].shape)
    return np.asarray(result, dtype=np.float64)


def assert_close(made: np.ndarray, expected: torch.Tensor, kind: str) -> None:
    """To 1e-12 in double precision, to the last digits in single."""
    tolerance = 2e-6 if "32" in kind else 1e-12
    np.testing.assert_allclose(made, expected.detach().double().numpy(), rtol=tolerance, atol=tolerance)
