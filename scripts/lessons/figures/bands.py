"""The median of several seeds as a line, and all of them as a band."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from backprop_lab.figures.style import SERIES, new_figure, tidy

STYLES = ("-", "--", "-.", ":")

Band = tuple[Sequence[float], np.ndarray]
"""Places [n], and the values of each seed there, [seeds, n]."""


def bands_figure(over_epochs: Mapping[str, Band], over_points: Mapping[str, Band]) -> Figure:
    """The validation loss over the epochs, and the final accuracy over the number of training points."""
    figure = new_figure(10.0, 4.2)
    left, right = figure.subplots(1, 2)
    _draw(left, over_epochs)
    left.set(xlabel="epoch", ylabel="validation loss", yscale="log", title="Few points: the loss falls, then rises")
    _draw(right, over_points)
    right.set(xlabel="training points", ylabel="accuracy", xscale="log", title="The gap closes")
    points = sorted({int(n) for places, _ in over_points.values() for n in places})
    right.set_xticks(points, [f"{n:,}" for n in points])
    right.minorticks_off()
    for axes in (left, right):
        tidy(axes)
        axes.legend(frameon=False, fontsize=9)
    return figure


def _draw(axes: Axes, bands: Mapping[str, Band]) -> None:
    for (name, (places, values)), color, style in zip(bands.items(), SERIES, STYLES, strict=False):
        axes.fill_between(places, values.min(axis=0), values.max(axis=0), color=color, alpha=0.15, linewidth=0)
        axes.plot(places, np.median(values, axis=0), color=color, linestyle=style, linewidth=1.8, label=name)
