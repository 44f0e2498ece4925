"""How two hidden units transform the plane."""

from collections.abc import Callable

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from backprop_lab.figures.classes import Extent, marks
from backprop_lab.figures.style import FIELD, INK, LINE, new_figure, tidy

SIDE = 120
GRID = 13  # lines each way
AROUND = (-1.5, 1.5)  # the range of the units, with room for the names of the points


def hidden_units_figure(
    hidden: Callable[[np.ndarray], np.ndarray], weight: np.ndarray, bias: float, extent: Extent, x: np.ndarray,
    y: np.ndarray,
) -> Figure:  # fmt: skip
    """Each unit over the plane, and the plane as the output sees it, with the line weight · h + bias = 0.

    ``hidden`` maps points [n, 2] to the two units' values [n, 2], from -1 to 1; ``weight`` [2] and ``bias`` are the
    output's; points x [n, 2] of classes y [n] lie in ``extent``.
    """
    figure = new_figure(12.6, 5.7)
    first, second, last = figure.subplots(1, 3)
    across, up = np.linspace(*extent[:2], SIDE), np.linspace(*extent[2:], SIDE)
    values = hidden(np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)).reshape(SIDE, SIDE, 2)
    for unit, axes in enumerate((first, second)):
        axes.imshow(values[..., unit], extent=extent, origin="lower", cmap=FIELD, vmin=-1, vmax=1, aspect="equal")
        axes.contour(across, up, values[..., unit], levels=[0.0], colors=INK, linewidths=1.8)
        _points(axes, x, y, [f"{value:.2f}" for value in hidden(x)[:, unit]])
        axes.set(xlabel="x1", ylabel="x2", xlim=extent[:2], ylim=extent[2:])
        axes.set_title(f"Hidden unit {unit + 1}", fontsize=11)
    figure.colorbar(first.images[0], ax=[first, second], label="value of the unit", location="bottom", shrink=0.5,
                    aspect=30, ticks=[-1, 0, 1])  # fmt: skip

    for along in np.linspace(0, 1, GRID):
        line = np.linspace(0, 1, SIDE)
        for a, b in ((np.full(SIDE, along), line), (line, np.full(SIDE, along))):
            plane = np.stack([extent[0] + a * (extent[1] - extent[0]), extent[2] + b * (extent[3] - extent[2])], axis=1)
            last.plot(
                *hidden(plane).T, color=LINE, linewidth=0.8, zorder=1, label="" if along else "lines of the plane"
            )
    square = np.linspace(*AROUND, 2)
    last.contour(square, square, [[float(weight @ (a, b)) + bias for a in square] for b in square], levels=[0.0],
                 colors=INK, linewidths=1.8)  # fmt: skip
    _points(last, hidden(x), y, [f"({a:g}, {b:g})" for a, b in x])
    last.set(xlabel="hidden unit 1", ylabel="hidden unit 2", xlim=AROUND, ylim=AROUND, aspect="equal")
    last.set_title("The points as the output sees them", fontsize=11)
    for axes in (first, second, last):
        tidy(axes)
    figure.legend(*_legend(last), loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    return figure


def _legend(axes: Axes) -> tuple[list[Artist], list[str]]:
    """Handles and labels, each label once."""
    named = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    return list(named.values()), list(named)


def _points(axes: Axes, x: np.ndarray, y: np.ndarray, texts: list[str]) -> None:
    for label, color, marker in marks(2):
        x1, x2 = x[y == label].T
        axes.scatter(x1, x2, s=80, color=color, marker=marker, edgecolors="white", label=f"class {label}",
                     zorder=3)  # fmt: skip
    # Two points may coincide: then place their labels on either side.
    for i, ((x1, x2), text) in enumerate(zip(x, texts, strict=True)):
        gap, align = ((9, "left"), (-9, "right"))[i % 2]
        axes.annotate(text, (x1, x2), xytext=(gap, 9), textcoords="offset points", ha=align, va="center", fontsize=9,
                      color=INK, zorder=4)  # fmt: skip
