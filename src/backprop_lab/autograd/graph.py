"""Draws the computation graph of a ``Value`` as SVG, or as DOT for Graphviz. Neither needs Graphviz's binary.

A box for each node (label | data | grad), a circle for each operation, from the origins to the result. The layout is
the classical one for directed graphs (Sugiyama, Tagawa and Toda 1981): layers by longest path, an order within each
layer that keeps neighbours close, then positions that never overlap. It is deterministic.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

from backprop_lab.autograd.value import Value

CHARACTER = 7.3  # width of a character at 12 pixels, in a monospaced font
HEIGHT = 26.0
RADIUS = 15.0
GAP = 14.0  # between neighbours in a layer
LAYER_GAP = 36.0
FAN = 24.0  # between parallel arrows
SWEEPS = 12
DIRECTIONS = ("LR", "TB")


@dataclass
class _Item:
    """A box, a circle, or a bend of a long edge. ``x`` runs from layer to layer, ``y`` within a layer."""

    text: list[str]
    shape: str
    length: float = 0.0
    breadth: float = 0.0
    layer: int = 0
    x: float = 0.0
    y: float = 0.0
    before: list["_Item"] = field(default_factory=list)
    after: list["_Item"] = field(default_factory=list)


def dot(result: Value, direction: str = "LR") -> str:
    """The graph in Graphviz's DOT language."""
    _check(direction)
    nodes = result.ancestors()
    names = {id(node): f"n{i}" for i, node in enumerate(nodes)}
    lines = ["digraph {", f"  rankdir={direction};", "  node [fontname=monospace];"]
    for node in nodes:
        name = names[id(node)]
        text = " | ".join(_escaped(part) for part in _texts(node))
        lines.append(f'  {name} [shape=record, label="{{ {text} }}"];')
        if node.operation:
            lines.append(f'  {name}o [shape=circle, label="{_escaped(node.operation)}"];')
            lines.append(f"  {name}o -> {name};")
            lines += [f"  {names[id(parent)]} -> {name}o;" for parent in node.parents]
    return "\n".join([*lines, "}"]) + "\n"


def svg(result: Value, direction: str = "LR") -> str:
    """The graph as SVG, from left to right or from top to bottom."""
    _check(direction)
    items = _items(result, direction)
    layers = _layers(items)
    _order(layers)
    _place(layers)
    left = min(item.y - item.breadth / 2 for layer in layers for item in layer) - GAP
    for layer in layers:
        for item in layer:
            item.y -= left
    width = max(item.x + item.length / 2 for item in layers[-1]) + GAP
    height = max(item.y + item.breadth / 2 for layer in layers for item in layer) + GAP
    if direction == "TB":
        width, height = height, width
    drawn = [edge for layer in layers for item in layer for edge in _edges(item, direction)]
    drawn += [_shape(item, direction) for layer in layers for item in layer if item.shape != "bend"]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="DejaVu Sans Mono, Consolas, monospace" font-size="12">\n'
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0,0 L8,4 L0,8 z" fill="#57606A"/></marker></defs>\n'
        '<rect width="100%" height="100%" fill="white"/>\n' + "\n".join(drawn) + "\n</svg>\n"
    )


def _check(direction: str) -> None:
    if direction not in DIRECTIONS:
        raise ValueError(f"direction: got {direction!r}; allowed: {', '.join(DIRECTIONS)}")


def _texts(node: Value) -> list[str]:
    return [*([node.label] if node.label else []), f"data {_decimals(node.data)}", f"grad {_decimals(node.grad)}"]


def _decimals(number: float) -> str:
    """A number with four decimals, without a sign before zero."""
    text = f"{number:.4f}"
    return "0.0000" if text == "-0.0000" else text


def _escaped(text: str) -> str:
    """Text escaped for the label of a Graphviz record."""
    return "".join(f"\\{character}" if character in '\\"{}|<> ' else character for character in text)


# -- layout -----------------------------------------------------------------------------------------------------------


def _items(result: Value, direction: str) -> list[_Item]:
    """Connected boxes and circles, in the order of the graph."""
    boxes: dict[int, _Item] = {}
    items: list[_Item] = []
    for node in result.ancestors():
        texts = _texts(node)
        wide = sum(len(text) * CHARACTER + 14 for text in texts)
        box = boxes[id(node)] = _Item(texts, "box", *((wide, HEIGHT) if direction == "LR" else (HEIGHT, wide)))
        if node.operation:
            across = max(2 * RADIUS, len(node.operation) * CHARACTER + 10)
            circle = _Item([node.operation], "circle", across, across)
            items.append(circle)
            for parent in node.parents:
                _join(boxes[id(parent)], circle)
            _join(circle, box)
        items.append(box)
    return items


def _join(first: _Item, second: _Item) -> None:
    first.after.append(second)
    second.before.append(first)


