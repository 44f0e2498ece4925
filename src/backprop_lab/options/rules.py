"""One rule for each knob: what it may be and what it means. ``--help`` prints them, ``config.check`` applies them.

A new knob is a line in a YAML file under ``configs/`` and a rule here.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple


def shown(value: object) -> str:
    """A value as one types it on the command line."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, list):
        return f"[{','.join(shown(item) for item in value)}]"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{key}:{shown(item)}" for key, item in value.items()) + "}"
    return repr(value) if isinstance(value, str) and not re.fullmatch(r"[\w./-]+", value) else str(value)


LARGEST = 3.4e38  # of float32


class Rule(NamedTuple):
    accepts: Callable[[Any], bool]
    allowed: str
    meaning: str


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_real(value: Any) -> bool:
    """A finite number that a float32 can hold; a larger one would end a run with an error of Python or torch."""
    return (_is_whole(value) or isinstance(value, float)) and abs(value) <= LARGEST


def whole(meaning: str, low: int, high: int) -> Rule:
    return Rule(lambda v: _is_whole(v) and low <= v <= high, f"a whole number from {low:,} to {high:,}", meaning)


def real(meaning: str, allowed: str, accepts: Callable[[float], bool]) -> Rule:
    return Rule(lambda v: _is_real(v) and accepts(v), allowed, meaning)


def choice(meaning: str, *options: object) -> Rule:
    # 1 == True in Python, so the type is compared too.
    allowed = ", ".join(shown(option) for option in options)
    return Rule(lambda v: any(type(v) is type(option) and v == option for option in options), allowed, meaning)


def or_null(rule: Rule, null: str) -> Rule:
    return Rule(lambda v: v is None or rule.accepts(v), f"{rule.allowed}, or null for {null}", rule.meaning)


def flag(meaning: str) -> Rule:
    return Rule(lambda v: isinstance(v, bool), "true or false", meaning)


def _are_widths(value: Any) -> bool:
    widths = value if isinstance(value, list) else [value]
    return len(widths) <= 32 and all(_is_whole(width) and 1 <= width <= 4096 for width in widths)


def _are_betas(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(_is_real(beta) and 0 <= beta < 1 for beta in value)


ANY = "a number from -3.4e38 to 3.4e38"
ABOVE_0 = "a number above 0, up to 3.4e38"
FROM_0 = "a number from 0 to 3.4e38"

RULES: dict[str, Rule] = {
    "seed": whole("chooses points, first weights and order of points", 0, 2**32 - 1),
    "epochs": whole("how often the training goes through all points", 1, 100_000_000),
    "loss": choice("auto: bce for classes, mse for regression", "auto", "bce", "mse"),
    "precision": choice("bits of each number", 32, 64),
    "log_every_n_epochs": whole("how often to validate, write a row, and look for the best epoch", 1, 100_000_000),
    "report": choice(
        "write report.html, a page to look at; auto: of a single run and of a sweep, but not of its jobs",
        "auto",
        True,
        False,
    ),
    "dataset.n_samples": or_null(
        whole("how many points, training and validation together", 2, 10_000_000),
        "the four points (xor and linear only)",
    ),
    "dataset.noise": real(
        "standard deviation by which points move after labelling; for regression y moves", FROM_0, lambda v: v >= 0
    ),
    "dataset.val_fraction": real(
        "share of the points held back for validation", "a number above 0 and below 1", lambda v: 0 < v < 1
    ),
    "dataset.batch_size": or_null(whole("points in one step", 1, 10_000_000), "all of them"),
    "dataset.shuffle": flag("a new order of points in each epoch"),
    "dataset.radius": real("radius of the circle", ABOVE_0, lambda v: v > 0),
    "dataset.slope": real("slope of the line", ANY, lambda v: True),
    "dataset.intercept": real("where the line crosses x = 0", ANY, lambda v: True),
    "model.hidden": Rule(
        _are_widths,
        "a whole number from 1 to 4,096, or a list of at most 32 such",
        "units in the hidden layer, or a list with one number for each layer",
    ),
    "model.activation": choice("between the layers", "relu", "tanh", "sigmoid", "identity"),
    "model.bias": flag("whether layers have biases"),
    "model.init": Rule(
        lambda v: v in ("default", "zeros") or _is_real(v),
        "default, zeros, or a number",
        "first weights: default (uniform, as torch draws them), all zero, or one number for all (biases 0)",
    ),
    "optimizer.lr": real("learning rate", ABOVE_0, lambda v: v > 0),
    "optimizer.momentum": real("momentum", "a number from 0 and below 1", lambda v: 0 <= v < 1),
    "optimizer.nesterov": flag("Nesterov's momentum"),
    "optimizer.weight_decay": real("weight decay", FROM_0, lambda v: v >= 0),
    "optimizer.betas": Rule(
        _are_betas,
        "a list of two numbers, each from 0 and below 1",
        "decay of the running mean of the gradient and of its square",
    ),
    "callbacks.frames.count": whole("how many epochs to record, 0 and the last included", 2, 100_000),
    "callbacks.decision_boundary.every_n_epochs": or_null(
        whole("draw a picture for every n-th epoch too", 1, 100_000_000), "the last only"
    ),
}
