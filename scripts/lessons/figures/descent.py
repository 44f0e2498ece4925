"""Figures of gradient descent as a walk on the loss curve."""

import itertools
from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import SymLogNorm
from matplotlib.figure import Figure

from backprop_lab.figures.style import FIELD, INK, LINE, MUTED, SERIES, TRAINING, new_figure, tidy

FLOOR = 1e-12  # losses below it count as 0


def descent_figure(
    loss: Callable[[float], float], walks: dict[str, Sequence[float]], name: str = "w", title: str = ""
) -> Figure:
    """The curve of ``loss`` over one number, and on it the numbers that each walk went through, by the walk's name.

    A panel for each walk, all on the same axes. Arrows lead from each number to the next.
    """
    figure = new_figure(max(3.5 * len(walks), 5.5), 3.9)
    every = [number for numbers in walks.values() for number in numbers]
    margin = 0.15 * (max(every) - min(every) or 1.0)
    xs = np.linspace(min(every) - margin, max(every) + margin, 300)
    curve = [loss(x) for x in xs]
    panels = figure.subplots(1, len(walks), squeeze=False, sharey=True)[0]
    for axes, (label, numbers) in zip(panels, walks.items(), strict=True):
        axes.axhline(0, color=LINE, linewidth=0.8, zorder=0)
        axes.plot(xs, curve, color=SERIES[0], linewidth=1.8, zorder=1)
        heights = [loss(number) for number in numbers]
        _arrows(axes, list(zip(numbers, heights, strict=True)))
        axes.plot(numbers, heights, color=TRAINING, marker="o", markersize=4, linestyle="none", zorder=3)
        axes.plot(
            numbers[:1], heights[:1], color=INK, marker="o", markersize=7, linestyle="none", zorder=4, label="start"
        )
        axes.set_xlabel(name)
        axes.set_title(label, fontsize=10)
        axes.legend(frameon=False, fontsize=9)
        tidy(axes)
    panels[0].set_ylabel("loss")
    if title:
        figure.suptitle(title, fontsize=12, color=INK)
    return figure


def plane_descent_figure(
    loss: Callable[[np.ndarray, np.ndarray], np.ndarray],
    walk: Sequence[tuple[float, float]],
    names: tuple[str, str],
    value: str = "loss",
) -> Figure:
    """Contour lines of ``loss`` over two numbers, negative ones in another colour, and the points of a walk."""
    places = np.asarray(walk, dtype=float)
    reach = 1.25 * np.abs(places).max()
    side = np.linspace(-reach, reach, 200)
    heights = loss(*np.meshgrid(side, side))
    most = float(np.abs(heights).max())
    figure = new_figure(5.4, 5.2)
    axes = figure.subplots()
    axes.pcolormesh(side, side, heights, cmap=FIELD.reversed(), norm=SymLogNorm(most / 20, vmin=-most, vmax=most))
    levels = _round(0.4 * most) * np.array([-1, -0.5, -0.25, 0, 0.25, 0.5, 1])
    lines = axes.contour(side, side, heights, levels=levels, colors=MUTED, linewidths=0.8, linestyles="solid")
    axes.clabel(lines, fmt="%g", fontsize=8)
    _arrows(axes, walk)
    heights_there = loss(places[:, 0], places[:, 1])
    for place, height, said in (
        (0, heights_there[0], "start"),
        (-1, heights_there[-1], f"after {len(walk) - 1} steps"),
    ):
        axes.plot(*places[place], color=INK, marker="o", markersize=6)
        axes.annotate(
            f"{said}\n{value} = {height:.4g}", places[place], xytext=(0, 9), textcoords="offset points", ha="center",
            fontsize=9, color=INK, bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 1.5},
        )  # fmt: skip
    axes.set(xlabel=names[0], ylabel=names[1], aspect="equal")
    tidy(axes)
    return figure


def rates_figure(rates: Sequence[float], losses: Sequence[float], start: float, steps: int, diverges: float) -> Figure:
    """The loss after ``steps`` steps for each learning rate, beside the loss at the start, on a logarithmic axis."""
    figure = new_figure(6.4, 4.0)
    axes = figure.subplots()
    shown = np.maximum(losses, FLOOR / 10)  # a logarithmic axis cannot show exactly 0
    axes.axvspan(diverges, max(rates), color=LINE, alpha=0.5, linewidth=0)
    axes.axhline(start, color=MUTED, linewidth=1, linestyle="--")
    axes.plot(rates, shown, color=SERIES[0], linewidth=1.8)
    axes.text(min(rates), start * 2, "loss at the start", va="bottom", fontsize=9, color=MUTED)
    axes.text((diverges + max(rates)) / 2, 1e-6, "diverges", ha="center", fontsize=9, color=MUTED)
    axes.set(yscale="log", xlabel="learning rate", ylabel=f"loss after {steps} steps")
    axes.set(xlim=(0, max(rates)), ylim=(FLOOR, None))
    tidy(axes)
    return figure


def _arrows(axes: Axes, places: Sequence[tuple[float, float]]) -> None:
    """Arrows from each point to the next."""
    for start, end in itertools.pairwise(places):
        axes.annotate(
            "", end, start,
            arrowprops={"arrowstyle": "-|>", "color": TRAINING, "linewidth": 1.2, "shrinkA": 0, "shrinkB": 0},
        )  # fmt: skip


def _round(number: float) -> float:
    """Rounded down to one digit."""
    scale = 10.0 ** np.floor(np.log10(number))
    return float(np.floor(number / scale) * scale)
