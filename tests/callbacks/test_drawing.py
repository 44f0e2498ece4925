"""The pictures that a run leaves: in the format asked for, with a title that fits."""

import re
from pathlib import Path

import pytest

from backprop_lab.callbacks.drawing import prediction_figure
from conftest import Program, Train, configured
from report.films import film_of, task_of


@pytest.mark.parametrize(("kind", "head"), [("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_figures_are_in_the_format_that_was_asked_for(train: Train, kind: str, head: bytes) -> None:
    run = train("dataset.n_samples=50", "epochs=2", f"figure_format={kind}", "logger=none")
    figures = sorted((run.folder / "figures").iterdir())
    assert [file.name for file in figures] == [f"decision_boundary.{kind}", f"training_curves.{kind}"]
    assert all(file.read_bytes().startswith(head) for file in figures)


@pytest.mark.slow
def test_pictures_of_a_sweep_too(program: Program, tmp_path: Path) -> None:
    overrides = ["dataset.n_samples=50", "epochs=2", "logger=none", "callbacks=[]", "figure_format=svg"]
    done = program("-m", *overrides, "model.hidden=1,2", f"hydra.sweep.dir={tmp_path}")
    assert done.status == 0, done.err
    assert {file.name for file in tmp_path.glob("*.svg")} == {"decision_boundaries.svg", "metric_by_parameter.svg"}
    assert list(tmp_path.glob("*.png")) == []


@pytest.mark.parametrize("overrides", [
    ("dataset=linear", "model=single_layer", "optimizer.lr=0.3", "epochs=500"),
    ("dataset.n_samples=50", "epochs=2"),
])  # fmt: skip
def test_the_title_names_the_run_and_fits(overrides: tuple[str, ...]) -> None:
    config, task = configured(*overrides), task_of(*overrides)
    frame = film_of(task)[-1]
    figure = prediction_figure(config, task, frame)
    figure.draw_without_rendering()
    title = figure.axes[0].title
    name = f"{config.dataset.name}, {config.model.name.replace('_', ' ')}, seed 0"
    assert re.fullmatch(rf"{name}\nvalidation \S+ \S+ after {frame.epoch} epochs", title.get_text())
    box = title.get_window_extent()
    assert 0 <= box.x0 < box.x1 <= figure.bbox.width
    assert box.y1 <= figure.bbox.height
