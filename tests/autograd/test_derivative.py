"""Derivatives by nudging: the numbers of the source text."""

import pytest

from backprop_lab.autograd import Value
from backprop_lab.autograd.derivative import check, check_network, gradient, partial, rate_of_change
from backprop_lab.autograd.nn import MLP
from backprop_lab.autograd.value import as_value


def square(x: float) -> float:
    return x**2


def test_the_square_near_three() -> None:
    assert [round(square(3 + h), 10) for h in (10, 1, 0.1, 0)] == [169, 16, 9.61, 9]


@pytest.mark.parametrize(
    ("x", "h", "slope"), [(3, 1, 7.0), (3, 0.5, 6.5), (1, 1, 3.0), (-2, 0.5, -3.5), (3, 1e-6, 6.000001)]
)
def test_the_rate_of_change(x: float, h: float, slope: float) -> None:
    assert rate_of_change(square, x, h) == pytest.approx(slope, abs=1e-8)


def test_partial_derivatives() -> None:
    def mixed(x: float, y: float, z: float) -> float:
        return x**2 + y**3 - z

    assert partial(lambda x, y: x + y, [7, -2], 0) == pytest.approx(1, abs=1e-9)
    assert partial(lambda x, y: x * y, [2, 3], 0) == pytest.approx(3, abs=1e-9)
    assert mixed(2, 3, 4) == 27
    assert partial(mixed, [2, 3, 4], 0, h=1) == 5
    assert partial(mixed, [2, 3, 4], 0, h=1e-5) == pytest.approx(4.00001, abs=1e-8)
    assert [round(slope, 6) for slope in gradient(mixed, [2, 3, 4])] == [4, 27, -1]


def test_a_check_finds_a_wrong_gradient() -> None:
    def forgets(a: Value | float, b: Value | float) -> Value:
        wrong = as_value(a) * b
        wrong.slopes = (wrong.slopes[0], 0.0)
        return wrong

    assert check(lambda a, b: (a + b) * a, [5.0, 3.0]) < 1e-9
    assert check(forgets, [5.0, 3.0]) > 0.5


def test_a_function_that_needs_a_value_is_checked_too() -> None:
    assert check(lambda x: x.tanh() * x.exp(), [0.5]) < 1e-9


def test_a_network_is_checked_and_left_as_it_was() -> None:
    network = MLP.random([2, 3, 1], "tanh", seed=2)
    before = [parameter.data for parameter in network.parameters()]
    assert check_network(lambda: network([0.3, -0.7]) ** 2, network.parameters()) < 1e-7
    assert [parameter.data for parameter in network.parameters()] == before
