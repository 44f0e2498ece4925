"""What is said of a training is so: for each rule one small run that it is about, and runs that it must leave alone."""

import shlex
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backprop_lab.experiment import experiment
from backprop_lab.options import discovery
from backprop_lab.report.run.findings import RULES, find
from backprop_lab.report.run.findings.commands import again
from backprop_lab.report.run.findings.evidence import Evidence
from backprop_lab.report.run.findings.finding import Finding, Findings
from backprop_lab.report.run.measures import measure_frames
from backprop_lab.runs.run import Run
from backprop_lab.training.points import Points
from conftest import Silent, Train, configured, quick_of
from report.films import SIGN, own_option, with_option

QUICK = ("engine=by_hand", "logger=none", "callbacks=[frames]")


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


# -- nothing to say ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", quick_of(range(5), 0))
def test_the_default_circle_learns_and_there_is_nothing_to_try(after: After, seed: int) -> None:
    """Of 60 of them none had anything to try."""
    _, found, by_rule = after(f"seed={seed}")
    assert found.verdict in (
        "Learned it; the loss still falls slowly.",
        "Learned it; the loss has nearly settled.",
    )
    assert [finding.command for finding in found.shown] == [None] * len(found.shown)
    assert set(by_rule) <= {"waited", "dead units"}
    assert found.checked == len(RULES) - len(found.shown)


@pytest.mark.parametrize("seed", quick_of(range(3), 0))
def test_xor_with_enough_units_and_a_line_that_fits_leave_nothing_to_say(after: After, seed: int) -> None:
    _, xor, _ = after("experiment=xor_mlp", f"seed={seed}", "epochs=1000")
    assert (xor.verdict, xor.shown) == ("Learned it; the loss still falls slowly.", [])
    _, line, _ = after("experiment=linear_regression")
    assert (line.verdict, line.shown) == ("Learned it; the loss still falls.", [])


def test_a_loss_that_has_nearly_settled_is_not_called_settled(after: After) -> None:
    _, found, _ = after("dataset=linear", "model=single_layer", "optimizer.lr=0.01")
    assert (found.verdict, found.shown) == ("Learned it; the loss has nearly settled.", [])


# -- one run for each rule --------------------------------------------------------------------------------------------


def test_diverged(after: After) -> None:
    run, found, by_rule = after("dataset=linear", "model=single_layer", "optimizer.lr=1")
    error = run.summary["error"]
    epoch = int(run.metrics()["epoch"][-1]) + 1
    assert f"from epoch {epoch} on" in error
    assert found.verdict == f"Diverged in epoch {epoch}."
    assert list(by_rule) == ["diverged"]
    assert f"in epoch {epoch} a loss or a weight was no longer a finite number" in by_rule["diverged"].sentence
    assert by_rule["diverged"].evidence.startswith(f"step {epoch}; last finite training loss ")
    assert by_rule["diverged"].frame == len(run.frames()) - 1
    assert tried(by_rule["diverged"].command)["optimizer.lr"] == "0.1"


def test_no_straight_line_separates_xor(after: After) -> None:
    run, found, by_rule = after("dataset=xor", "model=single_layer", "loss=mse", "epochs=500")
    assert found.verdict == "Learned nothing: no better than guessing; the loss has settled."
    assert next(iter(by_rule)) == "not separable"
    assert "No straight line gets more than 3 of the 4 training points right" in by_rule["not separable"].sentence
    assert tried(by_rule["not separable"].command) == {
        "dataset": "xor", "model": "mlp", "loss": "mse", "epochs": "500", "engine": "by_hand", "logger": "none",
        "callbacks": "[frames]",
    }  # fmt: skip
    guessing = by_rule["no better than guessing"]
    assert "training loss 0.25, guessing 0.25" in guessing.evidence
    assert guessing.command == by_rule["settled"].command == by_rule["not separable"].command
    assert "plateau" in by_rule["settled"].sentence
    assert run.metrics()["val_loss"][-1] == pytest.approx(0.25, abs=1e-3)


