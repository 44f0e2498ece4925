"""Curves of several trainings over the epochs, on the same axes."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from backprop_lab.figures.style import MUTED, SERIES, new_figure, tidy

STYLES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (1, 1)))


def curves_figure(
    curves: Mapping[str, tuple[Sequence[float], Sequence[float]]], ylabel: str, title: str = "", log: bool = False
) -> Figure:
    """A line for each name, through its (epochs, values), with its own colour and dashes. At most six."""
    figure = new_figure(7.0, 4.2)
    axes = figure.subplots()
    if len(curves) > len(SERIES):
        raise ValueError(f"curves: got {len(curves)}; allowed: at most {len(SERIES)}, or they are not told apart")
    for (name, (epochs, values)), color, style in zip(curves.items(), SERIES, STYLES, strict=False):
        axes.plot(epochs, values, color=color, linestyle=style, linewidth=1.8, label=name)
    axes.set(xlabel="epoch", ylabel=ylabel, yscale="log" if log else "linear")
    axes.set_title(title, fontsize=11)
    figure.legend(loc="outside lower center", ncols=min(len(curves), 3), frameon=False, fontsize=9)
    tidy(axes)
    axes.tick_params(which="minor", colors=MUTED, labelsize=9)
    return figure
