"""Lines with a band over the seeds."""

import numpy as np
from figures.bands import bands_figure
from matplotlib.collections import PolyCollection


def test_the_line_is_the_median_and_the_band_holds_every_seed() -> None:
    losses = np.array([[1.0, 0.5], [2.0, 0.1], [9.0, 0.3]])
    left, right = bands_figure({"20 points": ([10, 20], losses)}, {"training": ([20, 100], losses)}).axes
    assert np.allclose(left.lines[0].get_ydata(), [2.0, 0.3])
    (band,) = (shape for shape in left.collections if isinstance(shape, PolyCollection))
    corners = np.asarray(band.get_paths()[0].vertices)
    assert (corners[:, 1].min(), corners[:, 1].max()) == (0.1, 9.0)
    assert [label.get_text() for label in right.get_xticklabels()] == ["20", "100"]
