"""The kernel's own functions against NumPy, in units of the last place."""

from typing import Any

import numpy as np
import pytest

from backprop_lab.engines.kernel import arithmetic as of_lanes
from backprop_lab.engines.kernel.lanes import LANES, entry, load, store
from backprop_lab.options import arithmetic

assert of_lanes  # the import that teaches Numba these functions


def of(function: Any) -> Any:
    @entry  # type: ignore[untyped-decorator]
    def apply(x: Any, out: Any) -> None:
        for k in range(x.size // LANES):
            store(out, k, function(load(x, k)))

    return apply


def computed(function: Any, numbers: list[float] | np.ndarray, dtype: Any) -> np.ndarray:
    padded = np.zeros((-(-len(numbers) // LANES), LANES), dtype)
    padded.reshape(-1)[: len(numbers)] = numbers
    out = np.empty_like(padded)
    of(function)(padded, out)
    return out.reshape(-1)[: len(numbers)]


FUNCTIONS: dict[str, Any] = {
    "exp": (arithmetic.exp, np.exp, (-60, 80), 1.1),
    "tanh": (arithmetic.tanh, np.tanh, (-20, 20), 2.6),
    "sigmoid": (arithmetic.sigmoid, lambda x: 1 / (1 + np.exp(-x)), (-60, 60), 2.6),
    "log1p": (arithmetic.log1p, np.log1p, (-0.99, 30), 2.6),
    "sqrt": (arithmetic.sqrt, np.sqrt, (0, 100), 0.51),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_right_to_the_last_places(name: str, dtype: Any) -> None:
    ours, exact, (low, high), most = FUNCTIONS[name]
    x = np.linspace(low, high, 100_000).astype(dtype)
    x = np.concatenate([x, (np.logspace(-30, -1, 1000)).astype(dtype)])
    expected = exact(x.astype(np.longdouble))
    off = np.abs(computed(ours, x, dtype) - expected) / np.spacing(np.abs(expected).astype(dtype))
    assert float(off.max()) < most


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_at_the_ends_it_is_what_the_others_give(dtype: Any) -> None:
    ends = [0.0, np.inf, -np.inf, np.nan]
    assert computed(arithmetic.exp, ends, dtype)[[0, 1]].tolist() == [1.0, np.inf]
    assert 0 <= computed(arithmetic.exp, ends, dtype)[2] < 1e-27
    assert computed(arithmetic.tanh, ends, dtype)[:3].tolist() == [0.0, 1.0, -1.0]
    assert computed(arithmetic.sigmoid, ends, dtype)[:2].tolist() == [0.5, 1.0]
    assert computed(arithmetic.log1p, [*ends[:2], -1.0], dtype).tolist() == [0.0, np.inf, -np.inf]
    assert computed(arithmetic.absolute, ends, dtype)[:3].tolist() == [0.0, np.inf, np.inf]
    for function in (arithmetic.exp, arithmetic.tanh, arithmetic.sigmoid, arithmetic.log1p, arithmetic.sqrt):
        assert np.isnan(computed(function, ends, dtype)[3])
    assert np.isnan(computed(arithmetic.log1p, [-2.0], dtype)[0])
    assert np.isnan(computed(arithmetic.sqrt, [-1.0], dtype)[0])
