"""Figure of a backward pass: the messages that each node sends to its parents, and their order."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from backprop_lab.figures.style import INK, MUTED, SERIES, TRAINING, new_figure

SPACE = 2.0  # between neighbouring nodes
RADIUS = 0.26


class Walk(NamedTuple):
    """``messages`` are (from, to, text) in the order sent; ``gradients`` are the final ones of all nodes."""

    title: str
    messages: Sequence[tuple[str, str, str]]
    gradients: Mapping[str, float]


def messages_figure(names: Sequence[str], walks: Sequence[Walk], right: Mapping[str, float]) -> Figure:
    """A panel for each walk over nodes in a row, with numbered messages; gradients unlike ``right`` are marked."""
    columns = min(2, len(walks))
    rows = -(-len(walks) // columns)
    figure = new_figure(5.0 * columns, 2.6 * rows)
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in panels:
        axes.set_axis_off()
    for axes, walk in zip(panels, walks, strict=False):
        axes.set_title(walk.title, fontsize=11, color=INK)
        axes.set(xlim=(-0.7, SPACE * (len(names) - 1) + 0.7), ylim=(-1.35, 0.95), aspect="equal")
        for place, name in enumerate(names):
            _node(axes, SPACE * place, name, walk.gradients[name], right[name])
        _arrows(axes, names, walk.messages)
    return figure


def _node(axes: Axes, x: float, name: str, gradient: float, right: float) -> None:
    is_right = gradient == right
    color = INK if is_right else TRAINING
    axes.add_patch(Circle((x, 0), RADIUS, facecolor="white", edgecolor=INK))
    axes.text(x, 0, name, ha="center", va="center", fontsize=12, color=INK)
    said = f"grad {gradient:g}" + ("" if is_right else f"\nshould be {right:g}")
    axes.text(x, -0.85, said, ha="center", va="top", fontsize=10, color=color, linespacing=1.4)


def _arrows(axes: Axes, names: Sequence[str], messages: Sequence[tuple[str, str, str]]) -> None:
    """Messages between the same two nodes fan out, the first one on top."""
    pairs = [(sender, receiver) for sender, receiver, _ in messages]
    for number, (sender, receiver, said) in enumerate(messages, start=1):
        place = pairs[: number - 1].count((sender, receiver))
        heights = np.linspace(0.68, -0.68, max(pairs.count((sender, receiver)), 2))
        start, end = SPACE * names.index(sender), SPACE * names.index(receiver)
        # The middle of the curve that rad bends out lies at half of rad times the distance.
        toward = np.sign(end - start)
        bend = 2 * heights[place] / (abs(end - start) - 2 * RADIUS)
        axes.annotate(
            "", (end - toward * RADIUS, 0), (start + toward * RADIUS, 0),
            arrowprops={
                "arrowstyle": "-|>", "color": SERIES[0], "linewidth": 1.2, "shrinkA": 0, "shrinkB": 0,
                "connectionstyle": f"arc3,rad={toward * -bend}",
            },
        )  # fmt: skip
        axes.text(
            (start + end) / 2, heights[place], f"{number}.  {said}", ha="center", va="center", fontsize=9, color=MUTED,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
        )  # fmt: skip
