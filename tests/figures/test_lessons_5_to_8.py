"""The pictures of lessons 5 to 8, asked of the figures themselves."""

import numpy as np
import pytest
from figures.beside import beside_figure
from figures.curves import curves_figure
from figures.hidden_units import hidden_units_figure
from figures.loss_slopes import loss_slopes_figure
from figures.network import network_figure
from figures.one_line import one_line_figure
from figures.slope import slope_figure

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR = np.array([0.0, 1.0, 1.0, 0.0])


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


def test_the_line_ends_at_the_height_of_its_slope() -> None:
    x = np.array([1.0, 2.0])
    figure = slope_figure(x, 2 * x, [0.0, 1.0, 1.5], 2.0, {0: "start", 2: "2 epochs"})
    left, right = figure.axes
    ends = [np.asarray(line.get_ydata())[-1] / np.asarray(line.get_xdata())[-1] for line in left.lines[:2]]
    assert ends == [0.0, 1.5]
    assert [text.get_text() for text in left.texts] == ["start", "2 epochs"]
    assert np.asarray(right.lines[0].get_ydata()).tolist() == [2.0, 1.0, 0.5]


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


def test_losses_and_slopes_stand_in_panels_of_their_own() -> None:
    z = np.linspace(-1, 1, 3)
    figure = loss_slopes_figure(z, {"square": (z**2, 2 * z), "cube": (z**3, 3 * z**2)})
    left, right = figure.axes
    assert np.asarray(left.lines[0].get_ydata()).tolist() == [1.0, 0.0, 1.0]
    assert np.asarray(right.lines[0].get_ydata()).tolist() == [-2.0, 0.0, 2.0]


def test_answers_beside_each_other_share_points_and_colours() -> None:
    fields = [np.full((20, 20), 0.5), np.tile(np.linspace(0, 1, 20), (20, 1))]
    figure = beside_figure(fields, ["flat", "rising"], (-0.25, 1.25, -0.25, 1.25), CORNERS, XOR)
    flat, rising = figure.axes[:2]
    assert [axes.get_title() for axes in (flat, rising)] == ["flat", "rising"]
    assert [text.get_text() for text in flat.texts] == ["0.500 everywhere"]
    lines = [[c for c in axes.collections if hasattr(c, "levels")] for axes in (flat, rising)]
    assert [len(drawn) for drawn in lines] == [0, 1]
    assert [image.get_clim() for axes in (flat, rising) for image in axes.images] == [(0, 1), (0, 1)]


def test_one_line_names_the_corner_that_it_gets_wrong() -> None:
    left, right = one_line_figure(CORNERS, XOR, np.array([1.0, 1.0]), -0.5).axes
    said = [text.get_text() for text in right.texts]
    assert said == ["score -0.5: right", "score 0.5: right", "score 0.5: right", "score 1.5: wrong"]
    diagonals = [sorted(np.asarray(line.get_xydata()).tolist()) for line in left.lines[:2]]
    assert diagonals == [[[0.0, 0.0], [1.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]]


def test_hidden_units_move_the_points() -> None:
    def swapped(x: np.ndarray) -> np.ndarray:
        return x[:, ::-1] - 0.5

    figure = hidden_units_figure(swapped, np.array([1.0, 1.0]), 0.0, (-0.25, 1.25, -0.25, 1.25), CORNERS, XOR)
    last = next(axes for axes in figure.axes if axes.get_xlabel() == "hidden unit 1")
    classes = {c.get_label(): np.asarray(c.get_offsets()) for c in last.collections if "class" in str(c.get_label())}
    assert np.allclose(classes["class 1"], [[0.5, -0.5], [-0.5, 0.5]])
    assert [text.get_text() for text in last.texts] == ["(0, 0)", "(0, 1)", "(1, 0)", "(1, 1)"]
