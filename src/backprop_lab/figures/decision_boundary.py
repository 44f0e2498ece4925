"""The network's predictions over the input plane."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from backprop_lab.figures.style import CLASS_COLORS, FIELD, INK, new_figure, tidy

Points = tuple[np.ndarray, np.ndarray]
Extent = tuple[float, float, float, float]
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


def draw_field(axes: Axes, field: np.ndarray, extent: Extent, line: bool = True) -> None:
    """Probability of class 1 as colour, and the 0.5 line."""
    axes.imshow(field, extent=extent, origin="lower", cmap=FIELD, vmin=0, vmax=1, interpolation="bilinear")
    if line and not is_flat(field) and field.min() < 0.5 < field.max():
        axes.contour(field, levels=[0.5], colors=INK, linewidths=1.8, extent=extent)
    axes.set_aspect("equal")


def is_flat(field: np.ndarray) -> bool:
    """Whether the prediction is nearly constant; a 0.5 line would then be a rounding artefact."""
    return bool(field.max() - field.min() < 0.02)


def say_where_flat(axes: Axes, field: np.ndarray) -> None:
    """Write the constant prediction onto a plane that otherwise shows nothing."""
    if is_flat(field):
        said = f"{field.mean():.3f} everywhere"
        axes.text(0.5, 0.5, said, transform=axes.transAxes, ha="center", va="center", color=INK)


def draw_points(axes: Axes, train: Points, val: Points) -> list[str]:
    """Squares class 0, circles class 1, validation points hollow; returns captions of parts drawn incompletely."""
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
        for label, (color, marker) in enumerate(zip(CLASS_COLORS, "so", strict=True)):
            axes.scatter(
                x[y == label, 0],
                x[y == label, 1],
                s=size,
                marker=marker,
                facecolors=color if is_filled else "white",
                edgecolors="white" if is_filled else color,
                linewidths=0.5 if is_filled else 1.0,
                label=f"{part}, class {label}" if (y == label).any() else None,
                zorder=2 if is_filled else 3,
            )
    return left_out


def decision_boundary_figure(
    field: np.ndarray, extent: Extent, train: Points, val: Points, title: str, label: str
) -> Figure:
    """Probability field, 0.5 line, and the points: squares class 0, circles class 1, validation points hollow.

    ``field`` [rows, columns] covers ``extent`` (left, right, bottom, top); ``train`` and ``val`` are x [n, 2] and
    classes [n], of which the first few hundred are drawn. ``label`` names the field.
    """
    left, right, bottom, top = extent
    wide = min(max(HEIGHT * (right - left) / (top - bottom), HEIGHT / 2), 3 * HEIGHT)
    figure = new_figure(wide + 1.7, HEIGHT + 1.8)  # with room for axes, title, legend and scale
    axes = figure.subplots()
    draw_field(axes, field, extent)
    left_out = draw_points(axes, train, val)
    say_where_flat(axes, field)
    axes.set(xlabel="x1", ylabel="x2", xlim=extent[:2], ylim=extent[2:])
    axes.set_title(title, fontsize=12)
    tidy(axes)
    figure.colorbar(axes.images[0], ax=axes, label=label, shrink=0.85)
    figure.legend(
        *axes.get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False, fontsize=9,
        title=f"{' and '.join(left_out)} are shown" if left_out else None, title_fontsize=9,
    )  # fmt: skip
    return figure
