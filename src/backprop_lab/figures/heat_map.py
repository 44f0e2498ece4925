"""A metric over two parameters, with the region where the training diverges."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from backprop_lab.figures.style import INK, LINE, MUTED, SCALE, TRAINING, new_figure, tidy

MOST_NUMBERS = 14  # most columns with readable numbers in their cells


def heat_map_figure(
    means: np.ndarray, diverged: np.ndarray, runs: np.ndarray, sides: tuple[Sequence[str], Sequence[str]],
    keys: tuple[str, str], name: str,
) -> Figure:  # fmt: skip
    """The metric ``name``: ``means`` [rows, columns] of the finished runs, NaN if there are none.

    ``diverged`` of ``runs``, both [rows, columns], diverged; cells in which any run did have a border, and those in
    which all did are hatched. ``sides`` and ``keys`` name the rows, from the top, and the columns.
    """
    height, width = means.shape
    figure = new_figure(max(0.72 * width + 2.2, 5.0), max(0.46 * height + 1.5, 3.6))
    axes = figure.subplots()
    finite = means[np.isfinite(means)]
    is_wide = name.endswith("loss") and len(finite) > 0 and finite.min() > 0 and finite.max() > 20 * finite.min()
    scale = (LogNorm if is_wide else Normalize)(finite.min() if len(finite) else 0, finite.max() if len(finite) else 1)
    image = axes.imshow(np.ma.masked_invalid(means), cmap=SCALE, norm=scale, aspect="auto")
    for row, column in np.ndindex(means.shape):
        if runs[row, column] and diverged[row, column] == runs[row, column]:
            axes.add_patch(_hatched((column - 0.5, row - 0.5)))
        elif width <= MOST_NUMBERS and np.isfinite(means[row, column]):
            dark = scale(means[row, column]) < 0.45
            lost = f"\n{diverged[row, column]} of {runs[row, column]} div." if diverged[row, column] else ""
            axes.text(column, row, f"{means[row, column]:.2g}{lost}", ha="center", va="center",
                      fontsize=7 if lost else 8, color="white" if dark else INK)  # fmt: skip
    if diverged.any():
        _surround(axes, diverged > 0)
        handles = [_hatched((0, 0)), Patch(facecolor="white", edgecolor=TRAINING, linewidth=2)]
        said = ["all runs diverged", "border: at least one run diverged"]
        figure.legend(handles, said, loc="outside lower center", ncols=2, frameon=False, fontsize=9)
    for names, axis in zip(sides, (axes.yaxis, axes.xaxis), strict=True):
        axis.set_ticks(range(len(names)), names)
    axes.set(ylabel=keys[0], xlabel=keys[1])
    axes.tick_params(length=0)
    tidy(axes)
    figure.colorbar(image, ax=axes, label=f"{name}, mean of the finished runs")
    return figure


def _hatched(corner: tuple[float, float]) -> Rectangle:
    return Rectangle(corner, 1, 1, facecolor=LINE, edgecolor=MUTED, hatch="///", linewidth=0)


def _surround(axes: Axes, inside: np.ndarray) -> None:
    """Draw a border between the cells that are ``inside`` and the others."""
    for row, column in np.argwhere(inside[:, 1:] != inside[:, :-1]):
        axes.plot([column + 0.5] * 2, [row - 0.5, row + 0.5], color=TRAINING, linewidth=2, solid_capstyle="projecting")
    for row, column in np.argwhere(inside[1:] != inside[:-1]):
        axes.plot([column - 0.5, column + 0.5], [row + 0.5] * 2, color=TRAINING, linewidth=2,
                  solid_capstyle="projecting")  # fmt: skip
