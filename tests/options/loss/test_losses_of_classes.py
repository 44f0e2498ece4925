"""Every loss of several classes: value, slopes, the loss of guessing, and the words for them."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import scipy.optimize
import sklearn.metrics
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.func import grad, vmap

from backprop_lab.options import discovery, torch_formula
from backprop_lab.options.class_form import ClassForm
from backprop_lab.options.discovery import names

FORMS: dict[str, ClassForm] = {
    name: discovery.module("loss", name).FORMS["multiclass"]
    for name in names("loss")
    if name != "auto" and "multiclass" in discovery.module("loss", name).FORMS
}


def hinge(z: Tensor, y: Tensor) -> Tensor:
    own = F.one_hot(y.long(), z.shape[-1]).bool()
    return torch.relu(1 + z.masked_fill(own, -math.inf).amax(-1) - z[own])


THEIRS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "cross_entropy": lambda z, y: F.cross_entropy(z, y.long(), reduction="none"),
    "hinge": hinge,
}
LOSSES = pytest.mark.parametrize("name", FORMS)
CLASSES = pytest.mark.parametrize("classes", [2, 3, 10])


def points(classes: int, dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor]:
    """Outputs near and far, and equal ones, with every class as the target."""
    random = np.random.default_rng(classes)
    rows = [random.normal(0, size, classes) for size in (0.1, 1, 5, 50, 2000) for _ in range(20)]
    rows += [np.zeros(classes), np.eye(classes)[0], np.eye(classes)[-1] * 800, -np.eye(classes)[0] * 1e4]
    z = torch.tensor(np.array(rows), dtype=dtype).repeat_interleave(classes, 0)
    return z, torch.arange(classes, dtype=dtype).repeat(len(rows))


def test_every_loss_of_classes_has_a_reference_here() -> None:
    assert {*THEIRS} == {*FORMS}


@LOSSES
@CLASSES
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_value_and_slopes_are_torchs_for_arrays_and_tensors(name: str, classes: int, dtype: torch.dtype) -> None:
    z, y = points(classes, dtype)
    z.requires_grad_()
    expected = THEIRS[name](z, y)
    expected.sum().backward()
    assert z.grad is not None
    tolerance = 2e-6 if dtype == torch.float32 else 1e-12
    for outputs, targets in ((z.detach(), y), (z.detach().numpy(), y.numpy())):
        value, slope = FORMS[name].value(outputs, targets), FORMS[name].slope(outputs, targets)
        assert type(value) is type(slope) is type(outputs)
        assert value.dtype == slope.dtype == outputs.dtype
        np.testing.assert_allclose(value, expected.detach(), rtol=tolerance, atol=tolerance)
        np.testing.assert_allclose(slope, z.grad, rtol=tolerance, atol=tolerance)


@LOSSES
@CLASSES
def test_a_point_in_pythons_numbers_is_that_of_arrays(name: str, classes: int) -> None:
    z, y = points(classes)
    value, slope = FORMS[name].value(z.numpy(), y.numpy()), FORMS[name].slope(z.numpy(), y.numpy())
    for i in range(len(y)):
        loss, slopes = FORMS[name].at_point(z[i].tolist(), y[i].item(), ())
        assert {type(number) for number in (loss, *slopes)} == {float}
        np.testing.assert_allclose([loss, *slopes], [value[i], *slope[i]], rtol=1e-12, atol=1e-12)


def test_the_hinge_of_classes_is_scikit_learns() -> None:
    z, y = points(4)
    ours = FORMS["hinge"].value(z, y).mean().item()
    assert ours == pytest.approx(sklearn.metrics.hinge_loss(y.numpy(), z.numpy(), labels=range(4)), rel=1e-12)


@LOSSES
def test_what_is_not_a_number_costs_what_is_not_a_number(name: str) -> None:
    z = np.array([[math.nan, 0.0, 1.0], [0.0, math.nan, 1.0]])
    assert np.isnan(FORMS[name].value(z, np.array([0.0, 1.0]))).all()


@LOSSES
@CLASSES
def test_the_torch_rungs_minimize_the_mean(name: str, classes: int) -> None:
    z, y = points(classes)
    loss = torch_formula.loss(FORMS[name])
    outputs = z.clone().requires_grad_()
    mean = loss(outputs, y)
    assert mean.item() == pytest.approx(THEIRS[name](z, y).mean().item(), rel=1e-12)
    mean.backward()
    assert outputs.grad is not None
    torch.testing.assert_close(outputs.grad, FORMS[name].slope(z, y) / len(y), rtol=1e-12, atol=1e-15)
    members = vmap(grad(loss))(torch.stack([z, z]), torch.stack([y, y]))
    torch.testing.assert_close(members[1], outputs.grad, rtol=1e-12, atol=1e-15)


@LOSSES
@pytest.mark.parametrize("counts", [(50, 50), (90, 10), (40, 40, 20), (34, 33, 33), (70, 20, 10), (25, 25, 25, 25)])
def test_guessing_is_the_best_answer_that_is_the_same_for_all(name: str, counts: tuple[int, ...]) -> None:
    y = np.repeat(np.arange(len(counts)), counts).astype(float)

    def mean(z: np.ndarray) -> float:
        return float(FORMS[name].value(np.broadcast_to(z, (len(y), len(counts))), y).mean())

    starts = [np.zeros(len(counts)), *np.eye(len(counts))]
    best = min(scipy.optimize.minimize(mean, start, method="Nelder-Mead", tol=1e-9).fun for start in starts)
    assert FORMS[name].guess(y) == pytest.approx(best, abs=1e-5)
