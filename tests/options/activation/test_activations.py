"""Every activation is torch's own in value and slope, for floats, arrays and tensors."""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch.func import grad, vmap

from backprop_lab.options import discovery, torch_formula
from backprop_lab.options.discovery import names
from options.kinds import MAKE, assert_close, computed

THEIRS = {
    "gelu": lambda z: F.gelu(z, approximate="tanh"),
    "identity": lambda z: z * 1,
    "leaky_relu": F.leaky_relu,
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
}
# kinks, both zeros, numbers whose exp underflows or overflows, and those whose cube does
Z = [
    *np.linspace(-8, 8, 321).tolist(),
    0.0,
    -0.0,
    1e-300,
    -1e-300,
    1e-9,
    -1e-9,
    40.0,
    -40.0,
    800.0,
    -800.0,
    1e20,
    -1e20,
]
ACTIVATIONS = pytest.mark.parametrize("name", names("activation"))


def theirs(name: str, z: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Value and slope of torch's own function."""
    z = z.clone().requires_grad_()
    value = THEIRS[name](z)
    value.sum().backward()
    assert z.grad is not None
    return value.detach(), z.grad


def test_every_activation_has_a_reference_here() -> None:
    assert {*THEIRS} == {*names("activation")}


@pytest.mark.parametrize("kind", MAKE)
@ACTIVATIONS
def test_value_and_slope_are_torchs(name: str, kind: str) -> None:
    option = discovery.module("activation", name)
    places = [z for z in Z if "32" not in kind or abs(z) < 1e10]  # a cube beyond float32 has no slope with torch either
    value, slope = theirs(name, torch.tensor(places, dtype=torch.float32 if "32" in kind else torch.float64))
    assert_close(computed(option.value, kind, places), value, kind)
    assert_close(computed(lambda z: option.slope(z, option.value(z)), kind, places), slope, kind)


@pytest.mark.parametrize("kind", MAKE)
@ACTIVATIONS
def test_what_is_not_a_number_stays_so(name: str, kind: str) -> None:
    assert np.isnan(computed(discovery.module("activation", name).value, kind, [math.nan, math.nan])).all()


@ACTIVATIONS
def test_the_torch_rungs_take_torchs_own_bits(name: str) -> None:
    z = torch.tensor(Z, dtype=torch.float32)
    assert torch.equal(torch_formula.activation(name)(z).isnan(), THEIRS[name](z).isnan())
    finite = z[z.abs() < 1e10]
    assert torch.equal(torch_formula.activation(name)(finite), THEIRS[name](finite))


@ACTIVATIONS
def test_an_activation_that_torch_has_not_is_taken_from_the_two_formulas(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    option = discovery.module("activation", name)
    ours = SimpleNamespace(value=option.value, slope=option.slope)
    monkeypatch.setattr(discovery, "module", lambda group, name: ours)
    activate: Any = torch_formula.activation("of one's own")
    z = torch.tensor(Z, dtype=torch.float64)
    value, slope = theirs(name, z)
    torch.testing.assert_close(activate(z), value, rtol=1e-12, atol=1e-12)
    of_members = vmap(grad(lambda z: activate(z).sum()))(z.reshape(-1, 1))
    torch.testing.assert_close(of_members[:, 0], slope, rtol=1e-12, atol=1e-12)


@ACTIVATIONS
def test_what_it_says_of_itself_is_so(name: str) -> None:
    option = discovery.module("activation", name)
    left, middle, right = (option.slope(z, option.value(z)) for z in (-3.0, 0.25, 3.0))
    assert hasattr(option, "IS_LINEAR") == (left == middle == right)
    assert hasattr(option, "CAN_DIE") == (left == 0)
    ends = (option.value(-800.0), option.value(800.0))
    assert getattr(option, "RANGE", None) == (ends if math.isfinite(sum(map(abs, ends))) and ends[1] <= 1 else None)
