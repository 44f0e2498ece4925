"""The pictures of gradient descent."""

import numpy as np
from figures.descent import descent_figure, plane_descent_figure, rates_figure
from matplotlib.figure import Figure


def labels(figure: Figure) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_each_walk_lies_on_the_curve_and_has_a_panel_of_the_same_scale() -> None:
    figure = descent_figure(lambda w: (w - 2) ** 2, {"short": [0.0, 1.0], "far": [0.0, 5.0, -3.0]})
    assert [axes.get_title() for axes in figure.axes] == ["short", "far"]
    assert figure.axes[0].get_xlim() == figure.axes[1].get_xlim()
    assert figure.axes[0].get_ylim() == figure.axes[1].get_ylim()
    (walk,) = [line for line in figure.axes[1].lines if len(np.asarray(line.get_xdata())) == 3]
    assert np.asarray(walk.get_ydata()).tolist() == [4, 9, 25]


def test_a_walk_through_zero_shows_where_it_starts_and_ends() -> None:
    figure = plane_descent_figure(lambda c, d: c * d, [(8, 10), (0, 8), (-8, 9)], ("c", "d"), "L")
    (axes,) = figure.axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("c", "d")
    assert {"start\nL = 80", "after 2 steps\nL = -72"} <= set(labels(figure))
    (contour,) = [c for c in axes.collections if hasattr(c, "levels")]
    assert 0 in contour.levels
    assert min(contour.levels) == -max(contour.levels)


def test_the_loss_by_learning_rate_shows_where_the_wall_is() -> None:
    rates, losses = [0.1, 0.5, 0.9, 1.1], [0.1, 0.0, 0.1, 20.0]
    figure = rates_figure(rates, losses, start=4.0, steps=10, diverges=1.0)
    (axes,) = figure.axes
    assert axes.get_yscale() == "log"
    assert {"loss at the start", "diverges"} == set(labels(figure))
    (curve,) = [line for line in axes.lines if len(np.asarray(line.get_xdata())) == 4]
    drawn = np.asarray(curve.get_ydata(), dtype=float)
    assert np.allclose(drawn, losses, atol=1e-12)
    assert (drawn > 0).all()
