"""Several predictions for the same points, side by side."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from backprop_lab.figures.classes import Extent, draw_boundaries, draw_regions, marks, say_where_flat
from backprop_lab.figures.style import new_figure, tidy


def beside_figure(
    fields: Sequence[np.ndarray], titles: Sequence[str], extent: Extent, x: np.ndarray, y: np.ndarray
) -> Figure:
    """A panel for each field [rows, columns] of probabilities over ``extent``, with points x [n, 2], classes y [n]."""
    figure = new_figure(3.6 * len(fields) + 0.9, 4.3)
    panels = figure.subplots(1, len(fields), squeeze=False, sharey=True)[0]
    for axes, field, title in zip(panels, fields, titles, strict=True):
        draw_regions(axes, field, extent)
        draw_boundaries(axes, field, extent, 1.8)
        for label, color, marker in marks(2):
            x1, x2 = x[y == label].T
            axes.scatter(x1, x2, s=90, color=color, marker=marker, edgecolors="white", label=f"class {label}", zorder=3)
        say_where_flat(axes, field)
        axes.set(xlabel="x1", xlim=extent[:2], ylim=extent[2:])
        axes.set_title(title, fontsize=11)
        tidy(axes)
    panels[0].set_ylabel("x2")
    figure.colorbar(panels[-1].images[0], ax=list(panels), label="probability of class 1", shrink=0.8)
    figure.legend(
        *panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False, fontsize=9
    )
    return figure
