"""The picture of a line that finds its slope."""

import numpy as np
from figures.slope import slope_figure


def test_the_line_ends_at_the_height_of_its_slope() -> None:
    x = np.array([1.0, 2.0])
    figure = slope_figure(x, 2 * x, [0.0, 1.0, 1.5], 2.0, {0: "start", 2: "2 epochs"})
    left, right = figure.axes
    ends = [np.asarray(line.get_ydata())[-1] / np.asarray(line.get_xdata())[-1] for line in left.lines[:2]]
    assert ends == [0.0, 1.5]
    assert [text.get_text() for text in left.texts] == ["start", "2 epochs"]
    assert np.asarray(right.lines[0].get_ydata()).tolist() == [2.0, 1.0, 0.5]