def _layers(items: Sequence[_Item]) -> list[list[_Item]]:
    """Items by distance from the origins; an origin is placed just before its first use. Long edges get bends."""
    for item in items:  # in topological order
        item.layer = max((before.layer + 1 for before in item.before), default=0)
    for item in items:
        if not item.before and item.after:
            item.layer = min(after.layer for after in item.after) - 1
    layers: list[list[_Item]] = [[] for _ in range(max(item.layer for item in items) + 1)]
    for item in items:
        layers[item.layer].append(item)
    for item in items:
        for i, after in enumerate(list(item.after)):
            previous = item
            for layer in range(item.layer + 1, after.layer):
                bend = _Item([], "bend", 0.0, 8.0, layer, before=[previous])
                layers[layer].append(bend)
                if previous is item:
                    item.after[i] = bend
                else:
                    previous.after.append(bend)
                previous = bend
            if previous is not item:
                previous.after.append(after)
                after.before[after.before.index(item)] = previous
    return layers


def _order(layers: list[list[_Item]]) -> None:
    """Sort each layer by the mean position of its neighbours, back and forth."""
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        for layer in layers if forward else reversed(layers):
            rank = {id(item): i for other in layers for i, item in enumerate(other)}
            old = {id(item): i for i, item in enumerate(layer)}

            def mean(item: _Item) -> float:
                near = item.before if forward else item.after  # noqa: B023
                return sum(rank[id(n)] for n in near) / len(near) if near else old[id(item)]  # noqa: B023

            layer.sort(key=mean)


def _place(layers: list[list[_Item]]) -> None:
    """Place every item: layers side by side, items near the mean of their neighbours without overlap."""
    along = GAP
    for layer in layers:
        length = max(item.length for item in layer)
        across = 0.0
        for item in layer:
            item.x = along + length / 2
            item.y = across + item.breadth / 2
            across += item.breadth + GAP
        along += length + LAYER_GAP
    for sweep in range(2 * SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            wanted = []
            for item in layer:
                near = [*item.before, *item.after]
                wanted.append(sum(n.y for n in near) / len(near) if near else item.y)
            _spread(layer, wanted)


def _spread(layer: list[_Item], wanted: list[float]) -> None:
    """Positions close to ``wanted``, in order and without overlap: the mean of packing from both ends."""
    down: list[float] = []
    for i, item in enumerate(layer):
        least = down[-1] + (layer[i - 1].breadth + item.breadth) / 2 + GAP if down else float("-inf")
        down.append(max(wanted[i], least))
    up: list[float] = []
    for i in range(len(layer) - 1, -1, -1):
        most = up[-1] - (layer[i + 1].breadth + layer[i].breadth) / 2 - GAP if up else float("inf")
        up.append(min(wanted[i], most))
    for item, first, second in zip(layer, down, reversed(up), strict=True):
        item.y = (first + second) / 2


# -- drawing ----------------------------------------------------------------------------------------------------------


def _turned(x: float, y: float, direction: str) -> tuple[float, float]:
    return (x, y) if direction == "LR" else (y, x)


def _edges(item: _Item, direction: str) -> list[str]:
    """The outgoing arrows of an item. Two to the same item, as in a + a, are drawn apart."""
    drawn = []
    for i, after in enumerate(item.after):
        same = [j for j, other in enumerate(item.after) if other is after]
        drawn.append(_edge(item, after, direction, FAN * (same.index(i) - (len(same) - 1) / 2)))
    return drawn


def _edge(first: _Item, second: _Item, direction: str, aside: float) -> str:
    start = _turned(first.x + first.length / 2, first.y, direction)
    end = _turned(second.x - second.length / 2, second.y, direction)
    middle = (first.x + first.length / 2 + second.x - second.length / 2) / 2
    bend_1, bend_2 = (_turned(middle, item.y + aside, direction) for item in (first, second))
    arrow = "" if second.shape == "bend" else ' marker-end="url(#arrow)"'
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in (bend_1, bend_2, end))
    return f'<path d="M{start[0]:.1f},{start[1]:.1f} C{points}" fill="none" stroke="#57606A"{arrow}/>'


def _shape(item: _Item, direction: str) -> str:
    x, y = _turned(item.x, item.y, direction)
    if item.shape == "circle":
        return (
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{item.length / 2:.1f}" fill="#F6F5F2" stroke="#1B1F24"/>'
            f'<text x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle">{escape(item.text[0])}</text>'
        )
    widths = [len(text) * CHARACTER + 14 for text in item.text]
    left, top = x - sum(widths) / 2, y - HEIGHT / 2
    ink = 'stroke="#1B1F24"'
    parts = [f'<rect x="{left:.1f}" y="{top:.1f}" width="{sum(widths):.1f}" height="{HEIGHT}" fill="white" {ink}/>']
    for i, (text, width) in enumerate(zip(item.text, widths, strict=True)):
        if i > 0:
            parts.append(f'<line x1="{left:.1f}" y1="{top:.1f}" x2="{left:.1f}" y2="{top + HEIGHT:.1f}" {ink}/>')
        parts.append(f'<text x="{left + width / 2:.1f}" y="{y + 4:.1f}" text-anchor="middle">{escape(text)}</text>')
        left += width
    return "".join(parts)
