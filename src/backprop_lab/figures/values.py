"""A regression over a plane: the predictions as colours with the points, and predicted against true values."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from backprop_lab.figures import classes
from backprop_lab.figures.classes import Extent
from backprop_lab.figures.decision_boundary import HEIGHT, MOST_SHOWN
from backprop_lab.figures.style import FIELD, INK, MUTED, TRAINING, new_figure, tidy

Part = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Places [n, 2], true and predicted values [n]."""


def values_figure(
    field: np.ndarray, extent: Extent, train: Part, val: Part, title: str, names: Sequence[str], target: str
) -> Figure:
    """``field`` [rows, columns] covers ``extent`` (left, right, bottom, top), whose axes have ``names``.

    The colours end at the least and the largest true value; a point has that of its own. Of each part the first few
    hundred are drawn.
    """
    shown = [
        tuple(array[: MOST_SHOWN[part]] for array in points)
        for part, points in (("training", train), ("validation", val))
    ]
    if len(train[0]) == len(val[0]) and bool((train[0] == val[0]).all()):
        shown = shown[:1]
    low, high = (float(end(np.concatenate([train[1], val[1]]))) for end in (np.min, np.max))
    wide = HEIGHT / classes.proportion(extent)
    figure = new_figure(wide + HEIGHT + 3.2, HEIGHT + 1.8)
    left, right = figure.subplots(1, 2, width_ratios=[wide + 1.0, HEIGHT])
    image = left.imshow(field, cmap=FIELD, vmin=low, vmax=high, extent=extent, origin="lower", aspect="auto")
    left.set_box_aspect(classes.proportion(extent))
    if np.ptp(field) > 0:
        lines = left.contour(field, extent=extent, colors=INK, linewidths=0.6, levels=6)
        left.clabel(lines, fontsize=8, fmt="%g")
    for (places, true, predicted), marker, label in zip(shown, "oD", ("training", "validation"), strict=False):
        left.scatter(*places.T, c=true, cmap=FIELD, vmin=low, vmax=high, s=20, marker=marker, edgecolors=INK,
                     linewidths=0.6, label=label)  # fmt: skip
        face = TRAINING if label == "training" else "white"
        right.scatter(true, predicted, s=16, marker=marker, facecolors=face, edgecolors=TRAINING, linewidths=0.8)
    left.set(xlabel=names[0], ylabel=names[1], xlim=extent[:2], ylim=extent[2:])
    draw_diagonal(right, target, low, high)
    figure.colorbar(image, ax=left, label=target, shrink=0.85, extend="both")
    note = ", ".join(
        f"{len(part[0])} of {len(of[0]):,} {name} points"
        for part, of, name in zip(shown, (train, val), ("training", "validation"), strict=False)
        if len(part[0]) < len(of[0])
    )
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False, fontsize=9,
                  title=f"{note} are shown" if note else None, title_fontsize=9)  # fmt: skip
    figure.suptitle(title, fontsize=12, color=INK)
    for axes in (left, right):
        tidy(axes)
    return figure


def draw_diagonal(axes: Axes, target: str, low: float, high: float) -> None:
    """Axes of predicted against true values, with the line on which a prediction is exact."""
    axes.axline((low, low), slope=1.0, color=MUTED, linewidth=1, linestyle="--", zorder=0)
    axes.set(xlabel=f"true {target}", ylabel=f"predicted {target}")
    axes.set_box_aspect(1)
