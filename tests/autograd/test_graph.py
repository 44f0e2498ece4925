"""The drawing of a computation graph."""

import itertools
import re
from xml.etree import ElementTree

import pytest

from backprop_lab.autograd import Value, graph
from backprop_lab.autograd.nn import MLP

SVG = "{http://www.w3.org/2000/svg}"


def text_graph() -> Value:
    a, b, d = Value(5.0, "a"), Value(3.0, "b"), Value(10.0, "d")
    c = a + b
    c.label = "c"
    total = c * d
    total.label = "L"
    return total


def xor_loss() -> Value:
    z = MLP.random([2, 2, 1], "tanh", seed=0)([Value(1.0, "x1"), Value(0.0, "x2")])
    return z.softplus() - z * 1.0


def boxes_of(svg: str) -> list[tuple[float, float, float, float]]:
    """Left, top, right, bottom of every box and circle."""
    root = ElementTree.fromstring(svg)
    boxes = []
    for rect in root.findall(f"{SVG}rect")[1:]:
        x, y, width, height = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
        boxes.append((x, y, x + width, y + height))
    for circle in root.findall(f"{SVG}circle"):
        x, y, r = (float(circle.attrib[name]) for name in ("cx", "cy", "r"))
        boxes.append((x - r, y - r, x + r, y + r))
    return boxes


@pytest.mark.parametrize("direction", ["LR", "TB"])
@pytest.mark.parametrize("make", [text_graph, xor_loss])
def test_nothing_overlaps_and_everything_is_inside(make: object, direction: str) -> None:
    result = make()  # type: ignore[operator]
    drawing = graph.svg(result, direction)
    boxes = boxes_of(drawing)
    nodes = result.ancestors()
    assert len(boxes) == len(nodes) + sum(bool(node.operation) for node in nodes)
    for (l1, t1, r1, b1), (l2, t2, r2, b2) in itertools.combinations(boxes, 2):
        assert r1 <= l2 or r2 <= l1 or b1 <= t2 or b2 <= t1
    root = ElementTree.fromstring(drawing)
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    assert all(left >= 0 and top >= 0 and right <= width and bottom <= height for left, top, right, bottom in boxes)


def test_a_box_shows_label_data_and_gradient_after_backward() -> None:
    total = text_graph()
    assert "grad 0.0000" in graph.svg(total)
    total.backward()
    words = re.findall(r"<text[^>]*>([^<]*)</text>", graph.svg(total))
    assert words[words.index("c") :][:3] == ["c", "data 8.0000", "grad 10.0000"]
    assert "*" in words
    assert "+" in words


def test_the_drawing_runs_from_the_origins_to_the_result() -> None:
    def places(direction: str) -> list[tuple[str, float, float]]:
        root = ElementTree.fromstring(graph.svg(text_graph(), direction))
        return [(t.text or "", float(t.attrib["x"]), float(t.attrib["y"])) for t in root.iter(f"{SVG}text")]

    for direction, axis in (("LR", 0), ("TB", 1)):
        place = {text: (x, y)[axis] for text, x, y in places(direction)}
        assert place["a"] < place["+"] < place["c"] < place["*"] < place["L"]


def test_the_same_graph_gives_the_same_drawing() -> None:
    assert graph.svg(xor_loss()) == graph.svg(xor_loss())
    assert graph.dot(xor_loss()) == graph.dot(xor_loss())


def test_dot_has_a_record_for_each_node_and_a_circle_for_each_operation() -> None:
    text = graph.dot(text_graph(), "TB")
    assert text.count("shape=record") == 5
    assert text.count("shape=circle") == 2
    assert "rankdir=TB" in text
    assert r"{ a | data\ 5.0000 | grad\ 0.0000 }" in text


def test_a_label_stays_text() -> None:
    drawing = graph.svg(Value(1.0, "<script>&") + 1)
    assert "<script>" not in drawing
    ElementTree.fromstring(drawing)


def test_an_unknown_direction_is_refused() -> None:
    with pytest.raises(ValueError, match="direction: got 'up'; allowed: LR, TB"):
        graph.svg(Value(1.0), "up")


def test_the_arrows_of_a_number_used_twice_in_one_operation_can_be_told_apart() -> None:
    a = Value(3.0, "a")
    paths = re.findall(r'<path d="(M[^"]*)" fill="none"', graph.svg(a + a))
    assert len(paths) == len(set(paths)) == 3


def test_a_zero_has_no_sign() -> None:
    assert "-0.0000" not in graph.svg(Value(0.0) * Value(-1.0))
