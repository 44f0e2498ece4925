"""The network's predictions over the input plane."""

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from backprop_lab.figures import classes
from backprop_lab.figures.classes import Extent
from backprop_lab.figures.style import new_figure, tidy

Points = tuple[np.ndarray, np.ndarray]
SIDE = 200
MOST_SHOWN = {"training": 400, "validation": 150}
FEW = 16
HEIGHT = 4.2  # inches of the plane


def plane(x: np.ndarray, side: int = SIDE) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """A grid around the points ``x`` [n, features], and its lower and upper corners, each [features].

    In 2-D, side * side points, row by row from the bottom; in 1-D, ``side`` points.
    """
    low, high = x.min(axis=0), x.max(axis=0)
    margin = (0.25 if len(np.unique(x, axis=0)) <= FEW else 0.03) * np.maximum(high - low, 1e-3)
    low, high = low - margin, high + margin
    axes = [np.linspace(low[i], high[i], side) for i in range(x.shape[1])]
    return np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, x.shape[1]), (low, high)


def field_of(values: np.ndarray) -> np.ndarray:
    """Values at the points of ``plane`` in 2-D, [side * side] or [side * side, classes], as rows and columns."""
    side = round(len(values) ** 0.5)
    return values.reshape(side, side, *values.shape[1:])


def draw_points(
    axes: Axes, train: Points, val: Points, class_name: Callable[[int], str] = "class {}".format
) -> list[str]:
    """Each class with its own mark, validation points hollow; returns captions of parts drawn incompletely."""
    size = 90 if len(np.unique(train[0], axis=0)) <= FEW else 16
    same = len(train[0]) == len(val[0]) and bool((train[0] == val[0]).all())
    parts = {"training": (*train, True), "validation": (*val, False)}
    if same:
        parts = {"training and validation": (*train, True)}
    left_out = []
    for part, (x, y, is_filled) in parts.items():
        shown = min(MOST_SHOWN.get(part, len(x)), len(x))
        if shown < len(x):
            left_out.append(f"{shown} of {len(x):,} {part} points")
        x, y = x[:shown], y[:shown]
        known = classes.marks(int(max(train[1].max(), val[1].max())) + 1)
        for label, color, marker in known:
            name = class_name(label)
            named = f"{part}, {name}" if len(known) <= 2 else name if is_filled else None
            axes.scatter(
                x[y == label, 0],
                x[y == label, 1],
                s=size,
                marker=marker,
                facecolors=color if is_filled else "white",
                edgecolors="white" if is_filled else color,
                linewidths=0.5 if is_filled else 1.0,
                label=named if (y == label).any() else None,
                zorder=2 if is_filled else 3,
            )
    return left_out


def decision_boundary_figure(
    field: np.ndarray, extent: Extent, train: Points, val: Points, title: str, label: str,
    inputs: Sequence[str] = ("x1", "x2"), class_name: Callable[[int], str] = "class {}".format,
) -> Figure:  # fmt: skip
    """The field of predictions, its boundaries, and the points: each class with its own mark, validation points hollow.

    ``field`` [rows, columns] or [rows, columns, classes] covers ``extent`` (left, right, bottom, top); ``train`` and
    ``val`` are x [n, 2] and classes [n], of which the first few hundred are drawn. ``label`` names the field.
    """
    wide = HEIGHT / classes.proportion(extent)
    has_scale = field.ndim == 2
    columns = 2 if has_scale else 4
    rows = 2 if has_scale else 3 + -(-field.shape[2] // columns)
    # with room for axes, title, legend and scale
    figure = new_figure(wide + (1.7 if has_scale else 1.2), HEIGHT + 1.4 + 0.2 * rows)
    axes = figure.subplots()
    classes.draw_regions(axes, field, extent)
    classes.draw_boundaries(axes, field, extent, 1.8)
    left_out = draw_points(axes, train, val, class_name)
    classes.say_where_flat(axes, field, class_name=class_name)
    axes.set(xlabel=inputs[0], ylabel=inputs[1], xlim=extent[:2], ylim=extent[2:])
    axes.set_title(title, fontsize=12)
    tidy(axes)
    notes = [f"{' and '.join(left_out)} are shown"] if left_out else []
    if has_scale:
        figure.colorbar(axes.images[0], ax=axes, label=label, shrink=0.85)
    else:
        notes.append(f"{label}; hollow: validation")
    figure.legend(
        *axes.get_legend_handles_labels(), loc="outside lower center", ncols=columns, frameon=False,
        fontsize=9, title="\n".join(notes) or None, title_fontsize=9,
    )  # fmt: skip
    return figure
