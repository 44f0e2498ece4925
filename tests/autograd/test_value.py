"""The scalar engine against torch, against central differences, and against the numbers of the source text."""

import gc
import itertools
import math
import operator
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from backprop_lab.autograd import DomainError, Value, zero_grad
from backprop_lab.autograd.derivative import check, gradient
from backprop_lab.autograd.nn import MLP


def softplus(x: Any) -> Any:
    return torch.nn.functional.softplus(x, threshold=50) if isinstance(x, torch.Tensor) else x.softplus()


# Each takes Values or tensors; the wrapping keeps arguments where the function is defined.
UNARY: dict[str, Callable[[Any], Any]] = {
    "neg": lambda x: -x,
    "exp": lambda x: (x * 0.3).exp(),
    "log": lambda x: (x * x + 0.5).log(),
    "tanh": lambda x: x.tanh(),
    "relu": lambda x: x.relu(),
    "sigmoid": lambda x: x.sigmoid(),
    "softplus": softplus,
    "square": lambda x: x**2,
    "cube": lambda x: x**3,
    "root": lambda x: (x * x + 1) ** 0.5,
    "inverse": lambda x: (x * x + 1) ** -1,
    "plus 2": lambda x: 2 + x,
    "minus from 3": lambda x: 3 - x,
    "times 0.5": lambda x: 0.5 * x,
    "one over": lambda x: 1 / (x * x + 1),
    "two to the": lambda x: 2 ** (x * 0.1),
}
BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: x * y,
    "/": lambda x, y: x / (y * y + 1),
    "**": lambda x, y: (x * x + 0.5) ** (y * 0.1),
}

expressions = st.recursive(
    st.sampled_from(["a", "b", "c"]),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(sorted(UNARY)), inner), st.tuples(st.sampled_from(sorted(BINARY)), inner, inner)
    ),
    max_leaves=8,
)
numbers = st.floats(-2, 2).filter(lambda x: abs(x) > 1e-3)


def evaluated(expression: Any, leaves: dict[str, Any]) -> Any:
    if isinstance(expression, str):
        return leaves[expression]
    operation, *operands = expression
    values = [evaluated(operand, leaves) for operand in operands]
    return UNARY[operation](*values) if len(values) == 1 else BINARY[operation](*values)


@settings(max_examples=300, deadline=None)
@given(expressions, numbers, numbers, numbers)
def test_value_and_gradients_agree_with_torch(expression: Any, a: float, b: float, c: float) -> None:
    ours = {"a": Value(a), "b": Value(b), "c": Value(c)}
    theirs = {name: torch.tensor(v.data, dtype=torch.float64, requires_grad=True) for name, v in ours.items()}
    result, expected = evaluated(expression, ours), evaluated(expression, theirs)
    assume(math.isfinite(expected.item()) and abs(expected.item()) < 1e6)
    result.backward()
    expected.backward()
    assert result.data == pytest.approx(expected.item(), rel=1e-9, abs=1e-9)
    for name, leaf in ours.items():
        slope = theirs[name].grad
        assert leaf.grad == pytest.approx(0.0 if slope is None else slope.item(), rel=1e-9, abs=1e-9)


@settings(max_examples=200, deadline=None)
@given(expressions.filter(lambda e: "relu" not in str(e)), numbers, numbers, numbers)
def test_gradients_agree_with_central_differences(expression: Any, a: float, b: float, c: float) -> None:
    def f(x: Any, y: Any, z: Any) -> Any:
        return evaluated(expression, {"a": Value(x) if isinstance(x, float) else x,
                                      "b": Value(y) if isinstance(y, float) else y,
                                      "c": Value(z) if isinstance(z, float) else z})  # fmt: skip

    slopes = gradient(f, [a, b, c])
    assume(all(abs(slope) < 1e3 for slope in slopes) and abs(f(a, b, c).data) < 1e3)
    assert check(f, [a, b, c]) < 1e-6


def test_the_graph_of_the_source_text() -> None:
    a, b, d = Value(5.0, "a"), Value(3.0, "b"), Value(10.0, "d")
    c = a + b
    total = c * d
    total.backward()
    assert (c.data, total.data) == (8.0, 80.0)
    assert [node.grad for node in (total, c, d, a, b)] == [1.0, 10.0, 8.0, 10.0, 10.0]


