"""Figures of the derivative: two legs, secants that become a tangent, and how small a step may be."""

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from backprop_lab.autograd.derivative import rate_of_change
from backprop_lab.figures.style import INK, LINE, MUTED, SERIES, TRAINING, new_figure, tidy

Curve = Callable[[float], float]


def legs_figure(f: Curve, cases: Sequence[tuple[float, float]], left: float = -4.0, right: float = 4.0) -> Figure:
    """A panel for each case (x, h): the curve, the leg h along and the leg f(x + h) - f(x) up, and their ratio."""
    figure = new_figure(3.3 * len(cases), 3.6)
    for axes, (x, h) in zip(figure.subplots(1, len(cases), squeeze=False)[0], cases, strict=True):
        _curve(axes, f, left, right)
        dy = f(x + h) - f(x)
        axes.plot([x, x + h], [f(x), f(x)], color=TRAINING, linewidth=2, linestyle="--", label=f"Δx = {h:g}")
        axes.plot([x + h, x + h], [f(x), f(x + h)], color=TRAINING, linewidth=2, label=f"Δy = {dy:g}")
        axes.plot([x, x + h], [f(x), f(x + h)], color=INK, marker="o", markersize=4, linewidth=1)
        axes.set_title(f"at x = {x:g}: Δy / Δx = {rate_of_change(f, x, h):g}", fontsize=11)
        axes.legend(frameon=False, fontsize=9, loc="upper center")
        axes.set_xlabel("x")
        tidy(axes)
    return figure


def secants_figure(f: Curve, slope: float, x: float, steps: Sequence[float]) -> Figure:
    """Secants through x and x + h for every h in ``steps``, the largest first, and the tangent with ``slope``."""
    figure = new_figure(6.0, 4.6)
    axes = figure.subplots()
    h = max(steps)
    left, right = x - 1.2 * h, x + 1.2 * h
    _curve(axes, f, left, right)
    ends = np.array([x - 0.7 * h, right])
    for step, color in zip(steps, SERIES[1:], strict=False):
        rate = rate_of_change(f, x, step)
        axes.plot(ends, f(x) + rate * (ends - x), color=color, linewidth=1.2, label=f"h = {step:g}: slope {rate:g}")
        axes.plot([x + step], [f(x + step)], color=color, marker="o", markersize=5)
    axes.plot(ends, f(x) + slope * (ends - x), color=INK, linewidth=2.2, linestyle="--", label=f"tangent: {slope:g}")
    axes.plot([x], [f(x)], color=INK, marker="o", markersize=6)
    axes.set(xlabel="x", ylabel="f(x)")
    axes.set_title(f"The secant turns into the tangent at x = {x:g} as h shrinks", fontsize=11)
    axes.legend(frameon=False, fontsize=9)
    tidy(axes)
    return figure


def quotient_error_figure(f: Curve, slope: float, x: float) -> Figure:
    """The error of (f(x + h) - f(x)) / h and of the central (f(x + h) - f(x - h)) / 2h, for h from 1e-15 to 1.

    Both errors fall with h, in proportion to h and to h², as Taylor's series says, until rounding takes over: f is
    known to some 16 digits, so the difference is wrong by about 1e-16 f(x), and dividing by a small h makes that large.
    """
    steps = np.logspace(-15, 0, 121)
    forward = np.array([abs((f(x + h) - f(x)) / h - slope) for h in steps])
    central = np.array([abs((f(x + h) - f(x - h)) / (2 * h) - slope) for h in steps])
    figure = new_figure(7.0, 4.8)
    axes = figure.subplots()
    for errors, name, color, style in (
        (forward, "forward: (f(x + h) − f(x)) / h", SERIES[0], "-"),
        (central, "central: (f(x + h) − f(x − h)) / 2h", SERIES[1], "--"),
    ):
        shown = errors > 0  # a logarithmic axis cannot show an error of exactly 0
        axes.plot(steps[shown], errors[shown], color=color, linestyle=style, linewidth=1.2, label=name)
        # The smallest typical error: a single step may be right by luck.
        typical = np.array([np.median(errors[max(i - 4, 0) : i + 5]) for i in range(len(errors))])
        best = int(typical.argmin())
        axes.plot([steps[best]], [typical[best]], color=color, marker="v", markersize=9)
        axes.annotate(
            f"least near h = {steps[best]:.0e}", (steps[best], typical[best]), xytext=(-70, -34),
            textcoords="offset points", ha="right", va="center", fontsize=9, color=color,
            arrowprops={"arrowstyle": "-", "color": color, "linewidth": 0.8, "shrinkB": 6},
        )  # fmt: skip
    axes.set(xscale="log", yscale="log", xlabel="h", ylabel="error of the difference quotient", ylim=(1e-14, None))
    axes.text(3e-13, 3.0, "rounding:\nabout 1e-16 f(x) / h", ha="center", va="top", fontsize=9, color=MUTED)
    axes.text(1.0, 3e-7, "curvature: in\nproportion to\nh and to h²", ha="right", va="top", fontsize=9, color=MUTED)
    axes.set_title(f"A smaller h is better only down to a point (x = {x:g})", fontsize=11)
    axes.legend(frameon=False, fontsize=9, loc="lower left", bbox_to_anchor=(0.0, 0.0))
    tidy(axes)
    return figure


def _curve(axes: Axes, f: Curve, left: float, right: float) -> None:
    xs = np.linspace(left, right, 200)
    axes.axhline(0, color=LINE, linewidth=0.8, zorder=0)
    axes.plot(xs, [f(x) for x in xs], color=SERIES[0], linewidth=1.8, zorder=1)
