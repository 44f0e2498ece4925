"""The gallery of famous failures, ``experiment=fails_...``: each fails, and for the reason that it gives."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch

from backprop_lab.options.discovery import CONFIGS, names
from backprop_lab.report.run.findings import find
from backprop_lab.report.run.measures import measure_frames
from backprop_lab.runs.run import Run
from backprop_lab.runs.status import Status
from backprop_lab.sweep.folder import Sweep
from backprop_lab.training.mlp import MLP
from backprop_lab.training.points import Points
from conftest import Program, Train


def hidden_units(run: Run) -> np.ndarray:
    """The outputs of the first hidden layer for the training points, [n, units]."""
    network = run.network()
    assert isinstance(network, MLP)
    with torch.no_grad():
        return np.asarray(network.activations[0](network.layers[0](torch.from_numpy(run.task.train.x))))


def gradients(run: Run) -> list[float]:
    """The largest gradient of each layer's weights, over all training points, by torch."""
    network = run.network().requires_grad_()
    assert isinstance(network, MLP)
    y = torch.from_numpy(run.task.train.y)
    z = network(torch.from_numpy(run.task.train.x))
    is_squared = run.checked_config().loss.name == "mse"
    loss = ((torch.sigmoid(z) - y) ** 2).mean() if is_squared else torch.nn.BCEWithLogitsLoss()(z, y)
    loss.backward()
    return [
        float(weight.grad.abs().max())
        for weight in network.parameters()
        if weight.ndim == 2 and weight.grad is not None
    ]


def answers(run: Run) -> np.ndarray:
    return run.predict(run.task.train.x)


def metric(run: Run, name: str, kind: str = "metrics") -> float:
    return float(run.summary[kind][name])


def says_one_half(run: Run) -> bool:
    return bool((abs(answers(run) - 0.5) < 1e-3).all())


def has_equal_units(run: Run) -> bool:
    weights = run.state().weights["layers.0.weight"]
    return bool(np.allclose(weights, weights[:1], rtol=1e-3)) and metric(run, "val_acc") < 0.9


def has_dead_units(run: Run) -> bool:
    return bool((hidden_units(run) == 0).all() and np.allclose(answers(run), run.task.train.y.mean()))


def diverges(run: Run) -> bool:
    return run.status is Status.DIVERGED


def loses_its_gradient(run: Run) -> bool:
    first, *_, last = gradients(run)
    return first < 0.02 * last and metric(run, "val_loss") > 0.69


def gets_three_of_four(run: Run) -> bool:
    return metric(run, "val_acc") == 0.75


def knows_by_heart(run: Run) -> bool:
    parting = metric(run, "val_loss") > 2 * metric(run, "val_loss", "best")
    return parting and metric(run, "train_acc") > 0.96 and metric(run, "val_acc") < 0.85


def never_says_one(run: Run) -> bool:
    assert 0.01 < run.task.train.y.mean() < 0.03
    return bool((answers(run) < 0.5).all()) and metric(run, "val_acc") > 0.96


def says_the_mean(run: Run) -> bool:
    return bool((abs(hidden_units(run)) > 0.99).all()) and abs(metric(run, "val_r2")) < 0.2


def is_sure_and_wrong(run: Run) -> bool:
    is_flat = np.minimum(answers(run), 1 - answers(run)).max() < 1e-3
    return bool(is_flat and max(gradients(run)) < 1e-3 and metric(run, "val_acc") <= 0.75)


def has_not_begun(run: Run) -> bool:
    return metric(run, "val_loss") > 0.66


def best_rule(points: Points) -> np.ndarray:
    """What Bayes' rule predicts for moons with noise of 1."""
    angle = np.linspace(0, np.pi, 500)
    moons = ((np.cos(angle), np.sin(angle)), (1 - np.cos(angle), 0.5 - np.sin(angle)))
    density = [np.exp(-((points.x[:, :1] - x) ** 2 + (points.x[:, 1:] - y) ** 2) / 2).mean(axis=1) for x, y in moons]
    return density[1] > density[0]


def is_as_good_as_can_be(run: Run) -> bool:
    points = run.task.val
    best = (best_rule(points) == (points.y > 0)).mean()
    return bool(best < 0.8 and abs(metric(run, "val_acc") - best) < 0.06)


class Failure(NamedTuple):
    """The rule that the page names first, or for what is none a part of its verdict; and how else it is seen."""

    cause: str
    is_seen: Callable[[Run], bool]


GALLERY = {
    "fails_one_layer": Failure("not separable", says_one_half),
    "fails_equal_weights": Failure("identical units", has_equal_units),
    "fails_dead_relus": Failure("learning rate too high", has_dead_units),
    "fails_rate_too_high": Failure("diverged", diverges),
    "fails_vanishing_gradients": Failure("vanishing gradients", loses_its_gradient),
    "fails_too_narrow": Failure("too narrow", gets_three_of_four),
    "fails_overfitting": Failure("overfitting", knows_by_heart),
    "fails_imbalance": Failure("rare class", never_says_one),
    "fails_unscaled_targets": Failure("not scaled", says_the_mean),
    "fails_saturation": Failure("learning rate too high", is_sure_and_wrong),
    "fails_plateau": Failure("too few steps", has_not_begun),
    "fails_noise": Failure("as the noise allows", is_as_good_as_can_be),
}


def test_every_failure_has_its_test_and_its_question() -> None:
    assert set(GALLERY) == {name for name in names("experiment") if name.startswith("fails_")}
    for name in GALLERY:
        question = (CONFIGS / "experiment" / f"{name}.yaml").read_text(encoding="utf-8").splitlines()[1]
        assert "?" in question, name


@pytest.mark.parametrize("name", GALLERY)
def test_it_fails_as_it_says(train: Train, name: str) -> None:
    run = train(f"experiment={name}", "engine=module", "logger=none", "callbacks=[frames]")
    cause, is_seen = GALLERY[name]
    assert is_seen(run), cause
    frames = run.frames()
    found = find(run, run.task, frames, measure_frames(run.task, frames))
    assert cause in (found.shown[0].rule, found.verdict) or cause in found.verdict
    assert not found.shown[0].headline or found.shown[0].headline in found.verdict


@pytest.mark.slow
@pytest.mark.parametrize("name", GALLERY)
def test_it_fails_for_nearly_every_seed(program: Program, tmp_path: Path, name: str) -> None:
    quick = ("hydra/launcher=batched", "hydra.launcher.threads=1", "hydra.sweep.dir=sweep", "report=false")
    program("-m", f"experiment={name}", "seed=range(10)", *quick)
    seen = [GALLERY[name].is_seen(job.run) for job in Sweep("sweep").jobs()]
    assert len(seen) == 10
    assert sum(seen) >= 9, GALLERY[name].cause


def test_the_plateau_ends(train: Train) -> None:
    run = train("experiment=fails_plateau", "epochs=3000", "engine=module", "logger=none", "callbacks=[frames]")
    assert metric(run, "val_acc") == 1
    losses = run.metrics()["val_loss"]
    assert (losses[1:60] > 0.66).all()
    assert losses[-1] < 0.1
