"""The picture of a network with weights and gradients."""

import numpy as np
from figures.network import network_figure


def test_a_network_has_a_line_with_weight_and_gradient_for_each_pair_of_units() -> None:
    units = [[("x1", ""), ("x2", "")], [("h", "dL/dh")]]
    figure = network_figure(units, [np.array([[0.5, -2.0]])], [np.array([[0.25, -0.0]])])
    (axes,) = figure.axes
    drawn = [line for line in axes.lines if len(np.asarray(line.get_xdata()))]
    assert [line.get_linestyle() for line in drawn] == ["-", "--"]
    assert drawn[1].get_linewidth() > drawn[0].get_linewidth()
    texts = [text.get_text() for text in axes.texts]
    assert texts[:4] == ["0.5", "0.250", "-2", "0.000"]
    assert {"x1", "x2", "h", "dL/dh"} <= set(texts)
