"""The inputs of a network that ``dataset.features`` makes of the two coordinates of a point."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from backprop_lab.options.rules import Rule

if TYPE_CHECKING:
    import numpy as np


def _sine(x: Any) -> Any:
    if hasattr(x, "sin"):  # a tensor
        return x.sin()
    import numpy as np

    return np.sin(x)


FEATURES: dict[str, Callable[[Any, Any], Any]] = {
    "x1": lambda x1, x2: x1,
    "x2": lambda x1, x2: x2,
    "x1_squared": lambda x1, x2: x1 * x1,
    "x2_squared": lambda x1, x2: x2 * x2,
    "x1_x2": lambda x1, x2: x1 * x2,
    "sin_x1": lambda x1, x2: _sine(x1),
    "sin_x2": lambda x1, x2: _sine(x2),
}
RULE = Rule(
    lambda v: v is None or (isinstance(v, list) and len(v) > 0 and len({*map(str, v)}) == len(v) and all(
        isinstance(name, str) and name in FEATURES for name in v
    )),
    lambda: f"null for the coordinates themselves, or a list of different ones of {', '.join(FEATURES)}",
    "what the network gets of the two coordinates of a point",
)  # fmt: skip


def computed(names: list[str], x: "np.ndarray") -> "np.ndarray":
    """The features of points ``x`` [n, 2], [n, len(names)]."""
    import numpy as np

    return np.stack([FEATURES[name](x[:, 0], x[:, 1]) for name in names], axis=1)
