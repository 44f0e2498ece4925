"""The frames of a film: the right epochs, and the pictures that are drawn from them."""

import itertools
import time
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from backprop_lab.callbacks import frames
from backprop_lab.experiment import experiment
from backprop_lab.runs.run import Run
from conftest import Silent, Train

SMALL = ("dataset.n_samples=60", "engine=module", "logger=none")
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize("count", [2, 3, 10, 50, 101, 1_000])
def test_frames_run_from_the_start_to_the_end_and_only_forward(count: int) -> None:
    for epochs in (1, 2, 3, 7, 49, 50, 51, 100, 2_000, 10_000, 123_457, 100_000_000):
        chosen = frames.epochs(epochs, count=count)
        assert (chosen[0], chosen[-1]) == (0, epochs)
        assert all(earlier < later for earlier, later in itertools.pairwise(chosen))
        assert len(chosen) <= max(count, 2)
        assert all(type(epoch) is int for epoch in chosen)


@pytest.mark.parametrize(("epochs", "count"), [(2_000, 50), (10_000, 50), (100_000, 100), (50, 20)])
def test_as_many_frames_as_asked_for_where_there_are_epochs_enough(epochs: int, count: int) -> None:
    assert len(frames.epochs(epochs, count=count)) == count


@pytest.mark.parametrize(("epochs", "count"), [(1, 2), (3, 50), (49, 50), (5, 6), (100, 101)])
def test_every_epoch_is_a_frame_where_there_are_no_more(epochs: int, count: int) -> None:
    assert frames.epochs(epochs, count=count) == tuple(range(epochs + 1))


@pytest.mark.parametrize(("epochs", "count"), [(2_000, 50), (10_000, 50), (1_000_000, 200)])
def test_frames_are_densest_at_the_start(epochs: int, count: int) -> None:
    chosen = frames.epochs(epochs, count=count)
    steps = [later - earlier for earlier, later in itertools.pairwise(chosen)]
    assert steps[0] == 1
    assert all(later >= earlier - 1 for earlier, later in itertools.pairwise(steps)), "but for rounding they only grow"
    half = sum(epoch <= epochs / 2 for epoch in chosen)
    assert half > 0.7 * count
    assert steps[-1] > epochs / count


def test_the_frames_of_a_run_are_those_epochs(train: Train) -> None:
    run = train(*SMALL, "epochs=30", "callbacks=[frames]", "callbacks.frames.count=10")
    assert [frame.epoch for frame in run.frames()] == [*frames.epochs(30, count=10)]
    assert [frame.step for frame in run.frames()] == [2 * epoch for epoch in frames.epochs(30, count=10)]
    assert run.frames()[-1].weights_sha256 == run.summary["weights_sha256"]


def test_without_the_callback_there_are_none(train: Train) -> None:
    run = train(*SMALL, "epochs=2", "callbacks=[]")
    assert not run.frames_file.exists()
    assert run.status == "finished"


def test_the_frames_of_a_diverged_run_end_with_the_last_finite_one(train: Train) -> None:
    run = train("dataset=linear", "model=single_layer", "optimizer.lr=10", "epochs=99", "engine=module", "logger=none",
                "callbacks=[frames]", "callbacks.frames.count=100")  # fmt: skip
    assert run.status == "diverged"
    assert [frame.epoch for frame in run.frames()] == list(range(run.summary["epochs"] + 1))
    assert all(frame.is_finite() for frame in run.frames())


@pytest.mark.parametrize(
    ("task", "name"), [((), "decision_boundary"), (("dataset=linear", "model=single_layer"), "fit")]
)
def test_every_nth_epoch_is_a_frame_and_a_picture_here_and_in_tensorboard(
    task: tuple[str, ...], name: str, train: Train
) -> None:
    overrides = [*(task or SMALL[:1]), "engine=module", "optimizer.lr=0.01", "epochs=20"]
    run = train(
        *overrides, "callbacks=[frames,decision_boundary]", "callbacks.frames.count=4",
        "callbacks.decision_boundary.every_n_epochs=6",
    )  # fmt: skip
    assert run.status == "finished"
    epochs = [6, 12, 18]
    assert [frame.epoch for frame in run.frames()] == sorted({*frames.epochs(20, count=4), *epochs})
    figures = {path.name: path.read_bytes() for path in (run.folder / "figures").iterdir()}
    assert sorted(figures) == sorted([f"{name}.png", *(f"{name}_epoch_{epoch:06d}.png" for epoch in epochs)])
    assert all(content.startswith(PNG) for content in figures.values())
    assert len(set(figures.values())) == 4

    events = EventAccumulator(str(run.tensorboard_folder), size_guidance={"images": 0})
    events.Reload()
    film = events.Images(f"{name}_film")
    assert [image.step for image in film] == epochs
    assert [image.encoded_image_string for image in film] == [
        figures[f"{name}_epoch_{epoch:06d}.png"] for epoch in epochs
    ]
    (last,) = events.Images(name)
    assert (last.step, last.encoded_image_string) == (20, figures[f"{name}.png"])


def test_the_last_epoch_is_in_the_film_where_it_is_an_nth_one(train: Train, tmp_path: Path) -> None:
    overrides = [*SMALL, "callbacks=[frames,decision_boundary]", "callbacks.decision_boundary.every_n_epochs=2"]
    run = train(*overrides, "epochs=4")
    there = {path.name for path in (run.folder / "figures").iterdir()}
    assert there == {
        "decision_boundary.png",
        "decision_boundary_epoch_000002.png",
        "decision_boundary_epoch_000004.png",
    }
    # A resumed run draws the whole film: its first frames are those of the run before.
    first = (run.folder / "figures" / "decision_boundary_epoch_000002.png").read_bytes()
    assert experiment.resume(Run(run.folder), {"epochs": 6}, Silent(), time.monotonic()) == "finished"
    there = {path.name for path in (run.folder / "figures").iterdir()}
    assert there >= {f"decision_boundary_epoch_{epoch:06d}.png" for epoch in (2, 4, 6)}
    assert (run.folder / "figures" / "decision_boundary_epoch_000002.png").read_bytes() == first
