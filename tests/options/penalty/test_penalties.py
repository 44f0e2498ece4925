"""Every penalty, against torch's derivative of what it says it is."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from backprop_lab.options import discovery
from backprop_lab.options.discovery import names
from options.kinds import MAKE, computed

THEIRS: dict[str, Callable[[Tensor, float], Tensor]] = {
    "l1": lambda w, strength: strength * w.abs(),
    "l2": lambda w, strength: strength * (w * w),
}
W = [*np.linspace(-3, 3, 121).tolist(), 0.0, -0.0, 1e-30, -1e-30, 1e15, -1e15]
PENALTIES = pytest.mark.parametrize("name", [name for name in names("penalty") if name != "none"])


def test_every_penalty_has_a_reference_here() -> None:
    assert {*THEIRS, "none"} == {*names("penalty")}
    assert not hasattr(discovery.module("penalty", "none"), "value")


@pytest.mark.parametrize("kind", MAKE)
@PENALTIES
def test_value_and_slope_are_torchs_bit_for_bit(name: str, kind: str) -> None:
    option, strength = discovery.module("penalty", name), 0.03
    weights = torch.tensor(W, dtype=torch.float32 if "32" in kind else torch.float64, requires_grad=True)
    values = THEIRS[name](weights, strength)
    values.sum().backward()
    assert weights.grad is not None
    assert computed(lambda w: option.value(w, strength), kind, W).tolist() == values.detach().double().tolist()
    assert computed(lambda w: option.slope(w, strength), kind, W).tolist() == weights.grad.double().tolist()


@pytest.mark.parametrize("kind", MAKE)
@PENALTIES
def test_what_is_not_a_number_costs_what_is_not_a_number(name: str, kind: str) -> None:
    option = discovery.module("penalty", name)
    assert np.isnan(computed(lambda w: option.value(w, 0.1), kind, [math.nan])).all()
