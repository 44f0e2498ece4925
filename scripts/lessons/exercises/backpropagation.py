"""Exercises of lesson 3. Solutions are computed by nudging and with the scalar engine."""

from backprop_lab.autograd import Value
from backprop_lab.autograd.derivative import gradient
from exercises.checking import Exercise


# The derivatives of a quotient with respect to both operands, and of a power with respect to its base.
def _local_derivatives(a: float, b: float) -> dict[str, float]:
    over_a, over_b = gradient(lambda a, b: a / b, [a, b])
    (power,) = gradient(lambda a: a**b, [a])
    return {"d(a / b)/da": over_a, "d(a / b)/db": over_b, "d(a ** b)/da": power}


# b = a * a and c = a * b: the message that reaches a on each path.
def _two_ways() -> dict[str, float]:
    a = Value(3)
    b = a * a
    c = a * b
    c.backward()
    from_c = c.slopes[0] * c.grad
    return {"dc/db": b.grad, "from c to a": from_c, "from b to a": a.grad - from_c, "dc/da": a.grad}


# The graph of the third exercise, traversed in a given order, and by the engine.
def _orders() -> dict[str, bool]:
    return {order: _is_right(order.split()) for order in ("L q r p", "L r q p", "L q p r", "q L r p")}


def _is_right(order: list[str]) -> bool:
    nodes = {"a": Value(2), "b": Value(5)}
    nodes["p"] = nodes["a"] * nodes["b"]
    nodes["q"] = nodes["p"] + nodes["a"]
    nodes["r"] = nodes["p"] * nodes["b"]
    nodes["L"] = nodes["q"] * nodes["r"]
    nodes["L"].grad = 1.0
    for node in (nodes[name] for name in order):
        for parent, slope in zip(node.parents, node.slopes, strict=True):
            parent.grad += node.grad * slope
    walked = {name: node.grad for name, node in nodes.items()}
    for node in nodes.values():
        node.grad = 0.0
    nodes["L"].backward()
    return walked == {name: node.grad for name, node in nodes.items()}


local_derivatives = Exercise(_local_derivatives, cases=[(3.5, 2.5), (3.0, 2.0), (0.5, 4.0), (2.0, -1.0), (1.0, 1.0)])
two_ways = Exercise(_two_ways)
orders = Exercise(_orders)