def test_a_node_that_is_used_twice_gets_both_gradients() -> None:
    a = Value(3.0)
    b = a + a
    c = b + b
    c.backward()
    assert (a.grad, b.grad) == (4.0, 2.0)


def test_backward_adds_until_gradients_are_zeroed() -> None:
    a = Value(2.0)
    square = a * a
    result = square * 3
    result.backward()
    result.backward()
    assert (a.grad, square.grad) == (24.0, 6.0)
    zero_grad(result.ancestors())
    result.backward()
    assert (a.grad, square.grad) == (12.0, 3.0)


def test_a_chain_of_a_hundred_thousand_nodes_is_no_deeper_than_any_other() -> None:
    a = Value(1.0)
    result = a
    for _ in range(100_000):
        result = result + a
    result.backward()
    assert (result.data, a.grad) == (100_001.0, 100_001.0)
    del result
    gc.collect()


def test_what_people_wrote_for_micrograd_runs() -> None:
    def f(x: Any) -> Any:
        z = 2 * x + 2 + x
        q = z.relu() + z * x
        h = (z * z).relu()
        return h + q + q * x

    def g(a: Any, b: Any) -> Any:
        c = a + b
        d = a * b + b**3
        c += c + 1
        c += 1 + c + (-a)
        d += d * 2 + (b + a).relu()
        d += 3 * d + (b - a).relu()
        e = c - d
        result = e**2 / 2.0
        result += 10.0 / e**2
        return result

    for function, point in ((f, [-4.0]), (g, [-4.0, 2.0])):
        ours = [Value(x) for x in point]
        theirs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in point]
        result, expected = function(*ours), function(*theirs)
        result.backward()
        expected.backward()
        assert result.data == pytest.approx(expected.item(), rel=1e-12)
        for x, t in zip(ours, theirs, strict=True):
            assert t.grad is not None
            assert x.grad == pytest.approx(t.grad.item(), rel=1e-12)


@pytest.mark.parametrize("x", [-1000.0, -50.0, 0.0, 50.0, 1000.0])
def test_tanh_sigmoid_and_softplus_do_not_overflow(x: float) -> None:
    for name in ("tanh", "sigmoid", "softplus"):
        ours, theirs = Value(x), torch.tensor(x, dtype=torch.float64, requires_grad=True)
        result = getattr(ours, name)()
        expected = softplus(theirs) if name == "softplus" else getattr(theirs, name)()
        result.backward()
        expected.backward()
        assert result.data == pytest.approx(expected.item(), rel=1e-12)
        assert theirs.grad is not None
        assert ours.grad == pytest.approx(theirs.grad.item(), rel=1e-9, abs=1e-15)


def test_the_slope_of_binary_cross_entropy_at_zero_is_one_half() -> None:
    z = Value(0.0)
    (z.softplus() - z * 1.0).backward()
    assert z.grad == -0.5


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: Value(-2.0, "profit").log(), "log profit = -2"),
        (lambda: Value(0.0, "rate") ** -1, "(rate = 0) ** -1"),
        (lambda: Value(-8.0, "b") ** 0.5, "(b = -8) ** 0.5"),
        (lambda: 1 / Value(0.0, "n"), "1 / n = 0"),
        (lambda: Value(-2.0, "base") ** Value(2.0, "e"), "base = -2 ** e = 2"),
    ],
)
def test_an_error_in_the_domain_names_the_node(wrong: Callable[[], Value], said: str) -> None:
    with pytest.raises(DomainError) as caught:
        wrong()
    assert said in str(caught.value)


def test_a_network_learns_xor_with_nothing_but_values() -> None:
    network = MLP.random([2, 4, 1], "tanh", seed=1)
    points = [((0, 0), 0), ((0, 1), 1), ((1, 0), 1), ((1, 1), 0)]
    for _ in range(300):
        losses = [(z.softplus() - z * y) for z, y in ((network(x), y) for x, y in points)]
        loss = (losses[0] + losses[1] + losses[2] + losses[3]) * 0.25
        zero_grad(network.parameters())
        loss.backward()
        for parameter in network.parameters():
            parameter.data -= 1.0 * parameter.grad
    assert [network(x).data > 0 for x, _ in points] == [False, True, True, False]


