"""What a reader sees in the pictures of large sweeps, asked of the figures themselves."""

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.colors import LogNorm, to_hex
from matplotlib.patches import Rectangle
from scipy.stats import binomtest

from backprop_lab.figures.decision_boundary import plane
from backprop_lab.figures.distribution import distribution_figure
from backprop_lab.figures.grid import Cell, grid_figure
from backprop_lab.figures.heat_map import heat_map_figure
from backprop_lab.figures.style import TRAINING
from backprop_lab.figures.success_rate import Rates, success_rate_figure, wilson


@pytest.mark.parametrize(("successes", "runs"), [(0, 200), (200, 200), (1, 20), (137, 200), (0, 1)])
def test_the_interval_is_that_of_scipy(successes: int, runs: int) -> None:
    low, high = wilson(np.array([successes]), np.array([runs]))
    wanted = binomtest(successes, runs).proportion_ci(0.95, method="wilson")
    assert (low[0], high[0]) == pytest.approx((wanted.low, wanted.high), abs=1e-5)


def test_the_rate_lies_in_its_band_and_says_what_a_success_is() -> None:
    rates = Rates(np.array([1, 2, 16]), np.array([0, 50, 200]), np.array([200, 200, 200]))
    figure = success_rate_figure({"activation=relu": rates, "activation=tanh": rates}, "model.hidden", "all right")
    (axes,) = figure.axes
    assert np.asarray(axes.lines[0].get_ydata()).tolist() == [0, 0.25, 1]
    assert axes.get_xscale() == "log"
    assert axes.get_title(loc="left").startswith("Success: all right\n200 runs per point")
    band = next(c for c in axes.collections if isinstance(c, PolyCollection))
    heights = np.asarray(band.get_paths()[0].vertices)
    at_two = heights[np.isclose(heights[:, 0], 2), 1]
    assert [at_two.min(), at_two.max()] == pytest.approx([0.195, 0.314], abs=1e-3)  # scipy's binomtest(50, 200)
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["activation=relu", "activation=tanh"]


def test_the_diverged_corner_is_hatched_and_has_a_border() -> None:
    means = np.array([[0.5, 0.001, 0.02], [0.4, 0.03, np.nan]])
    diverged = np.array([[0, 0, 0], [0, 1, 5]])
    figure = heat_map_figure(means, diverged, np.full((2, 3), 5), (["8", "64"], ["0.01", "0.1", "1"]),
                             ("model.hidden", "optimizer.lr"), "val_loss")  # fmt: skip
    axes = figure.axes[0]
    (hatched,) = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    assert hatched.get_xy() == (1.5, 0.5)
    assert hatched.get_hatch()
    texts = {tuple(text.get_position()): text.get_text() for text in axes.texts}
    assert texts[(0, 0)] == "0.5"
    assert texts[(1, 1)] == "0.03\n1 of 5 div."
    assert (2, 1) not in texts
    ends = [(np.asarray(line.get_xdata()).tolist(), np.asarray(line.get_ydata()).tolist()) for line in axes.lines]
    assert sorted(ends) == [([0.5, 0.5], [0.5, 1.5]), ([0.5, 1.5], [0.5, 0.5]), ([1.5, 2.5], [0.5, 0.5])]
    assert {to_hex(line.get_color()).upper() for line in axes.lines} == {TRAINING}
    assert [label.get_text() for label in axes.get_yticklabels()] == ["8", "64"]
    assert isinstance(axes.images[0].norm, LogNorm)


def test_a_heat_map_without_divergence_has_no_corner() -> None:
    nothing = np.zeros((1, 2), dtype=int)
    figure = heat_map_figure(np.array([[0.1, np.nan]]), nothing, nothing, (["8"], ["1", "2"]), ("a", "b"), "val_loss")
    assert not figure.legends
    assert not figure.axes[0].lines
    assert len(figure.axes[0].texts) == 1


def test_the_distribution_counts_failures_from_the_threshold_down() -> None:
    numbers = np.array([0.787, 0.969, 0.97, 0.97, 0.975, 0.986, 0.997])
    (axes,) = distribution_figure(numbers, "val_acc", 0.97, "").axes
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["failed: 2", "succeeded: 5", "median 0.970"]
    bars = [patch for patch in axes.patches if isinstance(patch, Rectangle) and patch.get_height() > 0]
    assert sum(bar.get_height() for bar in bars) == len(numbers)
    by_left = {round(bar.get_x(), 4): bar.get_height() for bar in bars}
    assert by_left == {0.785: 1, 0.965: 1, 0.97: 2, 0.975: 1, 0.985: 1, 0.995: 1}
    assert axes.get_yscale() == "log"


def test_runs_that_all_end_equal_have_a_distribution() -> None:
    (axes,) = distribution_figure(np.ones(20), "val_r2", None, "").axes
    assert max(patch.get_height() for patch in axes.patches if isinstance(patch, Rectangle)) == 20


def test_a_cell_may_say_more_than_one_line_and_the_grid_has_a_title() -> None:
    corners = np.array([[0.0, 0.0], [1.0, 1.0]])
    points, ends = plane(corners, side=20)
    cells = [
        Cell(points[None, :, 0], points, ends, (corners, np.array([0.0, 1.0])), "seed=1", label)
        for label in ("val_acc 1", "val_acc 1\nclosed area\n0 of 8 ReLUs off")
    ]
    plain, spoken = (grid_figure([[cell]], [], [], "One of one") for cell in cells)
    assert spoken.get_size_inches()[1] > plain.get_size_inches()[1]
    assert spoken.axes[0].get_xlabel().endswith("ReLUs off")
    assert spoken.get_suptitle() == "One of one"