def test_no_straight_line_separates_the_circle_nor_does_an_mlp_of_identities(after: After) -> None:
    _, _, by_rule = after("model.activation=identity", "dataset.n_samples=500", "epochs=5")
    assert "No straight line gets all 400 training points right" in by_rule["not separable"].sentence
    assert tried(by_rule["not separable"].command)["model.activation"] == "relu"


def test_classes_that_a_line_separates_are_not_called_inseparable(after: After) -> None:
    """A circle with all points in it has one class only."""
    _, _, by_rule = after("model=single_layer", "dataset.radius=2", "dataset.n_samples=100", "epochs=1")
    assert "not separable" not in by_rule


def test_a_layer_that_is_dead(after: After) -> None:
    run, _, by_rule = after("dataset=linear", "seed=4")
    finding = by_rule["dead layer"]
    assert finding.sentence.startswith("Layer 1 is off: 8 of 8 relu units are flat for every training")
    assert finding.frame is not None
    assert finding.evidence == f"since epoch {run.frames()[finding.frame].epoch}"
    off = [(frame.weights["layers.0.weight"] @ run.task.train.x.T + frame.weights["layers.0.bias"][:, None] <= 0).all()
           for frame in run.frames()]  # fmt: skip
    assert off == [False] * finding.frame + [True] * (len(off) - finding.frame)
    assert tried(finding.command)["optimizer.lr"] == "0.01"


@pytest.mark.parametrize(
    ("overrides", "sign"),
    [
        (["dataset=linear", "seed=0"], "the loss jumps up and down instead of settling"),
        (["dataset=linear", "seed=5"], "a step is as long as the weights it updates"),
        (["optimizer.lr=10", "seed=1"], "its steps switched off relu units that had been working"),
    ],
)
def test_a_learning_rate_too_high(after: After, overrides: list[str], sign: str) -> None:
    run, _, by_rule = after(*overrides)
    assert by_rule["learning rate too high"].sentence == f"The learning rate looks too high: {sign}."
    assert float(tried(by_rule["learning rate too high"].command)["optimizer.lr"]) == pytest.approx(
        run.task.optimizer.knobs["lr"] / 3, rel=0.02
    )


def test_a_learning_rate_too_low(after: After) -> None:
    run, found, by_rule = after("optimizer.lr=0.002", "dataset.n_samples=1000", "epochs=20", "seed=1")
    finding = by_rule["learning rate too low"]
    assert tried(finding.command)["optimizer.lr"] == "0.02"
    assert f"{run.metrics()['train_loss'][-1]:.3f}"[:4] in finding.evidence
    assert found.verdict.startswith("Learned ")
    assert not found.verdict.startswith("Learned it")


def test_a_loss_that_falls_too_slowly_is_not_called_a_plateau(after: After) -> None:
    _, found, by_rule = after("dataset=xor")
    assert found.verdict == "Learned part of it; the loss falls too slowly."
    assert "learning rate too low" in by_rule
    assert "settled" not in by_rule


def test_units_that_began_identical_stay_so(after: After) -> None:
    run, _, by_rule = after("dataset=xor", "model.init=0.5", "model.hidden=5", "epochs=50")
    weights = run.frames()[-1].weights["layers.0.weight"]
    np.testing.assert_array_equal(weights, np.broadcast_to(weights[0], weights.shape))
    finding = by_rule["identical units"]
    assert finding.sentence.startswith("5 units of layer 1 are identical")
    assert finding.evidence == "units 1.1, 1.2, 1.3, 1.4, …, of 5"
    assert tried(finding.command)["model.init"] == "default"


def test_zeros_as_first_weights_are_named_as_the_cause(after: After) -> None:
    _, _, by_rule = after("dataset=xor", "model.init=zeros", "epochs=20")
    assert tried(by_rule["dead layer"].command)["model.init"] == "default"
    assert {"identical units", "no better than guessing"} <= set(by_rule)


