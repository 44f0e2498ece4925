"""The picture of losses and their slopes."""

import numpy as np
from figures.loss_slopes import loss_slopes_figure


def test_losses_and_slopes_stand_in_panels_of_their_own() -> None:
    z = np.linspace(-1, 1, 3)
    figure = loss_slopes_figure(z, {"square": (z**2, 2 * z), "cube": (z**3, 3 * z**2)})
    left, right = figure.axes
    assert np.asarray(left.lines[0].get_ydata()).tolist() == [1.0, 0.0, 1.0]
    assert np.asarray(right.lines[0].get_ydata()).tolist() == [-2.0, 0.0, 2.0]
