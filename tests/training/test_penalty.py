"""What weights cost: in the gradient and in a column of its own, and not in the loss."""

import numpy as np
import pytest
import torch

from backprop_lab.training import penalty
from backprop_lab.training.first_state import first_state
from conftest import Train, chosen, task_of
from engines.rungs import batched, fitted

SMALL = ("dataset.n_samples=50", "epochs=3", "model.hidden=[4,3]")


@pytest.mark.parametrize("name", ["l1", "l2"])
def test_all_weights_of_layers_count_and_no_bias_does(name: str) -> None:
    choice, state = chosen("penalty", name, strength=0.1), first_state(task_of(*SMALL, "precision=64"))
    weights = [array for name, array in state.weights.items() if name.endswith("weight")]
    assert len(weights) == 3
    one = np.concatenate([weight.ravel() for weight in weights])
    expected = 0.1 * (np.abs(one).sum() if name == "l1" else (one**2).sum())
    assert penalty.total(choice, state.weights) == pytest.approx(expected, rel=1e-12)
    assert penalty.column(choice, state) == {"penalty": pytest.approx(expected, rel=1e-12)}
    gradients = {name: np.zeros_like(array) for name, array in state.weights.items()}
    penalty.add_slopes(choice, state.weights, gradients)
    asked = {name: torch.from_numpy(array.copy()).requires_grad_() for name, array in state.weights.items()}
    penalty.total(choice, asked).backward()
    for key, tensor in asked.items():
        theirs = np.zeros_like(gradients[key]) if tensor.grad is None else tensor.grad.numpy()
        np.testing.assert_allclose(gradients[key], theirs, rtol=1e-12)
        assert gradients[key].any() == key.endswith("weight")


def test_without_a_penalty_there_is_no_column(train: Train) -> None:
    assert penalty.column(chosen("penalty", "none"), first_state(task_of(*SMALL))) == {}
    run = train(*SMALL, "engine=module", "logger=none", "callbacks=[]")
    assert {*run.metrics()} == {"epoch", "step", "train_loss", "train_acc", "val_loss", "val_acc"}


@pytest.mark.parametrize("engine", ["scalar", "by_hand", "autograd", "module", "lightning", "batch"])
def test_the_loss_is_reported_without_it_and_what_it_costs_beside(engine: str) -> None:
    def rows(*overrides: str) -> list[dict[str, float]]:
        task = task_of(*SMALL, "precision=64", *overrides)
        return [*batched([task])[0].rows.values()] if engine == "batch" else fitted(engine, task)[1]

    heavy = ("penalty=l2", "penalty.strength=10")
    assert [*rows(*heavy)[0]] == ["train_loss", "train_acc", "val_loss", "val_acc", "penalty"]
    # Before the first step the weights are the same, and so is the loss that a step with all points saw.
    one_step = ("dataset.batch_size=null", "epochs=1")
    (with_it,), (without,) = rows(*heavy, *one_step), rows(*one_step)
    assert with_it["train_loss"] == pytest.approx(without["train_loss"], rel=1e-12)
    assert with_it["val_loss"] != pytest.approx(without["val_loss"], rel=1e-3), "it moves the weights"
    assert with_it["penalty"] > 0
    costless = rows("penalty=l2", "penalty.strength=0", *one_step)[0]
    assert costless == pytest.approx({**without, "penalty": 0.0}, rel=1e-12)
