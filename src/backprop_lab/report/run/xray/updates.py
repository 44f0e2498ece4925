"""How one weight moves, as lines of symbols and numbers: torch's optimizers as in ``rungs.updates``."""

from collections.abc import Callable
from typing import Any, TypeAlias

from backprop_lab.config.check import Choice
from backprop_lab.engines.common.updates import EPSILON
from backprop_lab.options.text import number, sum_of, superscript, wrapped

Numbers: TypeAlias = dict[str, float]
Lines: TypeAlias = list[tuple[str, str]]


def update_lines(
    optimizer: Choice, w: str, weight: float, gradient: float, before: Numbers, after: Numbers, step: int
) -> Lines:
    """From the batch's ``gradient`` g to the new weight, which the last line's numbers give.

    ``w`` is the weight's name, ``before`` and ``after`` what the optimizer remembers of it, by slot, and ``step`` is
    counted from 1.
    """
    formulas: dict[str, Callable[..., Lines]] = {"sgd": _sgd, "adam": _adam, "adamw": _adamw}
    return formulas[optimizer.name](optimizer.knobs, w, weight, gradient, before, after, step)


def _decayed(knobs: Any, w: str, weight: float, gradient: float) -> tuple[float, Lines]:
    """Weight decay that acts through the gradient."""
    decay = knobs["weight_decay"]
    if not decay:
        return gradient, []
    decayed = gradient + decay * weight
    _, numbers = sum_of([("", (gradient,)), ("", (decay, weight))])
    return decayed, [(f"g ← g + weight_decay·{w}", f"{numbers} = {number(decayed)}")]


def _sgd(knobs: Any, w: str, weight: float, gradient: float, before: Numbers, after: Numbers, step: int) -> Lines:
    gradient, lines = _decayed(knobs, w, weight, gradient)
    lr, momentum = knobs["lr"], knobs["momentum"]
    if not momentum:
        return [*lines, (f"{w} ← {w} − lr·g", f"{number(weight)} − {number(lr)}·{wrapped(gradient)}")]
    velocity = after["momentum_buffer"]
    _, numbers = sum_of([("", (momentum, before["momentum_buffer"])), ("", (gradient,))])
    lines.append(("v ← momentum·v + g", f"{numbers} = {number(velocity)}"))
    if not knobs["nesterov"]:
        return [*lines, (f"{w} ← {w} − lr·v", f"{number(weight)} − {number(lr)}·{wrapped(velocity)}")]
    _, inside = sum_of([("", (gradient,)), ("", (momentum, velocity))])
    return [*lines, (f"{w} ← {w} − lr·(g + momentum·v)", f"{number(weight)} − {number(lr)}·({inside})")]


def _adam(knobs: Any, w: str, weight: float, gradient: float, before: Numbers, after: Numbers, step: int) -> Lines:
    gradient, lines = _decayed(knobs, w, weight, gradient)
    return lines + _adam_step(knobs, w, weight, gradient, before, after, step)


def _adamw(knobs: Any, w: str, weight: float, gradient: float, before: Numbers, after: Numbers, step: int) -> Lines:
    lr, decay = knobs["lr"], knobs["weight_decay"]
    shrunk = weight - lr * decay * weight
    lines = []
    if decay:
        numbers = f"{number(weight)} − {number(lr)}·{number(decay)}·{wrapped(weight)} = {number(shrunk)}"
        lines.append((f"{w} ← {w} − lr·weight_decay·{w}", numbers))
    return lines + _adam_step(knobs, w, shrunk, gradient, before, after, step)


def _adam_step(knobs: Any, w: str, weight: float, gradient: float, before: Numbers, after: Numbers, step: int) -> Lines:
    lr, betas = knobs["lr"], knobs["betas"]
    mean, square = after["exp_avg"], after["exp_avg_sq"]
    # Both means began at 0, which the divisions by these make good for.
    kept, kept_square = (1 - beta**step for beta in betas)
    _, means = sum_of([("", (betas[0], before["exp_avg"])), ("", (1 - betas[0], gradient))])
    squares = f"{number(betas[1])}·{number(before['exp_avg_sq'])} + {number(1 - betas[1])}·({number(gradient)})²"
    root = f"√({number(square)} / {number(kept_square)})"
    numbers = f"{number(weight)} − {number(lr)}·({number(mean)} / {number(kept)}) / ({root} + {number(EPSILON)})"
    t = superscript(step)
    return [
        ("m ← β1·m + (1 − β1)·g", f"{means} = {number(mean)}"),
        ("s ← β2·s + (1 − β2)·g²", f"{squares} = {number(square)}"),
        (f"{w} ← {w} − lr·(m / (1 − β1{t})) / (√(s / (1 − β2{t})) + ε)", numbers),
    ]
