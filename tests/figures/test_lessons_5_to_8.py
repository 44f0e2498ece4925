"""The pictures of lessons 5 to 8, asked of the figures themselves."""

import numpy as np
import pytest

from backprop_lab.figures.curves import curves_figure
from backprop_lab.figures.slope import slope_figure


def test_curves_are_told_apart_without_colour() -> None:
    figure = curves_figure({"a": ([1, 2], [3.0, 4.0]), "b": ([1, 2], [5.0, 6.0])}, "loss", log=True)
    (axes,) = figure.axes
    assert [line.get_label() for line in axes.lines] == ["a", "b"]
    assert axes.lines[0].get_linestyle() != axes.lines[1].get_linestyle()
    assert axes.get_yscale() == "log"
    assert np.asarray(axes.lines[1].get_ydata()).tolist() == [5.0, 6.0]


def test_more_curves_than_can_be_told_apart_are_refused() -> None:
    with pytest.raises(ValueError, match="got 7; allowed: at most 6"):
        curves_figure({str(i): ([1], [1.0]) for i in range(7)}, "loss")


def test_the_line_ends_at_the_height_of_its_slope() -> None:
    x = np.array([1.0, 2.0])
    figure = slope_figure(x, 2 * x, [0.0, 1.0, 1.5], 2.0, {0: "start", 2: "2 epochs"})
    left, right = figure.axes
    ends = [np.asarray(line.get_ydata())[-1] / np.asarray(line.get_xdata())[-1] for line in left.lines[:2]]
    assert ends == [0.0, 1.5]
    assert [text.get_text() for text in left.texts] == ["start", "2 epochs"]
    assert np.asarray(right.lines[0].get_ydata()).tolist() == [2.0, 1.0, 0.5]
