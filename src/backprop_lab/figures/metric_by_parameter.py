"""The result against each swept parameter."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from backprop_lab.figures.style import LINE, MUTED, SERIES, new_figure, tidy

MOST_LINES = len(SERIES)
MARKERS = "osD^vP"


def metric_by_parameter_figure(
    parameters: Mapping[str, Sequence[Any]], metrics: Mapping[str, Sequence[float | None]]
) -> Figure:
    """A panel per parameter and metric: a dot per run, and the means, joined by a line if the values are numbers.

    Both arguments map a name to one value per run. The seed counts as a parameter only if nothing else was swept. A
    second parameter gives one line per value.
    """
    keys = [key for key in parameters if key != "seed"] or ["seed"]
    figure = new_figure(max(4.6 * len(keys), 5.0), 3.2 * len(metrics))
    all_axes = figure.subplots(len(metrics), len(keys), squeeze=False)
    for (i, (name, values)), (j, key) in itertools.product(enumerate(metrics.items()), enumerate(keys)):
        others = [other for other in keys if other != key]
        by = min(others, key=lambda other: len(set(map(str, parameters[other])))) if others else None
        numbers = np.array([np.nan if value is None else value for value in values])
        _draw(all_axes[i, j], key, parameters[key], numbers, by, parameters[by] if by else None)
        if (
            (name.endswith("loss") or name.startswith("1 − "))
            and np.nanmin(numbers) > 0
            and np.nanmax(numbers) > 20 * np.nanmin(numbers)
        ):
            all_axes[i, j].set_yscale("log")
        all_axes[i, j].set(xlabel=key, ylabel=name)
        tidy(all_axes[i, j])
    return figure


def _draw(
    axes: Axes, key: str, values: Sequence[Any], numbers: np.ndarray, by: str | None, others: Sequence[Any] | None
) -> None:
    at = places(axes, values)
    axes.scatter(at, numbers, s=12, color=LINE, edgecolors=MUTED, linewidths=0.5, zorder=1)
    if key == "seed":
        axes.axhline(float(np.nanmean(numbers)), color=SERIES[0], linewidth=1.5, label="mean")
        axes.legend(frameon=False, fontsize=8)
        return
    groups = list(dict.fromkeys(map(str, others))) if others is not None else [""]
    if len(groups) > MOST_LINES:
        groups, others, by = [""], None, None
    for group, color, marker in zip(groups, SERIES, MARKERS, strict=False):
        chosen = np.array([others is None or str(other) == group for other in others or values])
        chosen &= np.isfinite(numbers)
        xs = np.unique(at[chosen])
        means = [np.nanmean(numbers[chosen & (at == x)]) for x in xs]
        style = "-" if are_numbers(values) else "none"  # words have no order
        axes.plot(xs, means, style, color=color, marker=marker, lw=1.5, ms=5, label=f"{by}={group}", zorder=2)
    if by is not None:  # beside the lines, not over them
        axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1.0, 1.0))


def are_numbers(values: Sequence[Any]) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def places(axes: Axes, values: Sequence[Any]) -> np.ndarray:
    """The x positions of the values: numbers on a scale, logarithmic for a wide range, and words side by side."""
    if are_numbers(values):
        numbers = np.array(values, dtype=float)
        distinct = np.unique(numbers)
        if distinct[0] > 0 and distinct[-1] / distinct[0] >= 8:
            axes.set_xscale("log")
        if len(distinct) <= 10:
            axes.set_xticks(distinct, [f"{number:g}" for number in distinct])
            axes.set_xticks([], minor=True)
        return numbers
    words = list(dict.fromkeys(map(str, values)))
    axes.set_xticks(range(len(words)), [word.replace("$", r"\$") for word in words])  # not a formula
    return np.array([words.index(str(value)) for value in values], dtype=float)
