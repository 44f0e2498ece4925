"""Principal components and the views made of them, against scikit-learn and the network itself."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from backprop_lab.training.components import principal_components
from backprop_lab.training.networks import network_of
from backprop_lab.training.view import view_of
from conftest import task_of
from report.films import film_of


def cloud(n: int, inputs: int) -> np.ndarray:
    random = np.random.default_rng(n + inputs)
    return random.normal(size=(n, inputs)) @ random.normal(size=(inputs, inputs)) + random.normal(size=inputs)


@pytest.mark.parametrize(("n", "inputs"), [(200, 3), (50, 30), (10, 40), (3, 3)])
def test_the_components_are_those_of_scikit_learn(n: int, inputs: int) -> None:
    x = cloud(n, inputs)
    ours, theirs = principal_components(x), PCA(2).fit(x)
    np.testing.assert_allclose(ours.shares, theirs.explained_variance_ratio_, rtol=1e-9)
    signs = np.sign((ours.axes * theirs.components_).sum(axis=1))
    np.testing.assert_allclose(ours.axes, theirs.components_ * signs[:, None], atol=1e-9)
    np.testing.assert_allclose(ours.coordinates(x), theirs.transform(x) * signs, atol=1e-9)
    places = np.array([[0.5, -1.0], [2.0, 3.0]])
    np.testing.assert_allclose(ours.points(places), theirs.inverse_transform(places * signs), atol=1e-9)


def test_the_same_points_in_another_order_give_the_same_axes() -> None:
    x = cloud(60, 5)
    again = principal_components(x[::-1])
    np.testing.assert_allclose(principal_components(x).axes, again.axes, atol=1e-9)


def test_what_differs_in_one_direction_only_has_one_axis() -> None:
    found = principal_components(np.arange(5.0)[:, None] * [1.0, 2.0, 0.0])
    assert found.shares.tolist() == pytest.approx([1.0, 0.0])
    assert (found.axes[1] == 0).all()


@pytest.mark.parametrize(
    ("overrides", "names", "dimensions"),
    [
        (["dataset=linear"], ["x"], 1),
        (["dataset=moons"], ["x1", "x2"], 2),
        (["dataset=plane"], ["x1", "x2"], 2),
        (["dataset=iris"], ["component 1 (72 %)", "component 2 (24 %)"], 2),
    ],
)
def test_a_view_has_a_name_for_each_axis_that_means_something(
    overrides: list[str], names: list[str], dimensions: int
) -> None:
    view = view_of(task_of(*overrides))
    assert (view.names, view.dimensions) == (names, dimensions)


def test_the_slice_of_a_table_is_what_the_network_answers_there() -> None:
    """The plane of scikit-learn's components of the standardized training points, and torch's own network on it."""
    task = task_of("dataset=iris", "epochs=2")
    frames = film_of(task)
    view, theirs = view_of(task), PCA(2).fit(task.train.x)
    places = np.array([[0.3, -0.7], [-1.0, 0.2]])
    assert view.components is not None
    signs = np.sign((view.components.axes * theirs.components_).sum(axis=1))
    expected = torch.from_numpy(theirs.inverse_transform(places * signs).astype(np.float32))
    network = network_of(task, frames[-1])
    with torch.no_grad():
        ours = network(torch.from_numpy(view.inputs(places)))
        np.testing.assert_allclose(ours, network(expected), atol=1e-4)


def test_classes_of_one_input_are_spread_over_a_plane_that_does_not_change_them() -> None:
    task = task_of("dataset=iris", "epochs=1")
    only = task_of("dataset=csv", "dataset.path=tests/folders/flowers.csv", "dataset.ignore=[width,colour]", "epochs=1")
    view = view_of(only)
    places = view.coordinates(only.given.train.x)
    assert (len(view.names), view.dimensions) == (1, 2)
    assert places[:, 0].tolist() == only.given.train.x[:, 0].tolist()
    assert len(set(places[:, 1].tolist())) == len(places)
    np.testing.assert_array_equal(view.inputs(places), only.train.x)
    assert view_of(task).dimensions == 2
