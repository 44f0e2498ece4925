"""Figure of a line through the origin that learns its slope."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from backprop_lab.figures.style import INK, MUTED, SERIES, TRAINING, new_figure, tidy


def slope_figure(
    x: np.ndarray, y: np.ndarray, weights: Sequence[float], goal: float, shown: Mapping[int, str]
) -> Figure:
    """Left, points x, y [n] and the line w * x at the epochs ``shown``, with what is written at its end.

    Right, how far w is from ``goal``, over the epochs. ``weights`` has w before the first epoch, and after each.
    """
    figure = new_figure(10.0, 4.2)
    left, right = figure.subplots(1, 2)
    end = float(x.max()) * 1.08
    for number, (epoch, text) in enumerate(shown.items()):
        w = weights[epoch]
        strength = 0.35 + 0.65 * number / max(len(shown) - 1, 1)
        left.plot([0, end], [0, w * end], color=SERIES[0], alpha=strength, linewidth=1.8, zorder=1)
        left.annotate(text, (end, w * end), xytext=(5, 0), textcoords="offset points", va="center", fontsize=9,
                      color=INK)  # fmt: skip
    left.vlines(x, 0, y, color=MUTED, linewidth=0.8, linestyle=":", zorder=0)
    left.plot(x, y, color=TRAINING, marker="o", markersize=7, linestyle="none", label="points", zorder=2)
    left.set(xlabel="x", ylabel="y", xlim=(0, end * 1.32))
    left.set_title("The line w · x turns towards the points", fontsize=11)
    left.legend(frameon=False, fontsize=9, loc="upper left")

    distances = np.abs(np.array(weights) - goal)
    right.plot(distances, color=SERIES[0], marker="o", markersize=4)
    right.set(xlabel="epoch", ylabel=f"distance of w from {goal:g}", yscale="log")
    right.xaxis.set_major_locator(MaxNLocator(integer=True))
    right.set_title("Each step keeps the same share of the distance", fontsize=11)
    for axes in (left, right):
        tidy(axes)
    return figure
