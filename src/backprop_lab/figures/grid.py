"""The predictions of many networks in one picture, laid out by the swept keys."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from backprop_lab.figures import classes
from backprop_lab.figures.style import FIELD, INK, LINE, MUTED, SERIES, TRAINING, new_figure

MOST_POINTS = 150
FEW = 16
MOST_THICK = 10  # lines in one cell


@dataclass(frozen=True)
class Cell:
    """The predictions of several runs that differ only in the seed.

    ``predictions`` [runs, points] or [runs, points, classes] at ``points`` [points, 1 or 2], which span ``corners``
    (low, high), each [1 or 2]; ``train`` is the places and y of one run's training points; ``title`` is above the cell
    and ``label`` below it. ``ends`` are those of the scale of a regression; None for classes.
    """

    predictions: np.ndarray
    points: np.ndarray
    corners: tuple[np.ndarray, np.ndarray]
    train: tuple[np.ndarray, np.ndarray]
    title: str
    label: str
    ends: tuple[float, float] | None = None


def grid_figure(
    table: Sequence[Sequence[Cell | None]], rows: Sequence[str], columns: Sequence[str], title: str = ""
) -> Figure:
    """Mean field and every run's boundaries: one sharp line where the runs agree, a tangle elsewhere.

    ``rows`` and ``columns`` label the sides; if they are empty, each cell has its own title. ``title`` is the title of
    the figure.
    """
    height, width = len(table), max(len(row) for row in table)
    cells = [cell for row in table for cell in row if cell is not None]
    lines_above = 0 if columns else max(cell.title.count("\n") + 1 for cell in cells)
    lines_below = max(cell.label.count("\n") for cell in cells)  # more than one
    tall = 1.75 * _tallness(cells[0]) + 0.3 + 0.22 * lines_above + 0.17 * lines_below
    figure = new_figure(1.9 * width + 0.6, tall * height + (0.6 if title else 0.3))
    if lines_below:  # otherwise a cell's last line touches the title below
        figure.set_layout_engine("constrained", h_pad=0.1)
    if title:
        figure.suptitle(title, fontsize=9, color=INK, x=0.01, ha="left")
    all_axes = figure.subplots(height, width, squeeze=False)
    for i in range(height):
        for j in range(width):
            axes = all_axes[i, j]
            axes.set(xticks=[], yticks=[])
            for spine in axes.spines.values():
                spine.set_color(LINE)
            cell = table[i][j] if j < len(table[i]) else None
            if cell is not None:
                _draw(axes, cell, "" if columns else cell.title)
            elif columns:
                axes.text(0.5, 0.5, "did not finish", transform=axes.transAxes, ha="center", va="center", color=MUTED)
            else:
                axes.set_visible(False)
            if columns and i == 0:
                axes.set_title(columns[j], fontsize=9, color=INK)
            if rows and j == 0:
                axes.set_ylabel(rows[i], fontsize=8 if "\n" in rows[i] else 9, color=INK)
    return figure


def _tallness(cell: Cell) -> float:
    """Height over width of the region that a cell shows."""
    low, high = cell.corners
    return classes.proportion((low[0], high[0], low[1], high[1])) if len(low) == 2 else 1.0


def _draw(axes: Axes, cell: Cell, title: str) -> None:
    (low, high), (x, y) = cell.corners, cell.train
    x, y = x[:MOST_POINTS], y[:MOST_POINTS]
    if x.shape[1] == 1:
        for predictions in cell.predictions:
            axes.plot(cell.points[:, 0], predictions, color=SERIES[0], linewidth=0.9, alpha=0.7)
        axes.scatter(x[:, 0], y, s=8, color=TRAINING, zorder=3)
    elif cell.ends is not None:
        bottom, top = cell.ends
        side = round(len(cell.points) ** 0.5)
        mean = cell.predictions.mean(axis=0).reshape(side, side)
        span = (top - bottom) or 1.0
        classes.draw_regions(axes, ((mean - bottom) / span).clip(0, 1), (low[0], high[0], low[1], high[1]))
        size = 20 if len(x) <= FEW else 6
        axes.scatter(x[:, 0], x[:, 1], s=size, c=y, cmap=FIELD, vmin=bottom, vmax=top, edgecolors=INK, linewidths=0.3)
    else:
        side = round(len(cell.points) ** 0.5)
        extent = (low[0], high[0], low[1], high[1])
        fields = cell.predictions.reshape(-1, side, side, *cell.predictions.shape[2:])
        classes.draw_regions(axes, fields.mean(axis=0), extent)
        for field in fields:
            classes.draw_boundaries(axes, field, extent, 0.8 if len(fields) <= MOST_THICK else 0.4)
        for label, color, marker in classes.marks(int(y.max()) + 1):
            x1, x2 = x[y == label].T
            axes.scatter(x1, x2, s=20 if len(x) <= FEW else 2.5, color=color, marker=marker, linewidths=0)
    if title:
        axes.set_title(title, fontsize=8, color=INK)
    axes.set_xlabel(cell.label, fontsize=8, color=MUTED)
