"""The picture of several networks' answers beside each other."""

import numpy as np
from figures.beside import beside_figure

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR = np.array([0.0, 1.0, 1.0, 0.0])


def test_answers_beside_each_other_share_points_and_colours() -> None:
    fields = [np.full((20, 20), 0.5), np.tile(np.linspace(0, 1, 20), (20, 1))]
    figure = beside_figure(fields, ["flat", "rising"], (-0.25, 1.25, -0.25, 1.25), CORNERS, XOR)
    flat, rising = figure.axes[:2]
    assert [axes.get_title() for axes in (flat, rising)] == ["flat", "rising"]
    assert [text.get_text() for text in flat.texts] == ["0.500 everywhere"]
    lines = [[c for c in axes.collections if hasattr(c, "levels")] for axes in (flat, rising)]
    assert [len(drawn) for drawn in lines] == [0, 1]
    assert [image.get_clim() for axes in (flat, rising) for image in axes.images] == [(0, 1), (0, 1)]
