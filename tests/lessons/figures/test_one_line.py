"""The picture of what a single line can separate."""

import numpy as np
from figures.one_line import one_line_figure

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR = np.array([0.0, 1.0, 1.0, 0.0])


def test_one_line_names_the_corner_that_it_gets_wrong() -> None:
    left, right = one_line_figure(CORNERS, XOR, np.array([1.0, 1.0]), -0.5).axes
    said = [text.get_text() for text in right.texts]
    assert said == ["score -0.5: right", "score 0.5: right", "score 0.5: right", "score 1.5: wrong"]
    diagonals = [sorted(np.asarray(line.get_xydata()).tolist()) for line in left.lines[:2]]
    assert diagonals == [[[0.0, 0.0], [1.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]]
