"""The LightningModule in a plain Trainer, and what the engine's own spares itself of Lightning."""

import inspect
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytorch_lightning as pl
import torch

from backprop_lab import compose
from backprop_lab.config.errors import ConfigError
from backprop_lab.engines.lightning import Learner, PointsModule, bare, engine
from backprop_lab.training.first_state import first_state
from conftest import task_of
from engines.rungs import fitted

pytestmark = [
    pytest.mark.filterwarnings(r"ignore:::pytorch_lightning|lightning_fabric"),  # advice on workers and intervals
    pytest.mark.filterwarnings(r"ignore:.*LeafSpec:FutureWarning"),  # in what Lightning calls of torch
]
TRAININGS = {
    "all defaults": (),
    "a regression": ("dataset=linear", "model=single_layer"),
    "everything at once": (
        "dataset=moons", "model.hidden=[6,5]", "model.dropout=0.3", "optimizer=adam", "schedule=cosine", "penalty=l2",
        "precision=64", "optimizer.clip_norm=0.1",
    ),
    "a module with buffers": ("model=residual", "optimizer=rmsprop", "schedule=step"),
}  # fmt: skip


def plain_fit(learner: Learner, folder: Path, max_epochs: int, checkpoint: Path | None = None) -> pl.Trainer:
    """With all of Lightning's defaults."""
    trainer = pl.Trainer(default_root_dir=folder, max_epochs=max_epochs)
    trainer.fit(learner, datamodule=PointsModule(learner.task), ckpt_path=checkpoint)
    return trainer


@pytest.mark.parametrize("training", TRAININGS)
def test_a_plain_trainer_ends_at_our_weights(training: str, tmp_path: Path) -> None:
    overrides = ("dataset.n_samples=60", "dataset.batch_size=16", *TRAININGS[training])
    learner = Learner(compose(*overrides, "epochs=50"))
    trainer = plain_fit(learner, tmp_path, 50)
    state, rows = fitted("module", task_of(*overrides, "epochs=50"))
    trained = dict(learner.network.state_dict())
    for name, array in (state.weights | state.buffers).items():
        np.testing.assert_array_equal(trained[name].numpy(), array, err_msg=name)
    logged = {name: value.item() for name, value in trainer.callback_metrics.items()}
    assert logged == pytest.approx({name: rows[-1][name] for name in logged}, rel=1e-6)
    assert {*logged} == {"train_loss", "val_loss", *(f"{part}_{learner.task.head.metric}" for part in ("train", "val"))}


def test_clipping_is_lightnings_own(tmp_path: Path) -> None:
    """``gradient_clip_val`` of a Trainer is ``optimizer.clip_norm``, and stays in force where that is null."""
    overrides = ("dataset.n_samples=60", "dataset.batch_size=16", "epochs=5")
    learner = Learner(compose(*overrides))
    trainer = pl.Trainer(default_root_dir=tmp_path, max_epochs=5, gradient_clip_val=0.07)
    trainer.fit(learner, datamodule=PointsModule(learner.task))
    clipped, free = (fitted("module", task_of(*overrides, *more))[0] for more in (["optimizer.clip_norm=0.07"], []))
    for name, weight in learner.network.state_dict().items():
        np.testing.assert_array_equal(weight.numpy(), clipped.weights[name], err_msg=name)
    assert clipped.weights_sha256 != free.weights_sha256


def test_lightnings_checkpoint_opens_without_a_word_more(tmp_path: Path) -> None:
    learner = Learner(compose("dataset=moons", "model.hidden=16", "dataset.n_samples=60"))
    trainer = plain_fit(learner, tmp_path, 3)
    (checkpoint,) = tmp_path.rglob("*.ckpt")
    opened = Learner.load_from_checkpoint(checkpoint)
    x = torch.from_numpy(learner.task.val.x)
    assert torch.equal(opened.eval()(x), learner.eval()(x))
    again = trainer.validate(opened, datamodule=PointsModule(opened.task), verbose=False)
    assert again == [{name: trainer.callback_metrics[name] for name in ("val_loss", "val_acc")}]


def test_a_plain_trainer_goes_on_from_its_own_checkpoint(tmp_path: Path) -> None:
    overrides = ("dataset.n_samples=60", "optimizer=adam", "schedule=cosine", "model.dropout=0.2", "epochs=6")
    half, whole = Learner(compose(*overrides)), Learner(compose(*overrides))
    plain_fit(whole, tmp_path / "whole", 6)
    plain_fit(half, tmp_path / "half", 4)
    (checkpoint,) = (tmp_path / "half").rglob("*.ckpt")
    further = Learner(compose(*overrides))
    plain_fit(further, tmp_path / "further", 6, checkpoint)
    for name, tensor in whole.network.state_dict().items():
        assert torch.equal(further.network.state_dict()[name], tensor), name


def test_a_learner_refuses_what_the_command_line_refuses() -> None:
    with pytest.raises(ConfigError, match=r"^epochs: got 0; allowed: "):
        compose("epochs=0")
    with pytest.raises(ConfigError, match=r"^model: got \[\]; allowed: mlp"):
        Learner({**compose(), "model": []})


# -- what the engine spares itself is still there to be spared ---------------------------------------------------------

SPARED = ("dataset.n_samples=80", "dataset.batch_size=16", "epochs=3")  # 4 steps an epoch


def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often a step of a fit comes by at each shortcut."""
    seen: Counter[str] = Counter()
    learner = bare.BareLearner
    set_attribute, profile, transfer = learner.__setattr__, bare.NoProfiler.profile, learner.transfer_batch_to_device

    class Signature(inspect.Signature):
        @property
        def parameters(self) -> Any:
            seen["signature"] += 1
            return super().parameters

    def counting_set(self: Any, name: str, value: Any) -> None:
        seen[name] += 1
        set_attribute(self, name, value)

    def counting_profile(self: Any, action_name: str) -> Any:
        seen["profile"] += 1
        return profile(self, action_name)

    def counting_transfer(self: Any, *arguments: Any) -> Any:
        seen["transfer"] += 1
        return transfer(self, *arguments)

    signature = inspect.signature(learner.training_step)
    monkeypatch.setattr(learner, "__setattr__", counting_set)
    monkeypatch.setattr(bare.NoProfiler, "profile", counting_profile)
    monkeypatch.setattr(learner, "transfer_batch_to_device", counting_transfer)
    monkeypatch.setattr(learner.training_step, "__signature__", Signature([*signature.parameters.values()]))
    task = task_of(*SPARED)
    engine.fit(task, first_state(task), lambda end: None)
    return Counter({name: count // (3 * 4) for name, count in seen.items()})


def test_lightning_still_comes_by_at_each_shortcut(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a version that does not, a shortcut would do nothing, and should go."""
    a_step = counted(monkeypatch)
    assert a_step["_current_fx_name"] >= 20
    assert a_step["signature"] >= 1
    assert a_step["profile"] >= 10
    assert a_step["transfer"] >= 1
