"""Figure of two losses and their derivatives: how strongly a wrong prediction pulls."""

import numpy as np
from matplotlib.figure import Figure

from backprop_lab.figures.style import LINE, SERIES, new_figure, tidy


def loss_slopes_figure(logits: np.ndarray, curves: dict[str, tuple[np.ndarray, np.ndarray]]) -> Figure:
    """Left each loss, right its derivative, both [n] over the ``logits`` [n]."""
    figure = new_figure(9.0, 4.2)
    left, right = figure.subplots(1, 2)
    for (name, (losses, slopes)), color, style in zip(curves.items(), SERIES, ("-", "--"), strict=False):
        left.plot(logits, losses, color=color, linestyle=style, linewidth=1.8, label=name)
        right.plot(logits, slopes, color=color, linestyle=style, linewidth=1.8)
    left.set(xlabel="logit z", ylabel="loss")
    right.set(xlabel="logit z", ylabel="dL/dz")
    left.set_title("Loss of a point of class 1", fontsize=11)
    right.set_title("Its slope: what flows back", fontsize=11)
    for axes in (left, right):
        axes.axhline(0, color=LINE, linewidth=0.8, zorder=0)
        tidy(axes)
    figure.legend(loc="outside lower center", ncols=len(curves), frameon=False, fontsize=9)
    return figure
