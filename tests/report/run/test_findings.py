"""What is said of a training is so: for each rule one small run that it is about, and runs that it must leave alone."""

import itertools
import re
import shlex
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backprop_lab.experiment import experiment
from backprop_lab.options.text import number
from backprop_lab.report.run.findings import RULES, find
from backprop_lab.report.run.findings.commands import again
from backprop_lab.report.run.findings.evidence import Evidence
from backprop_lab.report.run.findings.finding import Finding, Findings
from backprop_lab.report.run.measures import measure_frames
from backprop_lab.runs.run import Run
from backprop_lab.training.film import Film
from backprop_lab.training.first_state import first_state
from backprop_lab.training.points import Points
from conftest import Silent, Train, configured, quick_of, task_of
from report.films import SIGN, own_option, with_option

QUICK = ("engine=kernel", "logger=none", "callbacks=[frames]")


def findings_of(run: Run) -> Findings:
    frames = run.frames()
    return find(run, run.task, frames, measure_frames(run.task, frames))


def everything(found: Findings) -> dict[str, Finding]:
    return {finding.rule: finding for finding in [*found.shown, *found.more]}


@pytest.fixture
def after(train: Train) -> "After":
    return After(train)


class After:
    """``after(*overrides)`` is a run that has ended and what is found of it."""

    def __init__(self, train: Train) -> None:
        self.train = train
        self.number = 0

    def __call__(self, *overrides: str) -> tuple[Run, Findings, dict[str, Finding]]:
        self.number += 1
        run = self.train(*QUICK, *overrides, folder=f"run{self.number}")
        found = findings_of(run)
        return run, found, everything(found)


def tried(command: str | None) -> dict[str, str]:
    """The keys and values of a command to try, which must be one that the command line takes."""
    assert command is not None
    program, overrides = shlex.split(command)[:3], shlex.split(command)[3:]
    assert program == ["python", "-m", "train"]
    configured(*overrides)
    return dict(override.split("=", 1) for override in overrides)


# -- nothing to try ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", quick_of(range(5), 0))
def test_the_default_circle_learns_and_there_is_nothing_to_try(after: After, seed: int) -> None:
    run, found, by_rule = after(f"seed={seed}")
    accuracy = run.metrics()["val_acc"]
    epoch = int(np.flatnonzero(accuracy < 0.97)[-1]) + 2
    assert found.verdict.startswith(f"Learned it; accuracy above 0.97 since epoch {epoch}")
    assert [(finding.command, finding.headline) for finding in found.shown] == [(None, "")] * len(found.shown)
    assert set(by_rule) <= {"waited", "dead units"}
    assert found.checked == len(RULES) - len(found.shown)


@pytest.mark.parametrize("seed", quick_of(range(3), 0))
def test_xor_with_enough_units_says_since_when_all_points_are_right(after: After, seed: int) -> None:
    run, found, _ = after("experiment=xor_mlp", f"seed={seed}", "epochs=1000")
    rows = run.metrics()
    wrong = rows["epoch"][rows["val_acc"] < 1]
    assert found.shown == []
    assert found.verdict.startswith(f"Learned it; all 4 points right since epoch {int(wrong[-1]) + 10}")


def test_a_long_plateau_before_a_success_is_told(after: After) -> None:
    run, found, _ = after("dataset=xor", "model.activation=tanh", "model.hidden=16", "epochs=1000", "optimizer.lr=0.1")
    loss = run.metrics()["train_loss"]
    until = int(np.argmax(np.abs(loss - np.log(2)) > 0.05 * np.log(2)))
    assert f", after a plateau of {until} epochs" in found.verdict


def test_a_line_that_fits_to_the_last_bit_is_as_exact_as_its_numbers(after: After) -> None:
    _, line, _ = after("experiment=linear_regression")
    assert line.verdict.endswith("as exact as 32-bit numbers allow.")
    assert line.shown == []


def test_noise_that_leaves_something_is_part_of_the_measure(after: After) -> None:
    run, found, _ = after("dataset=moons", "dataset.noise=0.2", "dataset.n_samples=2000")
    bar = run.task.bar
    assert bar.constant < bar.rule < 0.99
    assert run.summary["success"] is True
    assert run.summary["success_at"] == pytest.approx(bar.rule - 0.03)
    assert found.verdict.startswith("Learned it as well as the noise allows")


