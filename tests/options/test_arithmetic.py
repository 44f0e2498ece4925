"""The functions that formulas are written with, at the places where they are not what one would write down."""

import math
from typing import Any

import numpy as np
import pytest
import torch

from backprop_lab.options.arithmetic import below, exp, plus, sigmoid, sqrt
from options.kinds import MAKE, computed

KINDS = pytest.mark.parametrize("kind", MAKE)


@KINDS
def test_a_comparison_with_what_is_not_a_number_is_false(kind: str) -> None:
    nan = [math.nan] * 2
    assert computed(lambda a: below(a, 0.0, 1.0, 2.0), kind, nan).tolist() == [2.0, 2.0]
    assert computed(lambda a: below(0.0, a, 1.0, 2.0), kind, nan).tolist() == [2.0, 2.0]


@KINDS
def test_of_two_plain_numbers_one_is_chosen_in_the_precision_of_what_is_compared(kind: str) -> None:
    chosen = computed(lambda a: below(a, 0.0, 0.1, 0.3), kind, [-1.0, 1.0])
    assert chosen.tolist() == ([np.float32(0.1), np.float32(0.3)] if "32" in kind else [0.1, 0.3])


@KINDS
def test_nothing_times_infinity_is_not_added(kind: str) -> None:
    """Without a weight decay the last finite step of a run would be none."""
    assert computed(lambda a, b: plus(a, 0.0, b), kind, [1.0, 2.0], [math.inf, -math.inf]).tolist() == [1.0, 2.0]


def test_a_product_is_added_to_a_tensor_with_torchs_rounding() -> None:
    a, b = torch.rand(2, 10_000, generator=torch.Generator().manual_seed(0))
    assert torch.equal(plus(a, -0.1, b), a.add(b, alpha=-0.1))
    assert not torch.equal(plus(a, -0.1, b), a + -0.1 * b), "a sum that is rounded twice would do too"


@KINDS
def test_far_out_nothing_overflows(kind: str) -> None:
    assert computed(sigmoid, kind, [800.0, -800.0, 0.0, math.inf, -math.inf]).tolist() == [1, 0, 0.5, 1, 0]
    assert computed(exp, kind, [1e4, -1e4]).tolist() == [math.inf, 0]


@KINDS
def test_the_root_of_a_negative_number_is_not_a_number(kind: str) -> None:
    made: Any = computed(sqrt, kind, [-1.0, 4.0])
    assert np.isnan(made[0])
    assert made[1] == 2
