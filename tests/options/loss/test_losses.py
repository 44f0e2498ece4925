"""Every loss in each of its forms of one output: value, slope, the loss of guessing, and the words for them."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.func import grad, vmap

from backprop_lab.options import discovery, torch_formula
from backprop_lab.options.dataset import TASKS
from backprop_lab.options.discovery import names
from backprop_lab.options.loss import Form
from conftest import chosen
from options.kinds import MAKE, assert_close, computed

LOSSES = [name for name in names("loss") if name != "auto"]


def with_defaults(form: Form, name: str) -> Form:
    """A form whose knobs have the values of its YAML file."""
    knobs = chosen("loss", name).arguments
    if not knobs:
        return form
    value, slope, guess = form.value, form.slope, form.guess
    return replace(
        form, value=lambda f, y: value(f, y, *knobs), slope=lambda f, y: slope(f, y, *knobs),
        guess=lambda y: guess(y, *knobs),
    )  # fmt: skip


FORMS: dict[tuple[str, str], Form] = {
    (name, task): with_defaults(form, name)
    for name in LOSSES
    for task, form in discovery.module("loss", name).FORMS.items()
    if task != "multiclass"
}
THEIRS: dict[tuple[str, str], Callable[[Tensor, Tensor], Tensor]] = {
    ("bce", "binary"): lambda z, y: F.binary_cross_entropy_with_logits(z, y, reduction="none"),
    ("hinge", "binary"): lambda z, y: torch.relu(1 - (2 * y - 1) * z),
    ("huber", "regression"): lambda f, y: F.huber_loss(f, y, reduction="none"),
    ("mse", "binary"): lambda z, y: F.mse_loss(torch.sigmoid(z), y, reduction="none"),
    ("mse", "regression"): lambda f, y: F.mse_loss(f, y, reduction="none"),
}
FAR = [0.0, -0.0, 1.0, -1.0, 1e-9, -1e-9, 40.0, -40.0, 800.0, -800.0, 1e4, -1e4]  # the corners of a hinge among them
CASES = pytest.mark.parametrize("case", FORMS, ids=" ".join)


def points(case: tuple[str, str]) -> tuple[list[float], list[float]]:
    """Outputs and targets that fit the task."""
    outputs = [*np.linspace(-6, 6, 97).tolist(), *FAR]
    targets = (0.0, 1.0) if case[1] == "binary" else (-2.5, 0.0, 3.0)
    pairs = [(z, y) for z in outputs for y in targets]
    return [z for z, _ in pairs], [y for _, y in pairs]


def test_every_form_has_a_reference_here_and_every_task_a_loss_for_auto() -> None:
    assert {*THEIRS} == {*FORMS}
    defaults = [task for name in LOSSES for task in getattr(discovery.module("loss", name), "DEFAULT_OF", ())]
    assert sorted(defaults) == sorted(TASKS)


@pytest.mark.parametrize("kind", MAKE)
@CASES
def test_value_and_slope_are_torchs(case: tuple[str, str], kind: str) -> None:
    z, y = points(case)
    dtype = torch.float32 if "32" in kind else torch.float64
    outputs, targets = torch.tensor(z, dtype=dtype, requires_grad=True), torch.tensor(y, dtype=dtype)
    values = THEIRS[case](outputs, targets)
    values.sum().backward()
    assert outputs.grad is not None
    assert_close(computed(FORMS[case].value, kind, z, y), values, kind)
    assert_close(computed(FORMS[case].slope, kind, z, y), outputs.grad, kind)


@pytest.mark.parametrize("kind", MAKE)
@CASES
def test_what_is_not_a_number_costs_what_is_not_a_number(case: tuple[str, str], kind: str) -> None:
    assert np.isnan(computed(FORMS[case].value, kind, [math.nan, math.nan], [0.0, 1.0])).all()


@CASES
def test_the_torch_rungs_minimize_the_mean(case: tuple[str, str]) -> None:
    z, y = (torch.tensor(column, dtype=torch.float64) for column in points(case))
    outputs = z.clone().requires_grad_()
    mean = torch_formula.loss(FORMS[case])(outputs, y)
    assert mean.item() == pytest.approx(THEIRS[case](z, y).mean().item(), rel=1e-12)
    mean.backward()
    assert outputs.grad is not None
    torch.testing.assert_close(outputs.grad, FORMS[case].slope(z, y) / len(y), rtol=1e-12, atol=1e-15)
    members = vmap(grad(torch_formula.loss(FORMS[case])))(torch.stack([z, z]), torch.stack([y, y]))
    torch.testing.assert_close(members[1], outputs.grad, rtol=1e-12, atol=1e-15)


@CASES
@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 0.9])
def test_guessing_is_the_best_answer_that_is_the_same_for_all(case: tuple[str, str], share: float) -> None:
    y = (np.arange(100) < 100 * share).astype(float)
    if case[1] == "regression":
        y = 3 * y - 1
    answers = np.linspace(-10, 10, 20_001)  # of logits and margins the best may be infinitely far out
    means = [FORMS[case].value(np.full(len(y), answer), y).mean() for answer in answers]
    assert FORMS[case].guess(y) == pytest.approx(min(means), abs=1e-4)
