"""What a reader sees in the pictures, asked of the figures themselves."""

import io
import itertools

import numpy as np
import pytest
from matplotlib import image
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from backprop_lab.figures import classes
from backprop_lab.figures.decision_boundary import decision_boundary_figure, plane
from backprop_lab.figures.fit import fit_figure
from backprop_lab.figures.grid import Cell, grid_figure
from backprop_lab.figures.metric_by_parameter import metric_by_parameter_figure
from backprop_lab.figures.style import file_of, png
from backprop_lab.figures.training_curves import training_curves_figure

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
CLASSES = np.array([0.0, 1.0, 1.0, 0.0])


def left_to_right(side: int = 50) -> np.ndarray:
    """A field that grows from 0 on the left to 1 on the right."""
    return np.tile(np.linspace(0, 1, side), (side, 1))


def cloud(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(seed).uniform(-1, 1, (n, 2))
    return x, (x[:, 0] > 0).astype(float)


def boundary(field: np.ndarray) -> Figure:
    return decision_boundary_figure(field, (-1, 1, -1, 1), cloud(600, 0), cloud(100, 1), "accuracy 0.5", "margin")


def test_the_line_is_where_the_probability_is_one_half() -> None:
    axes = boundary(left_to_right()).axes[0]
    (contour,) = [c for c in axes.collections if hasattr(c, "levels")]
    assert list(contour.levels) == [0.5]
    assert np.allclose(np.asarray(contour.get_paths()[0].vertices)[:, 0], 0.0, atol=0.05)


def thirds(side: int = 60) -> np.ndarray:
    """A field of three classes, each ahead in a vertical band of its own."""
    x = np.linspace(0, 3, side)
    ahead = np.stack([1 - x, np.minimum(x - 1, 2 - x), x - 2], axis=1).clip(-1, 1)
    return np.tile((ahead + 1) / 2, (side, 1, 1))


def test_several_classes_have_regions_with_lines_between_them() -> None:
    axes = boundary(thirds()).axes[0]
    found = [
        np.asarray(path.vertices)[:, 0] for c in axes.collections if hasattr(c, "levels") for path in c.get_paths()
    ]
    places = np.concatenate(found)
    assert {round(place, 1) for place in places.tolist()} == {-0.3, 0.3}
    shown = np.asarray(axes.images[0].get_array())
    middles = [shown[30, column] for column in (5, 30, 55)]
    for middle, region in zip(middles, classes.REGIONS, strict=False):
        assert np.abs(middle - np.array(to_rgb(region))).max() < 0.5
    assert np.ptp(middles, axis=0).max() > 0.2


@pytest.mark.parametrize(
    ("width", "height", "expected"), [(2, 2, 1), (2, 1, 0.5), (1, 2.5, 2.5), (140, 10, 1), (1, 50, 1)]
)
def test_scales_are_equal_unless_that_makes_a_strip(width: float, height: float, expected: float) -> None:
    points = (CORNERS * [width, height], CLASSES)
    figure = decision_boundary_figure(
        left_to_right(), (0, width, 0, height), points, points, "title", "probability of ripe", ("grams", "years"),
        ["green", "ripe"].__getitem__,
    )  # fmt: skip
    figure.draw_without_rendering()
    axes = figure.axes[0]
    assert axes.get_window_extent().height / axes.get_window_extent().width == pytest.approx(expected, rel=0.01)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("grams", "years")
    assert {text.get_text() for text in figure.legends[0].get_texts()} == {
        "training and validation, green", "training and validation, ripe",
    }  # fmt: skip


def test_where_one_of_several_classes_is_everywhere_it_is_said() -> None:
    field = np.tile([0.3, 0.8, 0.2], (50, 50, 1))
    axes = boundary(field).axes[0]
    assert [text.get_text() for text in axes.texts] == ["class 1 everywhere"]


# Machado, Oliveira, Fernandes 2009: what is seen without one kind of cone, in linear light.
EYES = {
    "all": np.eye(3),
    "no red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "no blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def lab(linear: np.ndarray) -> np.ndarray:
    """CIE L*a*b* of linear red, green and blue."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = np.cbrt(to_xyz @ linear.clip(0, 1) / [0.95047, 1, 1.08883])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("eye", EYES)
def test_the_regions_of_six_classes_are_told_apart_by_every_eye(eye: str) -> None:
    seen = []
    for region in classes.REGIONS[:6]:
        rgb = np.array(to_rgb(region))
        seen.append(lab(np.array(EYES[eye]) @ np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)))
    distances = [np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)]
    assert min(distances) > 10  # about 2 is just noticeable


def test_a_plane_without_a_boundary_says_so() -> None:
    axes = boundary(np.full((50, 50), 0.5)).axes[0]
    assert [text.get_text() for text in axes.texts] == ["0.500 everywhere"]
    assert not [c for c in axes.collections if hasattr(c, "levels")]


def test_classes_and_parts_are_told_apart_without_colour() -> None:
    axes = boundary(left_to_right()).axes[0]
    points = {c.get_label(): c for c in axes.collections if "class" in str(c.get_label())}
    assert list(points) == [
        "training, class 0", "training, class 1", "validation, class 0", "validation, class 1",
    ]  # fmt: skip
    shapes = [len(np.asarray(c.get_paths()[0].vertices)) for c in points.values()]
    assert shapes[0] == shapes[2] != shapes[1] == shapes[3]
    faces = [tuple(np.asarray(c.get_facecolor())[0][:3].tolist()) for c in points.values()]
    assert faces[2] == faces[3] == (1.0, 1.0, 1.0)
    assert (1.0, 1.0, 1.0) not in faces[:2]


def test_the_scale_says_what_the_field_is() -> None:
    assert boundary(left_to_right()).axes[1].get_ylabel() == "margin"


def test_the_legend_says_how_many_points_are_left_out() -> None:
    (legend,) = boundary(left_to_right()).legends
    assert legend.get_title().get_text() == "400 of 600 training points are shown"


def test_the_plane_has_equal_axes_and_room_around_four_points() -> None:
    axes = boundary(left_to_right()).axes[0]
    assert axes.get_box_aspect() == 1.0  # of a square of 2 x 2
    points, (low, high) = plane(CORNERS, side=11)
    assert points.shape == (121, 2)
    assert low.tolist() == [-0.25, -0.25]
    assert high.tolist() == [1.25, 1.25]


def test_points_validated_on_themselves_are_drawn_once() -> None:
    four = (CORNERS, CLASSES)
    axes = decision_boundary_figure(left_to_right(), (0, 1, 0, 1), four, four, "", "").axes[0]
    labels = [c.get_label() for c in axes.collections if "class" in str(c.get_label())]
    assert labels == ["training and validation, class 0", "training and validation, class 1"]


def test_a_class_without_points_is_not_in_the_legend() -> None:
    val = (CORNERS[:1], CLASSES[:1])
    figure = decision_boundary_figure(left_to_right(), (0, 1, 0, 1), (CORNERS, CLASSES), val, "", "")
    (legend,) = figure.legends
    named = [text.get_text() for text in legend.get_texts()]
    assert named == ["training, class 0", "training, class 1", f"validation, class {int(CLASSES[0])}"]


@pytest.mark.parametrize(("width", "height"), [(1, 1), (3, 1), (1, 2)])
def test_a_plane_of_any_form_fills_its_picture(width: float, height: float) -> None:
    extent = (0.0, float(width), 0.0, float(height))
    points = (CORNERS * [width, height], CLASSES)
    figure = decision_boundary_figure(left_to_right(), extent, points, points, "title", "probability")
    picture = image.imread(io.BytesIO(png(figure)))[:, :, :3]
    drawn = np.flatnonzero((picture < 0.99).any(axis=(0, 2)))
    assert drawn[0] < 60
    assert drawn[-1] > picture.shape[1] - 60


@pytest.mark.parametrize(("kind", "head"), [("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_a_figure_can_be_a_file_for_print_and_is_the_same_each_time(kind: str, head: bytes) -> None:
    first, again = (file_of(boundary(left_to_right()), kind) for _ in range(2))
    assert first.startswith(head)
    assert first == again


def test_the_legend_of_many_lines_is_beside_them() -> None:
    figure = metric_by_parameter_figure({"a": [1, 2, 1, 2], "b": [1, 1, 2, 2]}, {"val_acc": [0.9, 0.8, 0.7, 1.0]})
    figure.draw_without_rendering()
    for axes in figure.axes:
        legend = axes.get_legend()
        assert legend is not None
        assert legend.get_window_extent().x0 >= axes.get_window_extent().x1


def test_the_fit_shows_residuals() -> None:
    x = np.arange(4.0)[:, None]
    figure = fit_figure(lambda x: 2 * x[:, 0], x, 2 * x[:, 0] + 0.5, x, 2 * x[:, 0] + 0.5, "")
    below = figure.axes[1]
    assert np.allclose(np.asarray(below.collections[1].get_offsets())[:, 1], 0.5)


@pytest.mark.parametrize(("last", "scale"), [(0.001, "log"), (0.4, "linear")])
def test_a_loss_that_falls_far_is_drawn_on_a_logarithmic_scale(last: float, scale: str) -> None:
    loss = np.geomspace(0.5, last, 20)
    history = {"epoch": np.arange(1, 21), "train_loss": loss, "val_loss": loss, "train_acc": loss, "val_acc": loss}
    figure = training_curves_figure(history)
    assert [axes.get_title() for axes in figure.axes] == ["Loss", "Accuracy"]
    assert figure.axes[0].get_yscale() == scale


def test_the_powers_of_ten_of_a_logarithmic_scale_are_no_source_text() -> None:
    epoch = np.arange(1.0, 50.0)
    loss = 4.0**epoch
    figure = training_curves_figure({"epoch": epoch, "train_loss": loss, "val_loss": loss})
    png(figure)
    labels = [label for label in figure.axes[0].get_yticklabels() if label.get_text()]
    assert len(labels) > 3
    assert all(label.get_parse_math() for label in labels)


def test_the_grid_has_a_line_for_every_seed_and_a_gap_where_nothing_finished() -> None:
    points, corners = plane(CORNERS, side=20)
    predictions = np.stack([np.clip(points[:, 0] + shift, 0, 1) for shift in (-0.1, 0.0, 0.1)])
    cell = Cell(predictions, points, corners, (CORNERS, CLASSES), "", "val_acc 0.5")
    figure = grid_figure([[cell, None]], ["a=1"], ["b=1", "b=2"])
    assert len([c for c in figure.axes[0].collections if hasattr(c, "levels")]) == 3
    assert [text.get_text() for text in figure.axes[1].texts] == ["did not finish"]


def test_seeds_are_a_spread_and_not_a_parameter() -> None:
    figure = metric_by_parameter_figure({"h": [2, 2, 4, 4], "seed": [0, 1, 0, 1]}, {"val_loss": [1.0, 3.0, 2.0, None]})
    (axes,) = figure.axes
    assert axes.get_xlabel() == "h"
    assert np.asarray(axes.lines[0].get_ydata()).tolist() == [2.0, 2.0]


def test_words_and_numbers_find_their_places() -> None:
    figure = metric_by_parameter_figure(
        {"lr": [0.01, 0.1, 1.0] * 2, "model": ["mlp"] * 3 + ["single_layer"] * 3}, {"val_acc": [0.1] * 6}
    )
    assert [axes.get_xscale() for axes in figure.axes] == ["log", "linear"]
    assert [label.get_text() for label in figure.axes[1].get_xticklabels()] == ["mlp", "single_layer"]


def test_a_picture_is_a_png_that_shows_the_field() -> None:
    rising, falling = (
        image.imread(io.BytesIO(png(boundary(field)))) for field in (left_to_right(), 1 - left_to_right())
    )
    assert rising.shape == falling.shape
    assert rising.shape[0] > 600
    assert (rising != falling).any(axis=-1).mean() > 0.2  # what lies around the plane is the same