def test_dead_relus(after: After) -> None:
    run, _, by_rule = after("optimizer.lr=10", "epochs=10", "seed=1")
    counts = []
    for frame in run.frames():
        sums = run.task.train.x @ frame.weights["layers.0.weight"].T + frame.weights["layers.0.bias"]
        counts.append(int((sums <= 0).all(axis=0).sum()))
    n, since = counts[-1], by_rule["dead units"].frame
    assert 4 <= n < 8
    assert since is not None
    assert min(counts[since:]) == n > counts[since - 1]
    assert by_rule["dead units"].evidence == f"since epoch {run.frames()[since].epoch}"
    assert by_rule["dead units"].sentence.startswith(f"{n} of 8 relu units are off")
    lively = discovery.module("activation", tried(by_rule["dead units"].command)["model.activation"])
    assert not {"CAN_DIE", "IS_LINEAR"} & set(vars(lively))


def test_saturated_units(after: After) -> None:
    _, _, by_rule = after("model.activation=tanh", "optimizer.lr=30", "dataset.n_samples=400", "epochs=10")
    finding = by_rule["saturated"]
    assert "of 8 units are saturated" in finding.sentence
    assert tried(finding.command)["optimizer.lr"] == "3"


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
    frame = by_rule["overfitting"].frame
    assert frame is not None
    assert run.frames()[frame].epoch <= epoch


def test_waited_then_learned(after: After) -> None:
    run, _, by_rule = after("dataset.n_samples=1000", "optimizer.lr=0.3", "seed=3")
    history = run.metrics()
    share = 1 - float(run.task.val.y.mean())
    until = max(epoch for epoch, right in zip(history["epoch"], history["val_acc"], strict=True)
                if np.allclose(history["val_acc"][:epoch], share) and right > 0)  # fmt: skip
    assert by_rule["waited"].sentence == f"Until epoch {until} it predicted class 0 everywhere; then it began to learn."
    assert by_rule["waited"].command is None


def test_still_falling(after: After) -> None:
    run, found, by_rule = after("model.activation=tanh", "dataset.n_samples=1000", "epochs=30", "optimizer.lr=0.3")
    assert "the loss still falls" in found.verdict
    command = by_rule["still falling"].command
    assert command is not None
    assert shlex.split(command)[3:] == [f"resume={run.folder}", "epochs=60"]
    experiment.resume(run, {"epochs": 60}, Silent(), 0.0)
    assert run.metrics()["train_loss"][-1] < 0.95 * run.metrics()["train_loss"][29]


def test_converged(after: After) -> None:
    run, found, by_rule = after(
        "dataset=linear", "dataset.n_samples=100", "dataset.noise=0.5", "model=single_layer", "epochs=100",
    )  # fmt: skip
    assert found.verdict == "Learned part of it; the loss has settled."
    assert by_rule["settled"].sentence == "The training has converged."
    assert by_rule["settled"].command is None
    x, y = run.task.train.x.astype(float), run.task.train.y.astype(float)
    least = np.linalg.lstsq(np.column_stack([x, np.ones(len(x))]), y, rcond=None)[1][0] / len(y)
    assert run.metrics()["train_loss"][-1] == pytest.approx(least, rel=0.02)


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
    assert found.verdict.endswith("the loss falls too slowly.")
    assert tried(by_rule["learning rate too low"].command)["optimizer.lr"] == "0.01"


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


def test_the_first_four_are_shown_and_the_others_kept(after: After) -> None:
    """Units that begin identical are thrown off together by the first long step."""
    _, found, _ = after("dataset=linear", "model.init=0.3")
    assert [finding.rule for finding in found.shown] == [
        "dead layer", "learning rate too high", "identical units", "no better than guessing",
    ]  # fmt: skip
    assert [finding.rule for finding in found.more] == ["settled"]
    assert found.checked == len(RULES) - 5


def test_an_interrupted_run_says_so(after: After) -> None:
    run, _, _ = after("dataset.n_samples=200", "epochs=10")
    run.write_summary(status="interrupted")
    run.write_config({**run.config, "epochs": 50})
    assert findings_of(run).verdict.startswith("Interrupted after epoch 10 of 50. Learned ")


def test_a_run_of_one_frame_and_no_row_has_a_verdict(after: After) -> None:
    run, _, _ = after("dataset.n_samples=200", "epochs=1")
    run.write_frames(run.frames()[:1])
    run.metrics_file.write_text(run.metrics_file.read_text().splitlines()[0] + "\n")
    found = findings_of(run)
    assert found.verdict.startswith("Learned nothing")
    assert {finding.frame for finding in found.shown} <= {0}
