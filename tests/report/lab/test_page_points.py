"""The points that a page draws are those of the run."""

from typing import Any

import numpy as np
import pytest

from backprop_lab.config.types import Config
from backprop_lab.options import discovery
from backprop_lab.report.option_formulas import option_formulas
from backprop_lab.training.points import Points
from backprop_lab.training.split import points_of
from backprop_lab.training.task import build_task
from conftest import configured, quick_of
from report.javascript import called, evaluated, plain, written

SEEDS = (0, 1, 2**32 - 1)
# Whose points need no sine, cosine or logarithm, so that every bit is equal.
EXACT = ("circle", "xor", "linear", "checkerboard", "plane")
ROUNDED = ("moons", "rings", "spiral", "blobs", "gauss", "gaussian")


def drawn(config: Config) -> dict[str, Points]:
    parts: dict[str, Any] = evaluated(
        "((points) => Object.fromEntries(['train', 'val'].map((part) => [part, "
        "{ ...points[part], x: Array.from(points[part].x), y: Array.from(points[part].y) }])))"
        f"({written('pointsOf', plain(config), option_formulas(config))})"
    )
    return {
        name: Points(np.array(part["x"]).reshape(part["n"], part["inputs"]), np.array(part["y"]))
        for name, part in parts.items()
    }


def largest_difference(*overrides: str) -> float:
    """Of inputs and targets, as the network gets them; classes have to be equal."""
    config = configured("precision=64", *overrides)
    task = build_task(config, *points_of(config))
    made, differences = drawn(config), []
    for expected, part in ((task.train, made["train"]), (task.val, made["val"])):
        assert part.x.shape == expected.x.shape
        if task.head.is_classification:
            assert part.y.tolist() == expected.y.tolist()
        differences += [np.abs(part.x - expected.x).max(), np.abs(part.y - expected.y).max()]
    return max(differences)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("dataset", EXACT)
def test_points_without_noise_are_equal_in_every_bit(dataset: str, seed: int) -> None:
    assert largest_difference(f"dataset={dataset}", "dataset.n_samples=1000", f"seed={seed}") == 0


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("dataset", ROUNDED)
def test_other_points_differ_by_a_rounding(dataset: str, seed: int) -> None:
    assert largest_difference(f"dataset={dataset}", "dataset.n_samples=997", f"seed={seed}", "dataset.noise=0") < 1e-13


@pytest.mark.parametrize("dataset", ["xor", "linear"])
def test_a_data_sets_own_points(dataset: str) -> None:
    assert largest_difference(f"dataset={dataset}") == 0


@pytest.mark.parametrize(
    "formula", ["x2 > sin(3*x1)", "x1 * x2 + r^2", "not (0.3 < r < 0.6) or x1 > 0.5", "abs(x1)^1.5"]
)
def test_a_formula_of_ones_own(formula: str) -> None:
    assert largest_difference("dataset=formula", f"dataset.formula='{formula}'", "dataset.extent=1.5") < 1e-13


OWN = "dataset.points=[[0.3,0,1],[0.26,-0.15,1],[-1,0.5,0],[2,2,0],[-2,0.25,1]]"


@pytest.mark.parametrize(
    "overrides",
    quick_of(
        [
            ("dataset=circle", "dataset.noise=0.1", "seed=7"),
            ("dataset=moons", "dataset.n_samples=201"),
            ("dataset=plane", "dataset.noise=0.1"),
            ("dataset=circle", "dataset.label_noise=0.2"),
            ("dataset=blobs", "dataset.label_noise=0.2", "dataset.classes=5", "dataset.imbalance=7"),
            ("dataset=circle", "dataset.features=[x1,x2_squared,sin_x2,x1_x2]"),
            ("dataset=gauss", "dataset.standardize=true"),
            ("dataset=gaussian", "dataset.standardize=true", "dataset.features=[x2,x1_squared]"),
            ("dataset=circle", "dataset.test_fraction=0.13", "dataset.n_samples=333"),
            ("dataset=spiral", "dataset.split_seed=4", "dataset.test_fraction=0.2"),
            ("dataset=rings", "dataset.folds=7", "dataset.fold=6", "dataset.n_samples=101"),
            ("dataset=plane", "dataset.folds=3", "dataset.fold=1", "dataset.n_samples=101"),
            ("dataset=points", OWN),
            ("dataset=points", OWN, "dataset.noise=0.2", "dataset.split_seed=3", "dataset.standardize=true"),
            ("dataset=points", OWN.replace("2,2,0", "2,2,3"), "dataset.label_noise=0.4"),
        ],
        ("dataset=circle", "dataset.noise=0.1", "seed=7"),
        ("dataset=blobs", "dataset.label_noise=0.2", "dataset.classes=5", "dataset.imbalance=7"),
        ("dataset=gaussian", "dataset.standardize=true", "dataset.features=[x2,x1_squared]"),
        ("dataset=spiral", "dataset.split_seed=4", "dataset.test_fraction=0.2"),
        ("dataset=rings", "dataset.folds=7", "dataset.fold=6", "dataset.n_samples=101"),
        ("dataset=points", OWN.replace("2,2,0", "2,2,3"), "dataset.label_noise=0.4"),
    ),
)  # fmt: skip
def test_noise_split_and_preparation(overrides: tuple[str, ...]) -> None:
    assert largest_difference(*overrides) < 1e-13


def test_every_data_set_is_drawn_or_declined_by_its_name() -> None:
    known = evaluated("Object.keys(SAMPLES)")
    assert {*EXACT, *ROUNDED, "formula", "points"} == {*known}
    assert {*known} <= {*discovery.names("dataset")}
    config = configured("dataset=iris")
    assert called("declines", plain(config), option_formulas(config)) == "it cannot make the points of dataset=iris"


def test_files_are_not_read(tmp_path: Any) -> None:
    file = tmp_path / "points.csv"
    file.write_text("0,0,0\n1,1,1\n")
    config = configured("dataset=points", f"dataset.path={file}")
    assert "dataset.path" in called("declines", plain(config), option_formulas(config))
