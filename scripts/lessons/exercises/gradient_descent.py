"""Exercises of lesson 4. Solutions are computed by taking the steps."""

from collections.abc import Callable, Sequence

from backprop_lab.autograd import Value
from exercises.checking import Exercise


def _stepped(f: Callable[..., Value], numbers: Sequence[float], lr: float) -> list[float]:
    """``numbers`` after one step downhill on f."""
    leaves = [Value(number) for number in numbers]
    f(*leaves).backward()
    return [leaf.data - lr * leaf.grad for leaf in leaves]


# A step on (a + b) * d, and the result afterwards.
def _one_step() -> dict[str, float]:
    a, b, d = _stepped(lambda a, b, d: (a + b) * d, [2.0, 1.0, 4.0], lr=0.1)
    return {"a": a, "b": b, "d": d, "L": (a + b) * d}


# Two learning rates for (3 * w - 2) ** 2, found by trial: the smallest with which a step overshoots the minimum, and
# the smallest with which it ends farther away than it began.
def _two_rates() -> dict[str, float]:
    def error_after(lr: float) -> float:
        (w,) = _stepped(lambda w: (w * 3 - 2) ** 2, [0.0], lr)
        return w * 3 - 2

    return {
        "lr that arrives in one step": _first(lambda lr: error_after(lr) > 0),
        "lr above which it diverges": _first(lambda lr: abs(error_after(lr)) > 2),
    }


def _first(holds: Callable[[float], bool]) -> float:
    """The smallest number in [0, 1] for which ``holds`` is true, by bisection."""
    below, above = 0.0, 1.0
    for _ in range(50):
        middle = (below + above) / 2
        below, above = (below, middle) if holds(middle) else (middle, above)
    return above


# The weight after some steps on (w - 2) ** 2.
def _walk(w: float, lr: float, steps: int) -> dict[str, float]:
    for _ in range(steps):
        (w,) = _stepped(lambda w: (w - 2) ** 2, [w], lr)
    return {"w": w}


one_step = Exercise(_one_step)
two_rates = Exercise(_two_rates)
walk_of_a_weight = Exercise(_walk, cases=[(5.0, 0.3, 3), (0.0, 0.1, 1), (0.0, 0.1, 5), (1.0, 1.05, 4), (3.0, 0.2, 0)])
