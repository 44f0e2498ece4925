"""Every optimizer's one formula, against torch.optim."""

import math
import re
from typing import Any

import numpy as np
import pytest
import torch

from backprop_lab.options import discovery
from backprop_lab.options.discovery import names
from backprop_lab.training.updates import as_numbers
from conftest import chosen
from options.kinds import MAKE

CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "sgd": ("sgd", {}),
    "sgd decay": ("sgd", {"weight_decay": 0.1}),
    "momentum": ("sgd", {"momentum": 0.9}),
    "momentum decay": ("sgd", {"momentum": 0.5, "weight_decay": 0.1}),
    "nesterov": ("sgd", {"momentum": 0.9, "nesterov": True}),
    "nesterov decay": ("sgd", {"momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    "adam": ("adam", {}),
    "adam decay": ("adam", {"weight_decay": 0.1}),
    "adam without means": ("adam", {"betas": [0, 0]}),
    "adam betas": ("adam", {"betas": [0.5, 0.9], "lr": 0.3}),
    "adamw": ("adamw", {}),
    "adamw without decay": ("adamw", {"weight_decay": 0}),
    "adamw decay": ("adamw", {"weight_decay": 0.5, "lr": 0.1}),
    "adagrad": ("adagrad", {}),
    "adagrad decay": ("adagrad", {"weight_decay": 0.1, "lr": 0.5}),
    "rmsprop": ("rmsprop", {}),
    "rmsprop without mean": ("rmsprop", {"alpha": 0}),
    "rmsprop momentum": ("rmsprop", {"momentum": 0.9, "alpha": 0.5}),
    "rmsprop momentum decay": ("rmsprop", {"momentum": 0.5, "weight_decay": 0.1}),
}
STEPS = 50
EXPONENTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
FIRST = [0.0, 1.0, -2.5, 1e-4, 30.0]
ALL = pytest.mark.parametrize("case", CASES)


def gradients() -> list[list[float]]:
    """Of each step, for each weight: of all sizes, some of them 0."""
    drawn = np.random.default_rng(0)
    sizes = np.array([0.0, 1.0, 1e-6, 1e3, 0.1])
    return [(sizes * drawn.standard_normal(5) * (drawn.random(5) > 0.2)).tolist() for _ in range(STEPS)]


def moved(case: str, step: int, weight: Any, gradient: Any, kept: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The weight after a step, and what is kept of it. What the knobs do not need is 0.0 each time."""
    name, knobs = CASES[case]
    option = discovery.module("optimizer", name)
    settings = as_numbers(chosen("optimizer", name, **knobs).own_knobs)
    given = [kept.get(slot, 0.0) for slot in option.SLOTS]
    weight, *after = option.update(weight, gradient, *given, *option.coefficients(step, **settings))
    return weight, {slot: value for slot, value in zip(option.SLOTS, after, strict=True) if slot in kept}


def ours(case: str, kind: str) -> dict[str, Any]:
    """The weights and all that is kept of them after all steps; of floats an array of each."""
    name, knobs = CASES[case]
    slots = discovery.module("optimizer", name).slots(**chosen("optimizer", name, **knobs).own_knobs)
    make = MAKE[kind]
    if kind == "floats":
        rows = []
        for i, weight in enumerate(FIRST):
            kept = dict.fromkeys(slots, 0.0)
            for step, row in enumerate(gradients(), start=1):
                weight, kept = moved(case, step, weight, row[i], kept)
            rows.append({"weight": weight, **kept})
        assert {type(value) for row in rows for value in row.values()} == {float}
        return {name: np.array([row[name] for row in rows]) for name in rows[0]}
    weights, kept = make(FIRST), {slot: make([0.0] * len(FIRST)) for slot in slots}
    for step, row in enumerate(gradients(), start=1):
        weights, kept = moved(case, step, weights, make(row), kept)
    return {"weight": weights, **kept}


def theirs(case: str, dtype: torch.dtype) -> dict[str, torch.Tensor]:
    name, knobs = CASES[case]
    settings = {k: tuple(map(float, v)) if isinstance(v, list) else v
                for k, v in chosen("optimizer", name, **knobs).own_knobs.items()}  # fmt: skip
    weights = torch.tensor(FIRST, dtype=dtype)
    optimizer = getattr(torch.optim, discovery.module("optimizer", name).TORCH)([weights], foreach=False, **settings)
    for row in gradients():
        weights.grad = torch.tensor(row, dtype=dtype)
        optimizer.step()
    kept = {slot: value for slot, value in optimizer.state[weights].items() if slot != "step" and value is not None}
    return {"weight": weights, **kept}


def test_every_optimizer_is_tried_here() -> None:
    assert {name for name, _ in CASES.values()} == {*names("optimizer")}


@pytest.mark.parametrize("kind", ["floats", "numpy float64", "torch float64"])
@ALL
def test_weights_and_all_that_is_kept_are_torchs_after_fifty_steps(case: str, kind: str) -> None:
    made, expected = ours(case, kind), theirs(case, torch.float64)
    assert {*made} == {*expected}
    for name, values in expected.items():
        np.testing.assert_allclose(np.asarray(made[name]), values.numpy(), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("kind", [kind for kind in MAKE if "32" in kind])
@ALL
def test_in_single_precision_everything_stays_single(case: str, kind: str) -> None:
    like = MAKE[kind](FIRST)
    assert {(type(value), value.dtype) for value in ours(case, kind).values()} == {(type(like), like.dtype)}


@pytest.mark.parametrize("case", [case for case, (name, _) in CASES.items() if name == "sgd"])
def test_tensors_move_by_gradient_descent_with_torchs_bits(case: str) -> None:
    made, expected = ours(case, "torch float32"), theirs(case, torch.float32)
    assert all(torch.equal(made[name], values) for name, values in expected.items())


def evaluated(text: str) -> float:
    """A line in numbers, worked out."""
    text = re.sub(r"10([⁻⁰¹²³⁴-⁹]+)", lambda found: f"10**({found[1].translate(EXPONENTS)})", text)
    text = re.sub(r"sqrt([\d.]+)", r"sqrt(\1)", text)
    return float(eval(text.replace("²", "**2"), {"sqrt": math.sqrt}))