# -- one run for each cause -------------------------------------------------------------------------------------------

MANY = "dataset.n_samples=1000"
CAUSES = {
    "one answer": ([MANY, "dataset.radius=2", "epochs=3"], "Cannot be judged: all points are of class 1.", None),
    "noise": ([MANY, "dataset.noise=3", "epochs=10"], "Cannot be judged: the noise leaves nothing to learn.", None),
    "not scaled": (
        ["dataset=linear", "dataset.slope=200", "dataset.intercept=1000"], "Learned nothing: the targets are large.",
        None,
    ),
    "identical units": (
        [MANY, "model.init=-1", "epochs=5"], "Learned little: 8 units do the work of one.", {"model.init": "default"},
    ),
    "decay too strong": (
        [MANY, "optimizer.weight_decay=1", "epochs=20"],
        "Learned nothing: a weight decay of 1 keeps the weights small.",
        {"optimizer.weight_decay": "0", "epochs": "240"},
    ),
    "not separable": (
        ["dataset=xor", "model=single_layer"], "Learned nothing: a straight line cannot separate these classes.",
        {"model": "mlp", "model.hidden": "8", "model.activation": "tanh", "optimizer.lr": "0.5", "epochs": "2000"},
    ),
    "missing bias": (
        ["dataset=linear", "model=single_layer", "model.bias=false", "dataset.intercept=10", "optimizer.lr=0.01"],
        "Learned nothing: the bias is missing.", {"model.bias": "true"},
    ),
    "too deep and narrow": (
        ["dataset=moons", "dataset.n_samples=300", "model.hidden=[2,2,2,2,2,2,2,2]"],
        "Learned nothing: 8 layers of 2 units let little through.", {"model.hidden": "[8,8]"},
    ),
    "vanishing gradients": (
        [MANY, "model.activation=sigmoid", "model.hidden=[8,8,8,8,8,8]", "epochs=5"],
        "Learned nothing: the gradients vanish on the way to the first layer.",
        {"model.hidden": "[8,8]", "model.activation": "relu"},
    ),
    "too narrow": ([MANY, "model.hidden=2"], "2 units in layer 1 are too few.", {"model.hidden": "8"}),
    "learning rate too high": (
        [MANY, "optimizer=adam", "optimizer.lr=10", "epochs=10"], "Learned nothing: the learning rate is too high.",
        {"optimizer.lr": "0.01"},
    ),
    "momentum too high": (
        [MANY, "optimizer.momentum=0.99", "optimizer.lr=0.5"], ": a momentum of 0.99 makes the steps too long.",
        {"optimizer.momentum": "0.9", "optimizer.lr": "0.1"},
    ),
    "dead layer": (
        ["dataset.n_samples=400", "model.hidden=[3,3,3,3,3]", "epochs=30", "seed=11"],
        "Learned nothing: layer 2 is off.", {"model.hidden": "8"},
    ),
    "rare class": (
        [MANY, "dataset.radius=0.15", "epochs=20"], "Learned nothing: only 1.5% of the points are of class 1.", None,
    ),
    "few points": (["dataset.n_samples=3"], "Cannot be judged: 1 validation point: too few to tell.", None),
    "learning rate too low": (
        [MANY, "optimizer.lr=0.002"], ": the learning rate is too low.", {"optimizer.lr": "0.1", "epochs": "240"},
    ),
    "too few steps": ([MANY, "epochs=10"], ": 250 steps are few.", {"epochs": "240"}),
}  # fmt: skip
"""Overrides, the end of the verdict, and what the command changes."""


@pytest.mark.parametrize("rule", CAUSES)
def test_the_cause_comes_first_in_verdict_and_list(rule: str, after: After) -> None:
    overrides, end, changes = CAUSES[rule]
    _, found, _ = after(*overrides)
    assert found.shown[0].rule == rule
    assert found.verdict.endswith(end)
    if changes is None:
        assert found.shown[0].command is None
    else:
        tries = tried(found.shown[0].command)
        assert {key: tries[key] for key in changes} == changes


