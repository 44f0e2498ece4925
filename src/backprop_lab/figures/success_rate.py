"""The success rate of a training, with its confidence interval."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from backprop_lab.figures.metric_by_parameter import MARKERS, places
from backprop_lab.figures.style import SERIES, new_figure, tidy

Z = 1.96  # for the 95 % interval


@dataclass(frozen=True)
class Rates:
    """Successes and runs for each value of a parameter, all [n], in the order of the values."""

    values: np.ndarray
    successes: np.ndarray
    runs: np.ndarray


def wilson(successes: np.ndarray, runs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper end of the 95 % confidence interval of a rate: Wilson 1927, also valid near 0 and 1."""
    rate, spread = successes / runs, Z**2 / runs
    middle = (rate + spread / 2) / (1 + spread)
    half = Z * np.sqrt(rate * (1 - rate) / runs + spread / (4 * runs)) / (1 + spread)
    return np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)


def success_rate_figure(lines: Mapping[str, Rates], key: str, success: str) -> Figure:
    """Success rate against ``key``, a line and a band per name; ``success`` is the criterion in words."""
    figure = new_figure(6.4, 4.2)
    axes = figure.subplots()
    for (name, rates), color, marker in zip(lines.items(), SERIES, MARKERS, strict=False):
        at = places(axes, rates.values.tolist())
        low, high = wilson(rates.successes, rates.runs)
        axes.fill_between(at, low, high, color=color, alpha=0.2, linewidth=0)
        axes.plot(at, rates.successes / rates.runs, color=color, marker=marker, linewidth=1.5, markersize=5, label=name)
    runs = sorted({int(n) for rates in lines.values() for n in rates.runs})
    each = f"{runs[0]:,}" if len(runs) == 1 else f"{runs[0]:,} to {runs[-1]:,}"
    axes.set(xlabel=key, ylabel="success rate", ylim=(-0.02, 1.02))
    axes.set_title(f"Success: {success}\n{each} runs per point; band: 95 % Wilson interval", fontsize=10, loc="left")
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    tidy(axes)
    if len(lines) > 1:
        axes.legend(frameon=False, fontsize=9, loc="lower right")
    return figure
