"""A run that was stopped and resumed is the run that was never stopped, bit for bit."""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from backprop_lab.callbacks.watch import Watcher
from backprop_lab.experiment import experiment, fit
from backprop_lab.runs.run import Run
from backprop_lab.training.epoch_end import EpochEnd
from backprop_lab.training.interruption import Interrupted
from backprop_lab.training.state import State
from conftest import Command, Program, Silent, Train, configured, environment, quick_of

SMALL = (
    "dataset.n_samples=120", "dataset.batch_size=16", "logger=none", "callbacks=[frames]", "report=false", "epochs=6",
)  # fmt: skip
TRAININGS = {
    "sgd": (),
    "nesterov": ("optimizer.momentum=0.9", "optimizer.nesterov=true", "optimizer.weight_decay=0.01"),
    "adam": ("optimizer=adam",),
    "adamw": ("optimizer=adamw",),
    "rmsprop": ("optimizer=rmsprop", "optimizer.momentum=0.9"),
    "schedule": ("schedule=cosine", "optimizer=adam"),
    "penalty": ("penalty=l1", "penalty.strength=0.01"),
    "dropout": ("model.dropout=0.3", "model.hidden=[8,4]"),
    "residual": ("model=residual", "loss=hinge", "schedule=step", "schedule.every_n_epochs=2"),
}


