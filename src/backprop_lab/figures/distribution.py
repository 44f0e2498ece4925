"""The distribution of the results of many runs."""

import math

import numpy as np
from matplotlib.figure import Figure

from backprop_lab.figures.style import INK, SERIES, new_figure, tidy

BINS = 50  # at most


def distribution_figure(numbers: np.ndarray, name: str, threshold: float | None, title: str) -> Figure:
    """A histogram of the metric ``name`` of all runs [n], with logarithmic counts so that a single run is visible.

    ``threshold``, below which a run counts as failed, is a bin edge.
    """
    figure = new_figure(6.8, 3.8)
    axes = figure.subplots()
    edges = _edges(numbers, threshold)
    failed = numbers < threshold if threshold is not None else np.zeros(len(numbers), dtype=bool)
    parts = {"failed": (failed, SERIES[1], "//"), "succeeded": (~failed, SERIES[0], "")}
    for label, (chosen, color, hatch) in parts.items():
        if chosen.any():
            axes.hist(numbers[chosen], bins=edges.tolist(), color=color, edgecolor="white", linewidth=0.5, hatch=hatch,
                      label=f"{label}: {chosen.sum():,}" if threshold is not None else None)  # fmt: skip
    median = float(np.median(numbers))
    axes.axvline(median, color=INK, linewidth=1.2, linestyle="--", label=f"median {median:.3f}")
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.set(xlabel=name, ylabel="runs, logarithmic", ylim=(0.7, None))
    axes.set_title(title, fontsize=10, loc="left")
    tidy(axes)
    axes.legend(frameon=False, fontsize=9, loc="upper left")
    return figure


def _edges(numbers: np.ndarray, threshold: float | None) -> np.ndarray:
    """Bin edges of a round width; one of them is the threshold."""
    low, high = float(numbers.min()), float(numbers.max())
    least = max(high - low, 1e-6) / BINS
    power = 10.0 ** math.floor(math.log10(least))
    width = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least)
    anchor = threshold if threshold is not None else 0.0
    first, last = math.floor((low - anchor) / width), math.floor((high - anchor) / width) + 1
    return anchor + width * np.arange(first, last + 1) - 1e-9 * width  # 0.975 is not exactly 0.97 + 0.005
