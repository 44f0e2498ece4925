"""Why no straight line separates the corners of XOR."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from backprop_lab.figures.classes import marks
from backprop_lab.figures.style import INK, LINE, SERIES, TRAINING, new_figure, tidy

LOW, HIGH = -0.45, 1.45


def one_line_figure(corners: np.ndarray, classes: np.ndarray, weight: np.ndarray, bias: float) -> Figure:
    """Left, both diagonals meet in the centre. Right, a line with ``weight`` [2] and ``bias``, and its scores.

    ``corners`` [4, 2] are those of a square, each class on one of its diagonals.
    """
    figure = new_figure(9.0, 5.3)
    left, right = figure.subplots(1, 2)
    for (label, color, _), word in zip(marks(2), ("negative", "positive"), strict=True):
        ends = corners[classes == label]
        left.plot(*ends.T, color=color, linewidth=1.6, linestyle=("--", "-")[label], zorder=1)
        for x1, x2 in ends:
            _beyond(left, f"{word} score\nwanted", x1, x2, color)
    centre = corners.mean(axis=0)
    left.plot(*centre[:, None], color=TRAINING, marker="D", markersize=9, zorder=3)
    left.annotate("the score here would\nbe both at once", centre, xytext=(30, 0), textcoords="offset points",
                  va="center", fontsize=9, color=TRAINING)  # fmt: skip
    left.set_title("Both diagonals have the same middle", fontsize=11)

    scores = corners @ weight + bias
    for (x1, x2), score, label in zip(corners, scores, classes, strict=True):
        is_right = (score > 0) == (label > 0.5)
        said = "right" if is_right else "wrong"
        _beyond(right, f"score {score:g}: {said}", x1, x2, INK if is_right else TRAINING)
    points = np.linspace(LOW, HIGH, 2)
    right.contour(points, points, [[float(weight @ (a, b)) + bias for a in points] for b in points], levels=[0.0],
                  colors=SERIES[0], linewidths=2)  # fmt: skip
    right.set_title("The best that a line can do: three of four", fontsize=11)
    for axes in (left, right):
        _corners(axes, corners, classes)
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False, fontsize=9)
    return figure


def _beyond(axes: Axes, text: str, x1: float, x2: float, color: str) -> None:
    """Text above an upper corner, below a lower one."""
    is_upper = x2 > 0.5
    axes.annotate(
        text, (x1, x2), xytext=(0, 12 if is_upper else -12), textcoords="offset points", ha="center",
        va="bottom" if is_upper else "top", fontsize=9, color=color,
    )  # fmt: skip


def _corners(axes: Axes, corners: np.ndarray, classes: np.ndarray) -> None:
    for label, color, marker in marks(2):
        x1, x2 = corners[classes == label].T
        axes.scatter(x1, x2, s=90, color=color, marker=marker, edgecolors="white", label=f"class {label}", zorder=4)
    axes.set(xlabel="x1", ylabel="x2", xlim=(LOW, HIGH), ylim=(LOW, HIGH), xticks=[0, 1], yticks=[0, 1])
    axes.grid(color=LINE, linewidth=0.8, zorder=0)
    axes.set_aspect("equal")
    tidy(axes)
