"""A regression: the points, the fitted curve, and the residuals."""

from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure

from backprop_lab.figures.style import LINE, MUTED, SERIES, TRAINING, new_figure, tidy


def fit_figure(
    predictions: Callable[[np.ndarray], np.ndarray],
    train_x: np.ndarray,
    train_y: np.ndarray,
    val_x: np.ndarray,
    val_y: np.ndarray,
    title: str,
    names: tuple[str, str] = ("x", "y"),
) -> Figure:
    """Above: points, curve and residuals as vertical lines; below: the residuals y - f(x) on their own scale.

    ``predictions`` maps x [n, 1] to f(x) [n]; the points are x [n, 1] and y [n], whose ``names``
    are on the axes.
    """
    figure = new_figure(7.0, 6.0)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    margin = 0.08 * (np.ptp(train_x) or 1.0)
    line_x = np.linspace(train_x.min() - margin, train_x.max() + margin, 200)[:, None]
    above.plot(line_x[:, 0], predictions(line_x), color=SERIES[0], linewidth=2, label="network", zorder=2)
    same = len(train_x) == len(val_x) and bool((train_x == val_x).all())
    parts = [("training and validation", train_x, train_y, True)] if same else [
        ("training", train_x, train_y, True),
        ("validation", val_x, val_y, False),
    ]  # fmt: skip
    for label, x, y, is_filled in parts:
        fitted = predictions(x)
        face = TRAINING if is_filled else "white"
        above.vlines(x[:, 0], fitted, y, color=MUTED, linewidth=1, zorder=1)
        above.scatter(x[:, 0], y, s=36, facecolors=face, edgecolors=TRAINING, label=label, zorder=3)
        below.vlines(x[:, 0], 0, y - fitted, color=MUTED, linewidth=1)
        below.scatter(x[:, 0], y - fitted, s=24, facecolors=face, edgecolors=TRAINING, zorder=3)
    below.axhline(0, color=LINE, zorder=0)
    above.set_ylabel(names[1])
    above.set_title(title, fontsize=12)
    above.legend(frameon=False)
    below.set(xlabel=names[0], ylabel="residual")
    for axes in (above, below):
        tidy(axes)
    return figure