def test_what_a_cause_explains_is_left_out(after: After) -> None:
    """Units that begin identical are thrown off together, and the loss then stays where it is."""
    _, found, _ = after("dataset=linear", "model.init=0.3")
    assert [finding.rule for finding in [*found.shown, *found.more]] == ["identical units"]


def test_diverged_names_the_rate_that_is_stable(after: After) -> None:
    run, found, by_rule = after("dataset=linear", "model=single_layer", "optimizer.lr=1")
    epoch = int(run.metrics()["epoch"][-1]) + 1
    x = np.column_stack([run.task.train.x.astype(float), np.ones(len(run.task.train))])
    stable = 2 / np.linalg.eigvalsh(2 * x.T @ x / len(x))[-1]  # of the Hessian of the squared error
    assert found.verdict == f"Diverged in epoch {epoch}: a rate above {stable:.4g} is not stable here."
    assert list(by_rule) == ["diverged"]
    assert by_rule["diverged"].evidence.startswith(f"step {epoch}; last finite training loss ")
    assert float(tried(by_rule["diverged"].command)["optimizer.lr"]) < stable


def test_the_boundary_of_a_linear_network_is_a_line(after: After) -> None:
    _, _, by_rule = after("model.activation=identity", "dataset.n_samples=500", "epochs=5")
    assert "No straight line gets all 400 training points right" in by_rule["not separable"].sentence
    assert tried(by_rule["not separable"].command)["model.activation"] == "relu"


@pytest.mark.parametrize("lists", [["model.activation=[relu,tanh]"], [f"model.init={[0.01] * 15}".replace(" ", "")]])
def test_a_command_for_another_width_leaves_out_what_listed_the_old_layers(after: After, lists: list[str]) -> None:
    """``tried`` has the border and the first weights check each command."""
    _, _, by_rule = after(MANY, "model.hidden=[2,2]", *lists)
    commands = [finding.command for finding in by_rule.values() if finding.command]
    assert commands
    for command in commands:
        changes = tried(command)
        assert "model.hidden" not in changes or changes.get("model.activation", "relu")[0] != "["
        first_state(task_of(*shlex.split(command)[3:]))


def test_of_a_table_it_says_what_was_reached_and_not_that_something_is_missing(after: After) -> None:
    run, found, _ = after("dataset=diabetes", "epochs=20")
    reached = run.summary["metrics"]["val_r2"]
    assert 0.2 < reached < 0.9
    assert found.verdict.startswith(f"R² {number(reached)}, 0 by the same answer everywhere; how much more is possible")
    assert run.summary["success"] is None
    assert after("dataset=diabetes", "epochs=1", "optimizer.lr=1e-6")[1].verdict.startswith("Learned nothing")


@pytest.mark.parametrize(
    "overrides",
    [
        ["dataset=iris", "model.hidden=16", "optimizer=rmsprop", "optimizer.lr=0.4", "epochs=20", "seed=41"],
        ["dataset=digits", "model.hidden=[64,32,8]", "optimizer.lr=0.21", "epochs=20", "seed=5"],
        ["dataset=diabetes", "model.hidden=16", "optimizer=rmsprop", "optimizer.lr=0.021", "epochs=3", "seed=34"],
        ["dataset=diabetes"],
    ],
)
def test_of_a_table_nothing_is_advised_against_what_may_be_the_best(after: After, overrides: list[str]) -> None:
    """A lower rate and more steps, tried on the first three with four seeds each, helped none."""
    _, found, by_rule = after(*overrides)
    assert "; how much more is possible is not known" in found.verdict
    assert [finding.command for finding in by_rule.values() if finding.command] == []
    assert "not known:" not in found.verdict


def test_units_that_began_identical_stay_so(after: After) -> None:
    run, _, by_rule = after("dataset=xor", "model.init=0.5", "model.hidden=5", "epochs=50")
    weights = run.frames()[-1].weights["layers.0.weight"]
    np.testing.assert_array_equal(weights, np.broadcast_to(weights[0], weights.shape))
    finding = by_rule["identical units"]
    assert finding.sentence.startswith("5 units of layer 1 are identical")
    assert finding.evidence == "units 1.1, 1.2, 1.3, 1.4, …, of 5"


