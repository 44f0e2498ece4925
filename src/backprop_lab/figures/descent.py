"""Gradient descent as a walk down the curve of its loss."""

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.figure import Figure

from backprop_lab.figures.style import INK, LINE, SERIES, TRAINING, new_figure, tidy


def descent_figure(
    loss: Callable[[float], float], walks: dict[str, Sequence[float]], name: str = "w", title: str = ""
) -> Figure:
    """The curve of ``loss`` over one number, and on it the numbers that each walk went through, by the walk's name.

    A panel for each walk, all on the same axes. Arrows lead from each number to the next.
    """
    figure = new_figure(max(4.0 * len(walks), 5.5), 3.9)
    every = [number for numbers in walks.values() for number in numbers]
    margin = 0.15 * (max(every) - min(every) or 1.0)
    xs = np.linspace(min(every) - margin, max(every) + margin, 300)
    curve = [loss(x) for x in xs]
    panels = figure.subplots(1, len(walks), squeeze=False, sharey=True)[0]
    for axes, (label, numbers) in zip(panels, walks.items(), strict=True):
        axes.axhline(0, color=LINE, linewidth=0.8, zorder=0)
        axes.plot(xs, curve, color=SERIES[0], linewidth=1.8, zorder=1)
        heights = [loss(number) for number in numbers]
        for i in range(len(numbers) - 1):
            axes.annotate(
                "", (numbers[i + 1], heights[i + 1]), (numbers[i], heights[i]),
                arrowprops={"arrowstyle": "-|>", "color": TRAINING, "linewidth": 1.2, "shrinkA": 0, "shrinkB": 0},
            )  # fmt: skip
        axes.plot(numbers, heights, color=TRAINING, marker="o", markersize=4, linestyle="none", zorder=3)
        axes.plot(
            numbers[:1], heights[:1], color=INK, marker="o", markersize=7, linestyle="none", zorder=4, label="start"
        )
        axes.set_xlabel(name)
        axes.set_title(label, fontsize=10)
        axes.legend(frameon=False, fontsize=9)
        tidy(axes)
    panels[0].set_ylabel("loss")
    if title:
        figure.suptitle(title, fontsize=12, color=INK)
    return figure