NOT_NUMBERS: list[Any] = [
    "3", b"3", None, [1.0], (1.0, 2.0), {"x": 1}, 3j, True, np.True_, Value(3.0), Decimal("3"),
    np.array([1.0, 2.0]), np.array(3.0), torch.tensor(3.0), torch.tensor([1.0, 2.0]), np.array("x"), object(),
]  # fmt: skip


@pytest.mark.parametrize("thing", NOT_NUMBERS, ids=lambda thing: f"{type(thing).__name__} {thing!r:.20}")
def test_what_is_no_number_is_refused(thing: Any) -> None:
    with pytest.raises(TypeError, match=f"a Value holds one real number, not {type(thing).__name__}"):
        Value(thing)


OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "**": operator.pow,
}  # fmt: skip


@pytest.mark.parametrize("symbol", OPERATIONS)
@pytest.mark.parametrize("thing", ["3", None, [1.0], True, np.array([1.0, 2.0]), np.array(3.0)], ids=repr)
def test_no_operation_takes_what_is_no_number(symbol: str, thing: Any) -> None:
    for left, right in ((Value(3.0), thing), (thing, Value(3.0))):
        with pytest.raises(TypeError, match="a Value holds one real number"):
            OPERATIONS[symbol](left, right)


@pytest.mark.parametrize("number", [3, 3.0, np.float64(3), np.float32(3), np.int64(3), np.uint8(3), Fraction(6, 2)])
def test_a_number_of_another_library_is_one(number: Any) -> None:
    for result in (Value(number), Value(1.0) * number, number * Value(1.0), number + Value(0.0)):
        assert isinstance(result, Value)
        assert result.data == 3
        assert type(result.data) in (int, float)


ODD = [math.nan, math.inf, -math.inf, 0.0, -0.0, 1.0, -2.0]


def grads(f: Callable[..., Any], *numbers: float) -> tuple[float, list[float]]:
    """Result and gradients by torch."""
    leaves = [torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in numbers]
    result = f(*leaves)
    result.backward()
    return result.item(), [float(leaf.grad) for leaf in leaves if leaf.grad is not None]


def same(ours: list[float], theirs: list[float]) -> bool:
    return all(a == b or (math.isnan(a) and math.isnan(b)) for a, b in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("name", ["relu", "tanh", "sigmoid", "softplus", "exp", "log"])
@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_nan_and_infinity_go_through_a_function_as_in_torch(name: str, number: float) -> None:
    if name == "log" and number < 0:
        return  # refused: no number
    x = Value(number)
    result = getattr(x, name)()
    result.backward()
    value, slopes = grads(softplus if name == "softplus" else lambda t: getattr(t, name)(), number)
    assert same([result.data, x.grad], [value, *slopes])


@pytest.mark.parametrize("symbol", OPERATIONS)
@pytest.mark.parametrize("pair", [pair for pair in itertools.product(ODD, ODD) if math.nan in pair], ids=repr)
def test_nan_goes_through_an_operation_as_in_torch(symbol: str, pair: tuple[float, float]) -> None:
    a, b = map(Value, pair)
    try:
        result = OPERATIONS[symbol](a, b)
    except DomainError:
        assert (symbol == "/" and b.data == 0) or (symbol == "**" and a.data < 0), "what there is no number for"
        return
    result.backward()
    value, slopes = grads(OPERATIONS[symbol], *pair)
    assert same([result.data, a.grad, b.grad], [value, *slopes])


@pytest.mark.parametrize("exponent", [0, 1, 2, -1, 0.5, math.nan])
def test_nan_goes_through_a_power_as_in_torch(exponent: float) -> None:
    x = Value(math.nan)
    result = x**exponent
    result.backward()
    value, slopes = grads(lambda t: t**exponent, math.nan)
    assert same([result.data, x.grad], [value, *slopes])
