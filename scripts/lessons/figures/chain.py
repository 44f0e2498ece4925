"""Figure of the chain rule: a nudge that grows and shrinks on its way to the result."""

import itertools
import math
import operator
from collections.abc import Sequence

from matplotlib.figure import Figure

from backprop_lab.figures.style import INK, LINE, MUTED, SERIES, TRAINING, new_figure, tidy

Chain = Sequence[tuple[str, float]]  # a name, and the derivative with respect to the name before it; 1 for the first


def chain_figure(chains: Sequence[Chain]) -> Figure:
    """A panel for each chain: its first number moves by one small unit, and bars show how far each later one moves.

    Each bar is the one above it times the local derivative between them.
    """
    rows = max(map(len, chains))
    figure = new_figure(max(4.2 * len(chains), 5.5), 0.8 * rows + 1.3)
    for axes, chain in zip(figure.subplots(1, len(chains), squeeze=False)[0], chains, strict=True):
        names, slopes = zip(*chain, strict=True)
        moves = list(itertools.accumulate(slopes, operator.mul))
        low, high = min(*moves, 0.0), max(*moves, 0.0)
        room = 0.03 * (high - low)
        axes.axvline(0, color=LINE, linewidth=0.8, zorder=0)
        colors = [SERIES[0], *[MUTED] * (len(chain) - 2), TRAINING]
        axes.barh(range(len(chain)), moves, height=0.36, color=colors)
        for row, moved in enumerate(moves):
            side, away = ("left", room) if moved >= 0 else ("right", -room)
            axes.text(moved + away, row, f"{moved:g}", ha=side, va="center", color=INK)
        for row, (before, after) in enumerate(itertools.pairwise(names)):
            step = f"↓ times d{after} / d{before} = {slopes[row + 1]:g}"
            axes.text(room, row + 0.5, step, va="center", fontsize=9, color=MUTED)
        axes.set_yticks(range(len(chain)), names)
        axes.set_ylim(rows - 0.6, -0.5)
        axes.set_xlim(low - (5 * room if low < 0 else room), high + 6 * room)
        axes.set_xlabel(f"how far it moves, when {names[0]} moves by 1 small unit")
        axes.set_title(f"d{names[-1]} / d{names[0]} = {_product(slopes[1:])}", fontsize=11)
        tidy(axes)
        axes.tick_params(axis="y", labelsize=11, labelcolor=INK, length=0)
    return figure


def _product(slopes: Sequence[float]) -> str:
    if len(slopes) == 1:
        return f"{slopes[0]:g}"
    return f"{' × '.join(f'{s:g}' if s >= 0 else f'({s:g})' for s in slopes)} = {math.prod(slopes):g}"
