"""How classes look: colours, marks, and the regions of the plane where each is predicted.

A field of two classes is [rows, columns] from 0 to 1, with the boundary at 0.5. One of k classes is [rows, columns, k]:
in the region of a class its own number is above 0.5, and the further above, the further ahead of the second it is.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from backprop_lab.figures.style import FIELD, INK

# The regions of the first six are told apart by colour-blind eyes too, the others by the marks of their points. Classes
# beyond the tenth begin again with the first colours.
REGIONS = (
    "#F0A35E", "#6BA6D9", "#2FA084", "#F0DE7A", "#7E57A6", "#F5BCD3", "#8A6A35", "#B4E4F2", "#56752F", "#9A9FA6",
)  # fmt: skip
POINTS = (
    "#6E2C00", "#08306B", "#004236", "#8A7400", "#2C0F57", "#C2447F", "#2E1D00", "#2A8CA8", "#1F3300", "#3A3F45",
)  # fmt: skip
MARKS = "so^DvPX*<>"
PAPER = "#F6F5F2"
FLAT = 0.02
MOST_UNEQUAL = 3.0
Extent = tuple[float, float, float, float]


def marks(count: int) -> list[tuple[int, str, str]]:
    """The number of each class, and the colour and the mark of its points: colour is never the only distinction."""
    return [(label, POINTS[label % len(POINTS)], MARKS[label % len(MARKS)]) for label in range(count)]


def proportion(extent: Extent) -> float:
    """Height of a picture over its width: with equal scales, or 1 if that were a strip, as of grams beside years."""
    left, right, bottom, top = extent
    equal = (top - bottom) / (right - left)
    return equal if 1 / MOST_UNEQUAL <= equal <= MOST_UNEQUAL else 1.0


def is_flat(field: np.ndarray) -> bool:
    """Whether the prediction is nearly constant; a boundary would then be a rounding artefact."""
    return bool(np.ptp(field, axis=(0, 1)).max() < FLAT)


def draw_regions(axes: Axes, field: np.ndarray, extent: Extent) -> None:
    """The field as colours, pale at the boundary, in its proportion."""
    style: dict[str, Any] = {"extent": extent, "origin": "lower", "interpolation": "bilinear", "aspect": "auto"}
    if field.ndim == 2:
        axes.imshow(field, cmap=FIELD, vmin=0, vmax=1, **style)
    else:
        axes.imshow(colours(field), **style)
    axes.set_box_aspect(proportion(extent))


def colours(field: np.ndarray) -> np.ndarray:
    """A field of k classes as red, green and blue, [rows, columns, 3]."""
    regions = np.array([to_rgb(REGIONS[label % len(REGIONS)]) for label in range(field.shape[-1])])
    strength = np.nan_to_num(2 * field.max(axis=-1, keepdims=True) - 1).clip(0, 1)
    mixed: np.ndarray = strength * regions[field.argmax(axis=-1)] + (1 - strength) * np.array(to_rgb(PAPER))
    return mixed


def shades(outputs: int, count: int) -> np.ndarray:
    """About ``count`` of the colours that a field of a network with these outputs may have, [n, 3]."""
    if outputs == 1:
        return FIELD(np.linspace(0, 1, count))[:, :3]
    strengths = np.linspace(0.5, 1, max(2, count // min(outputs, len(REGIONS))))
    field = np.zeros((min(outputs, len(REGIONS)), len(strengths), outputs))
    for label in range(len(field)):
        field[label, :, label] = strengths
    return colours(field).reshape(-1, 3)


def draw_boundaries(axes: Axes, field: np.ndarray, extent: Extent, width: float) -> list[Artist]:
    """The lines where the class changes, if there are any; returns what was drawn."""
    if is_flat(field):
        return []
    of_class = [field] if field.ndim == 2 else np.moveaxis(field, -1, 0)
    return [
        axes.contour(own, levels=[0.5], colors=INK, linewidths=width, extent=extent)
        for own in of_class
        if own.min() < 0.5 < own.max()
    ]


def say_where_flat(
    axes: Axes, field: np.ndarray, size: float | None = None, class_name: Callable[[int], str] = "class {}".format
) -> list[Artist]:
    """Write the constant prediction onto a plane that otherwise shows nothing; returns what was drawn."""
    if not is_flat(field):
        return []
    said = f"{field.mean():.3f}" if field.ndim == 2 else class_name(int(field.mean(axis=(0, 1)).argmax()))
    middle = {"ha": "center", "va": "center", "transform": axes.transAxes}
    return [axes.text(0.5, 0.5, f"{said} everywhere", middle, fontsize=size, color=INK, zorder=4)]
