"""A schedule goes over a stored horizon, whatever is asked of the run later on."""

import time

import pytest

from backprop_lab.experiment import experiment
from backprop_lab.runs.run import Run
from conftest import Silent, Train

SMALL = ("dataset.n_samples=60", "logger=none", "callbacks=[frames]", "report=false", "optimizer.lr=0.5", "epochs=5")
SCHEDULES = {
    "cosine": ("schedule=cosine",),
    "cosine to a fifth": ("schedule=cosine", "schedule.floor=0.2"),
    "step": ("schedule=step", "schedule.every_n_epochs=2"),
}


@pytest.mark.parametrize("engine", ["module", "lightning"])
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_run_resumed_to_more_epochs_keeps_its_shape_and_then_its_last_rate(
    schedule: str, engine: str, train: Train
) -> None:
    run = train(*SMALL, *SCHEDULES[schedule], f"engine={engine}", folder="resumed")
    five = run.state()
    assert experiment.resume(Run(run.folder), {"epochs": 10}, Silent(), time.monotonic()) == "finished"
    whole = train(*SMALL, *SCHEDULES[schedule], f"engine={engine}", "epochs=10", "schedule.epochs=5", folder="whole")
    assert Run(run.folder).config["schedule"]["epochs"] == 5
    resumed, at_once = (Run(folder).frames() for folder in (run.folder, whole.folder))
    assert [frame.weights_sha256 for frame in resumed] == [frame.weights_sha256 for frame in at_once]
    assert resumed[5].weights_sha256 == five.weights_sha256

    # Behind the horizon it is the run of a constant rate: the last one that the schedule gave.
    option, knobs = Run(run.folder).task.schedule.option, Run(run.folder).task.schedule.knobs
    last = 0.5 * option.factor(9, 10, **knobs)  # two steps in each of five epochs
    rest = train(*SMALL, f"engine={engine}", "epochs=10", f"optimizer.lr={last!r}", folder="rest")
    rest.write_state("last", five)
    rest.write_summary(status="interrupted")
    assert experiment.resume(Run(rest.folder), {}, Silent(), time.monotonic()) == "finished"
    assert Run(rest.folder).state().weights_sha256 == resumed[-1].weights_sha256


def test_another_number_of_epochs_from_the_start_is_another_shape(train: Train) -> None:
    five, ten = (
        train(*SMALL, "schedule=cosine", "engine=module", f"epochs={epochs}", folder=f"{epochs}") for epochs in (5, 10)
    )
    assert five.frames()[1].weights_sha256 != ten.frames()[1].weights_sha256
