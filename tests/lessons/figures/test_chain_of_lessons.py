"""The picture of the chain rule."""

import numpy as np
from figures.chain import chain_figure
from matplotlib.patches import Rectangle


def test_each_bar_is_the_one_above_it_times_the_local_derivative() -> None:
    (axes,) = chain_figure([[("w", 1), ("p", 3), ("e", 0.5), ("loss", -2)]]).axes
    bars = [patch.get_width() for patch in axes.patches if isinstance(patch, Rectangle)]
    assert np.allclose(bars, [1, 3, 1.5, -3])
    assert axes.get_title() == "dloss / dw = 3 × 0.5 × (-2) = -3"
    assert "↓ times dloss / de = -2" in [text.get_text() for text in axes.texts]
    low, high = axes.get_xlim()
    assert low < -3
    assert high > 3


def test_the_first_number_stands_at_the_top_of_every_panel() -> None:
    figure = chain_figure([[("a", 1), ("c", 1), ("L", 10)], [("d", 1), ("L", 8)]])
    assert [axes.get_title() for axes in figure.axes] == ["dL / da = 1 × 10 = 10", "dL / dd = 8"]
    assert [axes.get_ylim() for axes in figure.axes] == [(2.4, -0.5)] * 2
    assert [[label.get_text() for label in axes.get_yticklabels()] for axes in figure.axes] == [
        ["a", "c", "L"], ["d", "L"],
    ]  # fmt: skip
