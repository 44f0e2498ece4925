"""training.gif: the film of a run for slides, on every engine and for every kind of answer."""

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from backprop_lab.callbacks import training_gif
from backprop_lab.figures.film import Frame, History, Line, Plane
from backprop_lab.runs.run import Run
from conftest import Program, Train

FILM = ("callbacks=[frames,film]", "logger=none")
CIRCLE = (*FILM, "engine=module", "dataset.n_samples=300", "epochs=12")
XOR = (*FILM, "dataset=xor", "epochs=30", "optimizer.lr=0.5")
LINE = (*FILM, "dataset=linear", "model=single_layer", "optimizer.lr=0.05", "epochs=20")


def pictures(run: Run) -> list[np.ndarray]:
    """The frames of a run's film, each [height, width, 3]."""
    with Image.open(run.figure_file("training", "gif")) as gif:
        assert gif.format == "GIF"
        shown = []
        for i in range(getattr(gif, "n_frames", 1)):
            gif.seek(i)
            shown.append(np.asarray(gif.convert("RGB")).astype(int))
    return shown


def halves(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The panels below the title: what the network answers, and the loss."""
    middle = picture.shape[1] * 11 // 20
    return picture[60:, :middle], picture[60:, middle:]


def marker(picture: np.ndarray) -> int:
    """The column of the marker, a dark line from top to bottom of the right panel; the axis is light."""
    _, right = halves(picture)
    dark = (right[10:-80] < 100).all(axis=-1).mean(axis=0)
    return int(dark.argmax())


@pytest.mark.slow
@pytest.mark.parametrize(
    "overrides",
    [
        CIRCLE,
        (*XOR, "engine=scalar", "loss=hinge"),
        (*LINE, "engine=by_hand"),
        (*LINE, "engine=autograd", "dataset.n_samples=50"),
        (*CIRCLE, "model=residual"),
    ],
    ids=lambda overrides: " ".join(overrides[2:]),
)
def test_the_film_has_every_frame_and_moves_in_both_panels(overrides: tuple[str, ...], train: Train) -> None:
    run = train(*overrides)
    assert run.status == "finished"
    shown = pictures(run)
    assert len(shown) == len(run.frames()) > 10
    first, last = (halves(shown[i]) for i in (0, -1))
    assert (first[0] != last[0]).any(axis=-1).mean() > 0.01, "the answer has changed"
    columns = [marker(picture) for picture in shown[1:-1]]
    assert all(later > earlier for earlier, later in itertools.pairwise(columns)), list(columns)


@pytest.mark.slow
def test_it_plays_again_and_again_rests_on_the_end_and_fits_on_a_slide(train: Train) -> None:
    file = train(*CIRCLE).figure_file("training", "gif")
    assert file.stat().st_size < 1_000_000
    with Image.open(file) as gif:
        assert gif.info["loop"] == 0
        assert gif.size == (960, 540)
        seconds = []
        for i in range(13):
            gif.seek(i)
            seconds.append(gif.info["duration"] / 1000)
    assert seconds == [0.8, *[0.08] * 11, 3.0]
    for picture in pictures(train(*CIRCLE, folder="again")):
        assert (picture[0] == 255).all(), "the margin is as white as the slide"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the callback hands over to be drawn."""
    handed: dict[str, Any] = {}

    def film_gif(scene: Plane | Line, history: History, frames: list[Frame]) -> bytes:
        handed.update(scene=scene, history=history, frames=frames)
        return b"GIF"

    monkeypatch.setattr(training_gif, "film_gif", film_gif)
    return handed


def test_the_losses_are_those_of_metrics_csv(told: dict[str, Any], train: Train) -> None:
    run = train(*CIRCLE)
    rows = run.metrics()
    assert [frame.epoch for frame in told["frames"]] == [0, *rows["epoch"].tolist()]
    assert [frame.val_loss for frame in told["frames"][1:]] == pytest.approx(rows["val_loss"].tolist(), rel=1e-6)
    assert told["history"].train_loss.tolist() == rows["train_loss"].tolist()
    last = told["frames"][-1]
    assert f"validation loss {rows['val_loss'][-1]:.3f}, accuracy {rows['val_acc'][-1]:.3f}" in last.title
    assert last.title.startswith("Epoch 12: ")


def test_the_field_is_what_the_trained_network_answers_over_the_extent(told: dict[str, Any], train: Train) -> None:
    run = train(*CIRCLE)
    field = told["frames"][-1].predictions
    left, right, bottom, top = told["scene"].extent
    for row, column in [(0, 0), (80, 30), (159, 159)]:
        x = [left + (right - left) * column / 159, bottom + (top - bottom) * row / 159]
        with torch.no_grad():
            expected = torch.sigmoid(run.network()(torch.tensor([x], dtype=torch.float32))).item()
        assert field[row, column] == pytest.approx(expected, abs=1e-5)


def test_the_line_ends_at_the_slope_and_intercept_of_the_network(told: dict[str, Any], train: Train) -> None:
    run = train(*LINE, "engine=module")
    layer = run.network().get_submodule("layers.0")
    slope, intercept = (parameter.item() for parameter in layer.parameters())
    places, answers = told["scene"].places, told["frames"][-1].predictions
    assert answers[: len(places)] == pytest.approx(slope * places[:, 0] + intercept, abs=1e-5)
    assert answers[len(places) :] == pytest.approx(slope * np.array([1, 2, 3, 4]) + intercept, abs=1e-5)
    assert "R² " in told["frames"][0].title


def test_a_long_film_is_cut_to_a_hundred_frames_from_first_to_last(told: dict[str, Any], train: Train) -> None:
    train(*XOR, "engine=module", "epochs=300", "callbacks.frames.count=301")
    epochs = [frame.epoch for frame in told["frames"]]
    assert len(epochs) == 100
    assert (epochs[0], epochs[-1]) == (0, 300)


def test_a_run_that_diverges_at_once_has_a_film_of_one_picture(train: Train) -> None:
    run = train(*LINE, "engine=module", "optimizer.lr=1e30")
    assert run.status == "diverged"
    (only,) = pictures(run)
    assert (only < 100).any()


@pytest.mark.parametrize("callbacks", ["film", "[film]", "[film,frames]"])
def test_it_brings_the_frames_along(program: Program, tmp_path: Path, callbacks: str) -> None:
    done = program(*XOR, "epochs=2", "engine=module", "logger=none", f"callbacks={callbacks}", "hydra.run.dir=run")
    assert (done.status, done.err) == (0, "")
    assert (tmp_path / "run" / "figures" / "training.gif").exists()
    assert len(Run(tmp_path / "run").frames()) == 3


def test_without_frames_it_is_refused_before_anything_is_trained(program: Program) -> None:
    done = program("callbacks=[film]", "~callbacks.frames")
    assert (done.status, done.out) == (2, "")
    assert done.err == "error: callbacks: got [film]; allowed: film together with frames, which it uses\n"
