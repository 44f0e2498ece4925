"""The picture of several curves."""

import numpy as np
import pytest
from figures.curves import curves_figure


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
