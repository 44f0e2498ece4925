"""The picture of what the hidden units make of the points."""

import numpy as np
from figures.hidden_units import hidden_units_figure

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR = np.array([0.0, 1.0, 1.0, 0.0])


def test_hidden_units_move_the_points() -> None:
    def swapped(x: np.ndarray) -> np.ndarray:
        return x[:, ::-1] - 0.5

    figure = hidden_units_figure(swapped, np.array([1.0, 1.0]), 0.0, (-0.25, 1.25, -0.25, 1.25), CORNERS, XOR)
    last = next(axes for axes in figure.axes if axes.get_xlabel() == "hidden unit 1")
    classes = {c.get_label(): np.asarray(c.get_offsets()) for c in last.collections if "class" in str(c.get_label())}
    assert np.allclose(classes["class 1"], [[0.5, -0.5], [-0.5, 0.5]])
    assert [text.get_text() for text in last.texts] == ["(0, 0)", "(0, 1)", "(1, 0)", "(1, 1)"]