def test_overfitting(after: After) -> None:
    run, _, by_rule = after(
        "dataset=moons", "dataset.n_samples=100", "dataset.val_fraction=0.4", "dataset.noise=0.4",
        "model.hidden=64", "optimizer=adam", "epochs=300",
    )  # fmt: skip
    history = run.metrics()
    epoch = int(tried(by_rule["overfitting"].command)["epochs"])
    assert f"began to overfit about epoch {epoch}" in by_rule["overfitting"].sentence
    near = history["val_loss"][epoch - 1]
    assert near < 1.05 * history["val_loss"].min()
    assert history["val_loss"][-1] > 1.1 * near
    assert history["train_loss"][-1] < 0.9 * history["train_loss"][epoch - 1]
    assert run.frames()[by_rule["overfitting"].frame].epoch <= epoch


def test_spikes_of_single_epochs_are_not_called_overfitting(after: After) -> None:
    """A deep narrow network, whose mean loss is moved by a few rows."""
    _, found, by_rule = after("model.hidden=[4,4,4,4]")
    assert "overfitting" not in by_rule
    assert "overfit" not in found.verdict


def test_a_loss_that_has_just_begun_to_fall_is_not_called_settled(after: After) -> None:
    """Three rings: in 50 epochs the loss falls by a tenth, in 200 by more than half."""
    line = ("dataset=rings", "dataset.rings=3", "model.hidden=16", "engine=kernel")
    run, found, _ = after(*line, "epochs=50")
    assert found.verdict.startswith("Learned little; the loss still falls slowly")
    longer, _, _ = after(*line, "epochs=200")
    losses = [each.metrics()["train_loss"] for each in (run, longer)]
    assert losses[0][-1] > 0.85 * losses[0][0]
    assert losses[1][-1] < 0.5 * losses[1][0]


def test_still_falling(after: After) -> None:
    run, found, by_rule = after("model.activation=tanh", MANY, "epochs=125")
    assert "the loss still falls" in found.verdict
    command = by_rule["still falling"].command
    assert command is not None
    assert shlex.split(command)[3:] == [f"resume={run.folder}", "epochs=1250"]
    experiment.resume(run, {"epochs": 250}, Silent(), 0.0)
    assert run.metrics()["train_loss"][-1] < 0.9 * run.metrics()["train_loss"][124]


def test_an_answer_within_rounding_of_one_half_is_right_for_nobody(after: After) -> None:
    run, found, _ = after("experiment=xor_single_layer")
    assert np.abs(run.predict(run.task.val.x) - 0.5).max() < 1e-6
    assert run.summary["metrics"]["val_acc"] == 0
    assert run.summary["success"] is False
    assert found.verdict == "Learned nothing: a straight line cannot separate these classes."


# -- other options ----------------------------------------------------------------------------------------------------


def test_a_knob_that_the_other_model_has_not_is_left_out_of_the_command(after: After) -> None:
    """And a model that a command of this folder's own experiment chose gives way to it."""
    _, _, by_rule = after("experiment=xor_single_layer", "model.bias=false", "model.init=0.1", "epochs=500")
    tries = tried(by_rule["not separable"].command)
    assert (tries["experiment"], tries["model"], tries["model.bias"]) == ("xor_single_layer", "mlp", "false")
    command = by_rule["not separable"].command
    assert command is not None
    chosen = configured(*shlex.split(command)[3:])
    assert (chosen.model.name, chosen.model.knobs["bias"]) == ("mlp", False)


def test_another_model_does_without_the_knobs_of_the_one_before(after: After) -> None:
    run, _, _ = after("dataset=xor", "model.hidden=3", "model.dropout=0.1", "model.init=0.1", "epochs=5")
    frames = run.frames()
    evidence = Evidence(run, run.checked_config(), run.task, frames, measure_frames(run.task, frames))
    tries = tried(again(evidence, "model=single_layer"))
    assert {key for key in tries if key.startswith("model")} == {"model", "model.init"}


