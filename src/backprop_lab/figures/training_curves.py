"""Loss, and accuracy or R², over the epochs."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from backprop_lab.figures.style import INK, TRAINING, VALIDATION, new_figure, tidy

TITLES = {"loss": "Loss", "acc": "Accuracy", "r2": "R²"}


def training_curves_figure(history: Mapping[str, np.ndarray]) -> Figure:
    """``history`` holds the columns of metrics.csv: ``epoch`` and ``train_`` and ``val_`` metrics, each [rows]."""
    names = [column.removeprefix("val_") for column in history if column.startswith("val_")]
    figure = new_figure(9.0, 3.8)
    for axes, name in zip(np.atleast_1d(figure.subplots(1, len(names))), names, strict=True):
        _draw(axes, history, name)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    return figure


def _draw(axes: Axes, history: Mapping[str, np.ndarray], name: str) -> None:
    epoch, train, val = history["epoch"], history[f"train_{name}"], history[f"val_{name}"]
    marker = "o" if len(epoch) == 1 else ""
    axes.plot(epoch, train, color=TRAINING, linewidth=1.2, linestyle="--", marker=marker, label="training", zorder=3)
    axes.plot(epoch, val, color=VALIDATION, linewidth=2.0, marker=marker, markersize=4, label="validation")
    best = int(history["val_loss"].argmin())
    axes.plot(
        epoch[best], val[best], "o", mfc="white", mec=INK, label=f"lowest validation loss (epoch {epoch[best]:,})"
    )
    if name == "loss" and min(train.min(), val.min()) > 0 and max(train.max(), val.max()) > 20 * val.min():
        axes.set_yscale("log")
    axes.set(xlabel="epoch", title=TITLES.get(name, name))
    axes.ticklabel_format(axis="x", useOffset=False)
    tidy(axes)
