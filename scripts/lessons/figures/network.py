"""Figure of a small network with the numbers of its forward and backward pass."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from backprop_lab.figures.style import INK, MUTED, SERIES, TRAINING, new_figure

POSITIVE, NEGATIVE = SERIES[0], SERIES[1]
ALONG, ACROSS = 3.2, 1.7  # inches between layers, and between the units of one
# Labels stand near their line's beginning, where lines from different units have not yet crossed.
PLACE = 0.3


def network_figure(
    units: Sequence[Sequence[tuple[str, str]]],
    weights: Sequence[np.ndarray],
    gradients: Sequence[np.ndarray],
    title: str = "",
) -> Figure:
    """Units as circles, layer by layer from left to right, and a line for each weight.

    ``units`` has for each layer, inputs first, and each of its units the text of the forward pass and that of the
    backward pass. ``weights`` and ``gradients`` are [outputs, inputs] between one layer and the next. A line carries
    both, the weight above its gradient. It is blue and solid for a positive weight, orange and dashed for a negative.
    """
    layers, most = len(units), max(map(len, units))
    figure = new_figure(ALONG * (layers - 1) + 2.6, ACROSS * most + 0.9)
    axes = figure.subplots()
    places = [
        [(ALONG * layer, ACROSS * ((len(column) - 1) / 2 - unit)) for unit in range(len(column))]
        for layer, column in enumerate(units)
    ]
    for layer, (weight, gradient) in enumerate(zip(weights, gradients, strict=True)):
        for (o, i), w in np.ndenumerate(weight):
            _line(axes, places[layer][i], places[layer + 1][o], float(w), float(gradient[o, i]))
    for column, texts in zip(places, units, strict=True):
        for (x, y), (forward, backward) in zip(column, texts, strict=True):
            axes.scatter([x], [y], s=2600, color="white", edgecolors=INK, linewidths=1.2, zorder=3)
            axes.text(x, y, forward, ha="center", va="center", fontsize=8.5, color=INK, zorder=4)
            axes.text(x, y - 0.48, backward, ha="center", va="top", fontsize=8.5, color=TRAINING, zorder=4)
    axes.plot([], [], color=POSITIVE, linewidth=2, label="positive weight")
    axes.plot([], [], color=NEGATIVE, linewidth=2, linestyle="--", label="negative weight")
    axes.plot([], [], color=TRAINING, marker="s", linestyle="none", label="gradient of the loss L")
    figure.legend(loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    axes.set(xlim=(-0.8, ALONG * (layers - 1) + 0.8), ylim=(-ACROSS * most / 2 - 0.25, ACROSS * most / 2))
    axes.set_aspect("equal")
    axes.axis("off")
    axes.set_title(title, fontsize=12, color=INK)
    return figure


def _line(axes: Axes, start: tuple[float, float], end: tuple[float, float], weight: float, gradient: float) -> None:
    color, style = (POSITIVE, "-") if weight > 0 else (NEGATIVE, "--") if weight < 0 else (MUTED, ":")
    width = 0.8 + 1.6 * min(abs(weight), 2.0)
    axes.plot([start[0], end[0]], [start[1], end[1]], color=color, linestyle=style, linewidth=width, zorder=1)
    x, y = (a + PLACE * (b - a) for a, b in zip(start, end, strict=True))
    for text, shade, side in ((f"{weight:.3g}", color, "bottom"), (f"{gradient:z.3f}", TRAINING, "top")):
        axes.text(
            x, y, text, ha="center", va=side, fontsize=9, color=shade,
            bbox={"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none"}, zorder=2,
        )  # fmt: skip