@pytest.mark.parametrize("labels", [[0, 0, 0, 1], [0, 1, 1, 1], [0, 0, 1, 1]])
def test_guessing_margins_costs_twice_the_share_of_the_smaller_class(after: After, labels: list[int]) -> None:
    """By trying many margins that are the same for all points."""
    run, _, _ = after("dataset=xor", "loss=hinge", "epochs=2")
    y = np.array(labels, np.float32)
    task = replace(run.task, train=Points(run.task.train.x, y))
    evidence = Evidence(run, run.checked_config(), task, run.frames(), measure_frames(task, run.frames()))
    tried_out = [np.maximum(0, 1 - (2 * y - 1) * margin).mean() for margin in np.linspace(-2, 2, 401)]
    assert evidence.loss_of_guessing == pytest.approx(min(tried_out))


@pytest.mark.parametrize("activation", ["leaky_relu", "gelu"])
def test_units_that_cannot_die_are_never_called_off(after: After, activation: str) -> None:
    _, _, by_rule = after("optimizer.lr=10", "epochs=10", "seed=1", f"model.activation={activation}")
    assert not {"dead units", "dead layer", "saturated"} & set(by_rule)


def test_a_model_that_is_not_layers_in_a_row_has_findings(after: After) -> None:
    _, found, by_rule = after("model=residual", "engine=module", "optimizer.lr=0.001", "epochs=20", "seed=1")
    assert found.verdict.endswith(": the learning rate is too low.")
    assert tried(by_rule["learning rate too low"].command)["optimizer.lr"] == "0.1"


def test_a_run_that_was_stopped_says_when_and_why_and_how_to_go_on(after: After) -> None:
    run, found, by_rule = after(
        "model.activation=tanh", "dataset.n_samples=1000", "epochs=60", "optimizer.lr=0.3",
        "stop=patience", "stop.patience=29", "stop.min_delta=0.2",
    )  # fmt: skip
    stopped = run.summary["stopped"]
    assert stopped["epoch"] == run.metrics()["epoch"][-1] == run.frames()[-1].epoch < 60
    why = "val_loss has not fallen by more than 0.2 for 29 rows"
    assert found.verdict.startswith(f"Stopped after epoch {stopped['epoch']} of 60: {why}. Learned ")
    command = by_rule["still falling"].command
    assert command is not None
    assert shlex.split(command)[3:] == [f"resume={run.folder}", "stop=never"]


def test_without_a_learning_rate_nothing_is_said_of_one(after: After, tmp_path: Path) -> None:
    run, _, _ = after("optimizer.lr=10", "epochs=10", "seed=1")
    frames = run.frames()
    with own_option(tmp_path / "mine", "optimizer", "sign", SIGN):
        task = with_option(run.task, "optimizer", "sign", pace=10.0)
        by_rule = everything(find(run, task, frames, measure_frames(task, frames)))
    assert "learning rate too high" not in by_rule
    assert not any("optimizer.lr=" in (finding.command or "").replace("optimizer.lr=10 ", "")
                   for finding in by_rule.values())  # fmt: skip


# -- other ends, and the list -----------------------------------------------------------------------------------------


def test_an_interrupted_run_says_so(after: After) -> None:
    run, _, _ = after("dataset.n_samples=200", "epochs=10")
    run.write_summary(status="interrupted")
    run.write_config({**run.config, "epochs": 50})
    assert findings_of(run).verdict.startswith("Interrupted after epoch 10 of 50. Learned ")


def test_a_run_of_one_frame_and_no_row_has_a_verdict(after: After) -> None:
    run, _, _ = after("dataset.n_samples=200", "epochs=1")
    run.write_film(Film.of(run.frames()[:1]))
    run.metrics_file.write_text(run.metrics_file.read_text().splitlines()[0] + "\n")
    found = findings_of(run)
    assert found.verdict.startswith("Learned nothing")
    assert {finding.frame for finding in found.shown} <= {0}


def test_the_largest_step_of_a_layer_that_began_at_0_is_told(train: Train) -> None:
    run = train("experiment=linear_regression", "optimizer.lr=1", "engine=module", "report=false", "logger=none")
    frames = run.frames()
    (diverged,) = find(run, run.task, frames, measure_frames(run.task, frames)).shown
    said = float(re.findall(r"largest update ÷ weight ([\d.]+)", diverged.evidence)[0])
    weights = [float(next(iter(frame.weights.values())).squeeze()) for frame in frames]
    ratios = [abs(after - before) / abs(before) for before, after in itertools.pairwise(weights[1:])]
    assert said == pytest.approx(max(ratios), rel=0.05)