def interrupt_after(epoch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Send this process a SIGINT in the given epoch, once."""

    class Signalling(Watcher):
        def __call__(self, end: EpochEnd) -> None:
            if end.epoch == epoch:
                monkeypatch.setattr(fit, "Watcher", Watcher)
                os.kill(os.getpid(), signal.SIGINT)
            super().__call__(end)

    monkeypatch.setattr(fit, "Watcher", Signalling)


def assert_same_state(given: State, expected: State) -> None:
    assert (given.epoch, given.step) == (expected.epoch, expected.step)
    for part in ("weights", "optimizer", "buffers"):
        got, wanted = getattr(given, part), getattr(expected, part)
        assert {name: array.tobytes() for name, array in got.items()} == {
            name: array.tobytes() for name, array in wanted.items()
        }


def assert_same_run(run: Run, expected: Run) -> None:
    """Whatever tells of the numbers of a training is the same, byte for byte."""
    assert run.metrics_file.read_bytes() == expected.metrics_file.read_bytes()
    for frame, wanted in zip(run.frames(), expected.frames(), strict=True):
        assert_same_state(frame, wanted)
    for which in ("last", "best"):
        assert_same_state(Run(run.folder, checkpoint=which).state(), Run(expected.folder, checkpoint=which).state())
    same = (
        "status", "metrics", "best", "epochs", "steps", "stopped", "weights_sha256", "data_sha256", "parameters",
        "error",
    )  # fmt: skip
    assert {key: run.summary[key] for key in same} == {key: expected.summary[key] for key in same}


@pytest.mark.parametrize("engine", quick_of(["module", "lightning"], "lightning"))
@pytest.mark.parametrize("training", TRAININGS)
def test_an_interrupted_run_goes_on_as_if_nothing_had_happened(
    training: str, engine: str, train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    overrides = [*SMALL, *TRAININGS[training], f"engine={engine}"]
    uninterrupted = train(*overrides, folder="uninterrupted")
    interrupt_after(3, monkeypatch)
    with pytest.raises(Interrupted):
        train(*overrides, folder="interrupted")

    run = Run(uninterrupted.folder.with_name("interrupted"))
    assert run.summary["status"] == "interrupted"
    assert run.state().epoch == run.summary["epochs"] == 3
    assert run.summary["weights_sha256"] != uninterrupted.summary["weights_sha256"]
    assert run.metrics()["epoch"].tolist() == [1, 2, 3]

    assert experiment.resume(run, {}, Silent(), time.monotonic()) == "finished"
    assert run.metrics()["epoch"].tolist() == [1, 2, 3, 4, 5, 6]
    assert [frame.epoch for frame in run.frames()] == [0, 1, 2, 3, 4, 5, 6]
    assert_same_run(run, uninterrupted)


def test_a_run_interrupted_in_its_first_and_in_its_last_epoch_can_be_resumed(
    train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    uninterrupted = train(*SMALL, "engine=module", folder="uninterrupted")
    for epoch in (1, 6):
        interrupt_after(epoch, monkeypatch)
        with pytest.raises(Interrupted):
            train(*SMALL, "engine=module", folder=f"after_{epoch}")
        run = Run(uninterrupted.folder.with_name(f"after_{epoch}"))
        assert experiment.resume(run, {}, Silent(), time.monotonic()) == "finished"
        assert_same_run(run, uninterrupted)


def test_a_run_may_be_resumed_by_another_engine_and_several_times(
    train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    uninterrupted = train(*SMALL, "optimizer=adam", "engine=module", folder="uninterrupted")
    interrupt_after(2, monkeypatch)
    with pytest.raises(Interrupted):
        train(*SMALL, "optimizer=adam", "engine=module", folder="interrupted")
    run = Run(uninterrupted.folder.with_name("interrupted"))
    text = run.config_file.read_text()
    run.config_file.write_text(text.replace("engine:\n  name: module", "engine:\n  name: lightning"))
    assert run.checked_config().engine.name == "lightning"
    interrupt_after(4, monkeypatch)
    with pytest.raises(Interrupted):
        experiment.resume(run, {}, Silent(), time.monotonic())
    assert run.state().epoch == 4
    assert experiment.resume(run, {}, Silent(), time.monotonic()) == "finished"
    assert_same_run(run, uninterrupted)


@pytest.mark.parametrize("engine", ["module", "lightning"])
def test_more_epochs_than_at_first_give_the_run_that_had_them_from_the_start(
    engine: str, train: Train, program: Program
) -> None:
    overrides = [*SMALL, "optimizer=adam", f"engine={engine}"]
    at_once = train(*overrides, folder="at_once")
    run = train(*overrides, "epochs=3", folder="in_two_parts")
    assert run.state().epoch == 3
    assert program(f"resume={run.folder}", "epochs=6").status == 0
    run = Run(run.folder)
    assert_same_run(run, at_once)
    assert run.config["epochs"] == 6
    assert run.config == at_once.config


def test_half_a_line_left_by_a_killed_process_is_repaired(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    overrides = [*SMALL, "engine=module", "epochs=12"]
    uninterrupted = train(*overrides, folder="uninterrupted")
    rows = uninterrupted.metrics_file.read_text().splitlines(keepends=True)
    # Parts of the row of epoch 12, after the checkpoint of epoch 3. The first character names an epoch before that.
    for torn in (rows[12][:1], rows[12][:2], rows[12][:9], rows[12][:-4], rows[12][:-1]):
        interrupt_after(3, monkeypatch)
        with pytest.raises(Interrupted):
            train(*overrides, folder="interrupted")
        run = Run(uninterrupted.folder.with_name("interrupted"))
        run.metrics_file.write_text("".join([*rows[:12], torn]))
        assert experiment.resume(run, {}, Silent(), time.monotonic()) == "finished"
        assert_same_run(run, uninterrupted)
        shutil.rmtree(run.folder)


def test_the_best_epoch_may_lie_before_the_interruption(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    overrides = [*SMALL, "engine=module", "optimizer.lr=5", "optimizer.momentum=0.9"]
    uninterrupted = train(*overrides, folder="uninterrupted")
    assert uninterrupted.summary["best"]["epoch"] < 4
    interrupt_after(4, monkeypatch)
    with pytest.raises(Interrupted):
        train(*overrides, folder="interrupted")
    run = Run(uninterrupted.folder.with_name("interrupted"))
    assert experiment.resume(run, {}, Silent(), time.monotonic()) == "finished"
    assert_same_run(run, uninterrupted)


def test_frames_and_rows_ahead_of_the_checkpoint_are_dropped(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    uninterrupted = train(*SMALL, "engine=module", folder="uninterrupted")
    interrupt_after(3, monkeypatch)
    with pytest.raises(Interrupted):
        train(*SMALL, "engine=module", folder="interrupted")
    run = Run(uninterrupted.folder.with_name("interrupted"))
    for file in ("metrics.csv", "frames.npz", "checkpoints/best.ckpt"):
        shutil.copy(uninterrupted.folder / file, run.folder / file)
    assert experiment.resume(run, {}, Silent(), time.monotonic()) == "finished"
    assert_same_run(run, uninterrupted)


EPOCHS = 80
LONG = ("dataset.n_samples=1000", "optimizer=adam", f"epochs={EPOCHS}", "seed=5", "callbacks=[frames]", "report=false")


@pytest.mark.slow
def test_a_run_killed_at_any_moment_ends_with_the_bits_of_one_that_was_not(
    tmp_path: Path, train: Train, command: Command
) -> None:
    reference = train(*LONG, "engine=module", "logger=none", folder="reference")
    run = Run(tmp_path / "killed")
    process = subprocess.Popen(
        [sys.executable, "-m", "train", *LONG, "engine=lightning", f"hydra.run.dir={run.folder}"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        last, previous = run.checkpoint_file("last"), run.checkpoint_file("previous")
        while not previous.is_file() or previous.samefile(last):
            assert process.poll() is None, "it ended before its first checkpoint"
            time.sleep(0.01)
        time.sleep(random.uniform(0.0, 0.3))
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()

    done = Run(run.folder).state()
    assert 0 < done.step < reference.summary["steps"], "a start from scratch would pass"
    assert run.status == "interrupted"
    assert _scalar_epochs(run)[: done.epoch] == list(range(1, done.epoch + 1))

    ended = command("train", f"resume={run.folder}")
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    assert re.search(rf"from epoch {done.epoch} on", ended.stdout)
    assert run.status == "finished"
    assert_same_run(run, reference)
    assert run.metrics()["epoch"].tolist() == list(range(1, EPOCHS + 1))
    frames = [frame.epoch for frame in run.frames()]
    assert frames == sorted(set(frames))
    assert (frames[0], frames[-1]) == (0, EPOCHS)
    assert _scalar_epochs(run) == list(range(1, EPOCHS + 1))


def _scalar_epochs(run: Run) -> list[int]:
    events = EventAccumulator(str(run.tensorboard_folder), size_guidance={"scalars": 0})
    events.Reload()
    for tag in ("train_acc", "val_loss", "val_acc"):
        assert [event.step for event in events.Scalars(tag)] == [event.step for event in events.Scalars("train_loss")]
    return [event.step for event in events.Scalars("train_loss")]


# -- nothing to resume ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A finished run, to be copied."""
    run = Run(tmp_path_factory.mktemp("resume") / "run")
    overrides = [*SMALL, "engine=module"]
    config = configured(*overrides)
    experiment.train(config, run, overrides, Silent(), keep_points=True, began=time.monotonic())
    return run


@pytest.fixture
def finished(trained: Run, tmp_path: Path) -> Run:
    """A finished run of 6 epochs, with a folder of its own."""
    shutil.copytree(trained.folder, tmp_path / "run")
    return Run(tmp_path / "run")


@pytest.fixture
def stopped(finished: Run) -> Run:
    """As a kill -9 leaves it: the receipt says running. It has last.ckpt and previous.ckpt, of epochs 4 and 2."""
    frames = finished.frames()
    finished.write_state("last", frames[2])
    finished.write_state("last", frames[4])
    finished.write_summary(status="running", metrics={}, epochs=0, weights_sha256=None)
    return finished


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def assert_refused(arguments: list[str], folder: Path, program: Program) -> str:
    """Exit status 2, one line on stderr, and no file changed or made; gives the line."""
    before = contents(folder)
    done = program(*arguments)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("error: ")
    assert done.err.count("\n") == 1
    assert contents(folder) == before
    return done.err


def test_resuming_what_is_not_a_run_says_so(tmp_path: Path, program: Program) -> None:
    (tmp_path / "empty").mkdir()
    for path in ("missing", str(tmp_path / "empty"), "missing/checkpoints/last.ckpt", "https://example.org/run"):
        assert "not a run folder" in assert_refused([f"resume={path}"], tmp_path, program)
    assert "resume: got nothing" in assert_refused(["resume="], tmp_path, program)


def test_a_run_without_a_checkpoint_is_not_started_from_scratch(stopped: Run, tmp_path: Path, program: Program) -> None:
    shutil.rmtree(stopped.folder / "checkpoints")
    line = assert_refused([f"resume={stopped.folder}"], tmp_path, program)
    assert f"{stopped.checkpoint_file('last')}: missing" in line
    line = assert_refused([f"resume={stopped.folder}", "epochs=9"], tmp_path, program)
    assert "missing" in line
    assert stopped.config["epochs"] == 6


def test_a_diverged_run_is_not_resumed(train: Train, tmp_path: Path, program: Program) -> None:
    run = train("dataset=linear", "model=single_layer", "optimizer.lr=10", "epochs=200", "engine=module", "logger=none")
    assert run.summary["status"] == "diverged"
    line = assert_refused([f"resume={run.folder}"], tmp_path, program)
    assert "nothing to resume" in line
    assert "optimizer.lr" in line
    assert_refused([f"resume={run.folder}", "epochs=300"], tmp_path, program)


def test_a_damaged_checkpoint_is_refused_and_the_one_before_it_resumes(
    stopped: Run, trained: Run, tmp_path: Path, program: Program
) -> None:
    file = stopped.checkpoint_file("last")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    line = assert_refused([f"resume={stopped.folder}"], tmp_path, program)
    assert f"{file}: damaged" in line
    previous = stopped.checkpoint_file("previous")
    assert str(previous) in line

    done = program(f"resume={previous}")
    assert (done.status, done.err) == (0, "")
    assert "from epoch 2 on" in done.out
    assert_same_run(Run(stopped.folder), trained)


def test_a_finished_run_says_so(finished: Run, tmp_path: Path, program: Program) -> None:
    before = contents(tmp_path)
    for arguments in ([], ["epochs=6"]):
        done = program(f"resume={finished.folder}", *arguments)
        assert (done.status, done.err) == (0, "")
        assert "is finished" in done.out
        assert "epochs=" in done.out
    assert contents(tmp_path) == before


@pytest.mark.parametrize("arguments", [["epochs=5"], ["epochs=0"], ["epochs=x"], ["epochs="], ["epochs=1.5"]])
def test_resuming_takes_no_fewer_epochs(arguments: list[str], stopped: Run, tmp_path: Path, program: Program) -> None:
    line = assert_refused([f"resume={stopped.folder}", *arguments], tmp_path, program)
    assert line.startswith("error: epochs: got ")


@pytest.mark.parametrize("broken", ["epochs=[", "epochs={", "epochs='"])
def test_resuming_with_epochs_that_cannot_be_read_names_them(
    broken: str, stopped: Run, tmp_path: Path, program: Program
) -> None:
    line = assert_refused([f"resume={stopped.folder}", broken], tmp_path, program)
    assert line.startswith("error: epochs: got ")


@pytest.mark.parametrize("other", ["optimizer.lr=0.5", "model=mlp", "-m", "seed=1", "+x=1"])
def test_resuming_takes_no_other_overrides(other: str, stopped: Run, tmp_path: Path, program: Program) -> None:
    for arguments in ([f"resume={stopped.folder}", other], [other, f"resume={stopped.folder}"]):
        line = assert_refused(arguments, tmp_path, program)
        assert line.startswith(f"error: {other.partition('=')[0]}: got ")


def test_a_run_in_use_is_left_alone(stopped: Run, trained: Run, tmp_path: Path, program: Program) -> None:
    with Run(stopped.folder).locked():
        assert stopped.status == "running"
        line = assert_refused([f"resume={stopped.folder}", "epochs=9"], tmp_path, program)
        assert "in use" in line
    assert stopped.status == "interrupted"
    assert program(f"resume={stopped.folder}").status == 0
    assert_same_run(Run(stopped.folder), trained)


def test_a_run_that_wants_a_gpu_is_not_resumed_without_one(
    train: Train, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    run = train(*SMALL, "engine=module")
    run.write_config(run.config | {"trainer": {"name": "gpu"}})
    done = program(f"resume={run.folder}", "epochs=8")
    assert done.status == 2
    assert done.err == "error: trainer: got gpu; allowed: auto or cpu, because torch finds no GPU here\n"
    assert run.summary["status"] == "finished"
